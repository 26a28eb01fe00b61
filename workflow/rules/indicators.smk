rule indicators:
    """Hand-made structural indicators of the validation and test samples, bare."""
    input:
        configurations=PATHS.configurations,
    output:
        indicators=PATHS.indicators,
    log:
        PATHS.log("indicators", "{system}-{phase}"),
    benchmark:
        PATHS.benchmark("indicators", "{system}-{phase}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("indicators"),
        runtime=runtime_of("indicators"),
    params:
        code=code("indicators"),
        contact=lambda wildcards: PLAN.block(wildcards.system)["tong_tanaka_sigma"],
        model=lambda wildcards: PLAN.model(wildcards.system),
        density_radius=config["indicators"]["density_radius"],
        base_seed=config["seed"],
    message:
        "indicators of {wildcards.system} {wildcards.phase}"
    script:
        "../scripts/indicators.py"

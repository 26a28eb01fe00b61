rule indicators:
    """Hand-made structural indicators of the validation and test samples, bare."""
    input:
        configurations=PATHS.of_case.configurations,
    output:
        indicators=PATHS.of_case.indicators,
    log:
        PATHS.log("indicators", "{variant}{system}-{phase}"),
    benchmark:
        PATHS.benchmark("indicators", "{variant}{system}-{phase}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("indicators"),
        runtime=runtime_of("indicators"),
    params:
        code=code("indicators"),
        contact=lambda wildcards: PLAN.block(case_of(wildcards))["tong_tanaka_sigma"],
        model=by_case(PLAN.model),
        density_radius=config["indicators"]["density_radius"],
        base_seed=config["seed"],
    message:
        "indicators of {wildcards.variant}{wildcards.system} {wildcards.phase}"
    script:
        "../scripts/indicators.py"

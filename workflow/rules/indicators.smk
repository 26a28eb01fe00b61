rule indicators:
    """Hand-made structural indicators of the test samples, bare."""
    input:
        configurations=PATHS.configurations,
        modules=modules("indicators"),
    output:
        indicators=PATHS.indicators,
    params:
        contact=lambda wildcards: config["systems"][wildcards.system]["tong_tanaka_sigma"],
        base_seed=config["seed"],
    log:
        PATHS.log("indicators", "{system}-{phase}"),
    benchmark:
        PATHS.benchmark("indicators", "{system}-{phase}")
    resources:
        mem_mb=4000,
        runtime=60,
    conda:
        ENVIRONMENT
    message:
        "indicators of {wildcards.system} {wildcards.phase}"
    script:
        "../scripts/indicators.py"

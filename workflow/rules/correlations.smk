rule correlations:
    """Correlations between coarse-grained indicators, for every test sample and network."""
    input:
        configurations=of_samples(PATHS.configurations),
        indicators=of_samples(PATHS.indicators),
        gradcam=of_own_networks(PATHS.gradcam),
        predictions=of_own_networks(PATHS.classifier("predictions.csv")),
        history=of_own_networks(PATHS.classifier("history.csv")),
        crystals=of_samples(PATHS.crystals),
        measured_lengths=measured_lengths_of_system,
    output:
        correlations=PATHS.correlations,
    log:
        PATHS.log("correlations", "{system}-{phase}"),
    benchmark:
        PATHS.benchmark("correlations", "{system}-{phase}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("correlations"),
        runtime=runtime_of("correlations"),
    params:
        code=code("correlations"),
        seeds=lambda wildcards: PLAN.seeds(wildcards.system),
        lengths=lambda wildcards: PLAN.published_lengths(plain_system(wildcards.system), "correlations"),
        failed_below=config["classifier"]["failed_below"],
        base_seed=config["seed"],
    message:
        "correlations of {wildcards.system} {wildcards.phase}"
    script:
        "../scripts/correlations.py"

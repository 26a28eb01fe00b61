rule correlations:
    """Correlations between coarse-grained indicators, for every test sample and network."""
    input:
        configurations=of_samples(PATHS.of_case.configurations),
        indicators=of_samples(PATHS.of_case.indicators),
        gradcam=of_own_networks(PATHS.of_case.gradcam),
        predictions=of_own_networks(PATHS.of_case.classifier("predictions.csv")),
        history=of_own_networks(PATHS.of_case.classifier("history.csv")),
        crystals=of_samples(PATHS.of_case.crystals),
        measured_lengths=measured_lengths_of_system,
    output:
        correlations=PATHS.of_case.correlations,
    log:
        PATHS.log("correlations", "{variant}{system}-{phase}"),
    benchmark:
        PATHS.benchmark("correlations", "{variant}{system}-{phase}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("correlations"),
        runtime=runtime_of("correlations"),
    params:
        code=code("correlations"),
        phases=PHASES,
        seeds=by_case(PLAN.seeds),
        lengths=lambda wildcards: PLAN.published_lengths(wildcards.system, "correlations"),
        failed_below=config["classifier"]["failed_below"],
        base_seed=config["seed"],
    message:
        "correlations of {wildcards.variant}{wildcards.system} {wildcards.phase}"
    script:
        "../scripts/correlations.py"

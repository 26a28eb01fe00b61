rule correlations:
    """Correlations between coarse-grained indicators, for every test sample and network."""
    input:
        configurations=PATHS.configurations,
        indicators=PATHS.indicators,
        gradcam=of_networks(PATHS.gradcam),
        predictions=of_networks(PATHS.classifier("predictions.csv")),
        history=of_networks(PATHS.classifier("history.csv")),
        crystals=PATHS.crystals,
        modules=modules("correlations"),
    output:
        correlations=PATHS.correlations,
    log:
        PATHS.log("correlations", "{system}-{phase}"),
    benchmark:
        PATHS.benchmark("correlations", "{system}-{phase}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        seeds=SEEDS,
        lengths=lambda wildcards: lengths("correlations")[wildcards.system],
        failed_below=config["classifier"]["failed_below"],
        base_seed=config["seed"],
    message:
        "correlations of {wildcards.system} {wildcards.phase}"
    script:
        "../scripts/correlations.py"

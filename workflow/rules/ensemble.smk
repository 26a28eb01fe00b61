rule ensemble:
    """How far the networks of an ensemble agree."""
    input:
        configurations=of_groups(PATHS.configurations),
        indicators=of_groups(PATHS.indicators),
        crystals=of_groups(PATHS.crystals),
        correlations=of_groups(PATHS.correlations),
        gradcam=of_groups(PATHS.gradcam, seed=SEEDS),
        predictions=of_groups(PATHS.classifier("predictions.csv"), seed=SEEDS),
        history=of_groups(PATHS.classifier("history.csv"), seed=SEEDS),
        modules=modules("ensemble"),
    output:
        table=report(
            PATHS.table("ensemble"),
            caption="../report/ensemble.rst",
            category="What the network adds",
            labels={"table": "ensemble", "shows": "agreement between networks"},
        ),
    log:
        PATHS.log("ensemble"),
    benchmark:
        PATHS.benchmark("ensemble")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        groups=GROUPS,
        seeds=SEEDS,
        lengths=lengths("correlations"),
        failed_below=config["classifier"]["failed_below"],
        bootstrap_samples=config["controls"]["bootstrap_samples"],
        base_seed=config["seed"],
    message:
        "agreement between networks"
    script:
        "../scripts/ensemble.py"

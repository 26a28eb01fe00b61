rule ensemble:
    """How far the networks of an ensemble agree."""
    input:
        configurations=of_systems(PATHS.configurations),
        indicators=of_systems(PATHS.indicators),
        crystals=expand(PATHS.crystals, system=SYSTEMS),
        correlations=of_systems(PATHS.correlations),
        gradcam=expand(PATHS.gradcam, system=SYSTEMS, phase=PHASES, seed=SEEDS),
        predictions=expand(PATHS.classifier("predictions.csv"), system=SYSTEMS, seed=SEEDS),
        history=expand(PATHS.classifier("history.csv"), system=SYSTEMS, seed=SEEDS),
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
        systems=SYSTEMS,
        phases=PHASES,
        seeds=SEEDS,
        lengths=lengths("correlations"),
        failed_below=config["classifier"]["failed_below"],
        bootstrap_samples=config["controls"]["bootstrap_samples"],
        base_seed=config["seed"],
    message:
        "agreement between networks"
    script:
        "../scripts/ensemble.py"

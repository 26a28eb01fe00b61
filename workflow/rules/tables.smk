rule table2:
    """Classification accuracy (Frontiers, Table 2)."""
    input:
        predictions=of_networks(
            expand(PATHS.classifier("predictions.csv"), system=SYSTEMS, allow_missing=True)
        ),
        history=of_networks(expand(PATHS.classifier("history.csv"), system=SYSTEMS, allow_missing=True)),
        reference=REFERENCE,
        modules=modules("table2"),
    output:
        table=report(
            PATHS.table("table2"),
            caption="../report/table2.rst",
            category="Tables",
            labels={"table": "Table 2", "shows": "classification accuracy"},
        ),
    log:
        PATHS.log("table2"),
    benchmark:
        PATHS.benchmark("table2")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        networks=[[system, seed] for system in SYSTEMS for seed in SEEDS],
        failed_below=config["classifier"]["failed_below"],
    message:
        "Table 2: classification accuracy"
    script:
        "../scripts/table2.py"


rule table_s1:
    """Mean and deviation of the correlations (v2, Table S1)."""
    input:
        correlations=of_systems(PATHS.correlations),
        reference=REFERENCE,
        modules=modules("table_s1"),
    output:
        table=report(
            PATHS.table("table_s1"),
            caption="../report/table_s1.rst",
            category="Tables",
            labels={"table": "Table S1", "shows": "correlations between indicators"},
        ),
    log:
        PATHS.log("table_s1"),
    benchmark:
        PATHS.benchmark("table_s1")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        protocol=config["protocol"],
        lengths=lengths("correlations"),
    message:
        "Table S1: correlations between indicators"
    script:
        "../scripts/table_s1.py"


rule reproduction:
    """The papers' numbers beside ours."""
    input:
        correlations=of_systems(PATHS.correlations),
        table2=PATHS.table("table2"),
        reference=REFERENCE,
        modules=modules("reproduction"),
    output:
        table=report(
            PATHS.table("reproduction"),
            caption="../report/reproduction.rst",
            category="Tables",
            labels={"table": "reproduction", "shows": "the papers' numbers beside ours"},
        ),
    log:
        PATHS.log("reproduction"),
    benchmark:
        PATHS.benchmark("reproduction")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        protocol=config["protocol"],
    message:
        "the papers' numbers beside ours"
    script:
        "../scripts/reproduction.py"

rule reading:
    """What the networks of one system say in one reading of the method: the study, or a variant of it."""
    input:
        models=of_own_networks(PATHS.classifier("model.pt")),
        predictions=of_own_networks(PATHS.classifier("predictions.csv")),
        history=of_own_networks(PATHS.classifier("history.csv")),
        configurations=of_both_phases(PATHS.configurations),
        density=of_both_phases(PATHS.density, PLAN.gridded),
        indicators=of_both_phases(PATHS.indicators),
        crystals=of_samples(PATHS.crystals),
        measured_lengths=measured_lengths_of_system,
        transfer=lambda wildcards: transfer_files(wildcards.system),
    output:
        reading=PATHS.reading,
    log:
        PATHS.log("reading", "{system}"),
    benchmark:
        PATHS.benchmark("reading", "{system}")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of("reading"),
        runtime=runtime_of("reading"),
        gpu=GPUS,
    params:
        code=code("reading"),
        phases=PHASES,
        seeds=lambda wildcards: PLAN.seeds(wildcards.system),
        architecture=lambda wildcards: PLAN.architecture(wildcards.system),
        attribution=lambda wildcards: PLAN.attribution_of_reading(wildcards.system),
        temperatures=lambda wildcards: PLAN.temperatures(wildcards.system, PHASES),
        sigma=lambda wildcards: PLAN.block(wildcards.system)["sigma"],
        density=lambda wildcards: SETTINGS[wildcards.system]["density"],
        lengths=lambda wildcards: PLAN.published_lengths(plain_system(wildcards.system), "correlations"),
        protocol=config["protocol"],
        failed_below=config["classifier"]["failed_below"],
        bootstrap_samples=config["controls"]["bootstrap_samples"],
        base_seed=config["seed"],
    message:
        "reading of {wildcards.system}"
    script:
        "../scripts/reading.py"


rule readings_table:
    """Every reading beside the published correlations: accuracy, maps, agreement, and how far it is from them."""
    input:
        readings=expand(PATHS.reading, system=SETTINGS),
        controls=controls_of(PATHS.control_correlations, phase=PHASES),
        reference=REFERENCE,
    output:
        table=report(
            PATHS.table("readings"),
            caption="../report/readings_table.rst",
            category=CONTROLS,
            subcategory="Tables",
            labels={"table": "readings", "shows": "readings of the method"},
        ),
    log:
        PATHS.log("readings_table"),
    benchmark:
        PATHS.benchmark("readings_table")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("table", "oyama2023.tables_readings.readings_table"),
        systems=list(SETTINGS),
        protocol=config["protocol"],
    message:
        "readings of the method"
    script:
        "../scripts/table.py"


rule readings_figure:
    """Every reading beside the published correlations, drawn."""
    input:
        table=PATHS.table("readings"),
    output:
        figures=drawn(
            "readings", "readings of the method", caption="../report/readings_figure.rst", category=CONTROLS
        ),
    log:
        PATHS.log("readings_figure"),
    benchmark:
        PATHS.benchmark("readings_figure")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("figure", "oyama2023.figures_readings.readings_figure"),
    message:
        "readings of the method, drawn"
    script:
        "../scripts/figure.py"

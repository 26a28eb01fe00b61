rule reading:
    """What the networks of one system say in one reading of the method: the study, or a variant of it."""
    input:
        models=of_own_networks(PATHS.of_case.classifier("model.pt")),
        predictions=of_own_networks(PATHS.of_case.classifier("predictions.csv")),
        history=of_own_networks(PATHS.of_case.classifier("history.csv")),
        configurations=of_both_phases(PATHS.of_case.configurations),
        density=of_both_phases(PATHS.of_case.density, PLAN.density_source),
        indicators=of_both_phases(PATHS.of_case.indicators),
        crystals=of_both_phases(PATHS.of_case.crystals),
        measured_lengths=measured_lengths_of_system,
        transfer=lambda wildcards: transfer_files(wildcards.system),
    output:
        reading=PATHS.of_case.reading,
    log:
        PATHS.log("reading", "{variant}{system}"),
    benchmark:
        PATHS.benchmark("reading", "{variant}{system}")
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
        seeds=by_case(PLAN.seeds),
        architecture=by_case(PLAN.architecture),
        attribution=by_case(PLAN.attribution_of_reading),
        temperatures=lambda wildcards: PLAN.temperatures(case_of(wildcards), PHASES),
        sigma=lambda wildcards: PLAN.block(case_of(wildcards))["sigma"],
        density=by_case(PLAN.density),
        lengths=lambda wildcards: PLAN.published_lengths(wildcards.system, "correlations"),
        protocol=config["protocol"],
        failed_below=config["classifier"]["failed_below"],
        bootstrap_samples=config["controls"]["bootstrap_samples"],
        base_seed=config["seed"],
    message:
        "reading of {wildcards.variant}{wildcards.system}"
    script:
        "../scripts/reading.py"


rule readings_table:
    """Every reading beside the published correlations: accuracy, maps, agreement, and how far it is from them."""
    input:
        readings=of_cases(PATHS.of_case.reading),
        controls=controls_of(PATHS.control_correlations, phase=PHASES),
        reference=REFERENCE,
    output:
        table=PATHS.table("readings"),
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
        phases=PHASES,
        cases=[[case.variant, case.system] for case in CASES],
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
        figures=drawn("readings"),
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
        phases=PHASES,
    message:
        "readings of the method, drawn"
    script:
        "../scripts/figure.py"

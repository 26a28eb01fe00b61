rule ensemble:
    """How far the networks of an ensemble agree."""
    input:
        configurations=of_systems(PATHS.configurations),
        indicators=of_systems(PATHS.indicators),
        crystals=crystals_of(SYSTEMS),
        correlations=of_systems(PATHS.correlations),
        controls=controls_of(PATHS.controls, phase=PHASES),
        measured_lengths=measured_lengths(*SYSTEMS),
        gradcam=expand(PATHS.gradcam, system=SYSTEMS, phase=PHASES, seed=SEEDS),
        predictions=expand(PATHS.classifier("predictions.csv"), system=SYSTEMS, seed=SEEDS),
        history=expand(PATHS.classifier("history.csv"), system=SYSTEMS, seed=SEEDS),
    output:
        table=PATHS.table("ensemble"),
    log:
        PATHS.log("ensemble"),
    benchmark:
        PATHS.benchmark("ensemble")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("ensemble"),
        runtime=runtime_of("ensemble"),
    params:
        **made_by("table", "oyama2023.tables_ensemble.ensemble"),
        systems=SYSTEMS,
        phases=PHASES,
        seeds=SEEDS,
        lengths=PLAN.lengths("correlations"),
        failed_below=config["classifier"]["failed_below"],
        bootstrap_samples=config["controls"]["bootstrap_samples"],
        base_seed=config["seed"],
    message:
        "agreement between networks"
    script:
        "../scripts/table.py"


rule what_the_network_adds:
    """The networks' correlations beside those of maps that need no network."""
    input:
        controls=PATHS.table("controls"),
    output:
        figures=drawn("what_the_network_adds"),
    log:
        PATHS.log("what_the_network_adds"),
    benchmark:
        PATHS.benchmark("what_the_network_adds")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("figure", "oyama2023.figures_controls.what_the_network_adds"),
        phases=PHASES,
        protocol=config["protocol"],
    message:
        "what the network adds: networks, nulls and baselines"
    script:
        "../scripts/figure.py"


rule summary_page:
    """What the network adds, in sentences, verdicts, a figure and tables."""
    input:
        unpack(lambda wildcards: further_tables()),
        controls=PATHS.table("controls"),
        ensemble=PATHS.table("ensemble"),
        figure=PATHS.figure("what_the_network_adds", "png"),
        template=in_repository("workflow/report/what_the_network_adds.html.jinja"),
    output:
        page=PATHS.page("what_the_network_adds"),
    log:
        PATHS.log("summary_page"),
    benchmark:
        PATHS.benchmark("summary_page")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("page", "oyama2023.summary_page.summary_page"),
        study=lambda wildcards: {"name": config["study"], **PLAN.summary()},
    message:
        "what the network adds: verdicts, with every number"
    script:
        "../scripts/page.py"

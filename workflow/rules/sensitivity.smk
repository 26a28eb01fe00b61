rule minimise:
    """Energy minima below the liquid and the glass of a batch of replicas, as the input of everything else."""
    input:
        batch=lambda wildcards: expand(
            PATHS.batch, system=PLAN.cooled(wildcards.system), batch=wildcards.batch
        )[0],
    output:
        inherent_structures=PATHS.minimised,
    log:
        PATHS.log("minimise", "{system}-{batch}"),
    benchmark:
        PATHS.benchmark("minimise", "{system}-{batch}")
    retries: continuations("minimise")
    conda:
        ENVIRONMENT
    threads: threads(config["cooling"]["batch_size"], config["cluster"]["cores"])
    resources:
        mem_mb=memory_of("minimise"),
        runtime=runtime_of("minimise"),
    params:
        code=code("inherent_structures"),
        model=lambda wildcards: PLAN.model(wildcards.system),
        force_tolerance=config["inherent_structures"]["force_tolerance"],
        base_seed=config["seed"],
        replicas=batch_replicas,
        temperatures=lambda wildcards: PLAN.temperatures(wildcards.system, PHASES),
    message:
        "energy minima of {wildcards.system}, batch {wildcards.batch}, {threads} replicas at a time"
    script:
        "../scripts/inherent_structures.py"


rule sensitivity:
    """The papers' claims in numbers, of one system in the study or in a variant."""
    input:
        unpack(lambda wildcards: networks_of(wildcards.system)),
        configurations=lambda wildcards: PATHS.configurations.format(
            system=PLAN.sampled(wildcards.system), phase="glass"
        ),
        correlations=expand(PATHS.correlations, phase=PHASES, allow_missing=True),
        spatial_correlations=expand(PATHS.spatial_correlations, phase="glass", allow_missing=True)[0],
        measured_lengths=measured_lengths_of_system,
        # the runs are the study's; a variant of other glasses has none
        propensity=lambda wildcards: (
            expand(
                PATHS.propensity,
                system=plain_system(wildcards.system),
                ensemble=PLAN.highest(plain_system(wildcards.system)),
            )
            if PLAN.shares_cooling(wildcards.system)
            else []
        ),
    output:
        sensitivity=PATHS.sensitivity,
    log:
        PATHS.log("sensitivity", "{system}"),
    benchmark:
        PATHS.benchmark("sensitivity", "{system}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("sensitivity"),
        runtime=runtime_of("sensitivity"),
    params:
        **made_by("table", "oyama2023.sensitivity.sensitivity"),
        system=lambda wildcards: plain_system(wildcards.system),
        phases=PHASES,
        seeds=lambda wildcards: PLAN.seeds(wildcards.system),
        failed_below=config["classifier"]["failed_below"],
        protocol=config["protocol"],
        lengths=lambda wildcards: PLAN.published_lengths(
            plain_system(wildcards.system), "dynamics", "propensity"
        ),
        targets=config["lengths"]["targets"],
        tolerance=config["lengths"]["tolerance"],
        bins=select("lengths", "bin_width", "maximum_distance"),
        sigma=lambda wildcards: PLAN.block(wildcards.system)["sigma"],
        density=lambda wildcards: SETTINGS[wildcards.system]["density"],
        draws=config["controls"]["draws"],
        bootstrap_samples=config["controls"]["bootstrap_samples"],
        base_seed=config["seed"],
    message:
        "the papers' claims of {wildcards.system}"
    script:
        "../scripts/table.py"


rule sensitivity_table:
    """The papers' claims in the study and in every variant of it."""
    input:
        sensitivity=expand(PATHS.sensitivity, system=SETTINGS),
        reference=REFERENCE,
    output:
        table=report(
            PATHS.table("sensitivity"),
            caption="../report/sensitivity_table.rst",
            category=CONTROLS,
            subcategory="Tables",
            labels={"table": "sensitivity", "shows": "the papers' claims in every variant"},
        ),
    log:
        PATHS.log("sensitivity_table"),
    benchmark:
        PATHS.benchmark("sensitivity_table")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("table", "oyama2023.tables_sensitivity.sensitivity_table"),
        systems=list(SETTINGS),
        protocol=config["protocol"],
    message:
        "the papers' claims in every variant"
    script:
        "../scripts/table.py"


rule sensitivity_figure:
    """The papers' claims in the study and in every variant of it, drawn."""
    input:
        table=PATHS.table("sensitivity"),
    output:
        figures=drawn(
            "sensitivity",
            "the papers' claims in every variant",
            caption="../report/sensitivity_figure.rst",
            category=CONTROLS,
        ),
    log:
        PATHS.log("sensitivity_figure"),
    benchmark:
        PATHS.benchmark("sensitivity_figure")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("figure", "oyama2023.figures_sensitivity.sensitivity_figure"),
    message:
        "the papers' claims in every variant, drawn"
    script:
        "../scripts/figure.py"

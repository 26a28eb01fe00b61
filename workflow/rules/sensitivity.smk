rule minimise:
    """Energy minima below the states and the sets of a batch of replicas, as the input of everything else."""
    input:
        batch=of_samples(PATHS.of_case.batch, PLAN.cooling_source),
    output:
        inherent_structures=PATHS.of_case.minimised,
    log:
        PATHS.log("minimise", "{variant}{system}-{batch}"),
    benchmark:
        PATHS.benchmark("minimise", "{variant}{system}-{batch}")
    retries: continuations("minimise")
    conda:
        ENVIRONMENT
    threads: threads(config["cooling"]["batch_size"], config["cluster"]["cores"])
    resources:
        mem_mb=memory_of("minimise"),
        runtime=runtime_of("minimise"),
    params:
        code=code("inherent_structures"),
        model=by_case(PLAN.model),
        force_tolerance=config["inherent_structures"]["force_tolerance"],
        base_seed=config["seed"],
        replicas=batch_replicas,
        temperatures=lambda wildcards: PLAN.minimised_temperatures(case_of(wildcards)),
    message:
        "energy minima of {wildcards.variant}{wildcards.system}, batch {wildcards.batch}, {threads} replicas at a time"
    script:
        "../scripts/inherent_structures.py"


rule sensitivity:
    """The papers' claims in numbers, of one system in the study or in a variant."""
    input:
        unpack(by_case(networks_of)),
        configurations=lambda wildcards: PATHS.of_case.configurations.format(
            **PLAN.configurations_source(case_of(wildcards)).wildcards, phase=GLASS
        ),
        correlations=expand(PATHS.of_case.correlations, phase=PHASES, allow_missing=True),
        spatial_correlations=expand(PATHS.of_case.spatial_correlations, phase=GLASS, allow_missing=True)[0],
        measured_lengths=measured_lengths_of_system,
        # the runs are the study's; a variant of other glasses has none
        propensity=lambda wildcards: (
            expand(
                PATHS.propensity, system=wildcards.system, ensemble=PLAN.highest_ensembles(wildcards.system)
            )
            if WITH_DYNAMICS and PLAN.shares_cooling(case_of(wildcards))
            else []
        ),
    output:
        sensitivity=PATHS.of_case.sensitivity,
    log:
        PATHS.log("sensitivity", "{variant}{system}"),
    benchmark:
        PATHS.benchmark("sensitivity", "{variant}{system}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("sensitivity"),
        runtime=runtime_of("sensitivity"),
    params:
        **made_by("table", "oyama2023.sensitivity.sensitivity"),
        system=lambda wildcards: wildcards.system,
        phases=PHASES,
        seeds=by_case(PLAN.seeds),
        failed_below=config["classifier"]["failed_below"],
        protocol=config["protocol"],
        lengths=lambda wildcards: PLAN.published_lengths(wildcards.system, "dynamics", "propensity"),
        targets=config["lengths"]["targets"],
        tolerance=config["lengths"]["tolerance"],
        bins=select("lengths", "bin_width", "maximum_distance"),
        sigma=lambda wildcards: PLAN.block(case_of(wildcards))["sigma"],
        density=by_case(PLAN.density),
        draws=config["controls"]["draws"],
        bootstrap_samples=config["controls"]["bootstrap_samples"],
        base_seed=config["seed"],
    message:
        "the papers' claims of {wildcards.variant}{wildcards.system}"
    script:
        "../scripts/table.py"


rule sensitivity_table:
    """The papers' claims in the study and in every variant of it."""
    input:
        sensitivity=of_cases(PATHS.of_case.sensitivity),
        reference=REFERENCE,
    output:
        table=PATHS.table("sensitivity"),
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
        cases=[[case.variant, case.system] for case in CASES],
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
        figures=drawn("sensitivity"),
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
        phases=PHASES,
    message:
        "the papers' claims in every variant, drawn"
    script:
        "../scripts/figure.py"

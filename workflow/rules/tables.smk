rule table2:
    """Classification accuracy (Frontiers, Table 2)."""
    input:
        predictions=of_networks(
            expand(PATHS.classifier("predictions.csv"), system=SYSTEMS, allow_missing=True)
        ),
        history=of_networks(expand(PATHS.classifier("history.csv"), system=SYSTEMS, allow_missing=True)),
        reference=REFERENCE,
    output:
        table=PATHS.table("table2"),
    log:
        PATHS.log("table2"),
    benchmark:
        PATHS.benchmark("table2")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("table", "oyama2023.tables_accuracy.table2"),
        phases=PHASES,
        networks=[[system, seed] for system in SYSTEMS for seed in SEEDS],
        failed_below=config["classifier"]["failed_below"],
    message:
        "Table 2: classification accuracy"
    script:
        "../scripts/table.py"


rule table_s1:
    """Mean and deviation of the correlations (v2, Table S1)."""
    input:
        correlations=of_systems(PATHS.correlations),
        measured_lengths=measured_lengths(*SYSTEMS),
        reference=REFERENCE,
    output:
        table=PATHS.table("table_s1"),
    log:
        PATHS.log("table_s1"),
    benchmark:
        PATHS.benchmark("table_s1")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("table", "oyama2023.tables_correlations.table_s1"),
        phases=PHASES,
        protocol=config["protocol"],
        lengths=PLAN.lengths("correlations"),
        bootstrap_samples=config["controls"]["bootstrap_samples"],
        base_seed=config["seed"],
    message:
        "Table S1: correlations between indicators"
    script:
        "../scripts/table.py"


rule table3:
    """Lengths of the dynamics, of the best coarse-graining and of the structure (Frontiers, Table 3, Sec. 4.7)."""
    input:
        lengths=expand(PATHS.lengths, system=SYSTEMS if WITH_DYNAMICS else []),
        spatial=expand(PATHS.spatial_correlations, system=SYSTEMS, phase=GLASS),
        reference=REFERENCE,
    output:
        table=PATHS.table("table3"),
    log:
        PATHS.log("table3"),
    benchmark:
        PATHS.benchmark("table3")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("table", "oyama2023.tables_lengths.table3"),
        phase=GLASS,
        systems=SYSTEMS,
        bootstrap_samples=config["controls"]["bootstrap_samples"],
        base_seed=config["seed"],
    message:
        "Table 3: lengths"
    script:
        "../scripts/table.py"


rule table4:
    """Correlations between the propensities of different ensembles (Frontiers, Table 4)."""
    input:
        propensity=[
            expand(PATHS.propensity, system=system, ensemble=PLAN.highest_ensembles(system)[0])[0]
            for system in SYSTEMS
        ],
        lengths=expand(PATHS.lengths, system=SYSTEMS),
        reference=REFERENCE,
    output:
        table=PATHS.table("table4"),
    log:
        PATHS.log("table4"),
    benchmark:
        PATHS.benchmark("table4")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("table", "oyama2023.tables_dynamics.table4"),
        phase=GLASS,
        systems=SYSTEMS,
        size=config["propensity"]["ensembles"]["size"],
        delta=config["propensity"]["ensembles"]["delta"],
        xi=config["xi"],
        published=PLAN.lengths("propensity"),
    message:
        "Table 4: propensity of different ensembles"
    script:
        "../scripts/table.py"


rule table5:
    """Largest correlations with the propensity and where they are (Frontiers, Table 5)."""
    input:
        dynamics=expand(PATHS.dynamics, system=SYSTEMS),
        reference=REFERENCE,
    output:
        table=PATHS.table("table5"),
    log:
        PATHS.log("table5"),
    benchmark:
        PATHS.benchmark("table5")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("table", "oyama2023.tables_dynamics.table5"),
        phase=GLASS,
        systems=SYSTEMS,
    message:
        "Table 5: largest correlations with the dynamics"
    script:
        "../scripts/table.py"


rule dynamics_table:
    """Every correlation with the propensity, one row each."""
    input:
        dynamics=expand(PATHS.dynamics, system=SYSTEMS),
    output:
        table=PATHS.table("dynamics"),
    log:
        PATHS.log("dynamics_table"),
    benchmark:
        PATHS.benchmark("dynamics_table")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("table", "oyama2023.tables_dynamics.dynamics_table"),
        systems=SYSTEMS,
    message:
        "every correlation with the dynamics"
    script:
        "../scripts/table.py"


rule reproduction:
    """The papers' numbers beside ours."""
    input:
        correlations=of_systems(PATHS.correlations),
        table2=PATHS.table("table2"),
        table3=PATHS.table("table3"),
        table4=PATHS.table("table4"),
        table5=PATHS.table("table5"),
        glass_transition=[PATHS.table("glass_transition")] if WITH_TRANSITION else [],
        controls=PATHS.table("controls"),
        reference=REFERENCE,
    output:
        table=PATHS.table("reproduction"),
    log:
        PATHS.log("reproduction"),
    benchmark:
        PATHS.benchmark("reproduction")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("table", "oyama2023.reproduction.reproduction"),
        phases=PHASES,
        protocol=config["protocol"],
        bootstrap_samples=config["controls"]["bootstrap_samples"],
        base_seed=config["seed"],
    message:
        "the papers' numbers beside ours"
    script:
        "../scripts/table.py"

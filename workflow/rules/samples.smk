if FROM_FILES:

    rule take_inherent_energies:
        """Energies of the inherent structures of a batch that were made elsewhere."""
        input:
            files=sample_files("inherent_energies"),
        output:
            inherent_structures=PATHS.inherent_structures,
        log:
            PATHS.log("take_inherent_energies", "{system}-{batch}"),
        benchmark:
            PATHS.benchmark("take_inherent_energies", "{system}-{batch}")
        conda:
            ENVIRONMENT
        resources:
            mem_mb=memory_of("light"),
            runtime=runtime_of("light"),
        params:
            code=code("take"),
            kind="inherent_energies",
            replicas=inherent_replicas,
            base_seed=config["seed"],
        message:
            "taking the inherent energies of {wildcards.system}, batch {wildcards.batch}, from files"
        script:
            "../scripts/take.py"

else:

    rule inherent_structures:
        """Energy minima below the snapshots of a batch of cooled replicas (v2 supplement, II.B)."""
        input:
            batch=PATHS.batch,
        output:
            inherent_structures=PATHS.inherent_structures,
        log:
            PATHS.log("inherent_structures", "{system}-{batch}"),
        benchmark:
            PATHS.benchmark("inherent_structures", "{system}-{batch}")
        retries: continuations("inherent_structures")
        conda:
            ENVIRONMENT
        threads:
            threads(
                min(config["cooling"]["batch_size"], config["inherent_structures"]["replicas"]),
                config["cluster"]["cores"],
            )
        resources:
            mem_mb=memory_of("inherent_structures"),
            runtime=runtime_of("inherent_structures"),
        params:
            code=code("inherent_structures"),
            model=by_case(PLAN.model),
            force_tolerance=config["inherent_structures"]["force_tolerance"],
            base_seed=config["seed"],
            replicas=inherent_replicas,
        message:
            "inherent structures of {wildcards.system}, batch {wildcards.batch}, {threads} replicas at a time"
        script:
            "../scripts/inherent_structures.py"


# a replica is a crystal if its glass is one; of users' files and of swap, every sample of a state by itself
SAMPLES_OF_CRYSTALS = "{variant}{system}-{phase}" if PLAN.by_state else "{variant}{system}"


rule crystals:
    """Bond and long-range order of every sample, and which of them are crystals."""
    input:
        configurations=(
            PATHS.of_case.configurations
            if PLAN.by_state
            else expand(PATHS.of_case.configurations, phase=PLAN.coldest_state, allow_missing=True)
        ),
    output:
        crystals=PATHS.of_case.crystals,
    log:
        PATHS.log("crystals", SAMPLES_OF_CRYSTALS),
    benchmark:
        PATHS.benchmark("crystals", SAMPLES_OF_CRYSTALS)
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("crystals"),
        runtime=runtime_of("crystals"),
    params:
        code=code("crystals"),
        criteria=config["crystals"],
    message:
        "looking for crystals among the samples of {wildcards.variant}{wildcards.system}"
    script:
        "../scripts/crystals.py"


rule radial_distribution:
    """g(r) by species pair, over the test samples that are no crystals (v2 supplement, II.D)."""
    input:
        configurations=PATHS.configurations,
        crystals=PATHS.crystals,
    output:
        radial_distribution=PATHS.radial_distribution,
    log:
        PATHS.log("radial_distribution", "{system}-{phase}"),
    benchmark:
        PATHS.benchmark("radial_distribution", "{system}-{phase}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("radial_distribution"),
        runtime=runtime_of("radial_distribution"),
    params:
        code=code("radial_distribution"),
        radial_distribution=config["radial_distribution"],
        base_seed=config["seed"],
    message:
        "g(r) of {wildcards.system} {wildcards.phase}"
    script:
        "../scripts/radial_distribution.py"


rule glass_transition:
    """The glass transition temperature T* of every system (v2 supplement, II.C)."""
    input:
        inherent_structures=[
            expand(PATHS.inherent_structures, system=system, batch=INHERENT_BATCHES) for system in SYSTEMS
        ],
        crystals=expand(PATHS.crystals, system=SYSTEMS, phase=PLAN.coldest_state),
        reference=REFERENCE,
    output:
        table=PATHS.table("glass_transition"),
    log:
        PATHS.log("glass_transition"),
    benchmark:
        PATHS.benchmark("glass_transition")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("glass_transition"),
        runtime=runtime_of("glass_transition"),
    params:
        **made_by("table", "oyama2023.tables_samples.glass_transition"),
        phase=PLAN.coldest_state,
        limits={
            system: [min(block["states"].values()), max(block["states"].values())]
            for system, block in config["systems"].items()
        },
        cooling_rates=lambda wildcards: PLAN.cooling_rates,
        fit=select("inherent_structures", "points_per_line", "bootstrap"),
        base_seed=config["seed"],
    message:
        "glass transition temperature"
    script:
        "../scripts/table.py"


rule fig_s6:
    """Energies and inherent structures against temperature, with T* (v2, Fig. S6)."""
    input:
        batches=[expand(PATHS.batch, system=system, batch=INHERENT_BATCHES) for system in SYSTEMS],
        inherent_structures=[
            expand(PATHS.inherent_structures, system=system, batch=INHERENT_BATCHES) for system in SYSTEMS
        ],
        crystals=expand(PATHS.crystals, system=SYSTEMS, phase=PLAN.coldest_state),
        table=PATHS.table("glass_transition"),
    output:
        figures=drawn("fig_s6"),
    log:
        PATHS.log("fig_s6"),
    benchmark:
        PATHS.benchmark("fig_s6")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("figure", "oyama2023.figures_samples.fig_s6"),
        limits={
            system: [min(block["states"].values()), max(block["states"].values())]
            for system, block in config["systems"].items()
        },
    message:
        "Fig. S6: energies and inherent structures"
    script:
        "../scripts/figure.py"


rule fig_s7:
    """Radial distribution functions (v2, Fig. S7)."""
    input:
        radial_distribution=of_systems(PATHS.radial_distribution),
    output:
        figures=drawn("fig_s7"),
    log:
        PATHS.log("fig_s7"),
    benchmark:
        PATHS.benchmark("fig_s7")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("figure", "oyama2023.figures_samples.fig_s7"),
        phases=PHASES,
    message:
        "Fig. S7: radial distribution functions"
    script:
        "../scripts/figure.py"

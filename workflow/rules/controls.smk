rule shuffled_labels:
    """One network trained as the others are, but on labels that say nothing of the phase."""
    input:
        configurations=expand(PATHS.configurations, phase=PHASES, allow_missing=True),
        density=expand(PATHS.density, phase=PHASES, allow_missing=True),
    output:
        model=PATHS.shuffled("model.pt"),
        history=PATHS.shuffled("history.csv"),
        predictions=PATHS.shuffled("predictions.csv"),
    log:
        PATHS.log("shuffled_labels", "{system}-{seed}"),
    benchmark:
        PATHS.benchmark("shuffled_labels", "{system}-{seed}")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of("shuffled_labels"),
        runtime=runtime_of("shuffled_labels"),
        gpu=GPUS,
    params:
        **select("classifier", "normalisation", "training_replicas", "initialization"),
        code=code("classifier"),
        phases=PHASES,
        architecture=PLAN.architecture(CASES[0]),
        protocol=select(
            "classifier",
            "learning_rate",
            "schedule",
            "l2",
            "batch_size",
            "epochs",
            "augmentation",
            "precision",
        ),
        labels="shuffled",
        base_seed=config["seed"],
    message:
        "training the network {wildcards.seed} of {wildcards.system} on shuffled labels"
    script:
        "../scripts/classifier.py"


rule controls:
    """Maps that no trained network made, sent to the particles as Grad-CAM is."""
    input:
        configurations=expand(PATHS.configurations, phase=PHASES, allow_missing=True),
        density=expand(PATHS.density, phase=PHASES, allow_missing=True),
        shuffled=expand(PATHS.shuffled("model.pt"), seed=SHUFFLED, allow_missing=True),
    output:
        controls=PATHS.controls,
    log:
        PATHS.log("controls", "{system}-{phase}"),
    benchmark:
        PATHS.benchmark("controls", "{system}-{phase}")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of("controls"),
        runtime=runtime_of("controls"),
        gpu=GPUS,
    params:
        **select("controls", "nulls", "draws", "density_thresholds"),
        code=code("controls"),
        phases=PHASES,
        start=select("classifier", "normalisation", "initialization"),
        training_replicas=config["classifier"]["training_replicas"],
        architecture=PLAN.architecture(CASES[0]),
        sigma=lambda wildcards: config["systems"][wildcards.system]["sigma"],
        density=config["density"],
        base_seed=config["seed"],
    message:
        "null maps of {wildcards.system} {wildcards.phase}"
    script:
        "../scripts/controls.py"


rule control_correlations:
    """As correlations, with the null maps in place of Grad-CAM, of the validation samples, too."""
    input:
        configurations=PATHS.configurations,
        indicators=PATHS.indicators,
        controls=PATHS.controls,
        crystals=PATHS.crystals,
        measured_lengths=measured_lengths_of_system,
    output:
        correlations=PATHS.control_correlations,
    log:
        PATHS.log("control_correlations", "{system}-{phase}"),
    benchmark:
        PATHS.benchmark("control_correlations", "{system}-{phase}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("control_correlations"),
        runtime=runtime_of("control_correlations"),
    params:
        code=code("correlations"),
        phases=PHASES,
        seeds=[],
        lengths=lambda wildcards: PLAN.published_lengths(wildcards.system, "correlations"),
        failed_below=0.0,
        base_seed=config["seed"],
    message:
        "correlations of the null maps of {wildcards.system} {wildcards.phase}"
    script:
        "../scripts/correlations.py"


rule control_spatial_correlations:
    """As spatial_correlations, with the null maps in place of Grad-CAM, of the validation samples, too."""
    input:
        configurations=PATHS.configurations,
        indicators=PATHS.indicators,
        controls=PATHS.controls,
        crystals=PATHS.crystals,
    output:
        correlations=PATHS.control_spatial_correlations,
    log:
        PATHS.log("control_spatial_correlations", "{system}-{phase}"),
    benchmark:
        PATHS.benchmark("control_spatial_correlations", "{system}-{phase}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("control_spatial_correlations"),
        runtime=runtime_of("control_spatial_correlations"),
    params:
        code=code("spatial_correlations"),
        seeds=[],
        failed_below=0.0,
        lengths=select("lengths", "bin_width", "maximum_distance"),
        base_seed=config["seed"],
    message:
        "spatial correlations of the null maps of {wildcards.system} {wildcards.phase}"
    script:
        "../scripts/spatial_correlations.py"


rule control_dynamics:
    """As dynamics, with the null maps in place of Grad-CAM, at one length for all."""
    input:
        unpack(lambda wildcards: glass_controls(wildcards.system)),
        runs=lambda wildcards: runs_of(wildcards.system),
        measured_lengths=measured_lengths_of_system,
    output:
        dynamics=PATHS.control_dynamics,
    log:
        PATHS.log("control_dynamics", "{system}"),
    benchmark:
        PATHS.benchmark("control_dynamics", "{system}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("control_dynamics"),
        runtime=runtime_of("control_dynamics"),
    params:
        **select("propensity", "bootstrap_samples", "moved_maps"),
        code=code("dynamics"),
        phase=GLASS,
        seeds=[],
        failed_below=0.0,
        ensembles=lambda wildcards: PLAN.ensemble_sizes(wildcards.system),
        published=lambda wildcards: PLAN.published_lengths(wildcards.system, "dynamics", "propensity"),
        base_seed=config["seed"],
    message:
        "correlations of the null maps of {wildcards.system} with its dynamics"
    script:
        "../scripts/dynamics.py"


rule controls_table:
    """What the network adds: its numbers beside those of maps that need no trained network."""
    input:
        correlations=of_systems(PATHS.correlations),
        control_correlations=controls_of(PATHS.control_correlations, phase=PHASES),
        spatial=expand(PATHS.spatial_correlations, system=SYSTEMS, phase=GLASS),
        control_spatial=controls_of(PATHS.control_spatial_correlations, phase=GLASS),
        dynamics=expand(PATHS.dynamics, system=SYSTEMS if WITH_DYNAMICS else []),
        control_dynamics=controls_of(PATHS.control_dynamics) if WITH_DYNAMICS else [],
        controls=controls_of(PATHS.controls, phase=PHASES),
        predictions=of_networks(
            expand(PATHS.classifier("predictions.csv"), system=SYSTEMS, allow_missing=True)
        ),
        history=of_networks(expand(PATHS.classifier("history.csv"), system=SYSTEMS, allow_missing=True)),
        reference=REFERENCE,
    output:
        table=PATHS.table("controls"),
    log:
        PATHS.log("controls_table"),
    benchmark:
        PATHS.benchmark("controls_table")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("table", "oyama2023.tables_controls.controls_table"),
        phases=PHASES,
        networks=[[system, seed] for system in SYSTEMS for seed in SEEDS],
        failed_below=config["classifier"]["failed_below"],
        bootstrap_samples=config["controls"]["bootstrap_samples"],
        base_seed=config["seed"],
    message:
        "what the network adds"
    script:
        "../scripts/table.py"

rule attributions:
    """Maps of other methods of attribution by all networks of a system, and the scores of the particles.

    One job for all networks and phases: at the default scale loading torch takes longer than one of them.
    """
    input:
        models=of_networks(PATHS.classifier("model.pt")),
        configurations=expand(PATHS.configurations, phase=PHASES, allow_missing=True),
        density=expand(PATHS.density, phase=PHASES, allow_missing=True),
    output:
        attributions=expand(PATHS.attributions, phase=PHASES, seed=SEEDS, allow_missing=True),
    log:
        PATHS.log("attributions", "{system}"),
    benchmark:
        PATHS.benchmark("attributions", "{system}")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of("attributions"),
        runtime=runtime_of("attributions"),
        gpu=GPUS,
    params:
        code=code("attributions"),
        phases=PHASES,
        seeds=SEEDS,
        architecture=PLAN.architecture(CASES[0]),
        sigma=lambda wildcards: config["systems"][wildcards.system]["sigma"],
        density=config["density"],
        attribution=PLAN.attribution(config["controls"]["attributions"]),
        base_seed=config["seed"],
    message:
        "attributions of the networks of {wildcards.system}"
    script:
        "../scripts/attributions.py"


if NULL_NETWORKS:

    rule control_attributions:
        """As attributions, by the networks that learned nothing of the phases; with Grad-CAM, to compare it with."""
        input:
            configurations=expand(PATHS.configurations, phase=PHASES, allow_missing=True),
            density=expand(PATHS.density, phase=PHASES, allow_missing=True),
            shuffled=expand(PATHS.shuffled("model.pt"), seed=SHUFFLED, allow_missing=True),
        output:
            attributions=of_null_networks(PATHS.control_attributions),
        log:
            PATHS.log("control_attributions", "{system}"),
        benchmark:
            PATHS.benchmark("control_attributions", "{system}")
        conda:
            ENVIRONMENT
        threads: 1
        resources:
            mem_mb=memory_of("control_attributions"),
            runtime=runtime_of("control_attributions"),
            gpu=GPUS,
        params:
            code=code("attributions"),
            phases=PHASES,
            null_networks=NULL_NETWORKS,
            architecture=PLAN.architecture(CASES[0]),
            start=select("classifier", "normalisation", "initialization"),
            training_replicas=config["classifier"]["training_replicas"],
            sigma=lambda wildcards: config["systems"][wildcards.system]["sigma"],
            density=config["density"],
            attribution=PLAN.attribution(["gradcam", *config["controls"]["attributions"]]),
            base_seed=config["seed"],
        message:
            "attributions of the null networks of {wildcards.system}"
        script:
            "../scripts/attributions.py"


rule layer_randomisation:
    """Grad-CAM while the layers of a system's networks are randomised from the top (Adebayo et al. 2018)."""
    input:
        models=of_networks(PATHS.classifier("model.pt")),
        configurations=expand(PATHS.configurations, phase=PHASES, allow_missing=True),
        density=expand(PATHS.density, phase=PHASES, allow_missing=True),
    output:
        layer_randomisation=expand(PATHS.layer_randomisation, phase=PHASES, seed=SEEDS, allow_missing=True),
    log:
        PATHS.log("layer_randomisation", "{system}"),
    benchmark:
        PATHS.benchmark("layer_randomisation", "{system}")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of("layer_randomisation"),
        runtime=runtime_of("layer_randomisation"),
        gpu=GPUS,
    params:
        code=code("layer_randomisation"),
        phases=PHASES,
        seeds=SEEDS,
        architecture=PLAN.architecture(CASES[0]),
        sigma=lambda wildcards: config["systems"][wildcards.system]["sigma"],
        density=config["density"],
        draws=config["controls"]["layer_randomisations"],
        base_seed=config["seed"],
    message:
        "layer randomisation of the networks of {wildcards.system}"
    script:
        "../scripts/layer_randomisation.py"


rule attributions_table:
    """How far the methods of attribution agree with Grad-CAM, the structure and the dynamics."""
    input:
        **judged_networks(),
        attributions=of_all_networks(PATHS.attributions),
        control_attributions=[
            path
            for system in SYSTEMS
            for path in of_null_networks(PATHS.control_attributions, system=system)
        ],
        propensity=[
            expand(PATHS.propensity, system=system, ensemble=PLAN.highest_ensembles(system)[0])[0]
            for system in (SYSTEMS if WITH_DYNAMICS else [])
        ],
        measured_lengths=measured_lengths(*SYSTEMS),
    output:
        table=PATHS.table("attributions"),
    log:
        PATHS.log("attributions_table"),
    benchmark:
        PATHS.benchmark("attributions_table")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("attributions_table"),
        runtime=runtime_of("attributions_table"),
    params:
        **made_by("table", "oyama2023.tables_attribution.attributions_table"),
        systems=SYSTEMS,
        phases=PHASES,
        seeds=SEEDS,
        failed_below=config["classifier"]["failed_below"],
        protocol=config["protocol"],
        lengths=PLAN.lengths("correlations", "dynamics", "propensity"),
        null_networks=NULL_NETWORKS,
        targets=select("lengths", "targets", "tolerance"),
        configuration=config["propensity"]["configurations"][0],
        bootstrap_samples=config["controls"]["bootstrap_samples"],
        base_seed=config["seed"],
    message:
        "table of the methods of attribution"
    script:
        "../scripts/table.py"


rule layer_randomisation_table:
    """How much of a map, and of its correlations, is left when layers are randomised."""
    input:
        **judged_networks(),
        layer_randomisation=of_all_networks(PATHS.layer_randomisation),
        measured_lengths=measured_lengths(*SYSTEMS),
    output:
        table=PATHS.table("layer_randomisation"),
    log:
        PATHS.log("layer_randomisation_table"),
    benchmark:
        PATHS.benchmark("layer_randomisation_table")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("layer_randomisation_table"),
        runtime=runtime_of("layer_randomisation_table"),
    params:
        **made_by("table", "oyama2023.tables_layer_randomisation.layer_randomisation_table"),
        systems=SYSTEMS,
        phases=PHASES,
        seeds=SEEDS,
        failed_below=config["classifier"]["failed_below"],
        protocol=config["protocol"],
        lengths=PLAN.lengths("correlations"),
        bootstrap_samples=config["controls"]["bootstrap_samples"],
        base_seed=config["seed"],
    message:
        "table of the layer randomisation"
    script:
        "../scripts/table.py"


rule layer_randomisation_figure:
    """Similarity to the trained network's map by the depth of the randomisation (Adebayo et al. 2018, Fig. 4)."""
    input:
        table=PATHS.table("layer_randomisation"),
    output:
        figures=drawn("layer_randomisation"),
    log:
        PATHS.log("layer_randomisation_figure"),
    benchmark:
        PATHS.benchmark("layer_randomisation_figure")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("figure", "oyama2023.figures_layer_randomisation.layer_randomisation_figure"),
        phases=PHASES,
    message:
        "figure of the layer randomisation"
    script:
        "../scripts/figure.py"

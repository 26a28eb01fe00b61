# The third paper: what its networks look at, what is counted on graphs, artificial configurations, and the cost.


rule network_scores:
    """Scores of single particles by a network, and by others of random weights: attention, Grad-CAM, gradients."""
    input:
        configurations=expand(PATHS.of_dataset.configurations, phase=PHASES, allow_missing=True),
        model=PATHS.of_dataset.swanson2020("model.pt"),
        predictions=PATHS.of_dataset.swanson2020("predictions.csv"),
    output:
        scores=expand(PATHS.of_dataset.swanson2020("scores-{phase}.nc"), phase=PHASES, allow_missing=True),
    log:
        PATHS.log("network_scores", "{dataset}-{network}-{fold}"),
    benchmark:
        PATHS.benchmark("network_scores", "{dataset}-{network}-{fold}")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of("network_scores"),
        runtime=runtime_of("network_scores"),
    params:
        code=code("network_scores"),
        phases=PHASES,
        explanations=select_keys(config["swanson2020"]["explanations"], "samples", "draws", "steps"),
        initialization=config["swanson2020"]["image"]["initialization"],
        base_seed=config["seed"],
    message:
        "scores of particles by {wildcards.network} of {wildcards.dataset}, fold {wildcards.fold}"
    script:
        "../scripts/network_scores.py"


rule attention_table:
    """Scores of the particles against hand-made indicators, and the pairs that are attended to (Fig. 6)."""
    input:
        configurations=of_datasets(PATHS.of_dataset.configurations),
        scores=[
            path
            for dataset in PLAN.datasets
            for network in config["swanson2020"]["networks"]
            for path in scored(dataset, network)
        ],
    output:
        table=PATHS.table("attention"),
    log:
        PATHS.log("attention_table"),
    benchmark:
        PATHS.benchmark("attention_table")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("attention_table"),
        runtime=runtime_of("attention_table"),
    params:
        **made_by("table", "swanson2020.tables_attention.attention"),
        **of_swanson2020(),
        networks=config["swanson2020"]["networks"],
        folds=list(PLAN.folds),
        systems={
            name: {
                **PLAN.model(Case(PLAN.system_of(name))),
                **select_keys(config["systems"][PLAN.system_of(name)], "tong_tanaka_sigma"),
            }
            for name in PLAN.datasets
        },
        density_radius=config["indicators"]["density_radius"],
        bootstrap_samples=config["swanson2020"]["bootstrap_samples"],
        lengths=config["swanson2020"]["explanations"]["lengths"],
        moved_maps=config["swanson2020"]["explanations"]["moved_maps"],
    message:
        "scores of the particles against structure"
    script:
        "../scripts/table.py"


rule artificial_table:
    """What networks call artificial configurations full of n-fold symmetry (supplement IV)."""
    input:
        configurations=GLASSES,
        models=of_pair_networks("model.pt", networks=config["swanson2020"]["networks"]),
    output:
        table=PATHS.table("artificial"),
    log:
        PATHS.log("artificial_table"),
    benchmark:
        PATHS.benchmark("artificial_table")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("network_scores"),
        runtime=runtime_of("network_scores"),
    params:
        **made_by("table", "swanson2020.tables_artificial.artificial"),
        **of_artificial(),
        folds=list(PLAN.folds),
        published_liquids=PLAN.published_liquids,
    message:
        "artificial configurations"
    script:
        "../scripts/table.py"


rule graph_measures_of_system:
    """What is counted on the graphs of nearest neighbours at every saved temperature (Fig. 7)."""
    input:
        snapshots=lambda wildcards: snapshots(Case(wildcards.system)),
    output:
        graph_measures=PATHS.graph_measures,
    log:
        PATHS.log("graph_measures_of_system", "{system}"),
    benchmark:
        PATHS.benchmark("graph_measures_of_system", "{system}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("graph_measures"),
        runtime=runtime_of("graph_measures"),
    params:
        code=code("graph_measures_of_system"),
        neighbours=config["swanson2020"]["measured_neighbours"],
        base_seed=config["seed"],
    message:
        "counting on the graphs of {wildcards.system}"
    script:
        "../scripts/graph_measures_of_system.py"


rule graph_measures_table:
    """Temperatures at which what is counted on graphs bends (Fig. 7)."""
    input:
        **OF_MEASURES,
    output:
        table=PATHS.table("graph_measures"),
    log:
        PATHS.log("graph_measures_table"),
    benchmark:
        PATHS.benchmark("graph_measures_table")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("glass_transition"),
    params:
        **made_by("table", "swanson2020.tables_measures.graph_measures"),
        **of_figure_7(),
        neighbours=config["swanson2020"]["measured_neighbours"],
        fit=select("inherent_structures", "points_per_line", "bootstrap"),
        base_seed=config["seed"],
    message:
        "graph measures against temperature"
    script:
        "../scripts/table.py"


rule graph_measures:
    """Graph measures against temperature with their two lines (Fig. 7)."""
    input:
        **OF_MEASURES,
        table=PATHS.table("graph_measures"),
    output:
        figures=drawn("graph_measures"),
    log:
        PATHS.log("graph_measures"),
    benchmark:
        PATHS.benchmark("graph_measures")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("figure", "swanson2020.figures_measures.graph_measures"),
        **of_figure_7(),
    message:
        "Fig. 7: graph measures"
    script:
        "../scripts/figure.py"


rule attention_maps:
    """Pairs that the graph classifier attends to, and that one of random weights does (Fig. 6)."""
    input:
        **first_network("d_mpnn"),
    output:
        figures=drawn("attention_maps"),
    log:
        PATHS.log("attention_maps"),
    benchmark:
        PATHS.benchmark("attention_maps")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("network_scores"),
        runtime=runtime_of("light"),
    params:
        **made_by("figure", "swanson2020.figures_attention.attention_maps"),
        **of_swanson2020(),
    message:
        "Fig. 6: attention"
    script:
        "../scripts/figure.py"


rule feature_maps:
    """Maps of the first convolution of the image classifier (Fig. 3)."""
    input:
        **first_network("image_cnn"),
    output:
        figures=drawn("feature_maps"),
    log:
        PATHS.log("feature_maps"),
    benchmark:
        PATHS.benchmark("feature_maps")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("network_scores"),
        runtime=runtime_of("light"),
    params:
        **made_by("figure", "swanson2020.figures_attention.feature_maps"),
        **of_swanson2020(),
    message:
        "Fig. 3: feature maps"
    script:
        "../scripts/figure.py"


rule artificial:
    """Artificial configurations, and how many of them networks call liquid (Fig. 4)."""
    input:
        configurations=GLASSES,
        table=PATHS.table("artificial"),
    output:
        figures=drawn("artificial"),
    log:
        PATHS.log("artificial"),
    benchmark:
        PATHS.benchmark("artificial")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("figure", "swanson2020.figures_artificial.artificial"),
        **of_artificial(),
    message:
        "Fig. 4: artificial configurations"
    script:
        "../scripts/figure.py"


rule training_cost_table:
    """Time of the training against the size of the windows (Fig. 8); no other result depends on it."""
    input:
        configurations=expand(PATHS.of_dataset.configurations, dataset=PLAN.datasets[:1], phase=PHASES),
    output:
        table=PATHS.table("training_cost"),
    log:
        PATHS.log("training_cost_table"),
    benchmark:
        PATHS.benchmark("training_cost_table")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of("training_cost"),
        runtime=runtime_of("training_cost"),
        gpu=GPUS,
    params:
        **made_by("table", "swanson2020.tables_cost.training_cost"),
        timed=PLAN.timed_networks,
        samples=config["swanson2020"]["cost"]["samples"],
        gpu=GPUS > 0,
        base_seed=config["seed"],
    message:
        "timing the training"
    script:
        "../scripts/table.py"


rule training_cost:
    """Time of the training against the size of the windows (Fig. 8)."""
    input:
        table=PATHS.table("training_cost"),
    output:
        figures=drawn("training_cost"),
    log:
        PATHS.log("training_cost"),
    benchmark:
        PATHS.benchmark("training_cost")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("figure", "swanson2020.figures_cost.training_cost"),
    message:
        "Fig. 8: cost of the training"
    script:
        "../scripts/figure.py"

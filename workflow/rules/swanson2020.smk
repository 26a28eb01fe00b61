# The third paper: pairs of liquids and glasses, and classifiers on pictures and on graphs that tell them apart.


if PLAN.sets:

    rule dataset:
        """The liquids or the glasses of a set (Swanson et al. 2020, supplement I)."""
        input:
            batches=lambda wildcards: snapshots(Case(of_set(wildcards).system)),
            equal_energy=lambda wildcards: (
                [PATHS.table("equal_energy")] if of_set(wildcards).temperature is None else []
            ),
        output:
            configurations=PATHS.of_dataset.configurations,
        log:
            PATHS.log("dataset", "{dataset}-{phase}"),
        benchmark:
            PATHS.benchmark("dataset", "{dataset}-{phase}")
        wildcard_constraints:
            dataset="|".join(PLAN.sets),
        conda:
            ENVIRONMENT
        resources:
            mem_mb=memory_of("configurations"),
            runtime=runtime_of("configurations"),
        params:
            code=code("dataset"),
            temperature=lambda wildcards: of_set(wildcards).temperature,
            split=config["split"],
            base_seed=config["seed"],
        message:
            "{wildcards.phase} of {wildcards.dataset}"
        script:
            "../scripts/dataset.py"


rule equal_energy:
    """The slowly cooled liquid whose inherent structures have the energy of the fast glass (supplement I)."""
    input:
        inherent_structures=of_cooled(PATHS.inherent_structures, INHERENT_BATCHES),
        crystals=CRYSTALS_OF_COOLED,
    output:
        table=PATHS.table("equal_energy"),
    log:
        PATHS.log("equal_energy"),
    benchmark:
        PATHS.benchmark("equal_energy")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("glass_transition"),
        runtime=runtime_of("glass_transition"),
    params:
        **made_by("table", "swanson2020.tables_samples.equal_energy"),
        systems=PLAN.cooled,
        is_published_mixture=PLAN.is_published_mixture,
        glass=PLAN.glass_temperatures,
        cooling_rates=lambda wildcards: PLAN.cooling_rates,
        coldest_liquid=min(config["swanson2020"]["liquid_temperatures"]),
        bootstrap_samples=config["swanson2020"]["bootstrap_samples"],
        base_seed=config["seed"],
    message:
        "the liquid that has the energy of the fast glass"
    script:
        "../scripts/table.py"


rule search:
    """Hyperparameters of a network, by trials on the training replicas of a fold (supplement III)."""
    input:
        configurations=of_datasets(PATHS.of_dataset.configurations),
        crystals=crystals_of_datasets(),
    output:
        trials=PATHS.of_dataset.swanson2020("trials.csv"),
        chosen=PATHS.of_dataset.swanson2020("hyperparameters.json"),
    log:
        PATHS.log("search", "{dataset}-{network}-{fold}"),
    benchmark:
        PATHS.benchmark("search", "{dataset}-{network}-{fold}")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of("search"),
        runtime=runtime_of("search"),
        gpu=GPUS,
    params:
        code=code("search"),
        datasets=PLAN.datasets,
        phases=PHASES,
        options=lambda wildcards: PLAN.network_options(wildcards.network),
        ranges=lambda wildcards: PLAN.search_ranges(wildcards.network),
        trials=config["swanson2020"]["search"]["trials"],
        folds=config["swanson2020"]["folds"],
        base_seed=config["seed"],
    message:
        "searching hyperparameters of {wildcards.network} on {wildcards.dataset}, fold {wildcards.fold}"
    script:
        "../scripts/search.py"


rule network:
    """A classifier on pictures or on graphs, and what it says of its own pair of states and of the others."""
    input:
        configurations=of_datasets(PATHS.of_dataset.configurations),
        crystals=crystals_of_datasets(),
        chosen=lambda wildcards: (
            [PATHS.of_dataset.swanson2020("hyperparameters.json")]
            if PLAN.search_ranges(wildcards.network)
            else []
        ),
    output:
        model=PATHS.of_dataset.swanson2020("model.pt"),
        history=PATHS.of_dataset.swanson2020("history.csv"),
        predictions=PATHS.of_dataset.swanson2020("predictions.csv"),
    log:
        PATHS.log("network", "{dataset}-{network}-{fold}"),
    benchmark:
        PATHS.benchmark("network", "{dataset}-{network}-{fold}")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of("network"),
        runtime=runtime_of("network"),
        gpu=GPUS,
    params:
        code=code("network"),
        datasets=PLAN.datasets,
        phases=PHASES,
        options=lambda wildcards: PLAN.network_options(wildcards.network),
        folds=config["swanson2020"]["folds"],
        base_seed=config["seed"],
    message:
        "training {wildcards.network} on {wildcards.dataset}, fold {wildcards.fold}"
    script:
        "../scripts/network.py"


rule one_number:
    """What a threshold on one number of the graph says of the same samples, without a network."""
    input:
        configurations=of_datasets(PATHS.of_dataset.configurations),
        crystals=crystals_of_datasets(),
    output:
        predictions=PATHS.one_number,
    log:
        PATHS.log("one_number"),
    benchmark:
        PATHS.benchmark("one_number")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("one_number"),
        runtime=runtime_of("one_number"),
    params:
        code=code("one_number"),
        datasets=PLAN.datasets,
        phases=PHASES,
        neighbours=config["swanson2020"]["graph"]["neighbours"],
        folds=config["swanson2020"]["folds"],
        base_seed=config["seed"],
    message:
        "one number of the graph instead of a network"
    script:
        "../scripts/one_number.py"


rule auc_table:
    """Accuracy and AUC of every network on the test replicas of its own pair of states (Fig. 5)."""
    input:
        predictions=of_pair_networks("predictions.csv"),
        one_number=PATHS.one_number,
    output:
        table=PATHS.table("auc"),
    log:
        PATHS.log("auc_table"),
    benchmark:
        PATHS.benchmark("auc_table")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("table", "swanson2020.tables.auc"),
        **of_swanson2020(),
        networks=network_keys(),
    message:
        "accuracy and AUC of the networks"
    script:
        "../scripts/table.py"


rule auc_matrix_table:
    """AUC of every network on the test replicas of all pairs of states."""
    input:
        predictions=of_pair_networks("predictions.csv"),
        one_number=PATHS.one_number,
    output:
        table=PATHS.table("auc_matrix"),
    log:
        PATHS.log("auc_matrix_table"),
    benchmark:
        PATHS.benchmark("auc_matrix_table")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("table", "swanson2020.tables.auc_matrix"),
        **of_swanson2020(),
        networks=network_keys(),
        published_liquids=PLAN.published_liquids,
    message:
        "AUC of networks on other pairs of states"
    script:
        "../scripts/table.py"


rule graph_variants_table:
    """What each choice of the graph classifier changes."""
    input:
        predictions=of_pair_networks("predictions.csv"),
    output:
        table=PATHS.table("graph_variants"),
    log:
        PATHS.log("graph_variants_table"),
    benchmark:
        PATHS.benchmark("graph_variants_table")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("table", "swanson2020.tables.graph_variants"),
        **of_swanson2020(),
        **select("swanson2020", "graph", "variants"),
        networks=network_keys(),
    message:
        "what each choice of the graph classifier changes"
    script:
        "../scripts/table.py"


rule search_table:
    """Every trial of the search for hyperparameters."""
    input:
        trials=of_pair_networks("trials.csv", networks=config["swanson2020"]["networks"]),
    output:
        table=PATHS.table("search"),
    log:
        PATHS.log("search_table"),
    benchmark:
        PATHS.benchmark("search_table")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("table", "swanson2020.tables.search"),
        networks=network_keys(networks=config["swanson2020"]["networks"]),
    message:
        "trials of the search for hyperparameters"
    script:
        "../scripts/table.py"


rule architectures_table:
    """Every kind of network of the study beside the others: accuracy, AUC, and what its particle scores go with."""
    input:
        glasses=expand(PATHS.of_dataset.configurations, dataset=PLAN.datasets, phase=GLASS),
        models=of_pair_networks("model.pt", networks=config["swanson2020"]["networks"]),
        predictions=of_pair_networks("predictions.csv", networks=config["swanson2020"]["networks"]),
        histories=of_pair_networks("history.csv", networks=config["swanson2020"]["networks"]),
        density_predictions=of_density_networks(PATHS.classifier("predictions.csv")),
        density_history=of_density_networks(PATHS.classifier("history.csv")),
        gradcam=of_density_networks(PATHS.gradcam),
        crystals=crystals_of_datasets() if of_density_networks(PATHS.gradcam) else [],
    output:
        table=PATHS.table("architectures"),
    log:
        PATHS.log("architectures_table"),
    benchmark:
        PATHS.benchmark("architectures_table")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("network"),
        runtime=runtime_of("network"),
    params:
        **made_by("table", "swanson2020.tables_architectures.architectures"),
        **of_swanson2020(),
        networks=network_keys(networks=config["swanson2020"]["networks"]),
        seeds=SEEDS,
        failed_below=config["classifier"]["failed_below"],
        contact={
            dataset: config["systems"][PLAN.system_of(dataset)]["tong_tanaka_sigma"]
            for dataset in PLAN.datasets
        },
    message:
        "networks that see density fields, pictures or graphs"
    script:
        "../scripts/table.py"


rule sets:
    """Cooling curves with the liquids and glasses of the sets (supplement I)."""
    input:
        inherent_structures=of_cooled(PATHS.inherent_structures, INHERENT_BATCHES),
        crystals=CRYSTALS_OF_COOLED,
        equal_energy=[PATHS.table("equal_energy")] if PLAN.set_of_equal_energy else [],
    output:
        figures=drawn("sets"),
    log:
        PATHS.log("sets"),
    benchmark:
        PATHS.benchmark("sets")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("glass_transition"),
        runtime=runtime_of("light"),
    params:
        **made_by("figure", "swanson2020.figures.sets"),
        systems=PLAN.cooled,
        glass=PLAN.glass_temperatures,
        liquids={name: liquid.temperature for name, (liquid, _) in PLAN.sets.items()},
    message:
        "cooling curves and sets"
    script:
        "../scripts/figure.py"


rule auc:
    """Accuracy and AUC of both networks for every pair of states (Fig. 5)."""
    input:
        table=PATHS.table("auc"),
    output:
        figures=drawn("auc"),
    log:
        PATHS.log("auc"),
    benchmark:
        PATHS.benchmark("auc")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("figure", "swanson2020.figures.auc"),
        datasets=PLAN.datasets,
        networks=config["swanson2020"]["networks"],
    message:
        "Fig. 5: accuracy and AUC"
    script:
        "../scripts/figure.py"


rule auc_matrix:
    """AUC of networks on the pairs of states that they have not learned, beside the published one."""
    input:
        table=PATHS.table("auc_matrix"),
    output:
        figures=drawn("auc_matrix"),
    log:
        PATHS.log("auc_matrix"),
    benchmark:
        PATHS.benchmark("auc_matrix")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("figure", "swanson2020.figures.auc_matrix"),
        datasets=PLAN.datasets,
        networks=config["swanson2020"]["networks"],
    message:
        "AUC on other pairs of states"
    script:
        "../scripts/figure.py"

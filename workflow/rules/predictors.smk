# Every structural predictor against every dynamics: what is there already, and what was never told the dynamics.


rule predictor_fields:
    """Every predictor that is not told the dynamics, of the structures of a state."""
    input:
        unpack(class_networks),
        inherent=PATHS.inherent,
    output:
        fields=PATHS.predictor_fields,
        seconds=PATHS.predictor_seconds,
    log:
        PATHS.log("predictor_fields", "{system}-{phase}"),
    benchmark:
        PATHS.benchmark("predictor_fields", "{system}-{phase}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("predictor_fields"),
        runtime=runtime_of("predictor_fields"),
    params:
        code=code("predictor_fields"),
        model=by_case(PLAN.model),
        contact=lambda wildcards: PLAN.block(case_of(wildcards))["tong_tanaka_sigma"],
        density_radius=config["indicators"]["density_radius"],
        splits=lambda wildcards: PLAN.structure_splits(wildcards.system),
        rows=lambda wildcards: PLAN.predictor_fields_of(wildcards.system),
        networks=lambda wildcards: of_class_networks(wildcards.system),
        base_seed=config["seed"],
    message:
        "predictors of the {wildcards.phase} of {wildcards.system}"
    script:
        "../scripts/predictor_fields.py"


rule graph_network:
    """A graph network learns how far particles and neighbours move (after Shiba et al. 2023, BOTAN)."""
    input:
        propensities=PATHS.propensities,
        runs=lambda wildcards: expand(
            PATHS.isoconfigurational_runs, batch=PLAN.structure_batches(wildcards.system), **wildcards
        ),
    output:
        predictor=PATHS.graph_network,
    log:
        PATHS.log("graph_network", "{system}-{phase}"),
    benchmark:
        PATHS.benchmark("graph_network", "{system}-{phase}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("graph_network"),
        runtime=runtime_of("graph_network"),
    params:
        **select("glassmlp", "target", "species"),
        code=code("graph_network"),
        epochs=config["predictors"]["graph_network_epochs"],
        base_seed=config["seed"],
    message:
        "graph network of the {wildcards.phase} of {wildcards.system}"
    script:
        "../scripts/graph_network.py"


rule own_predictor:
    """Values of the particles from the user's own files, as a predictor."""
    input:
        unpack(own_predictor_files),
        propensities=PATHS.propensities,
    output:
        predictor=PATHS.own_predictor,
    log:
        PATHS.log("own_predictor", "{system}-{phase}-{own}"),
    benchmark:
        PATHS.benchmark("own_predictor", "{system}-{phase}-{own}")
    wildcard_constraints:
        own="|".join(PLAN.own_rows) or NOTHING,
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("judged_predictions"),
        runtime=runtime_of("judged_predictions"),
    params:
        code=code("own_predictor"),
        own=lambda wildcards: {
            key: value for key, value in PLAN.own_rows[wildcards.own].items() if key in ("column", "array")
        },
        options=lambda wildcards: config["samples"]["files"].get(wildcards.system, {}),
        model=by_case(PLAN.model),
        species=config["glassmlp"]["species"],
        base_seed=config["seed"],
    message:
        "{wildcards.own} of the {wildcards.phase} of {wildcards.system}"
    script:
        "../scripts/own_predictor.py"


rule predictors_table:
    """How well every predictor agrees with the dynamics of the test structures."""
    input:
        propensities=of_predicted_states(PATHS.propensities, LEARNED_FROM_FIRST),
        predictors=of_compared_models(),
        fields=of_predicted_states(PATHS.predictor_fields, LEARNED_FROM_FIRST),
    output:
        table=PATHS.table("predictors"),
    log:
        PATHS.log("predictors_table"),
    benchmark:
        PATHS.benchmark("predictors_table")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("predictors_table"),
        runtime=runtime_of("predictors_table"),
    params:
        **made_by("table", "predictors.tables.predictors"),
        **of_comparison(),
    message:
        "every predictor against the dynamics"
    script:
        "../scripts/table.py"


rule predictor_costs:
    """What each predictor takes; read from benchmarks, which are no inputs: another time reruns nothing."""
    input:
        seconds=of_predicted_states(PATHS.predictor_seconds, LEARNED_FROM_FIRST),
        table=PATHS.table("predictors"),
    output:
        table=PATHS.predictor_costs,
    log:
        PATHS.log("predictor_costs"),
    benchmark:
        PATHS.benchmark("predictor_costs")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("table", "predictors.costs.costs"),
        systems=LEARNED_FROM_FIRST,
        states=PLAN.predicted_states,
        transfer=PLAN.transfer,
        benchmarks={
            model: {
                "training": PATHS.benchmark("glassmlp_model", "{system}-{phase}-{model}"),
                "inputs": PATHS.benchmark("descriptors", "{system}-{phase}"),
            }
            for model in config["glassmlp"]["models"]
        }
        | {
            model: {"training": PATHS.benchmark(model, "{system}-{phase}"), "inputs": ""}
            for model in PLAN.compared_models
            if model not in config["glassmlp"]["models"]
        },
        of_networks={row: training_of_class_networks(kind) for row, kind in PLAN.class_network_rows.items()},
    message:
        "what the predictors take"
    script:
        "../scripts/table.py"


rule predictors:
    """Every predictor against the dynamics, over time and temperature."""
    input:
        predictors=PATHS.table("predictors"),
    output:
        figures=drawn("predictors"),
    log:
        PATHS.log("predictors"),
    benchmark:
        PATHS.benchmark("predictors")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("figure", "predictors.figures.predictors"),
        **of_comparison(),
    message:
        "every predictor against the dynamics"
    script:
        "../scripts/figure.py"


rule predictors_s4_table:
    """Four-point structure factor of the field of every predictor near the peak of chi_4."""
    input:
        propensities=of_predicted_states(PATHS.propensities, LEARNED_FROM_FIRST),
        predictors=of_compared_models(),
        fields=of_predicted_states(PATHS.predictor_fields, LEARNED_FROM_FIRST),
    output:
        table=PATHS.table("predictors_s4"),
    log:
        PATHS.log("predictors_s4_table"),
    benchmark:
        PATHS.benchmark("predictors_s4_table")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("predictors_table"),
        runtime=runtime_of("predictors_table"),
    params:
        **made_by("table", "predictors.tables_four_point.predictors_s4"),
        **of_comparison(),
        learned=config["glassmlp"]["models"],
    message:
        "four-point structure factor of every predictor"
    script:
        "../scripts/table.py"


rule predictors_s4:
    """Four-point structure factor of the best predictors beside that of the dynamics."""
    input:
        s4=PATHS.table("predictors_s4"),
        predictors=PATHS.table("predictors"),
    output:
        figures=drawn("predictors_s4"),
    log:
        PATHS.log("predictors_s4"),
    benchmark:
        PATHS.benchmark("predictors_s4")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("figure", "predictors.figures_four_point.predictors_s4"),
        **of_comparison(),
    message:
        "four-point structure factor of predictors"
    script:
        "../scripts/figure.py"


rule predictors_page:
    """Which structure says where it will move: the table, to be sorted."""
    input:
        predictors=PATHS.table("predictors"),
        costs=PATHS.predictor_costs,
        template=in_repository("workflow/report/predictors.html.jinja"),
    output:
        PATHS.page("predictors"),
    log:
        PATHS.log("predictors_page"),
    benchmark:
        PATHS.benchmark("predictors_page")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("page", "predictors.page.predictors"),
        study=config["study"],
    message:
        "page: which structure says where it will move"
    script:
        "../scripts/page.py"


rule predictor_transfer:
    """Models of every system, state and time against the dynamics of every other."""
    input:
        propensities=of_predicted_states(PATHS.propensities, LEARNED_FROM_SYSTEMS),
        descriptors=of_predicted_states(PATHS.descriptors, LEARNED_FROM_SYSTEMS),
        models=[
            path
            for pattern in of_predicted_states(PATHS.fitted_model, LEARNED_FROM_SYSTEMS)
            for path in expand(pattern, model=config["glassmlp"]["models"])
        ],
    output:
        table=PATHS.table("predictor_transfer"),
    log:
        PATHS.log("predictor_transfer"),
    benchmark:
        PATHS.benchmark("predictor_transfer")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("predictors_table"),
        runtime=runtime_of("predictors_table"),
    params:
        **made_by("table", "predictors.transfer.transfer"),
        **{**of_jung2023(), "systems": LEARNED_FROM_SYSTEMS},
        **select("glassmlp", "cutoff"),
        moved_maps=config["predictors"]["moved_maps"],
    message:
        "transfer of models across systems, temperature and time"
    script:
        "../scripts/table.py"


rule learning_curve:
    """A model that learns from fewer structures than there are; that of all is not trained again."""
    input:
        propensities=PATHS.propensities,
        descriptors=PATHS.descriptors,
        predictor=PATHS.predictor,
    output:
        curve=PATHS.learning_curve,
    log:
        PATHS.log("learning_curve", "{system}-{phase}-{model}"),
    benchmark:
        PATHS.benchmark("learning_curve", "{system}-{phase}-{model}")
    wildcard_constraints:
        system=LEARNED_FROM,
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("glassmlp_model"),
        runtime=runtime_of("glassmlp_model"),
    params:
        code=code("learning_curve"),
        options=select("glassmlp", "target", "species", "formula", "members", "epochs", "distances"),
        regressor=lambda wildcards: config["glassmlp"]["regressors"].get(wildcards.model),
        numbers=config["predictors"]["learning_curve"],
        temperature=lambda wildcards: config["systems"][wildcards.system]["states"][wildcards.phase],
        bootstrap_samples=config["jung2023"]["bootstrap_samples"],
        base_seed=config["seed"],
    message:
        "learning curve of {wildcards.model}, {wildcards.phase} of {wildcards.system}"
    script:
        "../scripts/learning_curve.py"


rule learning_curves_table:
    """How many structures the models need."""
    input:
        curves=[
            path
            for pattern in of_predicted_states(PATHS.learning_curve, LEARNED_FROM_SYSTEMS)
            for path in expand(pattern, model=config["glassmlp"]["models"])
        ],
    output:
        table=PATHS.table("learning_curves"),
    log:
        PATHS.log("learning_curves_table"),
    benchmark:
        PATHS.benchmark("learning_curves_table")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("table", "predictors.learning_curves.table"),
    message:
        "learning curves"
    script:
        "../scripts/table.py"


rule learning_curves:
    """How many structures the models need."""
    input:
        table=PATHS.table("learning_curves"),
    output:
        figures=drawn("learning_curves"),
    log:
        PATHS.log("learning_curves"),
    benchmark:
        PATHS.benchmark("learning_curves")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("figure", "predictors.learning_curves.figure"),
    message:
        "learning curves"
    script:
        "../scripts/figure.py"


rule glassbench:
    """Test structures of a state with their dynamics and all predictors, in the layout of GlassBench; on request only."""
    input:
        propensities=PATHS.propensities,
        inherent=PATHS.inherent,
        fields=PATHS.predictor_fields,
        predictors=compared_models_of_state,
    output:
        archive=PATHS.glassbench,
    log:
        PATHS.log("glassbench", "{system}-{phase}"),
    benchmark:
        PATHS.benchmark("glassbench", "{system}-{phase}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("predictors_table"),
        runtime=runtime_of("predictors_table"),
    params:
        code=code("glassbench"),
        models=PLAN.compared_models,
        species=config["glassmlp"]["species"],
        temperature=lambda wildcards: config["systems"][wildcards.system]["states"][wildcards.phase],
    message:
        "test structures of the {wildcards.phase} of {wildcards.system} in the layout of GlassBench"
    script:
        "../scripts/glassbench.py"


rule predictors_aging:
    """Predictors against the dynamics of the first paper, in the columns of the comparison; on request only."""
    input:
        dynamics=expand(PATHS.dynamics, system=SYSTEMS),
    output:
        table=PATHS.table("predictors_aging"),
    log:
        PATHS.log("predictors_aging"),
    benchmark:
        PATHS.benchmark("predictors_aging")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("table", "predictors.aging.aging"),
        systems=SYSTEMS,
        training=PLAN.training_of_networks,
    message:
        "predictors against ageing dynamics"
    script:
        "../scripts/table.py"

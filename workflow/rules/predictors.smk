# Every structural predictor against every dynamics: what is there already, and what was never told the dynamics.


rule predictor_fields:
    """Every predictor that is not told the dynamics, of the inherent structures of a state."""
    input:
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
        rows=config["predictors"]["rows"],
        base_seed=config["seed"],
    message:
        "predictors of the {wildcards.phase} of {wildcards.system}"
    script:
        "../scripts/predictor_fields.py"


rule predictors_table:
    """How well every predictor agrees with the dynamics of the test structures."""
    input:
        propensities=of_predicted_states(PATHS.propensities, LEARNED_FROM_FIRST),
        predictors=of_predictors(LEARNED_FROM_FIRST),
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
            for model in PLAN.compared_models
        },
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

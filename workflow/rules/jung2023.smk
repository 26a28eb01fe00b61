# The second paper: from the structures of a state to what is predicted of their dynamics.


rule minimise_structures:
    """Inherent structure of every structure of a state (Jung et al. 2023, supplement, I)."""
    input:
        configurations=PATHS.configurations,
    output:
        configurations=PATHS.inherent,
    log:
        PATHS.log("minimise_structures", "{system}-{phase}"),
    benchmark:
        PATHS.benchmark("minimise_structures", "{system}-{phase}")
    retries: continuations("minimise")
    conda:
        ENVIRONMENT
    threads: threads(config["cooling"]["replicas"], config["cluster"]["cores"])
    resources:
        mem_mb=memory_of("minimise"),
        runtime=runtime_of("minimise"),
    params:
        code=code("minimise_configurations"),
        model=by_case(PLAN.model),
        temperature=lambda wildcards: config["systems"][wildcards.system]["states"][wildcards.phase],
        force_tolerance=config["inherent_structures"]["force_tolerance"],
        scratch="inherent_scratch",
        base_seed=config["seed"],
    message:
        "inherent structures of the {wildcards.phase} of {wildcards.system}, {threads} at a time"
    script:
        "../scripts/minimise_configurations.py"


rule isoconfigurational_runs:
    """Runs with fresh velocities from each structure of a batch (Jung et al. 2023)."""
    input:
        configurations=PATHS.configurations,
    output:
        runs=PATHS.isoconfigurational_runs,
    log:
        PATHS.log("isoconfigurational_runs", "{system}-{phase}-{batch}"),
    benchmark:
        PATHS.benchmark("isoconfigurational_runs", "{system}-{phase}-{batch}")
    retries: continuations("isoconfigurational_runs")
    conda:
        ENVIRONMENT
    threads: threads(config["isoconfigurational"]["runs"], config["cluster"]["cores"])
    resources:
        mem_mb=memory_of("isoconfigurational_runs"),
        runtime=runtime_of("isoconfigurational_runs"),
    params:
        code=code("isoconfigurational_runs"),
        model=by_case(PLAN.model),
        temperature=lambda wildcards: config["systems"][wildcards.system]["states"][wildcards.phase],
        protocol=select(
            "isoconfigurational",
            "time_step",
            "thermostat_damping",
            "first_frame",
            "frames",
            "extra_times",
            "segment_time",
        ),
        run_time=lambda wildcards: PLAN.run_time(wildcards.phase),
        structures=lambda wildcards: PLAN.structure_range(int(wildcards.batch)),
        runs=config["isoconfigurational"]["runs"],
        base_seed=config["seed"],
    message:
        "runs from the {wildcards.phase} of {wildcards.system}, batch {wildcards.batch}, {threads} at a time"
    script:
        "../scripts/isoconfigurational_runs.py"


rule propensities:
    """Bond breaking and displacement of every particle, averaged over the runs from its structure."""
    input:
        runs=lambda wildcards: expand(
            PATHS.isoconfigurational_runs, batch=PLAN.structure_batches, **wildcards
        ),
    output:
        propensities=PATHS.propensities,
    log:
        PATHS.log("propensities", "{system}-{phase}"),
    benchmark:
        PATHS.benchmark("propensities", "{system}-{phase}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("propensities"),
        runtime=runtime_of("propensities"),
    params:
        code=code("propensities"),
        sigma=lambda wildcards: config["systems"][wildcards.system]["sigma"],
        temperature=lambda wildcards: config["systems"][wildcards.system]["states"][wildcards.phase],
        base_seed=config["seed"],
    message:
        "propensities of the {wildcards.phase} of {wildcards.system}"
    script:
        "../scripts/propensities.py"


rule descriptors:
    """Coarse-grained density, energy, its variance and cell surface round every particle (Jung et al. 2023)."""
    input:
        inherent=PATHS.inherent,
    output:
        descriptors=PATHS.descriptors,
    log:
        PATHS.log("descriptors", "{system}-{phase}"),
    benchmark:
        PATHS.benchmark("descriptors", "{system}-{phase}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("descriptors"),
        runtime=runtime_of("descriptors"),
    params:
        code=code("descriptors"),
        model=by_case(PLAN.model),
        descriptors=select("glassmlp", "lengths", "cutoff", "formula", "radii"),
        base_seed=config["seed"],
    message:
        "descriptors of the {wildcards.phase} of {wildcards.system}"
    script:
        "../scripts/descriptors.py"


rule glassmlp_model:
    """GlassMLP, or a model beside it, trained for all times of a state, and its predictions (Jung et al. 2023)."""
    input:
        propensities=PATHS.propensities,
        descriptors=PATHS.descriptors,
    output:
        predictor=PATHS.predictor,
    log:
        PATHS.log("glassmlp_model", "{system}-{phase}-{model}"),
    benchmark:
        PATHS.benchmark("glassmlp_model", "{system}-{phase}-{model}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("glassmlp_model"),
        runtime=runtime_of("glassmlp_model"),
    params:
        code=code("glassmlp_model"),
        options=select("glassmlp", "target", "species", "formula", "members", "epochs", "distances"),
        base_seed=config["seed"],
    message:
        "{wildcards.model} of the {wildcards.phase} of {wildcards.system}"
    script:
        "../scripts/glassmlp_model.py"


rule relaxation_table:
    """Relaxation times of every state (Jung et al. 2023, SM Fig. 1)."""
    input:
        propensities=of_predicted_states(PATHS.propensities),
    output:
        table=PATHS.table("relaxation"),
    log:
        PATHS.log("relaxation_table"),
    benchmark:
        PATHS.benchmark("relaxation_table")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("judged_predictions"),
        runtime=runtime_of("judged_predictions"),
    params:
        **made_by("table", "jung2023.tables.relaxation"),
        **of_jung2023(),
    message:
        "relaxation times"
    script:
        "../scripts/table.py"


rule pearson_table:
    """Correlations between predictions and dynamics of the test structures (Jung et al. 2023, Fig. 2a)."""
    input:
        propensities=of_predicted_states(PATHS.propensities),
        predictors=of_predictors(),
    output:
        table=PATHS.table("pearson"),
    log:
        PATHS.log("pearson_table"),
    benchmark:
        PATHS.benchmark("pearson_table")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("judged_predictions"),
        runtime=runtime_of("judged_predictions"),
    params:
        **made_by("table", "jung2023.tables.pearson"),
        **of_jung2023(),
    message:
        "correlations between predictions and dynamics"
    script:
        "../scripts/table.py"


rule chi4_table:
    """Four-point susceptibility of dynamics and predictions (Jung et al. 2023, Fig. 3b)."""
    input:
        propensities=of_predicted_states(PATHS.propensities),
        predictors=of_predictors(),
    output:
        table=PATHS.table("chi4"),
    log:
        PATHS.log("chi4_table"),
    benchmark:
        PATHS.benchmark("chi4_table")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("judged_predictions"),
        runtime=runtime_of("judged_predictions"),
    params:
        **made_by("table", "jung2023.tables.chi4"),
        **of_jung2023(),
    message:
        "four-point susceptibility"
    script:
        "../scripts/table.py"


rule fig2a:
    """Correlation with the dynamics against time (Jung et al. 2023, Fig. 2a)."""
    input:
        pearson=PATHS.table("pearson"),
    output:
        figures=drawn("fig2a"),
    log:
        PATHS.log("fig2a"),
    benchmark:
        PATHS.benchmark("fig2a")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("judged_predictions"),
        runtime=runtime_of("judged_predictions"),
    params:
        **made_by("figure", "jung2023.figures.fig2a"),
        **of_jung2023(),
    message:
        "Fig. 2a: correlation with the dynamics"
    script:
        "../scripts/figure.py"


rule fig2b:
    """Distributions of the propensity (Jung et al. 2023, Fig. 2b)."""
    input:
        propensities=of_predicted_states(PATHS.propensities),
        predictors=of_predictors(),
    output:
        figures=drawn("fig2b"),
    log:
        PATHS.log("fig2b"),
    benchmark:
        PATHS.benchmark("fig2b")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("judged_predictions"),
        runtime=runtime_of("judged_predictions"),
    params:
        **made_by("figure", "jung2023.figures.fig2b"),
        **of_jung2023(),
    message:
        "Fig. 2b: distributions of the propensity"
    script:
        "../scripts/figure.py"


rule fig3a:
    """Maps of the propensity (Jung et al. 2023, Fig. 3a)."""
    input:
        propensities=of_predicted_states(PATHS.propensities),
        predictors=of_predictors(),
    output:
        figures=drawn("fig3a"),
    log:
        PATHS.log("fig3a"),
    benchmark:
        PATHS.benchmark("fig3a")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("judged_predictions"),
        runtime=runtime_of("judged_predictions"),
    params:
        **made_by("figure", "jung2023.figures.fig3a"),
        **of_jung2023(),
    message:
        "Fig. 3a: maps of the propensity"
    script:
        "../scripts/figure.py"


rule fig3b:
    """Four-point susceptibility against time (Jung et al. 2023, Fig. 3b)."""
    input:
        chi4=PATHS.table("chi4"),
    output:
        figures=drawn("fig3b"),
    log:
        PATHS.log("fig3b"),
    benchmark:
        PATHS.benchmark("fig3b")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("judged_predictions"),
        runtime=runtime_of("judged_predictions"),
    params:
        **made_by("figure", "jung2023.figures.fig3b"),
        **of_jung2023(),
    message:
        "Fig. 3b: four-point susceptibility"
    script:
        "../scripts/figure.py"


rule four_point:
    """Four-point structure factor, its length and its shape (Jung et al. 2023, Fig. 4)."""
    input:
        propensities=of_predicted_states(PATHS.propensities),
        predictors=of_predictors(),
        pearson=PATHS.table("pearson"),
    output:
        figures=drawn("four_point"),
    log:
        PATHS.log("four_point"),
    benchmark:
        PATHS.benchmark("four_point")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("judged_predictions"),
        runtime=runtime_of("judged_predictions"),
    params:
        **made_by("figure", "jung2023.figures.four_point"),
        **of_jung2023(),
    message:
        "Fig. 4: four-point structure factor"
    script:
        "../scripts/figure.py"


rule comparison:
    """The models beside each other (Jung et al. 2023, SM Fig. 2)."""
    input:
        propensities=of_predicted_states(PATHS.propensities),
        predictors=of_predictors(),
        pearson=PATHS.table("pearson"),
        chi4=PATHS.table("chi4"),
    output:
        figures=drawn("comparison"),
    log:
        PATHS.log("comparison"),
    benchmark:
        PATHS.benchmark("comparison")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("judged_predictions"),
        runtime=runtime_of("judged_predictions"),
    params:
        **made_by("figure", "jung2023.figures.comparison"),
        **of_jung2023(),
    message:
        "comparison of the models"
    script:
        "../scripts/figure.py"

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


if PLAN.runs_in_files:

    rule isoconfigurational_runs_of_files:
        """Runs from each structure of a batch, from the user's files."""
        input:
            files=files_of_runs,
            configurations=PATHS.configurations,
        output:
            runs=PATHS.isoconfigurational_runs,
        log:
            PATHS.log("isoconfigurational_runs_of_files", "{system}-{phase}-{batch}"),
        benchmark:
            PATHS.benchmark("isoconfigurational_runs_of_files", "{system}-{phase}-{batch}")
        conda:
            ENVIRONMENT
        resources:
            mem_mb=memory_of("isoconfigurational_runs"),
            runtime=runtime_of("configurations"),
        params:
            code=code("isoconfigurational_runs_of_files"),
            model=by_case(PLAN.model),
            options=lambda wildcards: config["samples"]["files"][wildcards.system],
            temperature=lambda wildcards: config["systems"][wildcards.system]["states"][wildcards.phase],
            splits=lambda wildcards: PLAN.structure_splits(wildcards.system),
            structures=lambda wildcards: PLAN.structure_range(wildcards.system, int(wildcards.batch)),
            base_seed=config["seed"],
        message:
            "reading runs from the {wildcards.phase} of {wildcards.system} from files, batch {wildcards.batch}"
        script:
            "../scripts/isoconfigurational_runs_of_files.py"

else:

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
            splits=lambda wildcards: PLAN.structure_splits(wildcards.system),
            structures=lambda wildcards: PLAN.structure_range(wildcards.system, int(wildcards.batch)),
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
            PATHS.isoconfigurational_runs, batch=PLAN.structure_batches(wildcards.system), **wildcards
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
        splits=lambda wildcards: PLAN.structure_splits(wildcards.system),
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
        model=PATHS.fitted_model,
    log:
        PATHS.log("glassmlp_model", "{system}-{phase}-{model}"),
    benchmark:
        PATHS.benchmark("glassmlp_model", "{system}-{phase}-{model}")
    wildcard_constraints:
        system=LEARNED_FROM,
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("glassmlp_model"),
        runtime=runtime_of("glassmlp_model"),
    params:
        code=code("glassmlp_model"),
        options=select("glassmlp", "target", "species", "formula", "members", "epochs", "distances"),
        regressor=lambda wildcards: config["glassmlp"]["regressors"].get(wildcards.model),
        base_seed=config["seed"],
    message:
        "{wildcards.model} of the {wildcards.phase} of {wildcards.system}"
    script:
        "../scripts/glassmlp_model.py"


rule transferred_predictions:
    """What a model predicts for a system it has not learned from (Jung et al. 2023, N = 82,560)."""
    input:
        model=learned_by,
        propensities=PATHS.propensities,
        descriptors=PATHS.descriptors,
    output:
        predictor=PATHS.predictor,
    log:
        PATHS.log("transferred_predictions", "{system}-{phase}-{model}"),
    benchmark:
        PATHS.benchmark("transferred_predictions", "{system}-{phase}-{model}")
    wildcard_constraints:
        system=TRANSFERRED,
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("glassmlp_model"),
        runtime=runtime_of("glassmlp_model"),
    params:
        code=code("transferred_predictions"),
        options=select("glassmlp", "target", "species"),
        base_seed=config["seed"],
    message:
        "predictions of {wildcards.model} for the {wildcards.phase} of {wildcards.system}"
    script:
        "../scripts/transferred_predictions.py"


rule predictions_without_runs:
    """What a model predicts for structures from which no runs are made (Jung et al. 2023, N = 82,560)."""
    input:
        model=learned_by,
        configurations=PATHS.configurations,
        descriptors=PATHS.descriptors,
    output:
        predictor=PATHS.predictor,
    log:
        PATHS.log("predictions_without_runs", "{system}-{phase}-{model}"),
    benchmark:
        PATHS.benchmark("predictions_without_runs", "{system}-{phase}-{model}")
    wildcard_constraints:
        system=WITHOUT_RUNS,
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("glassmlp_model"),
        runtime=runtime_of("glassmlp_model"),
    params:
        code=code("transferred_predictions"),
        options=select("glassmlp", "target", "species"),
        base_seed=config["seed"],
    message:
        "predictions of {wildcards.model} for the {wildcards.phase} of {wildcards.system}, without runs"
    script:
        "../scripts/transferred_predictions.py"


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
        **made_by("table", "jung2023.tables_relaxation.relaxation"),
        **of_jung2023(),
    message:
        "relaxation times"
    script:
        "../scripts/table.py"


rule characteristic_temperatures:
    """Onset, mode-coupling and glass transition temperature (Jung et al. 2023, supplement I C)."""
    input:
        propensities=of_predicted_states(PATHS.propensities),
    output:
        table=PATHS.table("characteristic_temperatures"),
    log:
        PATHS.log("characteristic_temperatures"),
    benchmark:
        PATHS.benchmark("characteristic_temperatures")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("judged_predictions"),
        runtime=runtime_of("judged_predictions"),
    params:
        **made_by("table", "jung2023.tables_relaxation.characteristic_temperatures"),
        **of_jung2023(),
    message:
        "characteristic temperatures"
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
        moved_maps=config["predictors"]["moved_maps"],
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


rule s4_table:
    """Four-point structure factor near the peak of chi_4 (Jung et al. 2023, Fig. 4a)."""
    input:
        propensities=of_predicted_states(PATHS.propensities),
        predictors=of_predictors(),
    output:
        table=PATHS.table("s4"),
    log:
        PATHS.log("s4_table"),
    benchmark:
        PATHS.benchmark("s4_table")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("judged_predictions"),
        runtime=runtime_of("judged_predictions"),
    params:
        **made_by("table", "jung2023.tables_four_point.s4"),
        **of_jung2023(),
    message:
        "four-point structure factor"
    script:
        "../scripts/table.py"


rule four_point_table:
    """Length and shape of the four-point structure factor against time (Jung et al. 2023, Figs. 4b, 4d)."""
    input:
        propensities=of_predicted_states(PATHS.propensities),
        predictors=of_predictors(),
    output:
        table=PATHS.table("four_point"),
    log:
        PATHS.log("four_point_table"),
    benchmark:
        PATHS.benchmark("four_point_table")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("judged_predictions"),
        runtime=runtime_of("judged_predictions"),
    params:
        **made_by("table", "jung2023.tables_four_point.four_point"),
        **of_jung2023(),
    message:
        "lengths of the four-point structure factor"
    script:
        "../scripts/table.py"


rule g4_table:
    """Four-point correlation function in real space (Jung et al. 2023, SM Fig. 5)."""
    input:
        propensities=of_predicted_states(PATHS.propensities),
        predictors=of_predictors(),
    output:
        table=PATHS.table("g4"),
    log:
        PATHS.log("g4_table"),
    benchmark:
        PATHS.benchmark("g4_table")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("judged_predictions"),
        runtime=runtime_of("judged_predictions"),
    params:
        **made_by("table", "jung2023.tables_four_point.g4"),
        **of_jung2023(),
    message:
        "four-point correlation function"
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
        **made_by("figure", "jung2023.figures_maps.fig3a"),
        **of_jung2023(),
    message:
        "Fig. 3a: maps of the propensity"
    script:
        "../scripts/figure.py"


rule propensity_maps:
    """Maps of the propensity in every state (Jung et al. 2023, SM Fig. 3)."""
    input:
        propensities=of_predicted_states(PATHS.propensities),
        predictors=of_predictors(),
    output:
        figures=drawn("propensity_maps"),
    log:
        PATHS.log("propensity_maps"),
    benchmark:
        PATHS.benchmark("propensity_maps")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("judged_predictions"),
        runtime=runtime_of("judged_predictions"),
    params:
        **made_by("figure", "jung2023.figures_maps.propensity_maps"),
        **of_jung2023(),
    message:
        "SM Fig. 3: maps of the propensity"
    script:
        "../scripts/figure.py"


rule propensity_maps_by_mean:
    """Particles that move more than the mean (Jung et al. 2023, SM Fig. 4)."""
    input:
        propensities=of_predicted_states(PATHS.propensities),
        predictors=of_predictors(),
    output:
        figures=drawn("propensity_maps_by_mean"),
    log:
        PATHS.log("propensity_maps_by_mean"),
    benchmark:
        PATHS.benchmark("propensity_maps_by_mean")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("judged_predictions"),
        runtime=runtime_of("judged_predictions"),
    params:
        **made_by("figure", "jung2023.figures_maps.propensity_maps_by_mean"),
        **of_jung2023(),
    message:
        "SM Fig. 4: particles that move more than the mean"
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
        pearson=PATHS.table("pearson"),
        s4=PATHS.table("s4"),
        four_point=PATHS.table("four_point"),
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
        **made_by("figure", "jung2023.figures_four_point.four_point"),
        **of_jung2023(),
    message:
        "Fig. 4: four-point structure factor"
    script:
        "../scripts/figure.py"


rule g4:
    """Four-point correlation function in real space (Jung et al. 2023, SM Fig. 5)."""
    input:
        g4=PATHS.table("g4"),
        four_point=PATHS.table("four_point"),
    output:
        figures=drawn("g4"),
    log:
        PATHS.log("g4"),
    benchmark:
        PATHS.benchmark("g4")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("judged_predictions"),
        runtime=runtime_of("judged_predictions"),
    params:
        **made_by("figure", "jung2023.figures_four_point.g4"),
        **of_jung2023(),
    message:
        "SM Fig. 5: four-point correlation function"
    script:
        "../scripts/figure.py"


rule comparison:
    """The models beside each other (Jung et al. 2023, SM Fig. 2)."""
    input:
        pearson=PATHS.table("pearson"),
        chi4=PATHS.table("chi4"),
        s4=PATHS.table("s4"),
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
        "SM Fig. 2: comparison of the models"
    script:
        "../scripts/figure.py"


rule relaxation:
    """Decay of the correlation functions, and relaxation times against temperature (Jung et al. 2023, SM Fig. 1)."""
    input:
        propensities=of_predicted_states(PATHS.propensities),
        relaxation=PATHS.table("relaxation"),
        temperatures=PATHS.table("characteristic_temperatures"),
    output:
        figures=drawn("relaxation"),
    log:
        PATHS.log("relaxation"),
    benchmark:
        PATHS.benchmark("relaxation")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("judged_predictions"),
        runtime=runtime_of("judged_predictions"),
    params:
        **made_by("figure", "jung2023.figures_relaxation.relaxation"),
        **of_jung2023(),
    message:
        "SM Fig. 1: relaxation"
    script:
        "../scripts/figure.py"


rule transfer_table:
    """Predictions for systems that models learned from and for those that they did not."""
    input:
        pearson=PATHS.table("pearson"),
        chi4=PATHS.table("chi4"),
        four_point=PATHS.table("four_point"),
    output:
        table=PATHS.table("transfer"),
    log:
        PATHS.log("transfer_table"),
    benchmark:
        PATHS.benchmark("transfer_table")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("table", "jung2023.transfer.transfer_table"),
        **of_jung2023(),
    message:
        "transfer to other systems"
    script:
        "../scripts/table.py"


rule transfer:
    """Transfer to larger systems: correlation, chi_4 and S_4(q) (Jung et al. 2023, Fig. 4a)."""
    input:
        pearson=PATHS.table("pearson"),
        chi4=PATHS.table("chi4"),
        s4=PATHS.table("s4"),
    output:
        figures=drawn("transfer"),
    log:
        PATHS.log("transfer"),
    benchmark:
        PATHS.benchmark("transfer")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("figure", "jung2023.transfer.transfer"),
        **of_jung2023(),
    message:
        "transfer to other systems"
    script:
        "../scripts/figure.py"


rule s4_without_runs_table:
    """S_4(q) of predictions for systems without runs (Jung et al. 2023, Fig. 4a)."""
    input:
        configurations=of_predicted_states(PATHS.configurations, PREDICTED_ALONE),
        predictors=of_predictors(PREDICTED_ALONE),
        s4=PATHS.table("s4"),
    output:
        table=PATHS.table("s4_without_runs"),
    log:
        PATHS.log("s4_without_runs_table"),
    benchmark:
        PATHS.benchmark("s4_without_runs_table")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("judged_predictions"),
        runtime=runtime_of("judged_predictions"),
    params:
        **made_by("table", "jung2023.tables_four_point.s4_without_runs"),
        **of_jung2023(),
        without_runs=PREDICTED_ALONE,
    message:
        "four-point structure factor without runs"
    script:
        "../scripts/table.py"


rule four_point_without_runs_table:
    """Length and shape of S_4(q) of predictions for systems without runs (Jung et al. 2023, Fig. 4a)."""
    input:
        configurations=of_predicted_states(PATHS.configurations, PREDICTED_ALONE),
        predictors=of_predictors(PREDICTED_ALONE),
        s4=PATHS.table("s4"),
    output:
        table=PATHS.table("four_point_without_runs"),
    log:
        PATHS.log("four_point_without_runs_table"),
    benchmark:
        PATHS.benchmark("four_point_without_runs_table")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("judged_predictions"),
        runtime=runtime_of("judged_predictions"),
    params:
        **made_by("table", "jung2023.tables_four_point.four_point_without_runs"),
        **of_jung2023(),
        without_runs=PREDICTED_ALONE,
    message:
        "length of the four-point structure factor without runs"
    script:
        "../scripts/table.py"


rule s4_without_runs:
    """S_4(q) of predictions for systems without runs beside those learned from (Jung et al. 2023, Fig. 4)."""
    input:
        without_runs=PATHS.table("s4_without_runs"),
        fits_without_runs=PATHS.table("four_point_without_runs"),
        s4=PATHS.table("s4"),
        four_point=PATHS.table("four_point"),
        pearson=PATHS.table("pearson"),
    output:
        figures=drawn("s4_without_runs"),
    log:
        PATHS.log("s4_without_runs"),
    benchmark:
        PATHS.benchmark("s4_without_runs")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("figure", "jung2023.transfer.s4_without_runs"),
        **of_jung2023(),
        without_runs=PREDICTED_ALONE,
    message:
        "four-point structure factor without runs"
    script:
        "../scripts/figure.py"

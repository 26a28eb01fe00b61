if PLAN.by_state and AS_READ != PATHS.configurations:

    rule minimise_configurations:
        """Energy minima below the configurations of a state, as the input of everything else."""
        input:
            configurations=AS_READ,
        output:
            configurations=PATHS.configurations,
        log:
            PATHS.log("minimise_configurations", "{system}-{phase}"),
        benchmark:
            PATHS.benchmark("minimise_configurations", "{system}-{phase}")
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
            scratch="as_read_scratch",
            base_seed=config["seed"],
        message:
            "energy minima of the {wildcards.phase} of {wildcards.system}, {threads} at a time"
        script:
            "../scripts/minimise_configurations.py"


if OWN_DYNAMICS:

    rule own_dynamics:
        """The user's own dynamics of the test samples of a state, from a column of the files or from arrays."""
        input:
            files=trajectory_files,
            arrays=lambda wildcards: [path for paths in dynamics_arrays(wildcards).values() for path in paths],
            configurations=AS_READ,
        output:
            dynamics=PATHS.own_dynamics,
        log:
            PATHS.log("own_dynamics", "{system}-{phase}"),
        benchmark:
            PATHS.benchmark("own_dynamics", "{system}-{phase}")
        conda:
            ENVIRONMENT
        resources:
            mem_mb=memory_of("configurations"),
            runtime=runtime_of("configurations"),
        params:
            code=code("own_dynamics"),
            model=by_case(PLAN.model),
            glass=GLASS,
            options=lambda wildcards: config["samples"]["files"][wildcards.system],
            arrays=dynamics_arrays,
            base_seed=config["seed"],
        message:
            "reading the dynamics of the {wildcards.phase} of {wildcards.system} from files"
        script:
            "../scripts/own_dynamics.py"

    rule own_dynamics_table:
        """Correlations of every structural field with the user's own dynamics of the particles."""
        input:
            configurations=expand(PATHS.configurations, system=OWN_DYNAMICS, phase=PHASES),
            dynamics=expand(PATHS.own_dynamics, system=OWN_DYNAMICS, phase=PHASES),
            indicators=expand(PATHS.indicators, system=OWN_DYNAMICS, phase=PHASES),
            crystals=crystals_of(OWN_DYNAMICS),
            gradcam=expand(PATHS.gradcam, system=OWN_DYNAMICS, phase=PHASES, seed=SEEDS),
            predictions=expand(PATHS.classifier("predictions.csv"), system=OWN_DYNAMICS, seed=SEEDS),
            history=expand(PATHS.classifier("history.csv"), system=OWN_DYNAMICS, seed=SEEDS),
            measured_lengths=measured_lengths(*OWN_DYNAMICS),
        output:
            table=PATHS.table("own_dynamics"),
        log:
            PATHS.log("own_dynamics_table"),
        benchmark:
            PATHS.benchmark("own_dynamics_table")
        conda:
            ENVIRONMENT
        resources:
            mem_mb=memory_of("own_dynamics"),
            runtime=runtime_of("own_dynamics"),
        params:
            **made_by("table", "oyama2023.tables_own_dynamics.own_dynamics"),
            systems=list(OWN_DYNAMICS),
            phases=PHASES,
            seeds=SEEDS,
            failed_below=config["classifier"]["failed_below"],
            lengths={
                system: PLAN.published_lengths(system, "dynamics", "propensity") for system in OWN_DYNAMICS
            },
            moved_maps=config["propensity"]["moved_maps"],
            bootstrap_samples=config["controls"]["bootstrap_samples"],
            base_seed=config["seed"],
        message:
            "correlations with the dynamics of the files"
        script:
            "../scripts/table.py"

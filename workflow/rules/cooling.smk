if FROM_FILES:

    rule take_samples:
        """A batch of replicas that were cooled elsewhere."""
        input:
            files=sample_files("snapshots"),
        output:
            batch=PATHS.batch,
        log:
            PATHS.log("take_samples", "{system}-{batch}"),
        benchmark:
            PATHS.benchmark("take_samples", "{system}-{batch}")
        conda:
            ENVIRONMENT
        resources:
            mem_mb=memory_of("take_samples"),
            runtime=runtime_of("take_samples"),
        params:
            code=code("take"),
            kind="snapshots",
            replicas=batch_replicas,
            temperatures=lambda wildcards: PLAN.temperatures(case_of(wildcards), PLAN.states),
            base_seed=config["seed"],
        message:
            "taking {wildcards.system}, batch {wildcards.batch}, from files"
        script:
            "../scripts/take.py"

elif not PLAN.from_swap:

    rule cool:
        """A batch of replicas, each cooled from the hot liquid to the glass by LAMMPS."""
        output:
            batch=PATHS.of_case.batch,
        log:
            PATHS.log("cool", "{variant}{system}-{batch}"),
        benchmark:
            PATHS.benchmark("cool", "{variant}{system}-{batch}")
        retries: continuations("cool")
        conda:
            ENVIRONMENT
        threads: threads(config["cooling"]["batch_size"], config["cluster"]["cores"])
        resources:
            mem_mb=memory_of("cool"),
            runtime=runtime_of("cool"),
        params:
            code=code("cool"),
            model=by_case(PLAN.model),
            preparation=by_case(PLAN.cooling_settings),
            base_seed=config["seed"],
            replicas=batch_replicas,
        message:
            "cooling {wildcards.variant}{wildcards.system}, batch {wildcards.batch}, {threads} replicas at a time"
        script:
            "../scripts/cool.py"


rule ship_samples:
    """A batch of cooled replicas, small enough for a repository: T_L and T_G alone."""
    input:
        batch=PATHS.batch,
    output:
        batch=PATHS.shipped_batch,
    log:
        PATHS.log("ship_samples", "{system}-{batch}"),
    benchmark:
        PATHS.benchmark("ship_samples", "{system}-{batch}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("ship_samples"),
        runtime=runtime_of("ship_samples"),
    params:
        code=code("ship_samples"),
        temperatures=lambda wildcards: PLAN.temperatures(case_of(wildcards), PLAN.states),
    message:
        "{wildcards.system}, batch {wildcards.batch}, to be shipped"
    script:
        "../scripts/ship_samples.py"


rule ship_inherent_energies:
    """Energies of the inherent structures of a system, without positions."""
    input:
        batches=expand(PATHS.inherent_structures, batch=INHERENT_BATCHES, allow_missing=True),
    output:
        energies=PATHS.shipped_energies,
    log:
        PATHS.log("ship_inherent_energies", "{system}"),
    benchmark:
        PATHS.benchmark("ship_inherent_energies", "{system}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        code=code("ship_inherent_energies"),
        replicas=config["inherent_structures"]["replicas"],
    message:
        "inherent energies of {wildcards.system}, to be shipped"
    script:
        "../scripts/ship_inherent_energies.py"


if PLAN.from_trajectories:

    rule configurations_of_files:
        """All liquid or glass configurations of a system from the user's files, with the split by replica."""
        input:
            files=trajectory_files,
        output:
            configurations=AS_READ,
        log:
            PATHS.log("configurations_of_files", "{system}-{phase}"),
        benchmark:
            PATHS.benchmark("configurations_of_files", "{system}-{phase}")
        conda:
            ENVIRONMENT
        resources:
            mem_mb=memory_of("configurations"),
            runtime=runtime_of("configurations"),
        params:
            code=code("configurations_of_files"),
            model=by_case(PLAN.model),
            options=file_options,
            replicas=config["cooling"]["replicas"],
            split=config["split"],
            base_seed=config["seed"],
        message:
            "reading the {wildcards.phase} configurations of {wildcards.system} from files"
        script:
            "../scripts/configurations_of_files.py"

elif not PLAN.from_swap:

    rule configurations:
        """All liquid or glass configurations of a system, with the split by replica."""
        input:
            batches=by_case(snapshots),
        output:
            configurations=PATHS.of_case.configurations,
        log:
            PATHS.log("configurations", "{variant}{system}-{phase}"),
        benchmark:
            PATHS.benchmark("configurations", "{variant}{system}-{phase}")
        conda:
            ENVIRONMENT
        resources:
            mem_mb=memory_of("configurations"),
            runtime=runtime_of("configurations"),
        params:
            code=code("configurations"),
            temperature=lambda wildcards: PLAN.block(case_of(wildcards))["states"][wildcards.phase],
            split=config["split"],
            base_seed=config["seed"],
        message:
            "collecting the {wildcards.phase} configurations of {wildcards.variant}{wildcards.system}"
        script:
            "../scripts/configurations.py"

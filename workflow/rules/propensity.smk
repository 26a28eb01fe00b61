rule propensity_runs:
    """A batch of runs of an isoconfigurational ensemble, each from the same glass with fresh velocities."""
    input:
        glass=glass_of_runs,
    output:
        runs=PATHS.runs,
    log:
        PATHS.log("propensity_runs", "{system}-{ensemble}-{batch}"),
    benchmark:
        PATHS.benchmark("propensity_runs", "{system}-{ensemble}-{batch}")
    retries: continuations("propensity_runs")
    conda:
        ENVIRONMENT
    threads: threads(config["propensity"]["batch_size"], config["cluster"]["cores"])
    resources:
        mem_mb=memory_of("propensity_runs"),
        runtime=runtime_of("propensity_runs"),
    params:
        code=code("propensity_runs"),
        model=by_case(PLAN.model),
        ensemble=lambda wildcards: select_keys(ensemble(wildcards), "temperature", "configuration"),
        # of a batch of cooled replicas; other files of the glass have no other state
        glass_temperature=lambda wildcards: (
            None if PLAN.by_state else config["systems"][wildcards.system]["states"][GLASS]
        ),
        protocol=select(
            "propensity",
            "time_step",
            "thermostat_damping",
            "first_frame",
            "frames",
            "extra_times",
            "segment_time",
        ),
        run_time=lambda wildcards: config["systems"][wildcards.system]["propensity"]["run_time"],
        runs=batch_runs,
        base_seed=config["seed"],
    message:
        "isoconfigurational runs of {wildcards.system} {wildcards.ensemble}, batch {wildcards.batch}, {threads} at a time"
    script:
        "../scripts/propensity_runs.py"


rule propensity:
    """Propensity of every particle: the mean over the runs of an ensemble."""
    input:
        runs=lambda wildcards: batches_of(wildcards.system, wildcards.ensemble),
    output:
        propensity=PATHS.propensity,
    log:
        PATHS.log("propensity", "{system}-{ensemble}"),
    benchmark:
        PATHS.benchmark("propensity", "{system}-{ensemble}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("propensity"),
        runtime=runtime_of("propensity"),
    params:
        code=code("propensity"),
        ensemble=ensemble,
        # sub-ensembles are made where there are runs enough for them
        sub_ensembles=lambda wildcards: (
            select_keys(config["propensity"]["ensembles"], "count", "size")
            if wildcards.ensemble in PLAN.highest_ensembles(wildcards.system)
            else {}
        ),
        base_seed=config["seed"],
    message:
        "propensity of {wildcards.system} {wildcards.ensemble}"
    script:
        "../scripts/propensity.py"

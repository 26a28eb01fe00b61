rule spatial_correlations:
    """Spatial correlation functions of the bare indicators of the test samples (Frontiers, Fig. 8)."""
    input:
        unpack(by_case(networks_of)),
        configurations=of_samples(PATHS.of_case.configurations),
    output:
        correlations=PATHS.of_case.spatial_correlations,
    log:
        PATHS.log("spatial_correlations", "{variant}{system}-{phase}"),
    benchmark:
        PATHS.benchmark("spatial_correlations", "{variant}{system}-{phase}")
    wildcard_constraints:
        phase=GLASS,
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("spatial_correlations"),
        runtime=runtime_of("spatial_correlations"),
    params:
        code=code("spatial_correlations"),
        seeds=by_case(PLAN.seeds),
        failed_below=config["classifier"]["failed_below"],
        lengths=select("lengths", "bin_width", "maximum_distance"),
        base_seed=config["seed"],
    message:
        "spatial correlations of {wildcards.variant}{wildcards.system} {wildcards.phase}"
    script:
        "../scripts/spatial_correlations.py"


rule lengths:
    """Coarse-graining lengths of a system, measured at its highest temperature (Frontiers, Table 3)."""
    input:
        unpack(by_case(networks_of)),
        propensity=lambda wildcards: expand(
            PATHS.propensity, system=wildcards.system, ensemble=PLAN.highest_ensembles(wildcards.system)
        ),
        runs=lambda wildcards: [
            path
            for name in PLAN.highest_ensembles(wildcards.system)
            for path in batches_of(wildcards.system, name)
        ],
    output:
        lengths=PATHS.lengths,
    log:
        PATHS.log("lengths", "{system}"),
    benchmark:
        PATHS.benchmark("lengths", "{system}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("lengths"),
        runtime=runtime_of("lengths"),
    params:
        code=code("lengths"),
        phase=GLASS,
        seeds=SEEDS,
        failed_below=config["classifier"]["failed_below"],
        configurations=config["propensity"]["configurations"],
        lengths=config["lengths"],
        published=lambda wildcards: PLAN.published_lengths(wildcards.system, "propensity"),
        base_seed=config["seed"],
    message:
        "lengths of {wildcards.system}"
    script:
        "../scripts/lengths.py"


rule dynamics:
    """Correlations of every structural field with the propensity at all temperatures and times."""
    input:
        unpack(by_case(networks_of)),
        runs=lambda wildcards: runs_of(wildcards.system),
        lengths=PATHS.lengths,
        measured_lengths=measured_lengths_of_system,
    output:
        dynamics=PATHS.dynamics,
    log:
        PATHS.log("dynamics", "{system}"),
    benchmark:
        PATHS.benchmark("dynamics", "{system}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("dynamics"),
        runtime=runtime_of("dynamics"),
    params:
        **select("propensity", "bootstrap_samples", "moved_maps"),
        code=code("dynamics"),
        phase=GLASS,
        seeds=SEEDS,
        failed_below=config["classifier"]["failed_below"],
        ensembles=lambda wildcards: PLAN.ensemble_sizes(wildcards.system),
        published=lambda wildcards: PLAN.published_lengths(wildcards.system, "dynamics", "propensity"),
        base_seed=config["seed"],
    message:
        "correlations of {wildcards.system} with its dynamics"
    script:
        "../scripts/dynamics.py"

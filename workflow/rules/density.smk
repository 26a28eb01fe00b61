rule density:
    """Density fields of all configurations (operator M)."""
    input:
        configurations=of_samples(PATHS.of_case.configurations),
    output:
        density=PATHS.of_case.density,
    log:
        PATHS.log("density", "{variant}{system}-{phase}"),
    benchmark:
        PATHS.benchmark("density", "{variant}{system}-{phase}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("density"),
        runtime=runtime_of("density"),
    params:
        code=code("density"),
        sigma=lambda wildcards: PLAN.block(case_of(wildcards))["sigma"],
        density=by_case(PLAN.density),
        base_seed=config["seed"],
    message:
        "density fields of {wildcards.variant}{wildcards.system} {wildcards.phase}"
    script:
        "../scripts/density.py"

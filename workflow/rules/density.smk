rule density:
    """Density fields of all configurations (operator M)."""
    input:
        configurations=of_samples(PATHS.configurations),
    output:
        density=PATHS.density,
    log:
        PATHS.log("density", "{system}-{phase}"),
    benchmark:
        PATHS.benchmark("density", "{system}-{phase}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("density"),
        runtime=runtime_of("density"),
    params:
        code=code("density"),
        sigma=lambda wildcards: PLAN.block(wildcards.system)["sigma"],
        density=lambda wildcards: SETTINGS[wildcards.system]["density"],
        base_seed=config["seed"],
    message:
        "density fields of {wildcards.system} {wildcards.phase}"
    script:
        "../scripts/density.py"

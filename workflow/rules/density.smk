rule density:
    """Density fields of all configurations (operator M)."""
    input:
        configurations=PATHS.configurations,
        modules=modules("density"),
    output:
        density=PATHS.density,
    params:
        sigma=lambda wildcards: config["systems"][wildcards.system]["sigma"],
        density=config["density"],
        base_seed=config["seed"],
    log:
        PATHS.log("density", "{system}-{phase}"),
    benchmark:
        PATHS.benchmark("density", "{system}-{phase}")
    resources:
        mem_mb=4000,
        runtime=60,
    conda:
        ENVIRONMENT
    message:
        "density fields of {wildcards.system} {wildcards.phase}"
    script:
        "../scripts/density.py"

rule export:
    """Every field of the particles of the samples of a state, for OVITO and other programs."""
    input:
        unpack(exported_fields),
        configurations=PATHS.configurations,
        indicators=PATHS.indicators,
    output:
        exported=exported(),
    log:
        PATHS.log("export", "{system}-{phase}"),
    benchmark:
        PATHS.benchmark("export", "{system}-{phase}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("export"),
        runtime=runtime_of("export"),
    params:
        code=code("export"),
        samples=config["export"]["samples"],
        phases=PHASES,
        seeds=SEEDS,
        failed_below=config["classifier"]["failed_below"],
        protocol=config["protocol"],
        lengths=lambda wildcards: PLAN.published_lengths(wildcards.system, "correlations"),
        targets=select("lengths", "targets", "tolerance"),
        sigma=lambda wildcards: config["systems"][wildcards.system]["sigma"],
    message:
        "export of {wildcards.system} {wildcards.phase}"
    script:
        "../scripts/export.py"

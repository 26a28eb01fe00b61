rule cool:
    """A batch of replicas, each cooled from the hot liquid to the glass by LAMMPS."""
    input:
        modules=modules("cool"),
    output:
        batch=PATHS.batch,
    params:
        model=lambda wildcards: model(wildcards.system),
        preparation=preparation(),
        base_seed=config["seed"],
        replicas=batch_replicas,
    log:
        PATHS.log("cool", "{system}-{batch}"),
    benchmark:
        PATHS.benchmark("cool", "{system}-{batch}")
    threads: min(config["cooling"]["batch_size"], 16)
    resources:
        mem_mb=2000,
        runtime=240,
    conda:
        ENVIRONMENT
    message:
        "cooling {wildcards.system}, batch {wildcards.batch}, {threads} replicas at a time"
    script:
        "../scripts/cool.py"


rule configurations:
    """All liquid or glass configurations of a system, with the split by replica."""
    input:
        batches=expand(PATHS.batch, batch=BATCHES, allow_missing=True),
        modules=modules("configurations"),
    output:
        configurations=PATHS.configurations,
    params:
        temperature=lambda wildcards: config["systems"][wildcards.system][f"temperature_{wildcards.phase}"],
        split=config["split"],
        base_seed=config["seed"],
    log:
        PATHS.log("configurations", "{system}-{phase}"),
    benchmark:
        PATHS.benchmark("configurations", "{system}-{phase}")
    resources:
        mem_mb=4000,
        runtime=30,
    conda:
        ENVIRONMENT
    message:
        "collecting the {wildcards.phase} configurations of {wildcards.system}"
    script:
        "../scripts/configurations.py"

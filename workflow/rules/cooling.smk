rule cool:
    """A batch of replicas, each cooled from the hot liquid to the glass by LAMMPS."""
    input:
        modules=modules("cool"),
    output:
        batch=PATHS.batch,
    log:
        PATHS.log("cool", "{system}-{batch}"),
    benchmark:
        PATHS.benchmark("cool", "{system}-{batch}")
    retries: continuations("cool")
    conda:
        ENVIRONMENT
    threads: threads(config["cooling"]["batch_size"], config["cluster"]["cores"])
    resources:
        mem_mb=memory_of("cool"),
        runtime=runtime_of("cool"),
    params:
        model=lambda wildcards: model(wildcards.system),
        preparation=lambda wildcards: preparation(wildcards.system),
        base_seed=config["seed"],
        replicas=batch_replicas,
    message:
        "cooling {wildcards.system}, batch {wildcards.batch}, {threads} replicas at a time"
    script:
        "../scripts/cool.py"


rule configurations:
    """All liquid or glass configurations of a system, with the split by replica."""
    input:
        batches=lambda wildcards: snapshots(wildcards.system),
        modules=modules("configurations"),
    output:
        configurations=PATHS.configurations,
    log:
        PATHS.log("configurations", "{system}-{phase}"),
    benchmark:
        PATHS.benchmark("configurations", "{system}-{phase}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("configurations"),
        runtime=runtime_of("configurations"),
    params:
        temperature=lambda wildcards: block(wildcards.system)[f"temperature_{wildcards.phase}"],
        split=config["split"],
        base_seed=config["seed"],
    message:
        "collecting the {wildcards.phase} configurations of {wildcards.system}"
    script:
        "../scripts/configurations.py"

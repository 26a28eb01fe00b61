rule classifier:
    """One network trained to tell glass from liquid, and what it says of every sample."""
    input:
        configurations=expand(PATHS.configurations, phase=PHASES, allow_missing=True),
        density=expand(PATHS.density, phase=PHASES, allow_missing=True),
        modules=modules("classifier"),
    output:
        model=PATHS.classifier("model.pt"),
        history=PATHS.classifier("history.csv"),
        predictions=PATHS.classifier("predictions.csv"),
    log:
        PATHS.log("classifier", "{system}-{seed}"),
    benchmark:
        PATHS.benchmark("classifier", "{system}-{seed}")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of("classifier"),
        runtime=runtime_of("classifier"),
        gpu=GPUS,
    params:
        architecture=lambda wildcards: architecture(wildcards.system),
        protocol=lambda wildcards: select_from(
            settings(wildcards.system)["classifier"],
            *("learning_rate", "schedule", "l2", "batch_size", "epochs", "augmentation", "precision"),
        ),
        initialization=lambda wildcards: settings(wildcards.system)["classifier"]["initialization"],
        labels="true",
        base_seed=config["seed"],
    message:
        "training the network {wildcards.seed} of {wildcards.system}"
    script:
        "../scripts/classifier.py"

rule classifier:
    """One network trained to tell glass from liquid, and what it says of every sample."""
    input:
        configurations=of_both_phases(PATHS.configurations),
        density=of_both_phases(PATHS.density, PLAN.gridded),
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
        **{key: of_classifier(key) for key in ("normalisation", "training_replicas", "initialization")},
        code=code("classifier"),
        architecture=lambda wildcards: PLAN.architecture(wildcards.system),
        protocol=lambda wildcards: keys_of(
            SETTINGS[wildcards.system]["classifier"],
            *("learning_rate", "schedule", "l2", "batch_size", "epochs", "augmentation", "precision"),
        ),
        labels="true",
        base_seed=config["seed"],
    message:
        "training the network {wildcards.seed} of {wildcards.system}"
    script:
        "../scripts/classifier.py"

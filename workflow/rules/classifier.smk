rule classifier:
    """One network trained to tell glass from liquid, and what it says of every sample."""
    input:
        configurations=of_both_phases(PATHS.of_case.configurations),
        density=of_both_phases(PATHS.of_case.density, PLAN.density_source),
    output:
        model=PATHS.of_case.classifier("model.pt"),
        history=PATHS.of_case.classifier("history.csv"),
        predictions=PATHS.of_case.classifier("predictions.csv"),
    log:
        PATHS.log("classifier", "{variant}{system}-{seed}"),
    benchmark:
        PATHS.benchmark("classifier", "{variant}{system}-{seed}")
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
        phases=PHASES,
        architecture=by_case(PLAN.architecture),
        protocol=lambda wildcards: select_keys(
            PLAN.settings[case_of(wildcards)]["classifier"],
            *("learning_rate", "schedule", "l2", "batch_size", "epochs", "augmentation", "precision"),
        ),
        labels="true",
        base_seed=config["seed"],
    message:
        "training the network {wildcards.seed} of {wildcards.variant}{wildcards.system}"
    script:
        "../scripts/classifier.py"

rule gradcam:
    """Signed class activation maps of the test samples, and the score Gamma of every particle."""
    input:
        model=PATHS.classifier("model.pt"),
        configurations=of_samples(PATHS.configurations),
        density=of_samples(PATHS.density, PLAN.gridded),
    output:
        gradcam=PATHS.gradcam,
    log:
        PATHS.log("gradcam", "{system}-{seed}-{phase}"),
    benchmark:
        PATHS.benchmark("gradcam", "{system}-{seed}-{phase}")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of("gradcam"),
        runtime=runtime_of("gradcam"),
        gpu=GPUS,
    params:
        code=code("gradcam"),
        architecture=lambda wildcards: PLAN.architecture(wildcards.system),
        sigma=lambda wildcards: PLAN.block(wildcards.system)["sigma"],
        density=lambda wildcards: SETTINGS[wildcards.system]["density"],
        base_seed=config["seed"],
    message:
        "Grad-CAM of {wildcards.system} {wildcards.phase} by the network {wildcards.seed}"
    script:
        "../scripts/gradcam.py"

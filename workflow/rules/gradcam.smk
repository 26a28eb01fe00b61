rule gradcam:
    """Signed class activation maps of the test samples, and the score Gamma of every particle."""
    input:
        model=PATHS.classifier("model.pt"),
        configurations=PATHS.configurations,
        density=PATHS.density,
        modules=modules("gradcam"),
    output:
        gradcam=PATHS.gradcam,
    params:
        architecture=architecture(),
        sigma=lambda wildcards: config["systems"][wildcards.system]["sigma"],
        density=config["density"],
        base_seed=config["seed"],
    log:
        PATHS.log("gradcam", "{system}-{seed}-{phase}"),
    benchmark:
        PATHS.benchmark("gradcam", "{system}-{seed}-{phase}")
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
        gpu=0 if config["classifier"]["device"] == "cpu" else 1,
    conda:
        ENVIRONMENT
    message:
        "Grad-CAM of {wildcards.system} {wildcards.phase} by the network {wildcards.seed}"
    script:
        "../scripts/gradcam.py"

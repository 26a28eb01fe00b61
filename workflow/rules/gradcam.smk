rule gradcam:
    """Signed class activation maps of the test samples, and the score Gamma of every particle."""
    input:
        model=PATHS.of_case.classifier("model.pt"),
        configurations=of_samples(PATHS.of_case.configurations),
        density=of_samples(PATHS.of_case.density, PLAN.density_source),
    output:
        gradcam=PATHS.of_case.gradcam,
    log:
        PATHS.log("gradcam", "{variant}{system}-{seed}-{phase}"),
    benchmark:
        PATHS.benchmark("gradcam", "{variant}{system}-{seed}-{phase}")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of("gradcam"),
        runtime=runtime_of("gradcam"),
        gpu=GPUS,
    params:
        code=code("gradcam"),
        phases=PHASES,
        architecture=by_case(PLAN.architecture),
        sigma=lambda wildcards: PLAN.block(case_of(wildcards))["sigma"],
        density=by_case(PLAN.density),
        base_seed=config["seed"],
    message:
        "Grad-CAM of {wildcards.variant}{wildcards.system} {wildcards.phase} by the network {wildcards.seed}"
    script:
        "../scripts/gradcam.py"

rule provenance:
    """Which code, programs, configuration and seeds made the study, where, and at what cost.

    It follows every result, and only the report follows it. Logs and benchmarks are read, but are no inputs: another
    host or another time reruns nothing.
    """
    input:
        results=results(),
        pins=in_repository("envs/requirements.txt"),
    output:
        PATHS.provenance,
    log:
        PATHS.log("provenance"),
    benchmark:
        PATHS.benchmark("provenance")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        code=code("provenance"),
    message:
        "provenance of the study"
    script:
        "../scripts/provenance.py"


rule report_page:
    """One page to open: what was found in ten lines, every table and figure, jobs and versions."""
    input:
        tables=[PATHS.table(name) for name in TABLES],
        figures=[PATHS.figure(name, "png") for name in FIGURES],
        pages=pages(),
        # the glass first, as the viewer shows it
        exported=(
            expand(exported()[-1], system=SYSTEMS, phase=reversed(PHASES)) if PLAN.with_networks else []
        ),
        record=PATHS.provenance,
        contents=in_repository("workflow/report/contents.yaml"),
        template=in_repository("workflow/report/report.html.jinja"),
    output:
        PATHS.page("report"),
    log:
        PATHS.log("report_page"),
    benchmark:
        PATHS.benchmark("report_page")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("page", "oyama2023.report.report"),
        study=lambda wildcards: {"name": config["study"], "xi": config["xi"], **PLAN.summary()},
        maps=PLAN.maps,
        bare_maps=PLAN.bare_maps,
        sigma={system: config["systems"][system]["sigma"] for system in SYSTEMS},
        seeds=SEEDS,
        configurations=config["propensity"]["configurations"],
    message:
        "report of the study"
    script:
        "../scripts/page.py"

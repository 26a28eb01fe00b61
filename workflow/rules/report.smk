rule provenance:
    """Which code, programs, configuration and seeds made the study, where, and at what cost.

    It follows every result, and nothing follows it. Logs and benchmarks are read, but are no inputs: another
    host or another time reruns nothing.
    """
    input:
        results=results(),
        pins=in_repository("envs/requirements.txt"),
        template=in_repository("workflow/report/provenance.rst.jinja"),
    output:
        json=report(
            PATHS.provenance("json"),
            caption="../report/provenance.rst",
            category="Provenance",
            labels={"file": "provenance.json", "shows": "code, versions, seeds, hosts, cost, configuration"},
        ),
        page=PATHS.provenance("rst"),
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

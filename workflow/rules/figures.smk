rule maps:
    """Maps of a glass configuration of one system (Frontiers, Figs. 1 and 2)."""
    input:
        configurations=lambda wildcards: expand(
            PATHS.configurations, system=MAPS[wildcards.map], phase="glass"
        ),
        indicators=lambda wildcards: expand(PATHS.indicators, system=MAPS[wildcards.map], phase="glass"),
        gradcam=lambda wildcards: expand(PATHS.gradcam, system=MAPS[wildcards.map], phase="glass", seed=SEEDS),
        predictions=lambda wildcards: expand(
            PATHS.classifier("predictions.csv"), system=MAPS[wildcards.map], seed=SEEDS
        ),
        history=lambda wildcards: expand(
            PATHS.classifier("history.csv"), system=MAPS[wildcards.map], seed=SEEDS
        ),
        modules=modules("maps"),
    output:
        figures=report(
            expand(PATHS.figure("{map}", "{kind}"), kind=FIGURE_KINDS, allow_missing=True),
            caption="../report/maps.rst",
            category="Figures",
            labels=lambda wildcards: {"figure": wildcards.map, "shows": f"maps of {MAPS[wildcards.map]}"},
        ),
    log:
        PATHS.log("maps", "{map}"),
    benchmark:
        PATHS.benchmark("maps", "{map}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        system=lambda wildcards: MAPS[wildcards.map],
        sigma=lambda wildcards: config["systems"][MAPS[wildcards.map]]["sigma"],
        lengths=lambda wildcards: lengths("maps")[MAPS[wildcards.map]],
        inverted=lambda wildcards: config["systems"][MAPS[wildcards.map]]["map"]["inverted"],
        protocol=config["protocol"],
        sample=config["maps"]["sample"],
        seeds=SEEDS,
        failed_below=config["classifier"]["failed_below"],
    message:
        "maps {wildcards.map}"
    script:
        "../scripts/maps.py"


rule fig6:
    """Distributions of the correlations between indicators (Frontiers, Fig. 6)."""
    input:
        correlations=of_systems(PATHS.correlations),
        reference=REFERENCE,
        modules=modules("fig6"),
    output:
        figures=report(
            expand(PATHS.figure("fig6", "{kind}"), kind=FIGURE_KINDS),
            caption="../report/fig6.rst",
            category="Figures",
            labels={"figure": "fig6", "shows": "correlations between indicators"},
        ),
    log:
        PATHS.log("fig6"),
    benchmark:
        PATHS.benchmark("fig6")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        protocol=config["protocol"],
        lengths=lengths("correlations"),
    message:
        "Fig. 6: correlations between indicators"
    script:
        "../scripts/fig6.py"

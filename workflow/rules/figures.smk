rule maps:
    """Maps of the structure and the dynamics of one glass (Frontiers, Figs. 1, 2; bare in the supplement)."""
    input:
        unpack(lambda wildcards: networks_of(Case(map_system(wildcards)))),
        propensity=lambda wildcards: expand(
            PATHS.propensity,
            system=map_system(wildcards),
            ensemble=PLAN.highest_ensembles(map_system(wildcards))[0],
        ),
        lengths=lambda wildcards: expand(PATHS.lengths, system=map_system(wildcards)),
        measured_lengths=lambda wildcards: measured_lengths(map_system(wildcards)),
    output:
        figures=drawn("{map}"),
    log:
        PATHS.log("maps", "{map}"),
    benchmark:
        PATHS.benchmark("maps", "{map}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("maps"),
        runtime=runtime_of("maps"),
    params:
        **made_by("figure", "oyama2023.figures_maps.maps"),
        phases=PHASES,
        system=map_system,
        bare=lambda wildcards: wildcards.map in BARE_MAPS,
        sigma=lambda wildcards: config["systems"][map_system(wildcards)]["sigma"],
        published=lambda wildcards: PLAN.published_lengths(map_system(wildcards), *PURPOSES),
        inverted=lambda wildcards: config["systems"][map_system(wildcards)]["map"]["inverted"],
        protocol=config["protocol"],
        xi=config["xi"],
        targets=select("lengths", "targets", "tolerance"),
        configuration=config["propensity"]["configurations"][0],
        seeds=SEEDS,
        failed_below=config["classifier"]["failed_below"],
    message:
        "maps {wildcards.map}"
    script:
        "../scripts/figure.py"


rule fig6:
    """Distributions of the correlations between indicators (Frontiers, Fig. 6)."""
    input:
        correlations=of_systems(PATHS.correlations),
        measured_lengths=measured_lengths(*SYSTEMS),
        reference=REFERENCE,
    output:
        figures=drawn("fig6"),
    log:
        PATHS.log("fig6"),
    benchmark:
        PATHS.benchmark("fig6")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("figure", "oyama2023.figures_correlations.fig6"),
        phases=PHASES,
        protocol=config["protocol"],
        lengths=PLAN.lengths("correlations"),
    message:
        "Fig. 6: correlations between indicators"
    script:
        "../scripts/figure.py"


rule fig3:
    """Spatial correlation of the propensity (Frontiers, Fig. 3)."""
    input:
        lengths=expand(PATHS.lengths, system=SYSTEMS),
        reference=REFERENCE,
    output:
        figures=drawn("fig3"),
    log:
        PATHS.log("fig3"),
    benchmark:
        PATHS.benchmark("fig3")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("figure", "oyama2023.figures_lengths.fig3"),
        phase=GLASS,
        systems=SYSTEMS,
    message:
        "Fig. 3: spatial correlation of the propensity"
    script:
        "../scripts/figure.py"


rule fig4:
    """Propensity of different ensembles, bare and coarse-grained (Frontiers, Fig. 4)."""
    input:
        propensity=expand(PATHS.propensity, system=SYSTEMS[0], ensemble=PLAN.highest_ensembles(SYSTEMS[0])[0]),
        lengths=expand(PATHS.lengths, system=SYSTEMS[0]),
    output:
        figures=drawn("fig4"),
    log:
        PATHS.log("fig4"),
    benchmark:
        PATHS.benchmark("fig4")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("figure", "oyama2023.figures_ensembles.fig4"),
        system=SYSTEMS[0],
        sigma=config["systems"][SYSTEMS[0]]["sigma"],
        size=config["propensity"]["ensembles"]["size"],
        delta=config["propensity"]["ensembles"]["delta"],
        xi=config["xi"],
        published=PLAN.published_lengths(SYSTEMS[0], "propensity"),
    message:
        "Fig. 4: propensity of different ensembles"
    script:
        "../scripts/figure.py"


rule fig5:
    """Correlation of the Grad-CAM score with the propensity (Frontiers, Fig. 5)."""
    input:
        dynamics=expand(PATHS.dynamics, system=SYSTEMS),
        reference=REFERENCE,
    output:
        figures=drawn("fig5"),
    log:
        PATHS.log("fig5"),
    benchmark:
        PATHS.benchmark("fig5")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("figure", "oyama2023.figures_dynamics.fig5"),
        phase=GLASS,
        systems=SYSTEMS,
        protocol=config["protocol"],
        xi=config["xi"],
    message:
        "Fig. 5: Grad-CAM score and dynamics"
    script:
        "../scripts/figure.py"


rule fig7:
    """Correlations of all indicators with the propensity (Frontiers, Fig. 7)."""
    input:
        dynamics=expand(PATHS.dynamics, system=SYSTEMS),
        reference=REFERENCE,
    output:
        figures=drawn("fig7"),
    log:
        PATHS.log("fig7"),
    benchmark:
        PATHS.benchmark("fig7")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("figure", "oyama2023.figures_dynamics.fig7"),
        phase=GLASS,
        systems=SYSTEMS,
        protocol=config["protocol"],
        xi=config["xi"],
    message:
        "Fig. 7: all indicators and dynamics"
    script:
        "../scripts/figure.py"


rule fig8:
    """Spatial correlation of the indicators (Frontiers, Fig. 8)."""
    input:
        spatial=expand(PATHS.spatial_correlations, system=SYSTEMS, phase=GLASS),
        table3=PATHS.table("table3"),
    output:
        figures=drawn("fig8"),
    log:
        PATHS.log("fig8"),
    benchmark:
        PATHS.benchmark("fig8")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("figure", "oyama2023.figures_lengths.fig8"),
        systems=SYSTEMS,
    message:
        "Fig. 8: spatial correlation of the structure"
    script:
        "../scripts/figure.py"


rule fig_s3:
    """Correlations with the propensity against the coarse-graining length (v2, Fig. S3)."""
    input:
        lengths=expand(PATHS.lengths, system=SYSTEMS),
    output:
        figures=drawn("fig_s3"),
    log:
        PATHS.log("fig_s3"),
    benchmark:
        PATHS.benchmark("fig_s3")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of("light"),
        runtime=runtime_of("light"),
    params:
        **made_by("figure", "oyama2023.figures_lengths.fig_s3"),
        systems=SYSTEMS,
        protocol=config["protocol"],
        published=PLAN.lengths("dynamics"),
    message:
        "Fig. S3: dependence on the coarse-graining length"
    script:
        "../scripts/figure.py"

# glassmap: which structures a neural network finds in a glass, and whether they say where it will move.
from snakemake.utils import min_version

min_version("9.19")


configfile: workflow.source_path("config/config.yaml")


include: "workflow/rules/common.smk"
include: "workflow/rules/cooling.smk"
include: "workflow/rules/own_files.smk"
include: "workflow/rules/swap.smk"
include: "workflow/rules/samples.smk"
include: "workflow/rules/density.smk"
include: "workflow/rules/classifier.smk"
include: "workflow/rules/gradcam.smk"
include: "workflow/rules/explain.smk"
include: "workflow/rules/indicators.smk"
include: "workflow/rules/correlations.smk"
include: "workflow/rules/propensity.smk"
include: "workflow/rules/dynamics.smk"
include: "workflow/rules/jung2023.smk"
include: "workflow/rules/swanson2020_common.smk"
include: "workflow/rules/swanson2020.smk"
include: "workflow/rules/swanson2020_attention.smk"
include: "workflow/rules/predictors.smk"
include: "workflow/rules/controls.smk"
include: "workflow/rules/attributions.smk"
include: "workflow/rules/sensitivity.smk"
include: "workflow/rules/readings.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/ensemble.smk"
include: "workflow/rules/export.smk"
include: "workflow/rules/report.smk"


report: "workflow/report/workflow.rst"


onstart:
    show_progress()


onsuccess:
    forget_kept_results()
    say_what_to_open()


onerror:
    forget_kept_results()


rule all:
    default_target: True
    input:
        results(),
        PATHS.provenance,
        PATHS.page("report"),


rule shipped:
    """All samples of the study, to be shipped: what config/reference.yaml is for."""
    input:
        expand(PATHS.shipped_batch, system=SYSTEMS, batch=BATCHES),
        expand(PATHS.shipped_energies, system=SYSTEMS),
    localrule: True


rule check:
    """What the study needs from this machine, and what is there: LAMMPS, PyTorch, disk space."""
    log:
        PATHS.log("check"),
    localrule: True
    conda:
        ENVIRONMENT
    params:
        code=code("check"),
    message:
        "what this study needs from this machine"
    script:
        "workflow/scripts/check.py"

"""Tables and figures of the first paper (``papers.oyama2023``)."""

# of each part of the paper, without the figures of maps; of the controls of a study without dynamics, whose
# lengths are those of the structure
TABLES = {
    "networks": ("table2", "table_s1", "ensemble"),
    "dynamics": ("table3", "table4", "table5", "dynamics"),
    "controls": ("controls", "reproduction"),
    "structure": ("table3", "controls"),
}
FIGURES = {
    "samples": ("fig_s7",),
    "networks": ("fig6",),
    "dynamics": ("fig3", "fig4", "fig5", "fig7", "fig8", "fig_s3"),
    "controls": ("what_the_network_adds",),
    "structure": ("fig8", "what_the_network_adds"),
}
# figures that a part alone does not decide on: of inherent structures, of options, and of a target of its own
TRANSITION, RANDOMISATION, SENSITIVITY, READINGS = "fig_s6", "layer_randomisation", "sensitivity", "readings"
# of any study, without those of maps
ALL_FIGURES = frozenset(
    {TRANSITION, RANDOMISATION, SENSITIVITY, READINGS, *(name for names in FIGURES.values() for name in names)}
)

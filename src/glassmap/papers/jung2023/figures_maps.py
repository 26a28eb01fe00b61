"""Maps of the propensity in the second paper: Fig. 3a, SM Figs. 3 and 4."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from glassmap.io.splits import REPORTED_SPLIT
from glassmap.papers.jung2023.figures_panels import label, legend_below
from glassmap.papers.jung2023.method import DYNAMICS, SHARES, State, coldest, read_states
from glassmap.plotting.particles import draw_particles, label_outer_axes
from glassmap.plotting.style import DOUBLE_COLUMN, STYLE, VALUE_COLOURS, annotate_panel, panel_letters
from glassmap.system import pair_matrix

MOVED, STILL = "#D55E00", "#0072B2"  # Okabe and Ito's for the paper's red and blue


def fig3a(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Maps of the measured and the predicted propensity of a test structure in the coldest state, at three times."""
    states = [state for state in read_states(files, params) if state.state == coldest(params, state.system)]
    return _with_bar(states, params)


def propensity_maps(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """As Fig. 3a, in every state of the systems that models learn from (SM Fig. 3)."""
    return _with_bar(_learned_from(files, params), params)


def propensity_maps_by_mean(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Particles that move more than the mean of their structure, and the others, in every state (SM Fig. 4)."""
    states = _learned_from(files, params)

    def moved(state: State, field: np.ndarray, measured: np.ndarray) -> np.ndarray:
        return ((field < field.mean()) if state.target.still else (field > field.mean())).astype(float)

    figure = _maps(states, params, moved, ListedColormap([STILL, MOVED]))
    names = {MOVED: "moves more than the mean", STILL: "less"}
    with plt.rc_context(STYLE):
        legend_below(figure, [Patch(color=colour, label=name) for colour, name in names.items()], 2)
    return figure


def _learned_from(files: SimpleNamespace, params: SimpleNamespace) -> list[State]:
    return [state for state in read_states(files, params) if state.system not in params.transfer]


def _with_bar(states: Sequence[State], params: SimpleNamespace) -> Figure:
    def scaled(state: State, field: np.ndarray, measured: np.ndarray) -> np.ndarray:
        return np.clip(field / (1.0 if state.target.still else measured.max()), 0, 1)

    figure, still = _maps(states, params, scaled, VALUE_COLOURS), states[0].target.still
    with plt.rc_context(STYLE):
        figure.colorbar(
            ScalarMappable(Normalize(0, 1), VALUE_COLOURS),
            ax=figure.axes,
            shrink=0.6 / len(states),
            pad=0.01,
            label=states[0].target.label if still else "displacement over the largest",
        )
    return figure


def _maps(states: Sequence[State], params: SimpleNamespace, values: Callable, colours: Colormap) -> Figure:
    """Two rows for each state: the dynamics, and the first model."""
    model = params.models[0]
    with plt.rc_context(STYLE):
        figure, panels = plt.subplots(
            2 * len(states),
            len(SHARES),
            figsize=(DOUBLE_COLUMN, 0.3 + 4.6 * len(states)),
            layout="constrained",
            squeeze=False,
        )
        letters = panel_letters()
        for number, state in enumerate(states):
            diameter = pair_matrix(params.sigma[state.system]).diagonal()[state.species]
            fields = {source: state.field(source, REPORTED_SPLIT) for source in (DYNAMICS, model)}
            for row, (source, field) in enumerate(fields.items()):
                for column, share in enumerate(SHARES):
                    axis, index = panels[2 * number + row, column], state.fraction_of_relaxation(share)
                    about = f"{state.system}, T = {state.temperature:g}, t = {state.times[index]:.4g} τ"
                    axis.set_title(f"({next(letters)}) {label(source)}\n{about}")
                    if state.box.dimension != 2:
                        axis.set_axis_off()
                        annotate_panel(axis, f"{state.system} is three-dimensional")
                        continue
                    positions = state.positions(REPORTED_SPLIT)[0]
                    draw_particles(
                        axis,
                        state.box.wrap(positions),
                        np.full(len(positions), diameter),
                        state.box.shortest,
                        values(state, field[index, 0], fields[DYNAMICS][index, 0]),
                        colours,
                    )
                    label_outer_axes(axis, bottom=row == 1, left=column == 0)
    return figure

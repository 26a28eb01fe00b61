"""Figures of more systems than the papers have: every one is there, in its order, each with a letter of its own."""

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import test_figures_dynamics as made_up
import xarray as xr
from controls import make_controls
from repository import REPOSITORY
from test_sensitivity import part

from glassmap.analysis.correlations import PAPER_QUANTITIES
from glassmap.papers.oyama2023.figures_controls import networks_beside_nulls
from glassmap.papers.oyama2023.figures_correlations import correlation_violins
from glassmap.papers.oyama2023.figures_dynamics import dynamics_by_indicator, dynamics_by_temperature
from glassmap.papers.oyama2023.figures_layer_randomisation import SHOWN, layer_randomisation
from glassmap.papers.oyama2023.figures_lengths import propensity_correlations, scan_of_xi, structure_correlations
from glassmap.papers.oyama2023.figures_readings import readings
from glassmap.papers.oyama2023.figures_samples import Energies, energies_and_transition, radial_distributions
from glassmap.papers.oyama2023.figures_sensitivity import LABELS, sensitivity
from glassmap.papers.oyama2023.tables_readings import COLUMNS
from glassmap.papers.oyama2023.tables_sensitivity import claims_beside_papers
from glassmap.plotting.particles import particle_maps
from glassmap.plotting.style import panel_letters, save

COUNTS = [1, 7]
PHASES = ("liquid", "glass")


def named(count: int) -> list[str]:
    """Names whose order is not that of the alphabet."""
    return ["new", "KAM", "WCA", "ABM", "ternary", "b", "a"][:count]


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def titles(figure) -> list[str]:
    """Titles of the drawn panels, from the left and from the top, with their letters."""
    found = [axis.get_title() or axis.get_title(loc="left") for axis in figure.axes if axis.axison]
    return [title for title in found if title]


def assert_all_are_there(figure, systems: list[str], panels: int, letters: bool = True) -> None:
    """``panels`` panels of each system, in the order of the systems within a line of panels; all drawable."""
    found = titles(figure)
    assert len(found) == panels * len(systems), found
    if letters:
        expected = itertools.islice(panel_letters(), len(found))
        assert [title.split(")")[0].removeprefix("(") for title in found] == list(expected)
    first = [next(place for place, title in enumerate(found) if f" {name}" in f" {title}") for name in systems]
    assert first == sorted(first)
    figure.canvas.draw()


def test_letters_go_on_after_z():
    letters = list(itertools.islice(panel_letters(), 26 + 26**2 + 1))
    assert letters[:3] == ["a", "b", "c"] and letters[25:28] == ["z", "aa", "ab"] and letters[-1] == "aaa"
    assert len(set(letters)) == len(letters)


def test_a_map_of_every_field_is_drawn(rng):
    panels = {f"field {index}": rng.uniform(size=40) for index in range(14)}
    figure = particle_maps(rng.uniform(0, 8, (40, 2)), np.ones(40), 8.0, panels, "many fields")
    drawn = [axis for axis in figure.axes if axis.collections and axis.get_title()]
    assert [axis.get_title() for axis in drawn][-1] == "(n) field 13" and len(drawn) == 14


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("figure", ["fig3", "fig5", "fig7", "fig8", "fig_s3"])
def test_figures_of_the_dynamics(figure, count):
    systems = named(count)
    if figure in ("fig3", "fig_s3"):
        given = {name: made_up.make_lengths(reached=(1, 1, 0)) for name in systems}
    else:
        given = {name: (made_up.make_spatial if figure == "fig8" else made_up.make_dynamics)() for name in systems}
    drawn = {
        "fig3": lambda: propensity_correlations(given, {}),
        "fig5": lambda: dynamics_by_temperature(given, "frontiers", "paper", {}),
        "fig7": lambda: dynamics_by_indicator(given, "frontiers", "paper", {}),
        "fig8": lambda: structure_correlations(given, {}, {}, {}),
        "fig_s3": lambda: scan_of_xi(given, "frontiers", {}),
    }[figure]()
    assert_all_are_there(drawn, systems, 3 if figure == "fig_s3" else 1)


@pytest.mark.parametrize("count", COUNTS)
def test_fig6(count, rng):
    values = rng.uniform(-1, 1, (1, 4, 6, len(PAPER_QUANTITIES)))
    one = xr.Dataset(
        {"pearson": (("protocol", "network", "sample", "pair"), values), "failed": ("network", [0] * 4)},
        coords={
            "protocol": ["frontiers"], "pair": list(PAPER_QUANTITIES),
            "map_class": ("network", ["glass", "glass", "own", "own"]),
        },
    )  # fmt: skip
    systems = named(count)
    by_phase = {(name, phase): one.assign_attrs(phase=phase) for name in systems for phase in PHASES}
    figure = correlation_violins(by_phase, PHASES, "frontiers", dict.fromkeys(systems, 4.0), {})
    assert_all_are_there(figure, systems, 1)


@pytest.mark.parametrize("count", COUNTS)
def test_fig_s6_and_fig_s7(count, rng):
    systems, temperature = named(count), np.linspace(0.05, 1.0, 10)
    energy = temperature + rng.normal(scale=1e-3, size=(3, 10))
    inherent = xr.Dataset(
        {name: (("replica", "temperature"), energy) for name in ("potential_energy", "inherent_energy")},
        coords={"temperature": temperature},
    )
    cooling = xr.Dataset(
        {"potential_energy": (("replica", "record"), energy), "thermostat_temperature": (("record",), temperature)}
    )
    row = dict.fromkeys(
        ("value", "low", "high", "paper", "slope_lower", "intercept_lower", "slope_upper", "intercept_upper"), np.nan
    )
    shown = {name: Energies(cooling, inherent, 0.05, 0.8, {**row, "note": "no bend found"}) for name in systems}
    assert_all_are_there(energies_and_transition(shown), systems, 3)
    g = xr.Dataset(
        {name: (("pair", "r"), rng.uniform(0, 2, (3, 20))) for name in ("g", "g_std")} | {"samples": 4},
        coords={"pair": ["AA", "AB", "BB"], "r": np.linspace(0.05, 10, 20)},
    )
    assert_all_are_there(
        radial_distributions({(name, phase): g for name in systems for phase in PHASES}, PHASES), systems, 3
    )


@pytest.mark.parametrize("count", COUNTS)
def test_what_the_network_adds(count):
    systems = named(count)
    figure = networks_beside_nulls(make_controls(systems), "frontiers", PHASES)
    of_one = len(titles(networks_beside_nulls(make_controls(systems[:1]), "frontiers", PHASES)))
    assert_all_are_there(figure, systems, of_one)


@pytest.mark.parametrize("count", COUNTS)
def test_layer_randomisation(count, tmp_path):
    systems = named(count)
    table = pd.DataFrame([
        {
            "system": system, "phase": phase, "depth": depth, "layer": ["none", "logits", "dense"][depth],
            "network": network, "quantity": quantity, "value": 0.9**depth, "low": 0.8**depth, "high": 0.95**depth,
        }
        for system in systems for phase in PHASES for depth in range(3) for network in ("mean", "seed-0")
        for quantity in SHOWN
    ])  # fmt: skip
    figure = layer_randomisation(table, PHASES)
    assert_all_are_there(figure, systems, len(SHOWN))
    # in each column the lowest panel names the layers
    columns = min(count, 3)
    named_layers = [
        axis for axis in figure.axes if axis.axison and any(one.get_visible() for one in axis.get_xticklabels())
    ]
    assert len(named_layers) == columns
    save(figure, [tmp_path / "figure.png"])


def test_sensitivity(rng):
    reference = pd.read_csv(REPOSITORY / "resources/paper_values.csv")
    of_one = part(0.3, 18, rng)
    for systems in map(named, COUNTS):
        parts = [(variant, name, of_one) for name in systems for variant in ("base", "grid")]
        figure = sensitivity(claims_beside_papers(parts, reference, "frontiers"), PHASES)
        assert_all_are_there(figure, systems, len(LABELS))


@pytest.mark.parametrize("count", COUNTS)
def test_readings(count):
    systems = named(count)
    rows = [
        {"reading": "base", "system": system, "phase": phase, "quantity": quantity, "map_class": "glass",
         "attribution": "gradcam", "value": 0.2, "low": 0.1, "high": 0.3, "networks": 2, "failed": 0}
        for system in systems for phase in PHASES for quantity in ("c_gamma_upsilon", "c_gamma_theta")
    ]  # fmt: skip
    figure = readings(pd.DataFrame(rows).reindex(columns=list(COLUMNS)), PHASES)
    assert_all_are_there(figure, systems, 4, letters=False)

"""What the figures of propensity, lengths and dynamics show of made-up but realistic data."""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba

from glassmap.papers.oyama2023.figures_dynamics import dynamics_by_indicator, dynamics_by_temperature
from glassmap.papers.oyama2023.figures_ensembles import ensemble_maps
from glassmap.papers.oyama2023.figures_lengths import propensity_correlations, scan_of_xi, structure_correlations
from glassmap.plotting.particles import particle_maps
from glassmap.plotting.style import PAPER, save

PROTOCOLS = ["frontiers", "arxiv-v2"]
CHOICES = ["paper", "measured"]
NAMES = ["gradcam", "voronoi_volume", "tong_tanaka"]
XI = [0, 1, 2, 3, 4, 6, 8, 10, 14, 20]
# height and delta of the maximum of C_alpha,Delta, and its length
PEAKS = {
    "KAM": {"gradcam": (-0.85, 1.2, 8), "voronoi_volume": (0.93, 2.5, 8), "tong_tanaka": (-0.8, 1.4, 6)},
    "ABM": {"gradcam": (-0.65, 2.6, 6), "voronoi_volume": (-0.8, 2.6, 6), "tong_tanaka": (0.7, 0.2, 4)},
}
TEMPERATURES = {"KAM": [0.40, 0.45, 0.50, 0.55, 0.60], "ABM": [1.1, 1.2, 1.3, 1.4, 1.5]}
PAPER_MAXIMA = {
    ("KAM", "gradcam"): (1.167, -0.925), ("KAM", "voronoi_volume"): (2.860, 0.966),
    ("KAM", "tong_tanaka"): (1.402, -0.885), ("ABM", "gradcam"): (2.620, -0.712),
    ("ABM", "voronoi_volume"): (2.620, -0.858), ("ABM", "tong_tanaka"): (0.148, 0.790),
}  # fmt: skip
PAPER_XI = {("KAM", 0.3): 3.0, ("KAM", 1.0): 4.0, ("KAM", 3.0): 5.0, ("ABM", 0.3): 3.0, ("ABM", 1.0): 3.0}
PAPER_R = {"KAM": (3.5, 0.5), "ABM": (3.5, 0.5)}


@pytest.fixture(autouse=True)
def strict():
    """Warnings are errors, and no figure stays open."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield
    plt.close("all")


def fields(networks: int) -> dict:
    """Coordinates of the fields: one for every network, one for each hand-made indicator."""
    names = ["gradcam"] * networks + NAMES[1:]
    return {"indicator": ("field", names), "network": ("field", [*range(networks), *[-1] * len(NAMES[1:])])}


def correlations_at(system: str, delta: np.ndarray, networks: int) -> np.ndarray:
    """C_alpha,Delta at every delta, shape (..., field)."""
    columns = [
        height * np.exp(-((np.log(delta / place) / 1.9) ** 2))
        for name in fields(networks)["indicator"][1]
        for height, place, _ in [PEAKS[system][name]]
    ]
    spread = np.r_[np.linspace(1, 0.85, networks), 1, 1]
    return np.stack(columns, axis=-1) * spread


def make_lengths(system="KAM", networks=2, configurations=1, reached=(1, 1, 0)) -> xr.Dataset:
    """Lengths of one system; ``reached`` counts the configurations that reach each target."""
    rng = np.random.default_rng(5)
    distance = np.r_[0, np.arange(0.5, 15, 0.5)]
    xi_delta = np.array([2.8, 3.7, 4.9]) + rng.normal(0, 0.3, (configurations, 3))
    not_reached = np.arange(configurations)[:, None] >= np.array(reached)
    xi_delta[not_reached] = np.nan
    c_delta = np.exp(-distance / xi_delta[..., None]) - 0.05 * (1 - np.exp(-distance / 6))
    c_delta[..., 1:] += rng.normal(0, 0.01, c_delta[..., 1:].shape)
    common = c_delta + 0.1 * np.exp(-distance / 5) * (distance > 0)
    time = np.geomspace(1, 1000, 16)
    delta = 0.06 * time**0.5 * rng.uniform(0.9, 1.1, (2, configurations, 1))
    best = np.array([PEAKS[system][name][2] for name in fields(networks)["indicator"][1]])
    smoothing = np.exp(-0.35 * np.log((np.array(XI)[:, None] + 0.5) / (best + 0.5)) ** 2)
    scan = correlations_at(system, delta, networks)[:, :, None] * smoothing[:, None]
    return xr.Dataset(
        {
            "propensity_correlation": (("configuration", "target", "bin"), c_delta),
            "noise_free_correlation": (("configuration", "target", "bin"), common),
            "delta_at_target": (("configuration", "target"), np.where(not_reached, np.nan, [0.3, 1.0, 3.0])),
            "xi_delta": (("configuration", "target"), xi_delta),
            "xi_propensity": (("protocol",), [4.0, 0.0]),
            "scan": (("protocol", "configuration", "xi", "time", "field"), scan),
            "scan_delta": (("protocol", "configuration", "time"), delta),
            "xi_structure": (("protocol", "indicator_name"), [[float(PEAKS[system][n][2]) for n in NAMES]] * 2),
            "scan_score": (("protocol", "configuration", "xi", "indicator_name"), np.abs(scan).max(axis=3)[..., -3:]),
        },
        coords={
            "configuration": np.arange(configurations), "target": [0.3, 1.0, 3.0], "distance": ("bin", distance),
            "protocol": PROTOCOLS, "xi": XI, "time": time, "indicator_name": NAMES, **fields(networks),
            "not_usable": (("configuration", "field"), np.full((configurations, len(best)), "", dtype="U8")),
        },
    )  # fmt: skip


def make_dynamics(system="KAM", networks=2, configurations=1, temperatures=5) -> xr.Dataset:
    """Dynamics of one system; hotter is faster, and all temperatures fall on one curve."""
    rng = np.random.default_rng(6)
    temperature = TEMPERATURES[system][-temperatures:]
    time = np.r_[0, np.geomspace(1, 1000, 15)]
    speed = np.linspace(0.15, 1, temperatures)[:, None] * rng.uniform(0.95, 1.05, (2, configurations, 1, 1))
    delta = 0.12 * speed * time**0.5
    pearson = correlations_at(system, np.maximum(delta, 1e-9), networks)[:, None]
    pearson = np.repeat(pearson, 2, axis=1) * np.array([1, 0.9])[:, None, None, None, None]
    pearson = np.where(delta[:, None, ..., None] > 0, pearson + rng.normal(0, 0.015, pearson.shape), np.nan)
    with_choice = ("protocol", "choice", "configuration", "temperature", "time")
    summary = ("protocol", "choice", "temperature", "time", "indicator_name")
    each = np.array(fields(networks)["indicator"][1])
    mean = np.stack([pearson.mean(axis=2)[..., each == name].mean(axis=-1) for name in NAMES], axis=-1)
    return xr.Dataset(
        {
            "pearson": ((*with_choice, "field"), pearson),
            "spearman": ((*with_choice, "field"), 0.95 * pearson),
            "mean": (summary, mean),
            "low": (summary, mean - 0.05),
            "high": (summary, mean + 0.04),
            "moved_low": (summary, -0.3 + 0.1 * mean),
            "moved_high": (summary, 0.32 + 0.1 * mean),
            "ceiling": (with_choice, np.repeat((1 - 0.25 * np.exp(-2 * delta))[:, None], 2, axis=1)),
            "delta": (("protocol", "configuration", "temperature", "time"), delta),
        },
        coords={
            "protocol": PROTOCOLS, "choice": CHOICES, "configuration": np.arange(configurations),
            "temperature": temperature, "time": time, "indicator_name": NAMES, **fields(networks),
        },
    )  # fmt: skip


def make_spatial(system="KAM", networks=2, samples=12) -> xr.Dataset:
    """C_alpha(r) of one system's test samples; one sample is not used by the first network."""
    rng = np.random.default_rng(8)
    distance = np.r_[0, np.arange(0.5, 12, 0.5)]
    gradcam = [(1 - distance / zero) * np.exp(-distance / 2.2) for zero in np.linspace(3.3, 3.9, networks)]
    packing = np.exp(-distance / 0.6) * np.cos(2 * np.pi * distance / 1.1)
    means = np.array([*gradcam, packing, 0.8 * packing**3 + 0.2 * np.exp(-distance)])
    correlation = means[:, None] + rng.normal(0, 0.04, (len(means), samples, len(distance))) * (distance > 0)
    correlation[0, 0] = np.nan
    coordinates = {"distance": ("bin", distance), **fields(networks)}
    return xr.Dataset({"correlation": (("field", "sample", "bin"), correlation)}, coords=coordinates)


def make_map(particles=400) -> dict:
    """Particles in a box, with diameters, and smooth values in [0, 1]."""
    rng = np.random.default_rng(9)
    side = round(particles**0.5)
    positions = (np.stack(np.meshgrid(*[np.arange(side)] * 2), -1).reshape(-1, 2) + 0.5) + rng.normal(
        0, 0.1, (side**2, 2)
    )
    values = 0.5 + 0.25 * np.sin(positions * 2 * np.pi / side).sum(1)
    return {
        "positions": positions, "diameters": np.where(rng.uniform(size=side**2) < 0.5, 1.0, 0.8),
        "box_length": float(side), "values": values, "noise": np.clip(values + rng.normal(0, 0.15, side**2), 0, 1),
    }  # fmt: skip


def line_with(axis, y: np.ndarray):
    """The line of an axis that has these y data."""
    found = [
        line
        for line in axis.lines
        if np.shape(line.get_ydata()) == np.shape(y) and np.allclose(line.get_ydata(), y, equal_nan=True)
    ]
    assert found, y
    return found[0]


def diamonds(axis) -> dict:
    """Points of the paper's open diamonds, and their edge colours."""
    return {
        (float(line.get_xdata()[0]), float(line.get_ydata()[0])): to_rgba(line.get_markeredgecolor())
        for line in axis.lines
        if line.get_marker() == PAPER["marker"] and line.get_markerfacecolor() == "white"
    }


def legend_texts(figure) -> list[str]:
    legends = [*figure.legends, *(axis.get_legend() for axis in figure.axes if axis.get_legend())]
    return [text.get_text() for legend in legends for text in legend.get_texts()]


def systems_of(make, **options) -> dict:
    return {system: make(system, **options) for system in PEAKS}


def without_networks(dataset: xr.Dataset) -> xr.Dataset:
    """The dataset of a study whose trainings all failed."""
    for name in {"indicator", "indicator_name"} & set(dataset.coords):
        known = dataset[name] != "gradcam"
        changed = {key: values.where(known) for key, values in dataset.items() if known.dims[0] in values.dims}
        dataset = dataset.assign(changed)
    return dataset


def draw_all(systems=("KAM", "ABM"), networks=2, configurations=1, change=lambda dataset: dataset) -> dict:
    """Every figure that datasets make, by name."""
    size = {"networks": networks, "configurations": configurations}
    reached = (configurations, 1, 0)
    lengths = {system: change(make_lengths(system, **size, reached=reached)) for system in systems}
    dynamics = {system: change(make_dynamics(system, **size)) for system in systems}
    spatial = {system: change(make_spatial(system, networks)) for system in systems}
    maxima = {system: point for (system, name), point in PAPER_MAXIMA.items() if name == "gradcam"}
    return {
        "fig3": propensity_correlations(lengths, PAPER_XI),
        "fig5": dynamics_by_temperature(dynamics, "frontiers", "paper", maxima),
        "fig7": dynamics_by_indicator(dynamics, "frontiers", "paper", PAPER_MAXIMA),
        "fig8": structure_correlations(spatial, {"KAM": (3.6, 0.3)}, PAPER_R, {"ABM": "not reached within 15"}),
        "fig_s3": scan_of_xi(lengths, "frontiers", {"KAM": 8.0, "ABM": 5.0}),
    }


@pytest.mark.parametrize("configurations", [1, 3])
def test_fig3_shows_means_lengths_and_what_was_not_reached(configurations):
    lengths = systems_of(make_lengths, configurations=configurations, reached=(configurations, 1, 0))
    figure = propensity_correlations(lengths, PAPER_XI)
    assert [axis.get_title() for axis in figure.axes] == ["(a) KAM", "(b) ABM"]
    assert figure.axes[0].get_xlabel() == "r / σ*"
    assert figure.axes[0].get_ylabel() == "$C_Δ(r)$ (dimensionless)"
    for axis, (system, dataset) in zip(figure.axes, lengths.items(), strict=True):
        looks = set()
        for target in (0, 1):
            curve = dataset["propensity_correlation"].isel(target=target)
            line = line_with(axis, np.nanmean(curve[: configurations if target == 0 else 1], axis=0))
            looks.add((line.get_color(), line.get_linestyle()))
            np.testing.assert_array_equal(line.get_xdata(), dataset["distance"])
            common = dataset["noise_free_correlation"].isel(target=target)
            thin = line_with(axis, np.nanmean(common[: configurations if target == 0 else 1], axis=0))
            assert thin.get_color() == line.get_color()
            xi = np.nanmean(dataset["xi_delta"].isel(target=target))
            assert any(line.get_marker() in "os" and line.get_xdata()[0] == xi for line in axis.lines)
        assert len(looks) == 2
        assert set(diamonds(axis)) == {(xi, 1 / np.e) for (name, _), xi in PAPER_XI.items() if name == system}
        for curve in dataset["propensity_correlation"].isel(target=0).values:
            line_with(axis, curve)
        some = "" if configurations == 1 else ": 1 of 3"
        legend = [text.get_text() for text in axis.get_legend().get_texts()]
        assert legend == ["δ = 0.3 σ*", f"δ = 1 σ*{some}", "δ = 3 σ*: not reached"]
    assert ("each configuration" in legend_texts(figure)) == (configurations > 1)
    assert {"1/e", "measured $ξ_Δ$", "without the noise of the runs", "paper's $ξ_Δ$"} <= set(legend_texts(figure))


def test_a_crystal_is_not_said_to_miss_a_target():
    lengths = systems_of(make_lengths, configurations=2, reached=(0, 0, 0))
    lengths["KAM"] = lengths["KAM"].assign_coords(not_usable=xr.full_like(lengths["KAM"]["not_usable"], "crystal"))
    figure = propensity_correlations(lengths, {})
    crystal, glass = ([text.get_text() for text in axis.get_legend().get_texts()] for axis in figure.axes)
    assert crystal[0] == "δ = 0.3 σ*: every glass is a crystal" and glass[0] == "δ = 0.3 σ*: not reached"
    lengths["KAM"] = lengths["KAM"].assign_coords(target=[0.3, 0.30000001, 3.0])
    lengths["KAM"]["not_usable"][1] = ""
    legend = propensity_correlations(lengths, {}).axes[0].get_legend().get_texts()
    assert [text.get_text() for text in legend[:2]] == [
        f"δ = {target} σ*: not reached, 1 of crystals" for target in ("0.3", "0.30000001")
    ]


def test_fig4_has_bare_ensembles_above_coarse_grained_ones():
    made = make_map()
    labels = ["3 runs, A", "3 runs, B", "all 10 runs"]
    bare = {label: made["noise"] + place for place, label in enumerate(labels)}
    coarse = {label: made["values"] + place for place, label in enumerate(labels)}
    figure = ensemble_maps(made["positions"], made["diameters"], made["box_length"], bare, coarse, "KAM")
    *panels, bar = figure.axes
    assert bar.get_ylabel() == "normalised value"
    letters = "abcdef"
    assert [axis.get_title() for axis in panels] == [f"({letters[i]}) {labels[i % 3]}" for i in range(6)]
    for axis, values in zip(panels, [*bare.values(), *coarse.values()], strict=True):
        np.testing.assert_array_equal(axis.collections[0].get_array(), values)
    assert [axis.get_ylabel() for axis in panels[::3]] == ["bare\ny / σ*", "coarse-grained\ny / σ*"]
    assert {axis.get_xlabel() for axis in panels[3:]} == {"x / σ*"}


@pytest.mark.parametrize(("networks", "configurations"), [(1, 1), (3, 1), (1, 2), (3, 2)])
def test_fig5_shows_means_singles_intervals_and_ceiling_by_temperature(networks, configurations):
    dynamics = systems_of(make_dynamics, networks=networks, configurations=configurations)
    maxima = {"KAM": (1.167, -0.925)}
    figure = dynamics_by_temperature(dynamics, "arxiv-v2", "measured", maxima)
    assert figure.axes[0].get_ylabel() == "$C_{Γ,Δ}$ (dimensionless)"
    for axis, (system, dataset) in zip(figure.axes, dynamics.items(), strict=True):
        assert axis.get_xlabel() == "mean cage-relative displacement δ / σ*"
        assert axis.get_xscale() == "log"
        part = dataset.sel(protocol="arxiv-v2", choice="measured").isel(temperature=-1)
        pearson = part["pearson"].values[..., :networks]
        mean = pearson.mean(axis=(0, 2))
        line = line_with(axis, mean)
        expected = part["delta"].values.mean(axis=0)
        np.testing.assert_allclose(line.get_xdata()[1:], expected[1:])
        bars = axis.containers[-1].lines[2][0].get_segments()[1:]
        np.testing.assert_allclose([bar[:, 1] for bar in bars], np.stack([mean - 0.05, mean + 0.04], -1)[1:])
        for single in pearson.transpose(0, 2, 1).reshape(-1, pearson.shape[1]):
            line_with(axis, single)
        ceiling = np.where(expected > 0, -part["ceiling"].values.mean(axis=0), np.nan)
        assert line_with(axis, ceiling).get_color() == line.get_color()
        assert set(diamonds(axis)) == ({maxima[system]} if system in maxima else set())
        legend = axis.get_legend()
        assert legend.get_title().get_text() == "T / ε*"
        assert [text.get_text() for text in legend.get_texts()] == [f"{value:g}" for value in TEMPERATURES[system]]
        colours = {handle.get_color() for handle in legend.get_lines()}
        assert len(colours) == 5
    kinds = [kind for kind, count in (("network", networks), ("configuration", configurations)) if count > 1]
    singles = f"each {' and '.join(kinds)}"
    assert (singles in legend_texts(figure)) == bool(kinds)


@pytest.mark.parametrize("draw", [dynamics_by_temperature, dynamics_by_indicator])
def test_bands_of_moved_maps_are_drawn_behind_the_curves(draw):
    dataset = make_dynamics(configurations=2)
    figure = draw({"KAM": dataset}, "frontiers", "measured", {})
    axis, part = figure.axes[0], dataset.sel(protocol="frontiers", choice="measured")
    assert "95 % of moved maps" in legend_texts(figure)
    names = ["gradcam"] if draw is dynamics_by_temperature else NAMES
    bands = [one for one in axis.collections if isinstance(one, PolyCollection)]
    assert len(bands) == 5 * len(names)
    assert all(band.get_zorder() < line.get_zorder() for band in bands for line in axis.lines)
    edges = [(name, place) for name in names for place in range(5)]
    for band, (name, place) in zip(bands, edges, strict=True):
        here = part.isel(temperature=place)
        mean = line_with(axis, here["pearson"].values[..., dataset["indicator"].values == name].mean(axis=(0, 2)))
        delta = here["delta"].values.mean(axis=0)[1:]
        for key in ("moved_low", "moved_high"):
            curve = here[key].sel(indicator_name=name).values[1:]
            for point in zip(delta, curve, strict=True):
                assert np.isclose(band.get_paths()[0].vertices, point).all(axis=1).any()
            edge = line_with(axis, np.r_[np.nan, curve])
            assert edge.get_color() == mean.get_color()
            np.testing.assert_allclose(edge.get_xdata()[1:], delta)
    without = draw({"KAM": dataset.assign(moved_low=dataset["low"] * np.nan)}, "frontiers", "measured", {})
    assert "95 % of moved maps" not in legend_texts(without)
    assert not any(isinstance(one, PolyCollection) for one in without.axes[0].collections)


def test_the_ceiling_is_drawn_with_either_sign():
    """Correlations may change theirs with time."""
    dataset = make_dynamics()
    figure = dynamics_by_temperature({"KAM": dataset}, "frontiers", "paper", {})
    ceiling = dataset["ceiling"].sel(protocol="frontiers", choice="paper").values[0, -1]
    for sign in (-1, 1):
        line_with(figure.axes[0], sign * np.r_[np.nan, ceiling[1:]])
    assert "± noise ceiling" in legend_texts(figure)


def test_panels_without_data_say_so():
    figures = draw_all(change=without_networks)
    texts = {name: [[text.get_text() for text in axis.texts] for axis in figures[name].axes] for name in figures}
    assert texts["fig5"] == [["not measured"]] * 2
    assert texts["fig7"] == [[]] * 2
    assert texts["fig_s3"][:6] == [["not measured"], [], []] * 2
    # no data, no ceiling
    assert not any(
        np.isfinite(line.get_ydata()).all() and len(line.get_ydata()) > 2 for line in figures["fig5"].axes[0].lines
    )
    assert all(set(diamonds(axis)) for axis in figures["fig5"].axes)


def test_fig7_shows_every_indicator_in_its_colour():
    dynamics = systems_of(make_dynamics, networks=2, configurations=2)
    figure = dynamics_by_indicator(dynamics, "frontiers", "paper", PAPER_MAXIMA)
    assert figure.axes[0].get_ylabel() == "$C_{α,Δ}$ (dimensionless)"
    assert legend_texts(figure) == [
        "α = Γ",
        "α = Υ",
        "α = Θ",
        "± noise ceiling",
        "95 % of moved maps",
        "paper's maxima",
    ]
    for axis, (system, dataset) in zip(figure.axes, dynamics.items(), strict=True):
        part = dataset.sel(protocol="frontiers", choice="paper")
        colours = {}
        for name in NAMES:
            pearson = part["pearson"].values[..., dataset["indicator"].values == name]
            lines = [line_with(axis, pearson[:, place].mean(axis=(0, 2))) for place in range(5)]
            (colours[name],) = {(line.get_color(), line.get_marker()) for line in lines}
            assert diamonds(axis)[PAPER_MAXIMA[system, name]] == to_rgba(colours[name][0])
        assert len({colour for colour, _ in colours.values()}) == len({marker for _, marker in colours.values()}) == 3
        upright = {line.get_xdata()[0] for line in axis.lines if list(line.get_ydata()) == [0, 1]}
        assert upright == {0.3, 1.0, 3.0}
        ceiling = np.r_[np.nan, part["ceiling"].values[:, -1].mean(axis=0)[1:]]
        line_with(axis, ceiling)
        line_with(axis, -ceiling)


def test_fig8_shows_mean_deviation_and_zero():
    spatial = systems_of(make_spatial)
    figure = structure_correlations(spatial, {"KAM": (3.6, 0.3)}, PAPER_R, {"ABM": "not reached within 15"})
    assert figure.axes[0].get_ylabel() == "$C_α(r)$ (dimensionless)"
    assert legend_texts(figure) == ["α = Γ", "α = Υ", "α = Θ", "deviation over samples", "$r_Γ$", "paper's $r_Γ$"]
    for axis, dataset in zip(figure.axes, spatial.values(), strict=True):
        assert axis.get_xlabel() == "r / σ*"
        table = dataset["correlation"].values
        line_with(axis, (table[0, 1:].mean(axis=0) + table[1].mean(axis=0)) / 2)
        line_with(axis, table[2].mean(axis=0))
        spread = table[2].std(axis=0, ddof=1)
        band = axis.collections[2].get_paths()[0].vertices  # after the first indicator's band and bars
        for edge in (-1, 1):
            place = np.stack([dataset["distance"], table[2].mean(axis=0) + edge * spread], -1)
            assert all(np.isclose(band, point).all(axis=1).any() for point in place)
        bars = axis.containers[1].lines[2][0].get_segments()
        np.testing.assert_allclose(
            [bar[1, 1] - bar[0, 1] for bar in bars], 2 * spread / np.sqrt(table.shape[1]), atol=1e-12
        )
        span = axis.patches[0].get_bbox()
        assert (span.x0, span.x1) == (3.0, 4.0)
    zeros = [[line.get_xdata()[0] for line in axis.lines if list(line.get_ydata()) == [0, 1]] for axis in figure.axes]
    assert zeros == [[3.6], []]
    assert [[text.get_text() for text in axis.texts] for axis in figure.axes] == [[], ["$r_Γ$: not reached within 15"]]


def test_fig3_says_if_there_is_no_decay_length():
    lengths = make_lengths(reached=(1, 1, 1))
    curves = lengths["propensity_correlation"].values
    curves[0, 0, 1:] *= 0.2  # below 1/e in the first bin already
    curves[0, 2] = 0.7 + 0.3 * curves[0, 2]  # nowhere
    lengths["xi_delta"][0, 0] = lengths["xi_delta"][0, 2] = np.nan
    figure = propensity_correlations({"KAM": lengths}, {})
    legend = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert legend == [
        "δ = 0.3 σ*, $ξ_Δ$ shorter than the first bin (0.5)", "δ = 1 σ*", "δ = 3 σ*, $ξ_Δ$ not reached within 14.5"
    ]  # fmt: skip
    # the level, and one filled marker
    markers = [line for line in figure.axes[0].lines if line.get_marker() in ("o", "s", "^")]
    assert len(markers) == 1 and markers[0].get_xdata()[0] == lengths["xi_delta"].values[0, 1]


def test_fig_s3_names_the_best_length():
    lengths = systems_of(make_lengths, networks=2, configurations=2, reached=(2, 2, 2))
    lengths["ABM"]["xi_structure"].loc[{"indicator_name": ["voronoi_volume", "tong_tanaka"]}] = np.nan
    lengths["ABM"]["scan_score"].loc[{"indicator_name": "voronoi_volume", "xi": max(XI)}] = 1.0
    lengths["ABM"]["scan_score"].loc[{"indicator_name": "tong_tanaka"}] = np.nan
    figure = scan_of_xi(lengths, "frontiers", {"KAM": 8.0, "ABM": 5.0})
    *panels, bar = figure.axes
    assert bar.get_ylabel() == "coarse-graining length ξ / σ*"
    assert [text.get_text() for text in bar.get_yticklabels()] == [f"{xi:g}" for xi in XI]
    assert figure.get_supxlabel() == "mean cage-relative displacement δ / σ*"
    assert [axis.get_title() for axis in panels] == [
        "(a) KAM, α = Γ\nmax |C|: ξ = 8 σ* (paper: 8 σ*)", "(b) KAM, α = Υ\nmax |C|: ξ = 8 σ* (paper: 8 σ*)",
        "(c) KAM, α = Θ\nmax |C|: ξ = 6 σ* (paper: 8 σ*)", "(d) ABM, α = Γ\nmax |C|: ξ = 6 σ* (paper: 5 σ*)",
        f"(e) ABM, α = Υ\nat the edge of the scan ({max(XI):g})\n(paper: 5 σ*)",
        "(f) ABM, α = Θ\nthe propensity is constant\n(paper: 5 σ*)",
    ]  # fmt: skip
    for axis, (system, name) in zip(panels, [(system, name) for system in PEAKS for name in NAMES], strict=True):
        dataset = lengths[system].sel(protocol="frontiers")
        scan = dataset["scan"].values[..., dataset["indicator"].values == name].mean(axis=(0, 3))
        lines = [line_with(axis, curve) for curve in scan]
        assert len({line.get_color() for line in lines}) == len(XI)
        np.testing.assert_allclose(lines[0].get_xdata(), dataset["scan_delta"].values.mean(axis=0))
        thick = [xi for xi, line in zip(XI, lines, strict=True) if line.get_linewidth() > lines[0].get_linewidth()]
        unknown = system == "ABM" and name in ("voronoi_volume", "tong_tanaka")
        assert thick == ([] if unknown else [PEAKS[system][name][2]])


@pytest.mark.parametrize("rows", [1, 2])
def test_maps_say_what_is_missing(rows):
    made = make_map()
    panels = {"1 − Γ": made["values"], "Υ": np.full_like(made["values"], np.nan), "Δ(δ = 3 σ*)": None}
    if rows == 2:
        panels |= {"Δ(δ = 0.3 σ*)": made["noise"], "Δ(δ = 1 σ*)": None, "Θ": made["noise"]}
    where = {name: made[name] for name in ("positions", "diameters", "box_length")}
    figure = particle_maps(**where, panels=panels, title="KAM", missing={"Δ(δ = 3 σ*)": "δ = 3 σ* not reached"})
    *axes, bar = figure.axes
    assert bar.get_ylabel() == "normalised value"
    figure.draw_without_rendering()
    assert len({round(axis.get_position().y0, 3) for axis in axes}) == rows
    assert [axis.get_title()[4:] for axis in axes] == list(panels)
    assert {axis.get_xlabel() for axis in axes[-3:]} == {"x / σ*"} and axes[0].get_ylabel() == "y / σ*"
    texts = [[text.get_text() for text in axis.texts] for axis in axes]
    assert texts == [[], [], ["δ = 3 σ* not reached"], *([[], ["not measured"], []] if rows == 2 else [])]
    for axis, values in zip(axes, panels.values(), strict=True):
        assert len(axis.collections) == (values is not None)
        if values is not None:
            np.testing.assert_array_equal(axis.collections[0].get_array().filled(np.nan), values)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"systems": ["KAM"], "networks": 1},
        {"systems": ["KAM", "ABM", "KAM2"]},
        {"networks": 5, "configurations": 3},
        {"change": lambda dataset: dataset * np.nan},
        {"change": lambda dataset: dataset.isel(field=dataset["indicator"] == "tong_tanaka")},
        {"change": without_networks},
    ],
    ids=["usual", "one", "three systems", "many", "nothing measured", "one indicator", "no network"],
)
def test_every_figure_can_be_written(options, monkeypatch, tmp_path):
    for table in (PEAKS, TEMPERATURES):
        monkeypatch.setitem(table, "KAM2", table["KAM"])
    for name, figure in draw_all(**options).items():
        save(figure, [tmp_path / f"{name}.png"])
        assert (tmp_path / f"{name}.png").stat().st_size > 5000
        page = figure.bbox
        frames = [axis.get_window_extent() for axis in figure.axes]
        for legend in [*figure.legends, *(axis.get_legend() for axis in figure.axes if axis.get_legend())]:
            box = legend.get_window_extent()
            assert not any(box.overlaps(frame) for frame in frames), name
            assert page.x0 <= box.x0 and box.x1 <= page.x1, name

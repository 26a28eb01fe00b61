"""False verdicts where there is nothing to find, and verdicts where there is: many synthetic studies of each design."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from glassmap.learning.null_maps import DENSITY_CUTS, cut_name
from glassmap.papers.oyama2023.null_comparison import (
    BEYOND,
    NETWORK,
    NOT_MORE,
    NULL,
    UNLIKE,
    Row,
    chosen_cuts,
    judge,
)
from glassmap.papers.oyama2023.published import REFERENCE_COLUMNS
from glassmap.papers.oyama2023.tables_controls import compare_accuracy
from glassmap.statistics import bootstrap_weights, finite_deviation, finite_mean

STUDIES = 800


def skewed(rng, shape, tail: float = 0.44) -> np.ndarray:
    """Mean 0, deviation 1, skewness -1.5 with a long tail to the left: what comes near a bound from below."""
    values = np.exp(tail * rng.standard_normal(shape))
    mean, variance = np.exp(tail**2 / 2), np.expm1(tail**2) * np.exp(tail**2)
    return (mean - values) / np.sqrt(variance)


def row(name: str, kind: str, table: np.ndarray) -> Row:
    means = finite_mean(table, axis=1)
    deviation = float(finite_deviation(means))
    return Row(name, kind, float(means.mean()), np.nan, np.nan, deviation, len(means), table.shape[1], table)


def study(rng, networks, replicas, nulls, between, values, level, effect=0.0, bend=None) -> tuple[Row, list[Row]]:
    """Networks and nulls of one distribution, but for the networks' effect.

    ``nulls``: draws of each random null, 0 for a map without draws. What a replica does to all maps has the deviation
    0.1, what it does to each map 0.1, that between networks and between draws is ``between``.
    """
    shared = 0.1 * values(rng, replicas)

    def table(members: int, spread: float, shift: float = 0.0) -> np.ndarray:
        of_members = spread * values(rng, (members, 1))
        found = level + shift + shared + of_members + 0.1 * values(rng, (members, replicas))
        return found if bend is None else bend(found)

    rows = [
        row("white_noise" if draws else "constant", NULL, table(draws or 1, between if draws else 0.0))
        for draws in nulls
    ]
    return row("gradcam", NETWORK, table(networks, between, effect)), rows


def verdicts(seed, *design, of_correlation=True, **more) -> dict[str, float]:
    """Share of each verdict."""
    rng = np.random.default_rng(seed)
    found = [judge(*study(rng, *design, **more), of_correlation)["verdict"] for _ in range(STUDIES)]
    return {name: found.count(name) / STUDIES for name in (BEYOND, NOT_MORE, UNLIKE)}


@pytest.mark.parametrize("values", [np.random.Generator.standard_normal, skewed], ids=["normal", "skewed"])
@pytest.mark.parametrize("nulls", [[0], [1], [3], [0, 0, 0, 3, 3, 1]], ids=str)
@pytest.mark.parametrize("level", [0.0, 0.5], ids=["about 0", "of one sign"])
def test_without_any_effect_at_most_5_percent_of_the_verdicts_are_false(values, nulls, level):
    """Everything but undecided is false here, in every design."""
    rates = {}
    for networks, replicas, between in product((3, 5), (5, 60), (0.1, 0.3)):
        found = verdicts(1, networks, replicas, nulls, between, values, level)
        rates[networks, replicas, between] = found[BEYOND] + found[NOT_MORE]
    print(f"false verdicts: {np.mean(list(rates.values())):.3f} on average, at most {max(rates.values()):.3f}")
    assert max(rates.values()) <= 0.05


def test_correlations_near_their_bound_are_skewed_and_make_no_more_false_verdicts():
    """tanh of normal numbers about 1, deviation 0.3 between networks: correlations from 0.4 to 0.95."""
    for networks, replicas, nulls in product((3, 5), (5, 60), ([3], [0, 3, 3, 1])):
        design = (networks, replicas, nulls, 0.3, np.random.Generator.standard_normal, 1.0)
        found = verdicts(2, *design, bend=np.tanh)
        # a map without draws has another mean here: only the nulls of the same distribution must not be told apart
        if 0 not in nulls:
            assert found[BEYOND] + found[NOT_MORE] <= 0.05
        assert found[BEYOND] <= 0.05


def test_lengths_are_not_unlike_every_null_by_chance():
    for networks, replicas, nulls in product((3, 5), (5, 60), ([0], [0, 3, 1])):
        for values in (np.random.Generator.standard_normal, skewed):
            found = verdicts(3, networks, replicas, nulls, 0.1, values, 3.0, of_correlation=False)
            assert found[UNLIKE] <= 0.05


def test_thresholds_chosen_on_the_validation_replicas_make_no_more_false_verdicts():
    """26 density cuts of the same distribution: the extreme ones are extreme by chance, on these replicas alone."""
    rng = np.random.default_rng(8)
    names = [cut_name(side, threshold) for side in DENSITY_CUTS for threshold in np.linspace(-1.5, 1.5, 13)]
    for networks, (validation, test) in product((3, 5), ((5, 5), (14, 23))):
        split = np.array(["validation"] * validation + ["test"] * test)
        weights, found = bootstrap_weights(50, test, 1), []
        for _ in range(STUDIES // 2):
            shared = 0.1 * rng.standard_normal(len(split))
            cuts = dict(zip(names, shared + 0.1 * rng.standard_normal((len(names), len(split))), strict=True))
            of_members = 0.1 * rng.standard_normal((networks, 1)) + 0.1 * rng.standard_normal((networks, test))
            network = row("gradcam", NETWORK, shared[validation:] + of_members)
            found.append(judge(network, chosen_cuts(cuts, split, weights))["verdict"])
        assert found.count(BEYOND) + found.count(NOT_MORE) <= 0.05 * len(found)


@pytest.mark.parametrize("sign", [1, -1])
def test_real_effects_are_found(sign):
    """Five networks that differ by 0.1, 23 replicas, three maps without draws and two nulls of five draws."""
    design = (5, 23, [0, 0, 0, 5, 5], 0.1, np.random.Generator.standard_normal)
    farther = verdicts(4, *design, 0.0, effect=0.6 * sign)
    assert farther[BEYOND] > 0.95 and farther[NOT_MORE] == 0
    less = verdicts(4, *design, 0.7 * sign, effect=-0.5 * sign)
    assert less[NOT_MORE] > 0.9 and less[BEYOND] == 0
    longer = verdicts(4, *design, 3.0, effect=0.6 * sign, of_correlation=False)
    assert longer[UNLIKE] > 0.95


def test_networks_that_agree_show_a_small_effect():
    found = verdicts(5, 3, 23, [0, 0, 3, 3], 0.02, np.random.Generator.standard_normal, 0.5, effect=0.3)
    assert found[BEYOND] > 0.9


def test_interval_of_the_excess_covers_it_for_all_nulls():
    """The excess over the best of nulls that differ: each end is wrong in 1 % of the studies at most."""
    rng = np.random.default_rng(6)
    shifts = np.array([-0.4, -0.1, 0.0, 0.0])
    wrong = np.zeros(2)
    for _ in range(STUDIES):
        network, nulls = study(rng, 4, 23, [0, 3, 0, 4], 0.1, np.random.Generator.standard_normal, 0.5)
        moved = [row(null.map, NULL, null.table + shift) for null, shift in zip(nulls, shifts, strict=True)]
        found = judge(network, moved)
        wrong += [found["excess_low"] > 0, found["excess_high"] < 0]
    assert (wrong / STUDIES <= 0.02).all()


def test_accuracies_are_not_beyond_those_of_others_by_chance():
    """Networks and nulls that are right equally often, some better and some worse."""
    rng = np.random.default_rng(7)
    nothing = pd.DataFrame(columns=list(REFERENCE_COLUMNS))
    for networks, replicas, draws, right in product((3, 5), (8, 23), (1, 3), (0.6, 0.9)):
        false = 0
        for _ in range(100):
            chance = np.clip(right + 0.05 * rng.standard_normal(networks + draws), 0, 1)
            said = rng.random((networks + draws, replicas)) < chance[:, None]
            tables = [
                pd.DataFrame({"phase": "glass", "replica": range(replicas), "split": "test"}).assign(
                    predicted=np.where(one, "glass", "liquid")
                )
                for one in said[:networks]
            ]
            judged = [(table, False) for table in tables]
            glass = xr.Dataset(
                {"p_glass": (("field", "sample"), np.where(said[networks:], 0.9, 0.1))},
                coords={"null": ("field", ["shuffled_labels"] * draws), "split": ("sample", ["test"] * replicas)},
            )
            head = {"system": "KAM", "phase": "glass"}
            nulls = {"glass": glass, "liquid": glass.assign(p_glass=1 - glass["p_glass"])}
            found = compare_accuracy(head, judged, nulls, nothing, 2, 1, "glass")[0]["verdict"]
            false += found in (BEYOND, NOT_MORE)
        assert false <= 5, (networks, replicas, draws, right)


def test_one_glass_gives_no_verdict():
    """Maps independent of the glass correlate with its dynamics by chance; its runs cannot tell how strongly."""
    rng = np.random.default_rng(5)

    def of_glass(name: str, kind: str, glasses: int) -> Row:
        value = 0.2 * rng.standard_normal()
        return Row(name, kind, value, value - 0.1, value + 0.1, 0.05, 5, glasses)

    said = [
        judge(of_glass("gradcam", NETWORK, 1), [of_glass(f"null_{i}", NULL, 1) for i in range(5)])["verdict"]
        for _ in range(200)
    ]
    assert set(said) == {"undecided"}
    # with two glasses the intervals are over glasses, and a difference beyond them is one
    far, near = (
        Row(name, NETWORK, value, value - 0.02, value + 0.02, 0.01, 5, 2) for name, value in (("a", 0.9), ("b", 0.1))
    )
    assert judge(far, [Row("null", NULL, 0.1, 0.08, 0.12, np.nan, 1, 2)])["verdict"] == BEYOND
    assert judge(near, [Row("null", NULL, 0.1, 0.08, 0.12, np.nan, 1, 2)])["verdict"] == "undecided"

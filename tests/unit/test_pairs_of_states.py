"""Pairs of states that networks tell apart: AUC, folds by replica, and the tables made of them."""

import runpy
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from repository import read_study
from scipy.stats import beta

from glassmap.errors import GlassmapError
from glassmap.io.datasets import write_dataset, write_table
from glassmap.io.schema import variable
from glassmap.io.splits import SPLITS
from glassmap.learning import cnn, networks
from glassmap.learning.cross_validation import StatePair, fold_splits, inner_splits, read_pairs, splits_of_pairs
from glassmap.papers.swanson2020.published import AUC, number_of_set, published_auc
from glassmap.papers.swanson2020.report_sentences import classifier_lines
from glassmap.papers.swanson2020.tables import ONE_REPLICA, Judged, auc, auc_matrix, change_of_auc, graph_variants
from glassmap.papers.swanson2020.tables_samples import equal_energy
from glassmap.statistics import area_under_curve, share_interval
from glassmap.workflow.config import resolve
from glassmap.workflow.options import StudyFileSwanson2020Graph
from glassmap.workflow.study import StudyPlan


def brute_force(scores: np.ndarray, classes: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Share of the pairs of a one and a zero in the right order, one by one; samples count as often as they weigh."""
    weights = np.ones(len(scores)) if weights is None else weights
    right = pairs = 0.0
    for one, zero in product(np.flatnonzero(classes == 1), np.flatnonzero(classes == 0)):
        weight = weights[one] * weights[zero]
        pairs += weight
        right += weight * ((scores[one] > scores[zero]) + 0.5 * (scores[one] == scores[zero]))
    return right / pairs if pairs else float("nan")


@pytest.mark.parametrize("levels", [3, 1000])  # many ties, and none
def test_auc_is_the_share_of_pairs_in_the_right_order(rng, levels):
    scores, classes = rng.integers(0, levels, 40) / 7, rng.integers(0, 2, 40)
    assert area_under_curve(scores, classes) == pytest.approx(brute_force(scores, classes))
    assert area_under_curve(-scores, classes) == pytest.approx(1 - area_under_curve(scores, classes))


def test_auc_of_one_class_is_none():
    assert np.isnan(area_under_curve(np.arange(3.0), np.ones(3)))


def state(replicas: list[int], rng: np.random.Generator, species=(0, 0, 1), box_length: float = 3.0) -> xr.Dataset:
    positions = rng.random((len(replicas), len(species), 2)) * box_length
    return xr.Dataset(
        {
            "position": variable(("sample", "particle", "axis"), positions, "sigma*", "positions"),
            "species": variable(("particle",), np.array(species), "1", "species"),
            "box_length": variable((), box_length, "sigma*", "side of the box"),
        },
        coords={"replica": ("sample", np.array(replicas))},
    )


def test_liquids_and_glasses_in_the_order_of_their_replicas(rng):
    liquid, glass = state([2, 0, 1], rng), state([0, 1, 2], rng)
    pair = StatePair.of_states(liquid, glass, "set1")
    assert pair.replicas.tolist() == [0, 0, 1, 1, 2, 2] and pair.classes.tolist() == [0, 1] * 3
    np.testing.assert_array_equal(pair.configurations.positions[4], liquid["position"][0])
    np.testing.assert_array_equal(pair.configurations.positions[5], glass["position"][2])


def test_different_particles_or_one_class_are_refused_in_a_line(rng):
    for other in (state([0], rng, species=(0, 1, 1)), state([0], rng, box_length=3.1), state([0], rng, species=(0, 1))):
        with pytest.raises(GlassmapError, match="set6: liquid and glass have different particles or boxes, must have"):
            StatePair.of_states(state([0], rng), other, "set6")
    pair = StatePair.of_states(state([0, 1], rng), state([5], rng), "files")
    splits = np.where(pair.replicas == 5, "train", "test")
    with pytest.raises(GlassmapError, match="files: the test samples of a fold are of one class; more replicas or"):
        pair.of_split(splits, "test", "files")


@pytest.mark.parametrize("folds", [2, 3, 5])
def test_no_replica_is_in_two_splits_of_a_fold_and_each_is_held_out_once(rng, folds):
    replicas = np.repeat(np.arange(23), 2)  # liquid and glass
    held_out = []
    for fold in range(folds):
        split = fold_splits(replicas, replicas, folds, fold, seed=3)
        members = {name: set(replicas[split == name]) for name in SPLITS}
        assert not any(members[a] & members[b] for a, b in (SPLITS[:2], SPLITS[1:], SPLITS[::2]))
        assert abs(len(members["validation"]) - len(members["test"])) <= 1 and len(members["test"]) >= 1
        held_out += members["validation"] | members["test"]
        inner = inner_splits(replicas[split == "train"], seed=5)
        inside = {name: set(replicas[split == "train"][inner == name]) for name in SPLITS}
        assert set().union(*inside.values()) == members["train"] and sum(map(len, inside.values())) == len(
            members["train"]
        )
        assert len(inside["test"]) == len(inside["validation"]) == max(1, round(0.1 * len(members["train"])))
    assert sorted(held_out) == list(range(23))
    assert (fold_splits(replicas, replicas, folds, 0, seed=4) != fold_splits(replicas, replicas, folds, 0, 3)).any()


def test_a_replica_is_in_the_same_split_in_all_sets(rng):
    pairs = {
        "set1": StatePair.of_states(state(list(range(12)), rng), state(list(range(12)), rng), "set1"),
        "set2": StatePair.of_states(state(list(range(4, 12)), rng), state(list(range(4, 12)), rng), "set2"),
    }
    splits = splits_of_pairs(pairs, folds=3, fold=1, seed=9)
    of_first = dict(zip(pairs["set1"].replicas.tolist(), splits["set1"].tolist(), strict=True))
    assert [of_first[replica] for replica in pairs["set2"].replicas.tolist()] == splits["set2"].tolist()


SETS, PHASES = ["set1", "set2"], ["liquid", "glass"]


@pytest.fixture
def judged(tmp_path) -> tuple[SimpleNamespace, SimpleNamespace]:
    """Predictions of two folds: right on the own set but for one glass of fold 1, at chance elsewhere."""
    keys, paths = [], []
    for trained, network, fold in product(SETS, ["d_mpnn", "d_mpnn-absolute"], range(2)):
        rows = []
        for tested, phase, replica in product(SETS, PHASES, range(4)):
            logit = (1 if phase == "glass" else -1) * (1 + replica) / 10 if tested == trained else 0.0
            if tested == trained and network == "d_mpnn-absolute" and phase == "glass" and replica == 3 and fold == 1:
                logit = -0.15  # below two liquids of four, whose logits are -0.1, -0.2, -0.3, -0.4
            split = "train" if tested == trained and replica == 0 else "test"
            rows.append((tested, phase, replica, split, logit, 1 / (1 + np.exp(-logit))))
        path = tmp_path / f"{trained}-{network}-{fold}.csv"
        write_table(pd.DataFrame(rows, columns=["tested", "phase", "replica", "split", "logit", "p_glass"]), path)
        keys.append([trained, network, fold])
        paths.append(str(path))
    params = SimpleNamespace(
        datasets=SETS, phases=PHASES, networks=keys, bootstrap_samples=200, base_seed=1,
        published_liquids={"set1": 1.992, "set2": None},
        graph={"coordinates": "relative"}, variants={"absolute": {"coordinates": "absolute"}},
    )  # fmt: skip
    return SimpleNamespace(predictions=paths), params


def test_accuracy_and_auc_of_test_samples_are_means_over_folds(judged):
    table = auc(*judged).set_index(["dataset", "network"])
    perfect, flawed = table.loc["set1", "d_mpnn"], table.loc["set1", "d_mpnn-absolute"]
    assert perfect["folds"] == 2 and perfect["samples"] == 12  # three test replicas of each class and fold
    assert (perfect[["accuracy", "auc", "accuracy_high", "auc_high"]] == 1).all() and perfect["auc_std"] == 0
    # of six replicas all are right, which 0.54 are in one of 40 cases
    assert perfect[["accuracy_low", "auc_low"]].tolist() == pytest.approx([0.025 ** (1 / 6)] * 2)
    assert perfect["note"] == "" and list(table)[-1] == "note"
    # of fold 1: one of six is wrong, -0.15, which is above the liquids with -0.2 and less
    assert flawed["accuracy"] == pytest.approx((1 + 5 / 6) / 2)
    assert flawed["auc"] == pytest.approx(1)
    # five and a half of six, by the distribution function of the beta distribution
    low, high = flawed["accuracy_low"], flawed["accuracy_high"]
    assert low < flawed["accuracy"] < high < 1
    np.testing.assert_allclose([beta.sf(low, 5.5, 1.5), beta.cdf(high, 6.5, 0.5)], [0.975, 0.975], rtol=1e-6)
    assert flawed["auc_low"] == perfect["auc_low"]


def fold_of(logits: np.ndarray, first: int = 0) -> pd.DataFrame:
    """Of liquids, then glasses, shape (2, replicas)."""
    replicas = np.arange(first, first + logits.shape[1])
    return pd.DataFrame(
        {"replica": np.tile(replicas, 2), "class": np.repeat([0, 1], len(replicas)), "logit": [*logits.flat]}
    )


def test_folds_of_unlike_sizes_count_as_their_mean_varies(rng):
    judged = Judged([fold_of(rng.normal(size=(2, number))) for number in (2, 6)])
    # the variance of the mean over folds is p (1 - p) (1/2 + 1/6) / 4, that of six replicas p (1 - p) / 6
    assert judged.trials("accuracy") == pytest.approx(6) == judged.trials("auc")
    row = judged.row("auc")
    np.testing.assert_allclose([row["auc_low"], row["auc_high"]], share_interval(row["auc"], 6))


def test_one_replica_has_no_interval_and_says_so(judged, tmp_path):
    files, params = judged
    for path in files.predictions:
        table = pd.read_csv(path)
        write_table(table[(table["replica"] == 3) & (table["tested"] == "set1")], path)
    keys = [["set1", network, 0] for network in ("d_mpnn", "d_mpnn-absolute")]
    one = SimpleNamespace(**{**vars(params), "networks": keys, "datasets": ["set1"]})
    files = SimpleNamespace(predictions=[files.predictions[0], files.predictions[2]])
    table = auc(files, one)
    assert (table["note"] == ONE_REPLICA).all() and (table[["accuracy", "auc"]] == 1).all(axis=None)
    assert table[["accuracy_low", "accuracy_high", "auc_low", "auc_high"]].isna().all(axis=None)
    varied = graph_variants(files, one)
    assert (varied["note"] == ONE_REPLICA).all() and varied[["auc_change_low", "auc_change_high"]].isna().all(axis=None)
    write_table(table, tmp_path / "auc.csv")
    lines = classifier_lines({"auc": tmp_path / "auc.csv"}, {"replicas": 1, "systems": ["KA"]})
    assert lines[-1]["text"] == f"AUC of the D-MPNN: set1 1.00 ({ONE_REPLICA})."
    # one of each fold is enough for one
    two = Judged([fold_of(np.array([[0.0], [1.0]])), fold_of(np.array([[1.0], [0.0]]))])
    assert two.row("auc")["auc"] == 0.5 and 0 < two.row("auc")["auc_low"] < 0.1 and two.note == ""


def test_a_change_between_networks_that_err_alike_has_an_interval_that_is_narrower(rng):
    common = rng.normal(size=(2, 3, 8)) * 2 + np.array([-1, 1])[:, None, None]

    def judged_with(noise: float) -> Judged:
        logits = common + noise * rng.normal(size=common.shape)
        return Judged([fold_of(logits[:, fold], 8 * fold) for fold in range(3)])

    same, alike, apart = judged_with(0.0), judged_with(0.1), judged_with(5.0)
    widths = []
    for other in (same, alike, apart):
        found = change_of_auc(other, same)
        assert found["auc_change"] == pytest.approx(np.mean(other.by_fold("auc")) - np.mean(same.by_fold("auc")))
        assert found["auc_change_low"] < found["auc_change"] < found["auc_change_high"]
        widths.append(found["auc_change_high"] - found["auc_change_low"])
    assert 0 < widths[0] < widths[1] < widths[2]
    assert change_of_auc(same, same)["auc_change"] == 0


def test_what_a_replica_adds_to_the_auc_is_what_a_little_more_of_it_does(rng):
    """With ties, and two glasses of a replica that has no liquid."""
    folds = [fold_of(rng.integers(-3, 4, (2, 7)) / 2, 10 * one) for one in range(2)]
    folds[0].loc[0, ["replica", "class"]] = [4, 1]
    more = 1e-5
    expected = []
    for fold in folds:
        for replica in sorted(fold["replica"].unique()):
            sides = (
                brute_force(
                    fold["logit"].to_numpy(),
                    fold["class"].to_numpy(),
                    1 + sign * more * (fold["replica"] == replica).to_numpy(),
                )
                for sign in (1, -1)
            )
            expected.append((next(sides) - next(sides)) / (2 * more))
    np.testing.assert_allclose(Judged(folds).deviations(), expected, atol=1e-8)


def test_the_matrix_has_the_published_numbers_where_the_sets_are_theirs(judged):
    table = auc_matrix(*judged).set_index(["network", "trained", "tested"])
    assert len(table) == 8
    assert table["auc"]["d_mpnn", "set1", "set2"] == 0.5 and table["auc"]["d_mpnn", "set2", "set2"] == 1
    assert table["published"]["d_mpnn", "set1", "set2"] == 0.612 == AUC[0, 5]  # set 6 has the energy of its glass
    assert number_of_set(0.3) is None and np.isnan(published_auc(None, 2))
    files, params = judged
    assert auc_matrix(files, SimpleNamespace(**{**vars(params), "published_liquids": {}}))["published"].isna().all()


@pytest.mark.parametrize(
    "changed, same",
    [
        ({}, True),
        ({"particles": {"A": 2808, "B": 1512}}, True),
        ({"particles": {"A": 480, "B": 120}}, False),
        ({"epsilon": {"AA": 1.0, "AB": 1.0, "BB": 1.0}}, False),
        ({"sigma": {"AA": 1.0, "AB": 0.9, "BB": 0.88}}, False),
    ],
)
def test_published_numbers_are_those_of_the_papers_mixture(schema, changed, same):
    study = read_study("swanson2020")
    study["systems"] = {name: {**block, **changed} for name, block in study["systems"].items()}
    plan = StudyPlan(resolve(study, schema), schema)
    assert plan.is_published_mixture == same and bool(plan.published_liquids) == same


def test_variants_are_compared_on_the_same_test_samples(judged):
    table = graph_variants(*judged).set_index(["dataset", "variant"])
    assert set(table.index.get_level_values("variant")) == {"none", "absolute"}
    row = table.loc["set1", "absolute"]
    assert row["changes"] == "coordinates: relative -> absolute" and row["auc_change"] == 0
    assert row["compared_with"] == "none" and pd.isna(table.loc["set1", "none"]["compared_with"])
    # both are right in every pair, of six replicas
    assert row["auc_change_high"] == -row["auc_change_low"] == pytest.approx(1 - 0.025 ** (1 / 6))
    assert np.isnan(table.loc["set1", "none"]["auc_change"])


def crystals_file(path: Path, flags: list[int]) -> str:
    """Which replicas crystallised."""
    columns = {"replica": range(len(flags)), "split": "test", "crystalline_fraction": 0.0, "amplitude": 0.0}
    pd.DataFrame({**columns, "crystallised": flags}).to_csv(path, index=False)
    return str(path)


def test_crystals_are_in_no_pair(tmp_path, rng):
    """Of a set whose glass comes from another system, each by the flags of its own."""
    files, flags = [], []
    for phase, crystallised in (("liquid", [0, 1, 0, 0]), ("glass", [0, 0, 0, 1])):
        samples = state([0, 1, 2, 3], rng).assign_coords(split=("sample", ["test"] * 4))
        samples.to_netcdf(tmp_path / f"{phase}.nc")
        files.append(str(tmp_path / f"{phase}.nc"))
        flags.append(crystals_file(tmp_path / f"{phase}.csv", crystallised))
    pair = read_pairs(files, flags, ["set6"], ["liquid", "glass"])["set6"]
    assert list(zip(pair.replicas.tolist(), pair.classes.tolist(), strict=True)) == [
        *((0, 0), (0, 1), (1, 1), (2, 0), (2, 1), (3, 0))
    ]


CHANGES = {  # of windows, and of networks on windows of the same size
    "absolute": {"coordinates": "absolute", "window": 0.4},
    "windows": {"window": 0.4},
    "batch": {"window": 0.4, "attention": "batch"},
    "all": {"coordinates": "absolute", "attention": "batch", "window": 0.4, "learning_rates": [1, 2, 1]},
    "some": {"coordinates": "absolute", "window": 0.4, "learning_rates": [1, 2, 1]},
    "small": {"window": 0.2, "attention": "batch"},
    "usual": {"window": 0.2, "attention": "graph"},  # the last one changes nothing
    "none": {"neighbours": 2},
}
NEAREST = {
    "absolute": "windows", "windows": "none", "batch": "windows", "all": "some", "some": "absolute", "small": "usual",
    "usual": "none", "none": "none",
}  # fmt: skip


@pytest.mark.parametrize("trained", [list(CHANGES), ["absolute", "batch", "all"]])
def test_a_variant_is_compared_with_the_network_that_has_the_most_of_its_changes(tmp_path, rng, trained):
    """By counting, over all networks: of those without another change, the one with the fewest that are missing."""
    graph = {"coordinates": "relative", "window": 1, "attention": "graph", "learning_rates": [1, 1, 1], "neighbours": 3}
    files, keys, judged = [], [], {}
    for name in ("", *trained):
        rows = [(phase, replica, rng.normal() + (phase == "glass")) for phase in PHASES for replica in range(8)]
        table = pd.DataFrame(rows, columns=["phase", "replica", "logit"]).assign(
            tested="set1", split="test", p_glass=0.5
        )
        write_table(table, tmp_path / f"{name}.csv")
        files.append(str(tmp_path / f"{name}.csv"))
        keys.append(["set1", f"d_mpnn-{name}" if name else "d_mpnn", 0])
        judged[name or "plain"] = pd.read_csv(files[-1])
    params = SimpleNamespace(networks=keys, phases=PHASES, graph=graph, variants=CHANGES, datasets=["set1"])
    found = graph_variants(SimpleNamespace(predictions=files), params)
    assert len(found) == len(trained) + 1 and pd.isna(found["compared_with"][0])
    aucs = {
        name: area_under_curve(table["logit"].to_numpy(), (table["phase"] == "glass").to_numpy())
        for name, table in judged.items()
    }
    for name, row in zip(trained, found.iloc[1:].to_dict("records"), strict=True):
        expected = NEAREST[name]
        if trained != list(CHANGES):
            expected = {"absolute": "none", "batch": "none", "all": "absolute"}[name]
        assert (row["variant"], row["compared_with"]) == (name, expected)
        # no variant has that of the name none
        other = aucs["plain" if expected == "none" else expected]
        assert row["auc_change"] == pytest.approx(aucs[name] - other, abs=1e-6)
        assert row["auc_change_low"] < row["auc_change"] < row["auc_change_high"]


SCRIPT = Path(__file__).parents[2] / "workflow/scripts/network.py"


@pytest.mark.usefixtures("one_thread")
def test_networks_of_a_fold_judge_the_same_windows_after_trainings_of_their_own(tmp_path, rng, monkeypatch):
    """The script of the rule for three networks: where its windows lie, in the training and after it."""
    options = {**StudyFileSwanson2020Graph().model_dump(), "hidden": 4, "epochs": 1, "window": 0.6}
    names, paths = ["set1", "set2"], []
    for name, phase in product(names, PHASES):
        samples = state(list(range(8)), rng, [0] * 20 + [1] * 12, 6.0).assign_coords(split=("sample", ["train"] * 8))
        write_dataset(samples, tmp_path / f"{name}-{phase}.nc", {})
        paths.append(str(tmp_path / f"{name}-{phase}.nc"))
    monkeypatch.setattr(cnn, "make_deterministic", lambda threads: None)  # for all tests after this one
    crystals = [crystals_file(tmp_path / "crystals.csv", [0] * 8)] * len(paths)
    corners, drawn = [], networks.window_corner
    monkeypatch.setattr(networks, "window_corner", lambda *a, **k: corners.append(drawn(*a, **k)) or corners[-1])
    seen = {}
    for network, fold in (("d_mpnn", 0), ("d_mpnn-batch", 0), ("d_mpnn", 1)):
        folder = tmp_path / f"{network}-{fold}"
        folder.mkdir()
        outputs = {"predictions": folder / "said.csv", "history": folder / "history.csv", "model": folder / "model.pt"}
        given = SimpleNamespace(
            wildcards={"dataset": "set1", "network": network, "fold": str(fold)}, threads=1, log=[folder / "log"],
            config={"classifier": {"device": "cpu"}},
            input=SimpleNamespace(configurations=paths, crystals=crystals, chosen=[]),
            params=SimpleNamespace(datasets=names, phases=PHASES, folds=2, base_seed=3, options=options),
            output=SimpleNamespace(**outputs),
        )  # fmt: skip
        corners.clear()
        runpy.run_path(str(SCRIPT), {"snakemake": given})
        number = len(pd.read_csv(outputs["predictions"]))
        seen[network, fold] = np.array(corners[:-number]), np.array(corners[-number:])
    (training, judged), (others, again), (_, elsewhere) = seen.values()
    np.testing.assert_array_equal(judged, again)
    assert len(training) == len(others) > 8 and not np.isclose(training, others).any()
    assert not np.isclose(judged[:16], elsewhere[:16]).any()
    assert len(np.unique(judged, axis=0)) == len(judged)  # one of each sample


@pytest.fixture
def curves(tmp_path) -> tuple[SimpleNamespace, SimpleNamespace]:
    """Slow inherent energies that rise by 0.1 per unit of temperature, and a fast glass between; one is a crystal."""
    temperatures, paths, crystals = np.array([0.05, 0.3, 0.5, 0.7, 1.0]), [], []
    for name, shift in (("slow", 0.0), ("fast", 0.047)):
        energy = -3.9 + 0.1 * temperatures + shift + np.array([[1e-3], [-1e-3], [0.0], [-0.5]])
        path = tmp_path / f"{name}.nc"
        variables = {
            "inherent_energy": (("replica", "temperature"), energy),
            "potential_energy": (("replica", "temperature"), energy + 1),
            "largest_force": (("replica", "temperature"), np.zeros_like(energy)),
            "wall_time": (("replica",), np.zeros(4)),
        }
        coordinates = {"replica": np.arange(4), "temperature": temperatures}
        crystals.append(crystals_file(tmp_path / f"{name}.csv", [0, 0, 0, 1]))
        xr.Dataset(variables, coordinates, {"system": name}).to_netcdf(path)
        paths.append(str(path))
    params = SimpleNamespace(
        systems=["slow", "fast"], glass={"slow": 0.05, "fast": 0.05}, cooling_rates={"slow": 0.01, "fast": 1.0},
        bootstrap_samples=200, base_seed=1, coldest_liquid=0.5, is_published_mixture=True,
    )  # fmt: skip
    return SimpleNamespace(inherent_structures=paths, crystals=crystals), params


def test_the_liquid_of_equal_energy_from_curves_made_by_hand(curves):
    (row,) = equal_energy(*curves).to_dict("records")
    # -3.9 + 0.005 + 0.047 = -3.9 + 0.1 T
    assert row["temperature"] == pytest.approx(0.52) and row["snapshot"] == 0.5
    assert row["difference"] == pytest.approx(-0.002) and row["low"] < 0.52 < row["high"]
    assert row["glass_energy"] == pytest.approx(-3.848) and row["published"] == 0.55
    assert (row["replicas"], row["crystallised"], row["note"]) == (3, 2, "")
    files, params = curves
    params.is_published_mixture = False
    assert np.isnan(equal_energy(files, params)[["published", "published_difference"]].astype(float)).all(axis=None)
    params.coldest_liquid = 0.7
    assert (
        equal_energy(files, params)["note"].item()
        == "colder than the liquids of all other sets: it may be a glass itself"
    )


def test_a_glass_that_the_curve_does_not_reach_is_refused_in_a_line(curves):
    files, params = curves
    # the slow glass has less energy than all of its liquids
    slow = SimpleNamespace(**{name: [paths[0], paths[0]] for name, paths in vars(files).items()})
    with pytest.raises(GlassmapError, match=r"equal energies: the fast glass has -3.895, below those of the"):
        equal_energy(slow, SimpleNamespace(**{**vars(params), "systems": ["slow", "slow"]}))

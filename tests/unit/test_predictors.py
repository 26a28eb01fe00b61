"""Predictors of the registry, chance levels by moved maps, and the table of all, where the truth is known."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from scipy.stats import kstest
from sklearn.linear_model import LinearRegression

from glassmap.analysis.prediction_scores import agreement, noise_ceiling
from glassmap.analysis.predictor_comparison import MovedPredictions, calibrate, chance, coarse_grained
from glassmap.box import Box
from glassmap.io.datasets import write_table
from glassmap.io.schema import DESCRIPTORS, PREDICTOR, PREDICTOR_FIELDS, PROPENSITIES
from glassmap.learning.predictors import DYNAMICS, PREDICTORS, Samples, predictors_of
from glassmap.learning.regression import Pointwise
from glassmap.papers.jung2023 import tables_four_point
from glassmap.papers.jung2023.models import FittedModel, structures_of
from glassmap.papers.predictors import figures_four_point
from glassmap.papers.predictors.tables import COLUMNS, predictors
from glassmap.papers.predictors.tables_four_point import COLUMNS as S4_COLUMNS
from glassmap.papers.predictors.tables_four_point import predictors_s4
from glassmap.papers.predictors.transfer import Descriptors, transfer
from glassmap.statistics import bootstrap_weights
from glassmap.structure.indicators import Parameters, potential_energy
from glassmap.structure.moved_structures import matched, moved, point_group
from glassmap.system import System

BOX, TIMES, RUNS_NOISE = Box.cube(16.0, 2), (1.0, 10.0), 0.6
SPLITS = ["train"] * 6 + ["validation"] * 3 + ["test"] * 5
NUMBER, OF_A = 220, 120


def fluid(rng, number: int = NUMBER, box: Box = BOX) -> np.ndarray:
    """Particles that keep some distance: a jittered square lattice with vacancies."""
    side = int(np.ceil(number**0.5)) + 1
    cells = rng.permutation(side**2)[:number]
    places = (np.stack([cells % side, cells // side], axis=-1) + 0.5) * box.lengths[0] / side
    return box.wrap(places + 0.2 * rng.normal(size=places.shape))


def smooth(rng, positions: np.ndarray, box: Box = BOX, waves: int = 6) -> np.ndarray:
    """A random field of long wave lengths, of unit variance on average."""
    q = 2 * np.pi / box.lengths[0] * rng.integers(-2, 3, size=(waves, 2))
    return np.cos(positions @ q.T + 2 * np.pi * rng.random(waves)).sum(axis=-1) / np.sqrt(waves / 2)


@pytest.fixture
def samples(rng) -> Samples:
    sigma = np.array([[1.0, 0.8], [0.8, 0.88]])
    system = System("mixture", (OF_A, NUMBER - OF_A), NUMBER / BOX.volume, sigma, np.ones((2, 2)), 2.5)
    positions = np.array([fluid(rng, system.number_of_particles, system.box) for _ in range(3)])
    training = np.array([True, True, False])
    return Samples(positions, system.species, training, Parameters(system.box, system.sigma, system), seed=3)


def test_every_predictor_gives_every_particle_a_value_that_is_the_same_each_time(samples):
    alone = [name for name, entry in PREDICTORS.items() if not entry.networks]  # others: test_class_networks.py
    for name, predictor in predictors_of(alone, samples.parameters.system).items():
        values = predictor.function(samples)
        assert values.shape == samples.positions.shape[:2] and np.isfinite(values).all(), name
        if predictor.null or predictor.trained:
            np.testing.assert_array_equal(values, predictor.function(samples), err_msg=name)


def test_moved_energies_are_those_of_the_next_structure(samples):
    found = PREDICTORS["moved_energies"].function(samples)
    for index, values in enumerate(found):
        energies = potential_energy(samples.positions[(index + 1) % 3], samples.species, samples.parameters)
        for species in np.unique(samples.species):
            chosen = samples.species == species
            # relative to their mean: no neighbourhood says which species are in it
            np.testing.assert_allclose(np.sort(values[chosen]), np.sort(energies[chosen] - energies[chosen].mean()))
        assert abs(np.corrcoef(values, energies)[0, 1]) < 0.5  # in other places


def test_the_mixture_tells_a_crystal_from_a_fluid(rng):
    """Half of each box is a square lattice, the other random; which is which is nowhere said."""
    lattice = np.stack(np.meshgrid(np.arange(10.0), np.arange(20.0)), axis=-1).reshape(-1, 2) + 0.5
    positions, crystalline = [], np.repeat([True, False], 200)
    for _ in range(3):
        disordered = np.array([10.0, 0.0]) + [10.0, 20.0] * rng.random((200, 2))
        positions.append(np.concatenate([lattice + 0.03 * rng.normal(size=lattice.shape), disordered]))
    one = np.ones((1, 1))
    system = System("one", (400,), 1.0, one, one, 2.5)
    given = Samples(
        np.array(positions), system.species, np.array([True, True, False]), Parameters(system.box, one, system), 1
    )
    probability = PREDICTORS["bond_order_mixture"].function(given)[2]
    assert abs(probability[crystalline].mean() - probability[~crystalline].mean()) > 0.7


def test_planar_and_energetic_predictors_are_left_out_where_they_are_not_defined():
    one = np.ones((1, 1))
    solid = predictors_of(list(PREDICTORS), System("solid", (64,), 1.0, one, one, 2.5, dimension=3))
    assert solid.keys() == {name for name, entry in PREDICTORS.items() if not entry.planar}


@pytest.mark.parametrize("dimension, order", [(2, 8), (3, 48)])
def test_the_point_group_has_all_rotations_and_reflections_by_right_angles(dimension, order):
    group = point_group(dimension)
    assert len(np.unique(group, axis=0)) == order
    np.testing.assert_array_equal(group @ group.swapaxes(1, 2), np.broadcast_to(np.eye(dimension), group.shape))


@pytest.mark.parametrize("dimension", [2, 3])
def test_moving_keeps_distances_and_matching_gives_each_particle_once(dimension, rng):
    box = Box.cube(8.0, dimension)
    positions, others = 8 * rng.random((2, 150, dimension))
    elsewhere = moved(positions, box, rng)
    np.testing.assert_allclose(box.distances(elsewhere, elsewhere), box.distances(positions, positions), atol=1e-9)
    partner = matched(positions, others, box)
    assert sorted(partner) == list(range(150))
    distance = box.distances(positions, others)
    assert np.median(distance[np.arange(150), partner]) < 2 * np.median(distance.min(axis=1))


def test_matching_ends_in_a_crystal():
    crystal = np.stack(np.meshgrid(np.arange(6.0), np.arange(6.0)), axis=-1).reshape(-1, 2)
    assert sorted(matched(crystal, crystal + 0.5, Box.cube(6.0, 2))) == list(range(36))


@pytest.mark.parametrize("length", [0.0, 2.0])
def test_p_is_uniform_for_noise_bare_and_coarse_grained(length, rng):
    positions = np.array([fluid(rng) for _ in range(4)])
    measured = np.array([smooth(rng, places) for places in positions])
    measured += rng.normal(size=measured.shape)
    carried = MovedPredictions.draw(positions, BOX, 99, seed=1)
    noise = rng.normal(size=(400, *measured.shape))
    (fields,) = coarse_grained(noise, positions, BOX, (length,), np.ones(NUMBER, dtype=bool))
    p = []
    for field in fields.astype(float):
        value = np.corrcoef(field.ravel(), measured.ravel())[0, 1]
        p.append(chance(value, carried.correlations(field, measured))[0])
    assert kstest(np.array(p) - rng.random(len(p)) / 100, "uniform").pvalue > 0.01


def test_moved_predictions_are_correlations_of_the_fields_read_off_at_the_partners(rng):
    positions = np.array([fluid(rng, 40) for _ in range(3)])
    predicted, measured = rng.normal(size=(2, 3, 40))
    carried = MovedPredictions.draw(positions, BOX, 20, seed=2)
    found = carried.correlations(predicted, measured)
    for draw in (0, 17):
        there = [predicted[s][p] for s, p in zip(carried.structure[draw], carried.particle[draw], strict=True)]
        assert found[draw] == pytest.approx(np.corrcoef(np.ravel(there), measured.ravel())[0, 1])
    assert sorted(carried.structure[5]) == [0, 1, 2]


def test_the_p_value_counts_draws_on_both_sides():
    p, largest = chance(-0.3, np.array([0.1, -0.2, 0.35, -0.31, 0.0, 0.3, 0.05, 0.06, 0.07]))
    assert p == pytest.approx((1 + 3) / 10) and largest == pytest.approx(0.35)
    assert np.isnan(chance(np.nan, np.ones(5))).all()


def test_a_planted_correlation_lies_within_its_interval_in_95_percent_of_the_studies(rng):
    """Fields with a common part, of structures with means of their own; the truth is that of infinitely many."""
    studies, structures, particles = 400, 10, 60
    common, own = rng.normal(size=(2, studies, structures, 1)), rng.normal(size=(3, studies, structures, particles))
    predicted, measured = (own[0] + 0.7 * own[which] + 0.3 * common[which - 1] for which in (1, 2))
    truth, weights = 1 / (1 + 0.49 + 0.09), bootstrap_weights(300, structures, 1)
    found = [agreement(*pair, weights) for pair in zip(predicted, measured, strict=True)]
    inside = np.mean([one.pooled_low < truth < one.pooled_high for one in found])
    assert 0.92 < inside < 0.98


def test_pooled_and_mean_correlations_by_hand_where_they_differ():
    predicted = np.array([[0.0, 1.0], [10.0, 11.0]])
    measured = np.array([[1.0, 0.0], [11.0, 10.0]])
    found = agreement(predicted, measured, bootstrap_weights(10, 2, 1))
    # deviations -5.5, -4.5, 4.5, 5.5 and -4.5, -5.5, 5.5, 4.5: 4 * 24.75 over 2 * (30.25 + 20.25)
    assert found.pooled == pytest.approx(99 / 101) and found.mean == pytest.approx(-1)


def test_the_length_and_the_sign_are_those_of_the_largest_correlation(rng):
    measured = rng.normal(size=(3, 50))
    fields = np.stack([rng.normal(size=(3, 50)), 4 - 2 * measured, np.full((3, 50), np.nan)])
    chosen = calibrate(fields, measured)
    assert chosen.length == 1 and chosen.slope == pytest.approx(-0.5)
    np.testing.assert_allclose(chosen(fields[1]), measured, atol=1e-12)
    assert calibrate(np.ones((2, 3, 50)), measured) is None and calibrate(fields[:, :0], measured[:0]) is None


class Study:
    """Files of one state with dynamics that are known, and of predictors that know more or less of them."""

    def __init__(self, folder, rng, box: Box = BOX):
        self.folder, self.box, structures = folder, box, len(SPLITS)
        self.positions = np.array([fluid(rng) for _ in SPLITS])
        if box.dimension == 3:
            self.positions = box.lengths[0] * rng.random((structures, NUMBER, 3))
        self.species = np.repeat([0, 1], [OF_A, NUMBER - OF_A])
        # of the particles of each structure, the same at both times; noise of the runs on top
        self.truth = np.array([smooth(rng, places[:, :2], box) for places in self.positions]) + 0.5 * rng.normal(
            size=(structures, NUMBER)
        )
        self.halves = self.truth[:, None] + RUNS_NOISE * rng.normal(size=(2, structures, len(TIMES), NUMBER))
        self.measured = self.halves.mean(axis=0)

    def write(self, fields: dict[str, np.ndarray], models: dict[str, np.ndarray]) -> SimpleNamespace:
        structures = {"replica": ("sample", np.arange(len(SPLITS))), "split": ("sample", SPLITS)}
        shapes = {"scattering": ("kind", 2), "bond_orientation": ("kind", 2)}
        empty = np.zeros((len(SPLITS), len(TIMES), 2))
        dynamics = xr.Dataset(
            {
                **{name: (PROPENSITIES[name], self.measured) for name in ("bond_breaking", "displacement")},
                **{
                    f"{name}_halves": (PROPENSITIES[f"{name}_halves"], self.halves)
                    for name in ("bond_breaking", "displacement")
                },
                **{name: (PROPENSITIES[name], empty) for name in shapes},
                "initial_position": (PROPENSITIES["initial_position"], self.positions),
                "species": ("particle", self.species),
                "box_length": self.box.lengths[0],
                "runs": 2,
            },
            coords={**structures, "time": list(TIMES)},
        )
        of_fields = xr.Dataset(
            {
                "value": (PREDICTOR_FIELDS["value"], np.array(list(fields.values()))),
                "species": ("particle", self.species),
            },
            coords={**structures, "predictor": list(fields)},
        )
        paths = SimpleNamespace(propensities=[], predictors=[], fields=[])
        contents = {"propensities": [dynamics], "fields": [of_fields], "predictors": []}
        for values in models.values():  # of A, at each time
            told = np.broadcast_to(values[None, :, None, :OF_A], (1, len(SPLITS), len(TIMES), OF_A))
            contents["predictors"].append(
                xr.Dataset({"prediction": (PREDICTOR["prediction"], told)}, coords={**structures, "time": list(TIMES)})
            )
        for kind, datasets in contents.items():
            for number, dataset in enumerate(datasets):
                path = self.folder / f"{kind}-{number}.nc"
                dataset.to_netcdf(path)
                getattr(paths, kind).append(str(path))
        return paths

    def params(self, fields: dict[str, np.ndarray], models: dict[str, np.ndarray]) -> SimpleNamespace:
        return SimpleNamespace(
            systems=["world"], states=["cold"], temperatures={"world": {"cold": 0.5}}, target="bond_breaking",
            species="A", models=list(models), told=dict.fromkeys(models, DYNAMICS), transfer={},
            training={"world": 6}, own_training={}, trained_on={}, rows=list(fields),
            lengths=[1.0, 2.0, 3.0], moved_maps=99, bootstrap_samples=100, base_seed=1, learned=list(models),
        )  # fmt: skip

    def s4(self, fields: dict[str, np.ndarray], models: dict[str, np.ndarray]):
        """Of bond breaking, by source and version."""
        found = predictors_s4(self.write(fields, models), self.params(fields, models))
        assert tuple(found.columns) == S4_COLUMNS and set(found["time"]) == {TIMES[1]}
        return found[found["target"] == "bond_breaking"].set_index(["source", "version"]).sort_index()

    def table(self, fields: dict[str, np.ndarray], models: dict[str, np.ndarray]):
        found = predictors(self.write(fields, models), self.params(fields, models))
        assert tuple(found.columns) == COLUMNS
        return found.set_index(["target", "predictor", "version", "time"]).sort_index()


@pytest.fixture
def world(tmp_path, rng) -> Study:
    return Study(tmp_path, rng)


def test_the_dynamics_themselves_reach_their_ceiling_and_noise_nothing(world, rng):
    noise, memory = rng.normal(size=(2, *world.truth.shape))
    learned = np.where(np.array(SPLITS)[:, None] == "train", world.measured[:, 0], memory)
    found = world.table({"number_density": -3 * world.truth + 7, "random_values": noise}, {"memoriser": learned})
    itself = found.loc["bond_breaking", "number_density", "bare"]
    test = np.array(SPLITS) == "test"
    halves = world.halves[:, test][..., :OF_A]
    for index, time in enumerate(TIMES):
        assert itself.loc[time, "noise_ceiling"] == pytest.approx(noise_ceiling(halves[:, :, index], 2))
        assert itself.loc[time, "share_of_ceiling"] == pytest.approx(1, abs=0.03)
        assert itself.loc[time, "pearson"] < -0.85  # the sign is as measured
        assert itself.loc[time, "p"] == 0.01
    assert (found.loc[("bond_breaking", "random_values", "bare"), "p"] > 0.01).all()
    # what knows its training structures by heart gains nothing, and its length is not chosen by them
    memoriser = found.loc["bond_breaking", "memoriser"]
    assert (memoriser["pearson"].abs() < 0.3).all() and (memoriser["training_structures"] == 6).all()
    assert (found.loc["bond_breaking", "number_density"]["training_structures"] == 0).all()
    assert "memoriser" not in found.loc["displacement"].index  # it has learned bond breaking


def test_coarse_graining_takes_noise_off_a_field_and_its_length_is_not_chosen_by_test_structures(world, rng):
    noisy = world.truth + 4 * rng.normal(size=world.truth.shape)
    found = world.table({"voronoi_volume": noisy}, {})
    rows = found.loc["bond_breaking", "voronoi_volume"]
    assert (rows.loc["coarse_grained", "pearson"] > rows.loc["bare", "pearson"] + 0.05).all()
    misleading = noisy.copy()
    misleading[np.array(SPLITS) == "test"] = rng.normal(size=(5, NUMBER))
    again = world.table({"voronoi_volume": misleading}, {}).loc["bond_breaking", "voronoi_volume"]
    assert again["length"].tolist() == rows["length"].tolist() and (again["pearson"].abs() < 0.3).all()
    # the fit to the other structures gives noise no larger fluctuations than it should have
    assert (again["chi4_dynamics"] == rows["chi4_dynamics"]).all()


def test_a_constant_has_no_correlation_and_says_so(world):
    found = world.table({"constant_value": np.ones_like(world.truth)}, {})
    assert found["pearson"].isna().all() and found["note"].str.contains("no correlation").all()


def test_models_are_judged_on_every_system_that_has_their_descriptors(rng, tmp_path):
    """Two mixtures that obey one law, and a third that is described otherwise; what one learns, the other obeys."""
    names = {"one": ["x", "y"], "other": ["x", "y"], "third": ["x", "y", "z"]}
    files, truth = SimpleNamespace(propensities=[], descriptors=[], models=[]), {}
    for system, columns in names.items():
        (folder := tmp_path / system).mkdir()
        world = Study(folder, rng)
        files.propensities += world.write({"noise": rng.normal(size=world.truth.shape)}, {}).propensities
        inputs = rng.normal(size=(len(SPLITS), NUMBER, len(columns)))
        inputs[..., 0] = world.truth + 0.3 * rng.normal(size=world.truth.shape)
        content = {"value": (DESCRIPTORS["value"], inputs), "species": ("particle", world.species)}
        coordinates = {"replica": ("sample", np.arange(len(SPLITS))), "split": ("sample", SPLITS)}
        path = folder / "descriptors.nc"
        descriptors = xr.Dataset(content, coords={**coordinates, "descriptor": columns})
        descriptors.to_netcdf(path)
        files.descriptors.append(str(path))
        with xr.open_dataset(files.propensities[-1]) as dynamics:
            options, learned = {"target": "bond_breaking", "species": "A"}, np.ones(len(TIMES), dtype=bool)
            structures = structures_of(dynamics, descriptors, options, learned)
        model = Pointwise(LinearRegression()).fit(structures[:6], structures[6:9])
        FittedModel(model, np.array(TIMES), learned).save(folder / "model.pkl")
        files.models.append(str(folder / "model.pkl"))
        tested = world.measured[9:, :, :OF_A], inputs[9:, :, 0][:, :OF_A]
        truth[system] = np.corrcoef(tested[0][:, 1].ravel(), tested[1].ravel())[0, 1]
    params = SimpleNamespace(
        systems=list(names), states=["cold"], temperatures={name: {"cold": 0.5} for name in names}, models=["linear"],
        target="bond_breaking", species="A", cutoff=20.0, moved_maps=19, bootstrap_samples=100, base_seed=1,
    )  # fmt: skip
    found = transfer(files, params)
    pairs = {("one", "one"), ("one", "other"), ("other", "one"), ("other", "other"), ("third", "third")}
    assert set(zip(found["learned_system"], found["system"], strict=True)) == pairs
    assert len(found) == len(pairs) * len(TIMES) ** 2
    between = found[(found["learned_system"] == "one") & (found["system"] == "other") & (found["time"] == TIMES[1])]
    np.testing.assert_allclose(between["pearson"], truth["other"], atol=0.02)
    assert (between["low"] < truth["other"]).all() and (truth["other"] < between["high"]).all()
    # no moved prediction reaches it
    assert between["p"].tolist() == pytest.approx(len(between) * [1 / 20])


LIMITS = ["s4", "low", "high"]


@pytest.mark.parametrize("dimension", [2, 3])
def test_s4_of_the_dynamics_as_a_predictor_is_that_of_the_dynamics(dimension, tmp_path, rng):
    world = Study(tmp_path, rng, Box.cube(16.0 if dimension == 2 else 7.0, dimension))
    itself = world.measured[:, 1]
    found = world.s4({"number_density": 7 - 3 * itself}, {"ridge": itself, "twice": 2 * itself})
    dynamics = found.loc["md", ""]
    for name, factor in (("number_density", 1), ("ridge", 1), ("twice", 4)):
        rows = found.loc[name, "bare"]
        np.testing.assert_array_equal(rows["wave_number"], dynamics["wave_number"])
        np.testing.assert_allclose(rows[LIMITS], factor * dynamics[LIMITS], rtol=1e-4, atol=1e-9)
    # the same as in the table of the models alone
    fields, models = {"number_density": itself}, {"ridge": itself}
    alone = tables_four_point.s4(world.write(fields, models), world.params(fields, models))
    alone = alone[alone["time"] == alone["time"].iloc[0]].set_index("source")
    for source in ("md", "md_noise_free"):
        np.testing.assert_array_equal(alone.loc[source, LIMITS], found.loc[(source, ""), LIMITS])


def test_s4_of_a_field_by_explicit_sums(world, rng):
    """At the smallest q, whose waves run along both axes."""
    field = np.array([4.0 - v for v in world.truth]) + 2 * rng.normal(size=world.truth.shape)
    found = world.s4({"voronoi_volume": field}, {})
    test, train = (np.array(SPLITS) == split for split in ("test", "train"))
    places, length = world.positions[test][:, :OF_A], found.loc[("voronoi_volume", "coarse_grained"), "length"].iloc[0]
    coarse = np.empty_like(field)
    for values, points, averaged in zip(field, world.positions, coarse, strict=True):
        away = BOX.distances(points, points) / length
        weights = np.where(away < 2, np.exp(-(away**2)), 0.0)  # the kernel ends there
        averaged[:] = weights @ values / weights.sum(axis=1)

    def spectrum(one: np.ndarray, other: np.ndarray) -> float:
        q, sums = 2 * np.pi / BOX.lengths[0], []
        for structure, points in enumerate(places):
            for axis in (0, 1):
                waves = np.exp(1j * q * points[:, axis])
                w, v = (((values - values.mean())[structure] * waves).sum() for values in (one, other))
                sums.append((w * v.conjugate()).real / OF_A)
        return np.mean(sums)

    measured = world.measured[:, 1, :OF_A]
    for version, values in (("bare", field), ("coarse_grained", coarse)):
        values = values[:, :OF_A]
        slope, offset = np.polyfit(values[train].ravel(), measured[train].ravel(), 1)
        calibrated = offset + slope * values[test]
        first = found.loc["voronoi_volume", version].iloc[0]
        assert first["wave_number"] == pytest.approx(2 * np.pi / BOX.lengths[0])
        assert first["s4"] == pytest.approx(spectrum(calibrated, calibrated), rel=1e-3)
    one, other = world.halves[:, test, 1, :OF_A]
    assert found.loc[("md_noise_free", ""), "s4"].iloc[0] == pytest.approx(spectrum(one, other))


def test_s4_does_not_depend_on_the_units_of_a_field_and_a_constant_has_none(world, rng):
    field = world.truth + rng.normal(size=world.truth.shape)
    named = {"voronoi_volume": field, "potential_energy": 40 - 300 * field, "constant_value": np.ones_like(field)}
    found = world.s4(named, {})
    for version in ("bare", "coarse_grained"):
        one, other = (found.loc[name, version] for name in ("voronoi_volume", "potential_energy"))
        assert one["length"].equals(other["length"].set_axis(one.index))
        np.testing.assert_allclose(one[LIMITS], other[LIMITS], rtol=1e-4, atol=1e-9)
        constant = found.loc[[("constant_value", version)]]
        assert len(constant) == 1 and constant["s4"].isna().all() and "no correlation" in constant["note"].item()
    assert (found.loc["md", ""]["note"] == "").all()


def test_s4_in_a_system_that_is_not_learned_from_takes_its_fit_from_the_other(world, rng):
    """Twice the field with the fit of the field itself is twice the dynamics."""
    field = world.truth + rng.normal(size=world.truth.shape)
    params, folder = world.params({"voronoi_volume": field}, {}), world.folder
    params.systems, params.transfer, params.training = ["world", "large"], {"large": "world"}, {"world": 6, "large": 0}
    params.temperatures["large"] = params.temperatures["world"]
    paths = SimpleNamespace(propensities=[], predictors=[], fields=[])
    for factor in (1, 2):
        world.folder = folder / str(factor)
        world.folder.mkdir()
        for kind, files in vars(world.write({"voronoi_volume": factor * field}, {})).items():
            getattr(paths, kind).extend(files)
    found = predictors_s4(paths, params).set_index(["system", "target", "source", "version"]).sort_index()
    for version in ("bare", "coarse_grained"):
        small, large = (found.loc[name, "bond_breaking", "voronoi_volume", version] for name in params.systems)
        np.testing.assert_allclose(large["s4"], 4 * small["s4"], rtol=1e-4)


def test_the_figure_of_s4_shows_the_dynamics_the_best_models_and_the_best_of_the_others(world, rng):
    noise = rng.normal(size=(8, *world.truth.shape))
    names = ["number_density", "composition", "voronoi_volume", "potential_energy", "random_values"]
    fields = {name: world.truth + (1 + place) * noise[place] for place, name in enumerate(names)}
    fields["random_values"] = world.truth  # however large: a null
    models = {name: world.truth + place * noise[place] for place, name in enumerate(["ridge", "glassmlp", "a", "b"])}
    files, params = world.write(fields, models), world.params(fields, models)
    write_table(predictors(files, params), world.folder / "predictors.csv")
    write_table(predictors_s4(files, params), world.folder / "s4.csv")
    found = SimpleNamespace(s4=world.folder / "s4.csv", predictors=world.folder / "predictors.csv")
    drawn = figures_four_point.predictors_s4(found, params)
    (axis,), (legend,) = drawn.axes, drawn.legends
    shown = [text.get_text() for text in legend.get_texts()]
    assert shown[:5] == ["MD", "MD, noise-free", "ridge regression", "GlassMLP", "a"]
    assert sorted(shown[5:]) == sorted(["local number density", "local fraction of A", "Voronoi volume"])
    assert len(axis.lines) == len(shown) and all(np.isfinite(line.get_ydata()).any() for line in axis.lines)
    assert axis.get_title() == "world, T = 0.5, t = 10 τ" and axis.get_xlabel() == "$q$ σ*"


def test_descriptors_beyond_half_of_a_box_mean_nothing_in_another():
    small, large, solid = (Descriptors(*shape, ["x"]) for shape in ((2, 20.0), (2, 40.0), (3, 20.0)))
    assert small.alike(large, cutoff=10.0) and not small.alike(large, cutoff=10.1)
    assert small.alike(Descriptors(2, 20.0, ["x"]), cutoff=20.0) and not small.alike(solid, cutoff=5.0)


def test_values_in_test_files_alone_are_judged_bare_and_a_note_says_why_not_coarse_grained(world):
    """As the predictions in GlassBench's test files, which no other structure has."""
    of_test = np.where(np.array(SPLITS)[:, None] == "test", world.truth, np.nan)
    found = world.table({"voronoi_volume": world.truth}, {"BOTAN": of_test}).loc["bond_breaking", "BOTAN"]
    assert (found.loc["bare", "pearson"] > 0.85).all()
    assert found.loc["coarse_grained", "pearson"].isna().all()
    assert set(found.loc["coarse_grained", "note"]) == {
        "validation structures, which choose length and sign, have no values"
    }

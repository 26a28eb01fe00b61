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
from glassmap.io.schema import DESCRIPTORS, PREDICTOR, PREDICTOR_FIELDS, PROPENSITIES
from glassmap.learning.predictors import DYNAMICS, PREDICTORS, Samples, predictors_of
from glassmap.learning.regression import Pointwise
from glassmap.papers.jung2023.models import FittedModel, structures_of
from glassmap.papers.predictors.tables import COLUMNS, predictors
from glassmap.papers.predictors.transfer import transfer
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

    def __init__(self, folder, rng):
        self.folder, structures = folder, len(SPLITS)
        self.positions = np.array([fluid(rng) for _ in SPLITS])
        self.species = np.repeat([0, 1], [OF_A, NUMBER - OF_A])
        # of the particles of each structure, the same at both times; noise of the runs on top
        self.truth = np.array([smooth(rng, places) for places in self.positions]) + 0.5 * rng.normal(
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
                "box_length": BOX.lengths[0],
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

    def table(self, fields: dict[str, np.ndarray], models: dict[str, np.ndarray]):
        params = SimpleNamespace(
            systems=["world"], states=["cold"], temperatures={"world": {"cold": 0.5}}, target="bond_breaking",
            species="A", models=list(models), told=dict.fromkeys(models, DYNAMICS), transfer={},
            training={"world": 6}, own_training={}, rows=list(fields), lengths=[1.0, 2.0, 3.0], moved_maps=99,
            bootstrap_samples=100, base_seed=1,
        )  # fmt: skip
        found = predictors(self.write(fields, models), params)
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
        assert itself.loc[time, "noise_ceiling"] == pytest.approx(noise_ceiling(halves[:, :, index]))
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
        target="bond_breaking", species="A",
    )  # fmt: skip
    found = transfer(files, params)
    pairs = {("one", "one"), ("one", "other"), ("other", "one"), ("other", "other"), ("third", "third")}
    assert set(zip(found["learned_system"], found["system"], strict=True)) == pairs
    assert len(found) == len(pairs) * len(TIMES) ** 2
    between = found[(found["learned_system"] == "one") & (found["system"] == "other") & (found["time"] == TIMES[1])]
    np.testing.assert_allclose(between["pearson"], truth["other"], atol=0.02)

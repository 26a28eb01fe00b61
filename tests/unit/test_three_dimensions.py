"""A three-dimensional system: every quantity against brute force, and one from its block through the whole chain."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import reference
import three_dimensional
import xarray as xr
from repository import REPOSITORY, read_study
from scipy.special import eval_legendre

from glassmap.analysis.lengths import Glass, measure
from glassmap.analysis.moved_maps import moved_correlations
from glassmap.analysis.particle_fields import NO_NETWORK, ParticleFields
from glassmap.box import Box
from glassmap.dynamics.propensity import Cage, average, mean_displacement, mobility
from glassmap.errors import ConfigurationError, GlassmapError
from glassmap.papers.oyama2023.method import ARXIV_V2, FRONTIERS, METHODS
from glassmap.simulation.cooling import cool_replica, replica_seeds
from glassmap.simulation.cooling_protocol import CoolingProtocol
from glassmap.simulation.inherent_structures import minimise_replica
from glassmap.simulation.isoconfigurational import Ensemble, run_batch
from glassmap.simulation.lammps import Lammps, dump_command, interaction_commands, read_dump
from glassmap.simulation.lammps_data import data_file, read_data_commands
from glassmap.simulation.propensity_protocol import PropensityProtocol
from glassmap.structure.coarse_graining import coarse_grain, coarse_grain_at, smoother
from glassmap.structure.crystals import find_crystals, fraction_within, long_range_amplitude
from glassmap.structure.density_grid import configuration_kernel
from glassmap.structure.indicators import INDICATORS, Parameters, compute_all, indicators_in
from glassmap.structure.radial_distribution import distances, pair_distributions, total_distribution
from glassmap.structure.spatial_correlation import bin_centres, spatial_correlation, spatial_correlations
from glassmap.structure.voronoi import averaged_order, tessellate
from glassmap.system import System
from glassmap.workflow.config import check_machine, resolve
from glassmap.workflow.resources import job_resources, molecular_dynamics

COOLING = CoolingProtocol(4.0, 1.0, 0.5, (), 0.005, 0.1, (), 20, 3.0, (("liquid", 1.2), ("glass", 0.05)))
LENGTH = 6.0
BASES = {
    "simple cubic": [[0, 0, 0]],
    "bcc": [[0, 0, 0], [0.5, 0.5, 0.5]],
    "fcc": [[0, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]],
}


@pytest.fixture(scope="module")
def system() -> System:
    return System.from_config("KA", three_dimensional.BLOCK)


@pytest.fixture(scope="module")
def cooled(system, tmp_path_factory):
    """Five hundred particles, from random places to the glass, in several segments."""
    folder = tmp_path_factory.mktemp("cool")
    return folder, cool_replica(system, COOLING, replica_seeds(1, system, 0), folder, Lammps())


@pytest.fixture
def points(rng) -> np.ndarray:
    return rng.uniform(0, LENGTH, (250, 3))


def lattice(kind: str, cells: int, density: float = 1.2) -> tuple[np.ndarray, float]:
    """Sites, shape (N, 3), and the side of the box."""
    corners = np.array(list(itertools.product(range(cells), repeat=3)), dtype=float)
    basis = np.array(BASES[kind])
    constant = np.cbrt(len(basis) / density)
    return (corners[:, None] + basis).reshape(-1, 3) * constant, cells * constant


# the system and LAMMPS


def test_the_box_is_a_cube_of_the_density(system):
    assert (system.dimension, system.axes, system.degrees_of_freedom) == (3, "xyz", 3 * 499)
    assert system.box.volume * system.density == pytest.approx(500)
    assert system.box == Box((system.box_length,) * 3)


def test_forces_and_energies_are_those_of_all_pairs(system, cooled, tmp_path):
    """Eqs. 1-2 on snapshots of the liquid and the glass, which also go through the data file and back."""
    for name, positions in zip(("liquid", "glass"), cooled[1].position, strict=True):
        (tmp_path / name).mkdir()
        (tmp_path / name / "start.data").write_text(data_file(positions, system))
        commands = [
            read_data_commands("start.data", system), interaction_commands(system, 0.3),
            "compute energy all pe/atom", "run 0", dump_command("places", system, "{}", "f{}"),
            "write_dump all custom energies id c_energy modify sort id format float %.17g\n",
        ]  # fmt: skip
        Lammps().run("\n".join(commands), tmp_path / name, "forces")
        table = read_dump(tmp_path / name / "places", 8)
        energy, force = reference.energies_and_forces(positions, system.species, system)
        np.testing.assert_array_equal(table[:, 2:5], positions)
        np.testing.assert_allclose(table[:, 5:], force, rtol=0, atol=1e-8)
        np.testing.assert_allclose(read_dump(tmp_path / name / "energies", 2)[:, 1], energy, rtol=0, atol=1e-8)
        parameters = Parameters(system.box, system.sigma, system)
        found = INDICATORS["potential_energy"].function(positions, system.species, parameters)
        np.testing.assert_allclose(found, energy, rtol=0, atol=1e-8)
        assert np.abs(force).max() > 0.1


def test_a_cooled_replica_fills_the_box_and_has_its_temperature(system, cooled):
    """Kinetic energy per particle (3N - 3) / 2N T; a random start has the density of the box along every axis."""
    replica = cooled[1]
    assert replica.position.shape == (2, 500, 3)
    for positions in replica.position:
        counts = np.stack([np.histogram(axis, 4, (0, system.box_length))[0] for axis in positions.T])
        assert (np.abs(counts - 125) < 40).all()
        spacing = reference.distances(positions, system.box_length)
        assert spacing[np.triu_indices(500, 1)].min() > 0.6 * system.sigma.min()
    expected = 1.5 * 499 / 500 * COOLING.temperatures_at(replica.step)
    np.testing.assert_allclose(replica.kinetic_energy.mean(), expected.mean(), rtol=0.03)
    assert replica.potential_energy[-1] < replica.potential_energy[0] - 3


def test_a_replica_resumes_from_its_restart_file_bitwise_identically(system, cooled):
    folder, replica = cooled
    segments = sorted(folder.glob("segment-*.npz"))
    assert len(segments) == len(COOLING.segments()) > 2
    (folder / f"segment-{len(segments) - 1}.npz").unlink()
    again = cool_replica(system, COOLING, replica_seeds(1, system, 0), folder, Lammps())
    np.testing.assert_array_equal(again.position, replica.position)
    np.testing.assert_array_equal(again.kinetic_energy, replica.kinetic_energy)


def test_an_inherent_structure_has_no_forces(system, cooled, tmp_path):
    minima = minimise_replica(system, np.array([0.05]), cooled[1].position[1:], 1e-4, tmp_path, Lammps())
    for positions, given, energy in zip(minima.position, minima.potential_energy, minima.inherent_energy, strict=True):
        expected, force = reference.energies_and_forces(positions, system.species, system)
        assert np.abs(force).max() < 2e-4
        assert energy == pytest.approx(expected.mean(), abs=1e-8) and energy < given


# the structure


def test_g_of_an_ideal_gas_is_one(rng):
    samples = rng.uniform(0, LENGTH, (60, 400, 3))
    found = np.array([total_distribution(sample, LENGTH, 0.45, 0.3) for sample in samples])
    assert (np.abs(found.mean(0) - 1) < 5 * found.std(0) / np.sqrt(60)).all()
    assert found.mean(0)[3:] == pytest.approx(1, abs=0.02)


def test_g_of_a_simple_cubic_lattice_counts_its_neighbours():
    """6 at the lattice constant, 12 at sqrt(2), 8 at sqrt(3), 6 at 2, 24 at sqrt(5) and at sqrt(6) of it."""
    positions, length = lattice("simple cubic", 8, density=1.0)
    species = np.arange(512) % 2
    r, width = distances(length, 0.45, 0.1), 0.1
    every = total_distribution(positions, length, 0.45, width)
    shell = 4 / 3 * np.pi * ((r + width / 2) ** 3 - (r - width / 2) ** 3)
    count = np.round(every * shell * 511 / 512, 6)
    place = np.floor(np.sqrt([1, 2, 3, 4, 5, 6]) * (1 + 1e-9) / width).astype(int)
    np.testing.assert_allclose(count[place], [6, 12, 8, 6, 24, 24])
    assert count[:24].sum() == pytest.approx(6 + 12 + 8 + 6 + 24)
    # columns of A and B: of six neighbours two, along the column's own axis excepted, are of the other species
    ab = pair_distributions(positions, species, length, 0.45, width)[1] * shell * 256 / 512
    assert ab[place[0]] == pytest.approx(2)


def test_voronoi_cells_are_those_of_scipy_and_fill_the_box(points):
    points = points[:120]
    cells = tessellate(points, Box.cube(LENGTH, 3))
    volume, neighbours = reference.voronoi(points, LENGTH)
    np.testing.assert_allclose(cells.volume, volume, rtol=1e-4)
    assert cells.volume.sum() == pytest.approx(LENGTH**3)
    for particle, around in enumerate(neighbours):
        assert set(cells.neighbour[cells.centre == particle].tolist()) == {int(other) for other, _ in around}


def test_neighbours_are_mutual():
    """Also where freud 3.4 gives a small face to one of its two particles alone, as for this seed."""
    positions = np.random.default_rng(1).uniform(0, 10, (1000, 3))
    cells = tessellate(positions, Box.cube(10, 3))
    pairs = set(zip(cells.centre.tolist(), cells.neighbour.tolist(), strict=True))
    assert len(pairs) == len(cells.centre) and all((j, i) in pairs for i, j in pairs)
    assert (np.diff(cells.centre) >= 0).all() and (689, 506) in pairs and (506, 689) in pairs


def test_the_voronoi_cells_of_a_lattice_are_its_cells():
    positions, length = lattice("simple cubic", 5)
    np.testing.assert_allclose(tessellate(positions, Box.cube(length, 3)).volume, 1 / 1.2, rtol=1e-5)


def test_the_indicators_that_have_a_meaning(system, points):
    box = Box.cube(LENGTH, 3)
    parameters = Parameters(box, system.sigma, system, density_radius=1.5)
    species = np.arange(250) % 2
    values = compute_all(points[None], species, parameters)
    assert list(values) == ["voronoi_volume", "number_density", "composition", "potential_energy"]
    assert {name: entry.units.format(d=3) for name, entry in indicators_in(3).items()} == {
        "voronoi_volume": "sigma*^3", "number_density": "1/sigma*^3", "composition": "1", "potential_energy": "epsilon*"
    }  # fmt: skip
    distance = reference.distances(points, LENGTH)
    np.fill_diagonal(distance, np.inf)
    in_ball = np.clip(2.0 - distance, 0, 1).sum(axis=1) / (4 / 3 * np.pi * 1.5**3)
    np.testing.assert_allclose(values["number_density"][0], in_ball, atol=1e-4)
    for name in ("tong_tanaka", "hexatic_order"):
        with pytest.raises(GlassmapError, match="defined in 2 dimensions, got a box of 3"):
            INDICATORS[name].function(points, species, parameters)
    with pytest.raises(GlassmapError, match="density on the grid: defined in 2 dimensions"):
        configuration_kernel(points, species, system.sigma, LENGTH, 8)


@pytest.mark.parametrize("xi", [0.4, 1.0, 2.0, 9.0])  # cutoffs on both sides of the reach of all
def test_coarse_graining_against_all_pairs(points, xi, rng):
    values = rng.normal(size=(3, len(points)))
    distance = reference.distances(points, LENGTH)
    moved = points + LENGTH * rng.integers(-2, 3, points.shape)
    for protocol, weight in (
        ("frontiers", np.where(distance <= 2 * xi, np.exp(-((distance / xi) ** 2)), 0)),
        ("arxiv-v2", np.exp(-distance / xi)),
    ):
        kernel = METHODS[protocol].kernel_of("gradcam")
        expected = values @ weight / weight.sum(0)
        np.testing.assert_allclose(coarse_grain(values, moved, LENGTH, xi, kernel), expected, rtol=1e-9, atol=1e-11)
        between = coarse_grain_at(values, moved, points[:40], LENGTH, xi, kernel)
        np.testing.assert_allclose(between, expected[:, :40], rtol=1e-9, atol=1e-11)


def test_spatial_correlation_against_all_pairs(points, rng, monkeypatch):
    values, width, farthest = rng.normal(size=len(points)), 0.5, 2.5
    found = spatial_correlation(values, points, LENGTH, width, farthest)
    distance = reference.distances(points, LENGTH)
    product = np.outer(values - values.mean(), values - values.mean()) / values.var()
    for place, centre in enumerate(bin_centres(width, farthest)[1:], start=1):
        inside = (np.abs(distance - centre) < width / 2) & ~np.eye(len(points), dtype=bool)
        assert found[place] == pytest.approx(product[inside].mean(), rel=1e-3, abs=1e-4)
    (together,) = spatial_correlations(values[None], points, LENGTH, width, farthest)
    np.testing.assert_allclose(together, found, rtol=1e-6, atol=1e-9)
    monkeypatch.setattr("glassmap.box.PAIRS", 100)
    (in_blocks,) = spatial_correlations(values[None], points, LENGTH, width, farthest)
    np.testing.assert_allclose(in_blocks, together, rtol=1e-12, atol=1e-12)


def as_glasses(positions: np.ndarray, box_length: float) -> xr.Dataset:
    names = {"replica": ("sample", [0]), "split": ("sample", ["test"])}
    return xr.Dataset({"position": (("sample", "particle", "axis"), positions[None]), "box_length": box_length}, names)


def test_the_order_of_crystals_at_rest_is_known():
    """q_6 of fcc (Steinhardt et al. 1983), and of the truncated octahedron of bcc by the addition theorem."""
    hexagons, squares = (
        np.array(list(itertools.product((-1, 1), repeat=3))) / np.sqrt(3),
        np.vstack([np.eye(3), -np.eye(3)]),
    )
    face = np.repeat([1.5 * np.sqrt(3), 1.0], [8, 6])  # of edges of length 1
    cosine = np.vstack([hexagons, squares]) @ np.vstack([hexagons, squares]).T
    bcc = np.sqrt(face @ eval_legendre(6, cosine) @ face) / face.sum()
    for kind, expected in (("fcc", 0.57452), ("bcc", bcc)):
        positions, length = lattice(kind, 4)
        assert averaged_order(positions, Box.cube(length, 3)) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("kind", ["bcc", "fcc"])
def test_crystals_are_found(kind, config, rng):
    """Shaken by a twentieth of the spacing, half of what melts a crystal (Lindemann)."""
    positions, length = lattice(kind, 6)
    shaken = positions + rng.normal(scale=0.05, size=positions.shape)
    (crystal,) = find_crystals(as_glasses(shaken, length), config["crystals"]).itertuples()
    assert crystal.crystallised == 1 and crystal.crystalline_fraction > 0.99
    assert long_range_amplitude(shaken, length, (2.0, 2.4), 0.05) > 0.2


def test_glasses_and_gases_are_no_crystals(system, cooled, config, rng):
    gas = rng.uniform(0, system.box_length, (500, 3))
    for positions in (*cooled[1].position, gas):
        (sample,) = find_crystals(as_glasses(positions, system.box_length), config["crystals"]).itertuples()
        assert sample.crystallised == 0 and sample.crystalline_fraction < 0.05 and np.isnan(sample.amplitude)
    assert long_range_amplitude(gas, system.box_length, (2.0, 3.0), 0.05) < 0.1


def test_half_of_a_large_ball_of_crystal_is_within():
    """By counting lattice sites of a ball of a tenth of the box, a spacing from its rim."""
    sites = np.array(list(itertools.product(range(60), repeat=3))) - 29.5
    radius = np.cbrt(0.1 * 60**3 * 3 / (4 * np.pi))
    inside = (np.linalg.norm(sites, axis=1) < radius - 1).mean()
    assert fraction_within(0.1, 60**3, 3) == pytest.approx(inside, rel=0.01)


# the dynamics


def test_cage_relative_displacements_against_loops(points, rng):
    points = points[:120]
    cage, neighbours = Cage.of(points, LENGTH), reference.voronoi_neighbours(points, LENGTH)
    np.testing.assert_allclose(mobility(points + [3.7, -12.9, 0.4], points, cage), 0, atol=1e-13)
    frames = points + rng.standard_normal((2, *points.shape)) * [[[0.1]], [[5.0]]]
    frames[0, 17] += [0.3, -0.4, 1.2]
    for power, (frame, moved) in itertools.product((1, 2), enumerate(frames - points)):
        found = mobility(frames, points, cage, power)[frame]
        for particle, others in enumerate(neighbours):
            members = [particle, *set(others)]
            relative = moved[particle] - sum(moved[member] for member in members) / len(members)
            assert found[particle] == pytest.approx(np.linalg.norm(relative) ** power, rel=1e-10)


def test_maps_are_not_moved_by_the_symmetries_of_a_square(points, rng):
    fields = ParticleFields(rng.random((1, 250)), np.array(["voronoi_volume"]), np.array([-1]), np.array([""]))
    with pytest.raises(GlassmapError, match="moved by the symmetries of the square: defined in 2 dimensions"):
        moved_correlations(fields, points, LENGTH, FRONTIERS, {"voronoi_volume": 0.0}, points.T, 20, 1)


def test_from_its_block_through_lammps_to_the_lengths(config, tmp_path):
    """Cooling, g(r), Voronoi, coarse-graining, isoconfigurational runs, propensity and lengths, for real."""
    system = System.from_config("KA", three_dimensional.BLOCK)
    protocol = replace(COOLING, cooling_rate=1.0)
    glass = cool_replica(system, protocol, replica_seeds(2, system, 1), tmp_path / "cool", Lammps()).position[-1]
    # A and B attract each other most: they are the nearest
    g = pair_distributions(glass, system.species, system.box_length, 0.45, 0.05)
    nearest = distances(system.box_length, 0.45, 0.05)[np.argmax(g, axis=1)]
    np.testing.assert_allclose(nearest[:2], 2 ** (1 / 6) * np.array([1.0, 0.8]), atol=0.08)
    bare = compute_all(glass[None], system.species, Parameters(system.box, system.sigma, system))
    names = np.array(list(bare))
    fields = ParticleFields(
        np.concatenate(list(bare.values())), names, np.full(len(names), NO_NETWORK), np.full(len(names), "")
    )
    runs_of = PropensityProtocol(2.0, 0.005, 0.1, 9, 0.005, (), 1.0)
    ensemble = Ensemble(system, 0, glass, 0.8, runs_of, 11)
    runs = run_batch(ensemble, range(4), tmp_path / "runs", Lammps(), 2)
    assert runs[0].position.shape == (len(runs_of.frame_steps()), 500, 3)
    # in its first steps a particle flies freely: sqrt(3 T) t in the root mean square
    first = np.sqrt(((runs[0].position[0] - glass) ** 2).sum(1).mean())
    assert first == pytest.approx(np.sqrt(3 * 0.8) * runs_of.frame_times()[0], rel=0.05)
    cage = Cage.of(glass, system.box_length)
    means = {
        method: average(mobility(run.position, glass, cage, method.power) for run in runs)
        for method in METHODS.values()
    }
    delta = {method: mean_displacement(mean.mean, method.power) for method, mean in means.items()}
    assert 0.1 < delta[FRONTIERS][-1] < 2 and (np.diff(delta[FRONTIERS][:4]) > 0).all()
    found = measure(
        [
            Glass(
                0, glass, system.box_length, fields, {method: mean.mean for method, mean in means.items()}, delta,
                means[FRONTIERS].ceiling, lambda frame: (mobility(run.position[frame], glass, cage) for run in runs),
            )
        ],
        runs_of.frame_times(), targets=[float(delta[FRONTIERS][-1])], tolerance=0.1, bin_width=0.25,
        maximum_distance=3.5, scan=[0.0, 0.5, 1.0], xi_paper={FRONTIERS: 1.0, ARXIV_V2: 0.0},
    )  # fmt: skip
    # what `measure` correlates, once more by all pairs
    weight = np.exp(-(reference.distances(glass, system.box_length) ** 2))
    weight[reference.distances(glass, system.box_length) > 2] = 0
    coarse = bare["voronoi_volume"][0] @ weight / weight.sum(0)
    xi = float(found["xi_propensity"].sel(protocol="frontiers"))
    mobile = smoother(glass, system.box_length, xi, FRONTIERS.kernel_of("propensity"))(means[FRONTIERS].mean[-1])
    expected = np.corrcoef(coarse, mobile)[0, 1]
    scan = found["scan"].sel(protocol="frontiers", configuration=0, xi=1.0).isel(time=-1).values
    assert scan[names == "voronoi_volume"] == pytest.approx(expected, abs=1e-9)
    decay = found["propensity_correlation"].values[0, 0]
    assert decay[0] == 1 and np.isfinite(decay[4:]).all() and np.abs(decay[8:]).max() < 0.5


# the configuration


def study(parts: list[str], **changes) -> dict:
    block = {**three_dimensional.BLOCK, **changes}
    others = {name: {**block_of, "enabled": False} for name, block_of in read_study()["systems"].items()}
    return {**read_study(), "systems": {**others, "KA": block}, "papers": {"oyama2023": parts}}


def test_samples_and_their_transition_can_be_asked_for(schema):
    plane = resolve(study(["samples", "glass_transition"], dimension=2), schema)
    space = resolve(study(["samples", "glass_transition"]), schema)
    assert space["systems"]["KA"]["dimension"] == 3
    check_machine(space, local=True)
    assert job_resources(space)["configurations"].megabytes == pytest.approx(
        1.5 * job_resources(plane)["configurations"].megabytes
    )
    costs = [molecular_dynamics(one)["cool"].seconds for one in (plane, space)]
    assert costs[1] == pytest.approx(4 * costs[0])


@pytest.mark.parametrize(
    "parts, changes, said",
    [
        (
            ["samples", "networks"], {},
            "systems.KA.dimension: the grid network (papers.oyama2023: networks) is two-dimensional; got 3; leave out "
            "networks",
        ),
        (
            ["networks", "dynamics"], {},
            "systems.KA.dimension: the grid network (papers.oyama2023: networks, dynamics) is two-dimensional; got 3; "
            "leave out networks, dynamics",
        ),
        (
            ["samples"], {"tong_tanaka_sigma": three_dimensional.BLOCK["sigma"]},
            "systems.KA.tong_tanaka_sigma: the Tong-Tanaka order parameter is two-dimensional, and KA is not",
        ),
        (["samples"], {"dimension": 4}, "systems.KA.dimension: got 4, must be at most 3"),
        (["samples"], {"dimension": 1}, "systems.KA.dimension: got 1, must be at least 2"),
    ],
)  # fmt: skip
def test_what_has_no_meaning_is_refused_before_any_job(schema, parts, changes, said):
    with pytest.raises(ConfigurationError) as refused:
        resolve(study(parts, **changes), schema)
    assert said in refused.value.problems


def test_variants_need_the_network(schema):
    given = study(["samples"])
    given["controls"] = {"sensitivity": {"coarse": {"density": {"grid": 12}}}}
    with pytest.raises(ConfigurationError) as refused:
        resolve(given, schema)
    assert any("the grid network (controls.sensitivity) is two-dimensional" in said for said in refused.value.problems)


def test_shipped_samples_of_the_plane_are_refused(schema):
    given = study(["samples"])
    given["samples"] = {
        "source": "files", "files": {"KA": {"snapshots": str(REPOSITORY / "resources/reference/KAM/batch-0.nc")}}
    }  # fmt: skip
    with pytest.raises(ConfigurationError, match="positions in 2 dimensions, KA has 3"):
        check_machine(resolve(given, schema), local=True)

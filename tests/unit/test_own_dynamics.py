"""Users' own dynamics: read in the order of the samples, refused where they are not finite, correlated as by hand."""

from pathlib import Path

import numpy as np
import pytest
from trajectories import configuration, dump, npz

from glassmap.analysis.own_dynamics import BARE, Glass, compare
from glassmap.analysis.particle_fields import ParticleFields
from glassmap.errors import GlassmapError
from glassmap.io.trajectories.dynamics import own_dynamics
from glassmap.io.trajectories.samples import configurations_of, read_samples
from glassmap.papers.oyama2023.method import METHODS

BOX, NUMBER, DRAWS = 12.0, 100, 39
SPLIT = {"train": 0.5, "validation": 0.25, "test": 0.25}
LENGTHS = {method: {"dynamics": 2.0, "propensity": 1.0} for method in METHODS.values()}


def square(seed: int):
    """A configuration in a square box, which the networks require."""
    given = configuration(seed)
    positions = np.column_stack([given.positions[:, 0] / 2, given.positions[:, 1]])
    return type(given)(positions, given.types, np.array([8.0, 8.0]), given.charge)


@pytest.fixture
def files(tmp_path):
    """Twelve dumps with particles in random order and their charge in a column."""
    paths = []
    for seed in range(12):
        path = tmp_path / f"glass{seed:02}.lammpstrj"
        given = square(seed)
        path.write_text(dump(given, "id type x y q", order=np.random.default_rng(seed).permutation(len(given.types))))
        paths.append(str(path))
    return paths


def samples(files):
    return read_samples(files, counts={"A": 88, "B": 40})


def read(files, dynamics, arrays=None, required=True):
    configurations = configurations_of(samples(files), SPLIT)
    found = own_dynamics(samples(files), files, dynamics, arrays or {}, configurations, required)
    test = np.flatnonzero(configurations["split"].values == "test").tolist()
    assert found["replica"].values.tolist() == test
    return found, test


def expected(seed):
    """The charges in the order of the sample: by species, then by id."""
    given = square(seed)
    return given.charge[np.argsort(given.types, kind="stable")]


def test_a_column_is_that_of_the_test_samples_in_their_order(files):
    found, test = read(files, {"charge": "q"})
    assert found["quantity"].values.tolist() == ["charge"] and len(test) == 3
    np.testing.assert_array_equal(found["value"].values[0], [expected(seed) for seed in test])


def test_arrays_are_in_the_order_of_the_ids(files, tmp_path):
    """One for each file, as (N,), (frames, N) or in an npz."""
    arrays = []
    for seed in range(12):
        charge = square(seed).charge
        np.save(tmp_path / f"{seed:02}.npy", charge if seed % 2 else charge[None])
        arrays.append(str(tmp_path / f"{seed:02}.npy"))
    np.savez(tmp_path / "00.npz", charge=square(0).charge, other=np.zeros(3))
    found, test = read(files, {"charge": "*.npy"}, {"charge": [str(tmp_path / "00.npz"), *arrays[1:]]})
    np.testing.assert_array_equal(found["value"].values[0], [expected(seed) for seed in test])


def test_several_times_are_quantities_of_their_own(tmp_path):
    paths = []
    for seed in range(8):
        path = tmp_path / f"{seed}.npz"
        path.write_bytes(npz(square(seed), "models"))
        paths.append(str(path))
    given = list(read_samples(paths, counts={"A": 88, "B": 40}, box_lengths=[8.0, 8.0]))
    configurations = configurations_of(given, SPLIT)
    found = own_dynamics(given, paths, {"prop": "md_prop"}, {}, configurations, True)
    assert found["quantity"].values.tolist() == ["prop[0]", "prop[1]"]
    np.testing.assert_array_equal(found["value"].values[1], 2 * found["value"].values[0])
    np.testing.assert_array_equal(found["value"].values[0, 0], expected(int(found["replica"][0])))


def test_a_state_without_the_column_has_none_unless_it_must(files):
    found, _ = read(files, {"move": "c_move"}, required=False)
    assert found.sizes["quantity"] == 0
    with pytest.raises(GlassmapError, match=r"glass\d\d.lammpstrj, frame 0: no column 'c_move'; columns besides .*: q"):
        read(files, {"move": "c_move"})


def test_what_is_not_finite_is_refused_by_file_frame_and_column(files, tmp_path):
    _, test = read(files, {"charge": "q"})
    path = Path(files[test[0]])
    lines = path.read_text().splitlines()
    place = next(index for index, line in enumerate(lines) if line.startswith("17 "))
    lines[place] = " ".join([*lines[place].split()[:-1], "nan"])
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(GlassmapError) as refusal:
        read(files, {"charge": "q"})
    said = "column 'q' is not finite for particle 16 (from 0); mend it or leave the frame out"
    assert str(refusal.value) == f"{path}, frame 0: {said}"
    charge = square(test[0]).charge.astype(float)
    charge[5] = np.inf
    np.save(tmp_path / "array.npy", charge)
    with pytest.raises(GlassmapError, match=r"array.npy: not finite for particle 5 \(from 0\) of .*, frame 0; mend it"):
        read(
            files[: test[0]] + [str(path)] + files[test[0] + 1 :],
            {"x": "*.npy"},
            {"x": [str(tmp_path / "array.npy")] * 12},
        )


@pytest.mark.parametrize("shape", [(127,), (2, 3, 128), (128, 2)])
def test_an_array_of_another_shape_is_refused(files, tmp_path, shape):
    np.save(tmp_path / "array.npy", np.zeros(shape))
    with pytest.raises(
        GlassmapError, match=r"array.npy: float64 of shape .*, must be numbers, \(128,\) or \(frames, 128\)"
    ):
        read(files, {"x": "*.npy"}, {"x": [str(tmp_path / "array.npy")] * 12})


def glasses(rng, count=5, shared=0.0):
    """Glasses with two maps, of which the second network has one that is dead, and Voronoi volumes; two quantities."""
    for seed in range(count):
        positions = BOX * rng.random((NUMBER, 2))
        values = rng.standard_normal((3, NUMBER))
        reasons = np.array(["", "dead map" if seed == 0 else "", ""])
        fields = ParticleFields(
            values, np.array(["gradcam", "gradcam", "voronoi_volume"]), np.array([3, 4, -1]), reasons
        )
        own = shared * values[0] + rng.standard_normal(NUMBER)
        yield Glass(fields, positions, BOX, np.stack([own, rng.standard_normal(NUMBER)]), seed)


def test_bare_correlations_are_means_over_networks_and_samples(rng):
    given = list(glasses(rng, shared=1.0))
    table = compare(given, ["own", "other"], LENGTHS, DRAWS, (200, 1))
    assert len(table) == 2 * 3 * 4
    bare = table[(table["protocol"] == BARE) & (table["dynamics"] == "own")].set_index(["indicator", "network"])
    each = np.array([[np.corrcoef(row, glass.dynamics[0])[0, 1] for row in glass.fields.values] for glass in given])
    each[0, 1] = np.nan  # the dead map
    assert bare.loc[("gradcam", "3"), "pearson"] == pytest.approx(each[:, 0].mean(), abs=1e-12)
    assert bare.loc[("gradcam", "4"), "pearson"] == pytest.approx(each[1:, 1].mean(), abs=1e-12)
    assert bare.loc[("gradcam", "4"), "samples"] == 4
    mean = np.nanmean(each[:, :2], axis=1).mean()
    row = bare.loc[("gradcam", "mean")]
    assert row["pearson"] == pytest.approx(mean, abs=1e-12) and row["low"] < mean < row["high"]
    assert bare.loc[("voronoi_volume", ""), "pearson"] == pytest.approx(each[:, 2].mean(), abs=1e-12)


def test_p_tells_what_is_shared_from_what_is_not(rng):
    """A field that is in the dynamics is beyond all moved maps; others are as often as chance has it."""
    table = compare(list(glasses(rng, shared=2.0)), ["own", "other"], LENGTHS, DRAWS, (100, 1))
    found = table[table["network"] == "3"].set_index(["dynamics", "protocol"])["moved_p"]
    assert found["own", BARE] == found["own", "frontiers"] == pytest.approx(1 / (DRAWS + 1))
    chances = [
        compare(list(glasses(np.random.default_rng(seed), 3)), ["own", "other"], LENGTHS, DRAWS, (20, 1))
        .query("protocol == 'bare' and network != 'mean'")["moved_p"]
        .to_numpy()
        for seed in range(20)
    ]
    # uniform: 120 values that are nearly independent have a mean of 0.5 +- 0.026
    assert abs(np.mean(chances) - 0.5) < 0.1 and 0.0 < np.mean(np.array(chances) < 0.2) < 0.4


def test_without_moved_maps_or_lengths_there_is_a_note(rng):
    unknown = {method: {"dynamics": np.nan, "propensity": 1.0} for method in METHODS.values()}
    table = compare(list(glasses(rng)), ["own", "other"], unknown, 0, (20, 1))
    assert table["moved_p"].isna().all()
    coarse = table[table["protocol"] != BARE]
    assert coarse["pearson"].isna().all() and set(coarse["note"]) == {
        "no length is published, and none could be measured"
    }
    assert np.isfinite(table.loc[table["protocol"] == BARE, "pearson"]).all()

"""Extended XYZ that we write is read back by our own reader digit by digit, and by chemfiles as well as it can."""

import chemfiles
import numpy as np
import pytest

from glassmap.io.extended_xyz import ParticleFrame, write_extended_xyz
from glassmap.io.trajectories.formats import read_frames

ROUNDED = 1e-14  # chemfiles errs by a few units in the last place
ABOUT = {"study": "smoke", "source": 'runs/a "b" \\ c\n.gsd', "frame": 3, "p_glass": 1.25e-7}


def frame(rng: np.random.Generator, dimension: int = 2, number: int = 20) -> ParticleFrame:
    lengths = rng.uniform(3, 4, dimension)
    columns = {
        "gamma_mean": rng.normal(size=number) * 10.0 ** rng.integers(-12, 12, number),
        "place": rng.permutation(number),
        "moved": rng.normal(size=(number, 3)),
    }
    return ParticleFrame(
        rng.uniform(0, 1, (number, dimension)) * lengths, rng.choice(["A", "B"], number), lengths, columns, ABOUT
    )


@pytest.mark.parametrize("dimension", [2, 3])
def test_chemfiles_reads_what_was_written(tmp_path, rng, dimension):
    written = [frame(rng, dimension), frame(rng, dimension)]
    path = tmp_path / "maps.extxyz"
    write_extended_xyz(path, written)
    with chemfiles.Trajectory(str(path), "r", "XYZ") as trajectory:
        assert trajectory.nsteps == 2
        for one in written:
            read = trajectory.read()
            np.testing.assert_allclose(read.positions[:, :dimension], one.positions, rtol=ROUNDED)
            assert (read.positions[:, dimension:] == 0).all()
            np.testing.assert_allclose(read.cell.lengths[:dimension], one.box_lengths, rtol=ROUNDED)
            assert [atom.name for atom in read.atoms] == one.species.tolist()
            for name, values in one.columns.items():
                np.testing.assert_allclose([atom[name] for atom in read.atoms], values, rtol=ROUNDED)
            assert read["study"] == "smoke" and read["frame"] == "3" and float(read["p_glass"]) == 1.25e-7
            assert read["source"] == "runs/a _b_ _ c_.gsd"


@pytest.mark.parametrize("dimension", [2, 3])
def test_our_reader_reads_what_was_written(tmp_path, rng, dimension):
    written = [frame(rng, dimension), frame(rng, dimension)]
    path = tmp_path / "maps.extxyz"
    write_extended_xyz(path, iter(written))
    for one, read in zip(written, read_frames(str(path)), strict=True):
        np.testing.assert_array_equal(read.positions, one.positions)
        assert read.box_lengths == tuple(one.box_lengths)
        assert read.species.tolist() == one.species.tolist()
        np.testing.assert_array_equal(read.columns["gamma_mean"], one.columns["gamma_mean"])
        np.testing.assert_array_equal(read.columns["moved1"], one.columns["moved"][:, 1])


@pytest.mark.parametrize("name", ["pos", "Lattice", "a b", "1st", "a=b", "ä"])
def test_names_that_would_be_read_as_something_else_are_refused_and_nothing_is_left(tmp_path, rng, name):
    one = frame(rng)
    for bad in (
        ParticleFrame(one.positions, one.species, one.box_lengths, {name: one.columns["place"]}),
        ParticleFrame(one.positions, one.species, one.box_lengths, about={name: 1}),
    ):
        with pytest.raises(ValueError, match="cannot name a column"):
            write_extended_xyz(tmp_path / "maps.extxyz", [one, bad])
    assert not list(tmp_path.iterdir())

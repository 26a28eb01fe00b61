"""Every problem that a user's file may have, in every format; and layouts of real files that are good."""

import dataclasses
import gzip
import io
import pickle
import zipfile
from pathlib import Path

import gsd.hoomd
import numpy as np
import pytest
from hypothesis import given, settings
from test_trajectories import damage
from trajectories import (
    Configuration,
    atooms_xyz,
    configuration,
    data,
    dump,
    extended_xyz,
    npz,
    write_all,
    write_gsd,
    write_netcdf,
)

from glassmap.box import Box
from glassmap.errors import GlassmapError
from glassmap.io.trajectories import frame as frame_module
from glassmap.io.trajectories.formats import FORMATS, read_frames
from glassmap.io.trajectories.samples import read_samples
from glassmap.structure.voronoi import tessellate

SQUARE = dataclasses.replace(configuration(), lengths=np.full(2, 16.0))
COUNTS = {"A": 88, "B": 40}


def files_of(folder: Path, given: Configuration) -> list[str]:
    """One file in every format, in a square box."""
    write_netcdf(folder / "batch.nc", given)
    return [*write_all(folder, given).values(), str(folder / "batch.nc")]


def refused(path: str, **arguments) -> str:
    """The line with which a file is refused; it names the file, and fits on a screen."""
    with pytest.raises(GlassmapError) as error:
        list(read_frames(path, **arguments))
    message = str(error.value)
    assert message.startswith(path) and "\n" not in message and len(message) < len(path) + 250, message
    return message


def with_first(**changes) -> Configuration:
    """The configuration with other values of particle 3."""
    positions = SQUARE.positions.copy()
    for axis, value in changes.items():
        positions[3, "xy".index(axis)] = value
    return dataclasses.replace(SQUARE, positions=positions)


def without_particles() -> Configuration:
    nothing = {name: getattr(SQUARE, name)[:0] for name in ("positions", "types", "charge")}
    return dataclasses.replace(SQUARE, **nothing)


def with_twins(distance: float) -> Configuration:
    positions = SQUARE.positions.copy()
    positions[9] = positions[5] + [distance, 0]
    return dataclasses.replace(SQUARE, positions=positions)


@pytest.mark.parametrize(
    "given, said",
    [
        (with_first(x=np.nan), "particle 3 (from 0) is not finite; leave the frame out"),
        (with_first(y=-np.inf), "particle 3 (from 0) is not finite; leave the frame out"),
        (with_first(x=5e7), "e+06 box lengths outside the box, must be at most"),
        (with_twins(0.0), "particles 5 and 9 (from 0) have the same position"),
        (with_twins(2.0**-18), "particles 5 and 9 (from 0) are 3.81e-06 apart, must be more than 0.0001 of"),
        (without_particles(), "no particles; leave the frame out"),
        (dataclasses.replace(SQUARE, lengths=np.full(2, -16.0)), "-16, must be positive"),
        (dataclasses.replace(SQUARE, lengths=np.zeros(2)), "0, must be positive"),
    ],
    ids=["nan", "inf", "outside", "coinciding", "nearly coinciding", "no particles", "negative box", "no box"],
)
def test_a_bad_configuration_is_refused_in_every_format(tmp_path, given, said):
    formats = set()
    with np.errstate(invalid="ignore", divide="ignore"):  # of what writes the files
        paths = files_of(tmp_path, given)
    for path in paths:
        message = refused(path)
        assert ", frame 0: " in message or said.startswith("no particles"), message
        assert said in message, message
        formats |= {name for name, one in FORMATS.items() if path.removesuffix(".gz").endswith(one.endings)}
    assert formats == {*FORMATS}


def test_particles_that_are_read_are_apart_enough_for_freud(tmp_path):
    """In each dimension, twins at little more than the least distance: their cells and all others fill the box."""
    for dimension in (2, 3):
        one = configuration(dimension=dimension)
        spacing = (one.lengths.prod() / len(one.types)) ** (1 / dimension)
        one.positions[9] = one.positions[5] + 1.1 * frame_module.CLOSEST * spacing * np.eye(dimension)[0]
        (tmp_path / "a.xyz").write_text(extended_xyz(one))
        (frame,) = read_frames(str(tmp_path / "a.xyz"))
        cells = tessellate(frame.positions, Box(frame.box_lengths))
        assert cells.volume.sum() == pytest.approx(one.lengths.prod(), rel=1e-6)


def test_outside_the_box_where_the_format_promises_otherwise(tmp_path):
    """A tenth of the box may be half a neighbour skin; a fifth is another box."""
    for x, number in ((-1.5, 1), (-3.2, 0)):
        given = with_first(x=x)
        write_gsd(tmp_path / "a.gsd", given)
        (tmp_path / "a.data").write_text(data(given))
        (tmp_path / "a.dump").write_text(dump(given, "id type xs ys"))
        for name in ("a.gsd", "a.data", "a.dump"):
            if number:
                (frame,) = read_frames(str(tmp_path / name))
                assert frame.positions[3, 0] == 16 + x
            else:
                assert "0.2 box lengths outside the box, must be at most 0.1" in refused(str(tmp_path / name))


def test_a_foreign_file_is_refused(tmp_path):
    """Each file under the name of every other format."""
    content = {Path(path).name: Path(path).read_bytes() for path in files_of(tmp_path, SQUARE)}
    kin = ({"dump.lammpstrj"}, {"space.extxyz", "plane.xyz", "atooms.xyz"})
    for name in content:
        for other, wrong in content.items():
            if name != other and not any({name, other} <= family for family in kin):
                path = tmp_path / f"foreign-{name}"
                path.write_bytes(wrong)
                refused(str(path))


def test_too_many_particles_in_a_batch(tmp_path, monkeypatch):
    monkeypatch.setattr(frame_module, "MOST_PARTICLES", 100)
    write_netcdf(tmp_path / "batch.nc", SQUARE)
    assert "128 particles, must be at most 100; cut out a part of the box" in refused(str(tmp_path / "batch.nc"))


def test_species_that_change_are_refused(tmp_path):
    """In the second frame one particle has become another; the line names it."""
    other = dataclasses.replace(SQUARE, types=np.where(np.arange(128) == SQUARE.types.argmax(), 1, SQUARE.types))
    for name, write in (("a.dump", dump), ("a.extxyz", extended_xyz), ("a.xyz", atooms_xyz)):
        (tmp_path / name).write_text(write(SQUARE) + write(other))
    write_gsd(tmp_path / "a.gsd", SQUARE, other)
    for name in ("a.dump", "a.extxyz", "a.xyz", "a.gsd"):
        path = str(tmp_path / name)
        assert len(list(read_frames(path))) == 2
        with pytest.raises(GlassmapError) as error:
            list(read_samples([path], counts=COUNTS, frames="all"))
        assert str(error.value).startswith(f"{path}, frame 1: 89 of '1', 39 of '2'; must be 88 A, 40 B in every frame")


def test_a_damaged_batch_gives_one_line_or_a_configuration(tmp_path):
    """As test_trajectories does for all other formats; what is cut off is never read as something else."""
    write_netcdf(tmp_path / "whole.nc", SQUARE)
    whole, path = (tmp_path / "whole.nc").read_bytes(), tmp_path / "batch.nc"

    @settings(max_examples=60, deadline=None, derandomize=True, database=None)
    @given(damage(whole, lines=False))
    def run(damaged):
        kind, content = damaged
        path.write_bytes(content)
        try:
            frames = list(read_frames(str(path)))
        except GlassmapError as error:
            assert str(error).startswith(str(path)) and "\n" not in str(error)
            return
        for frame in frames:
            assert (frame.positions >= 0).all() and (frame.positions < frame.box_lengths).all()
            if kind == "cut":
                np.testing.assert_array_equal(frame.positions, SQUARE.positions)

    run()


@pytest.mark.parametrize("unit", [0.0, -1.0, np.nan, np.inf])
def test_a_unit_of_length_that_is_none_is_refused(tmp_path, unit):
    (tmp_path / "a.dump").write_text(dump(SQUARE))
    with pytest.raises(GlassmapError, match=r"length_unit: got .*, must be positive"):
        list(read_frames(str(tmp_path / "a.dump"), length_unit=unit))


# layouts of real files

GOOD = dump(SQUARE, "id type x y z")
HEADER, _, PARTICLES = GOOD.partition("ITEM: ATOMS id type x y z\n")
BOUNDS = "ITEM: BOX BOUNDS pp pp pp\n0.0 16.0\n0.0 16.0\n0.0 1.0\n"


def tilted(tilt: float) -> str:
    """The header of a tilted box, whose x bounds are those of the parallelogram."""
    rows = f"0.0 {16.0 + tilt} {tilt}\n0.0 16.0 0\n0.0 1.0 0.0\n"
    return GOOD.replace(BOUNDS, f"ITEM: BOX BOUNDS xy xz yz pp pp pp\n{rows}")


def scientific(text: str) -> str:
    rows = [row.split() for row in text.splitlines()]
    return "".join(f"{int(a) + 1000} {b} {float(x):.17e} {float(y):.17E} {z}\n" for a, b, x, y, z in rows)


LAYOUTS = {
    "time and units": "ITEM: UNITS\nlj\nITEM: TIME\n0.5\n" + GOOD,
    "tilted by nothing": tilted(0.0),
    "Windows": GOOD.replace("\n", "\r\n"),
    "scientific, ids from 1001": f"{HEADER}ITEM: ATOMS id type x y z\n{scientific(PARTICLES)}",
    "without flags of the boundary": GOOD.replace(" pp pp pp", ""),
    "shrink-wrapped along z": GOOD.replace("pp pp pp", "pp pp ss"),
    "blank lines between frames": "\n" + GOOD + "\n\n",
    "scaled, with image flags": dump(SQUARE, "id type xs ys zs ix iy iz"),
    "unwrapped, without z": dump(SQUARE, "type id xu yu"),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts_of_dumps(tmp_path, name):
    path = tmp_path / "a.dump"
    path.write_bytes(LAYOUTS[name].encode())
    (frame,) = read_frames(str(path))
    np.testing.assert_array_equal(frame.positions, SQUARE.positions)
    np.testing.assert_array_equal(frame.species, SQUARE.types.astype(str))
    assert frame.box_lengths == (16.0, 16.0)


def dump_of(number: int) -> str:
    return dump(Configuration(*(getattr(SQUARE, name)[:number] for name in ("positions", "types")), SQUARE.lengths,
                              SQUARE.charge[:number]))  # fmt: skip


def test_frames_with_other_numbers_of_particles(tmp_path):
    path = tmp_path / "a.dump"
    path.write_text(dump_of(128) + dump_of(5) + dump_of(77))
    assert [len(frame.positions) for frame in read_frames(str(path))] == [128, 5, 77]
    with pytest.raises(GlassmapError, match=r"frame 1: .*; must be 88 A, 40 B in every frame"):
        list(read_samples([str(path)], counts=COUNTS, frames="all"))


@pytest.mark.parametrize(
    "text, said",
    [
        (tilted(2.0), "frame 0: the box is tilted"),
        (GOOD + HEADER, "frame 1: the header lacks columns; the file is cut off"),
        (GOOD + HEADER + "ITEM: ATOMS id type x y z\n", "frame 1: 0 of 128 particles; the file is cut off"),
        (GOOD.replace(BOUNDS, BOUNDS.replace("pp pp pp", "abc origin pp pp pp")), "frame 0: the box is tilted"),
        (GOOD.replace(BOUNDS, BOUNDS.replace("0.0 1.0\n", "")), "frame 0: got 'ITEM: ATOMS id type x y z' for a side"),
        (GOOD.replace("0.0 1.0\n", "0.0 16.0\n").replace("x y z\n", "x y q\n"), "frame 0: positions without z in"),
        (GOOD.replace("\n1 ", "\n1_0 ", 1), "frame 0: could not convert string '1_0' to float64"),
        (GOOD.replace("\n", "\r"), "frame 0: "),
        ("\ufeff" + GOOD, r"frame 0: got '\ufeffITEM: TIMESTEP' instead of"),
    ],
)  # fmt: skip
def test_dumps_that_are_refused(tmp_path, text, said):
    path = tmp_path / "a.dump"
    path.write_bytes(text.encode())
    assert said in refused(str(path))


@pytest.mark.parametrize(
    "content, said",
    [
        (gzip.compress(GOOD.encode(), mtime=0) + b"more", "unreadable (Not a gzipped file"),
        (
            gzip.compress(gzip.compress(GOOD.encode(), mtime=0), mtime=0),
            "compressed by gzip; end its name in .gz, once",
        ),
        (gzip.compress(b"", mtime=0), "no frames; leave it out"),
        (b"", "no frames; leave it out"),
    ],
)
def test_compressed_files_that_are_refused(tmp_path, content, said):
    path = tmp_path / "a.dump.gz"
    path.write_bytes(content)
    assert said in refused(str(path))


def test_a_compressed_file_without_its_ending_is_refused(tmp_path):
    path = tmp_path / "a.dump"
    path.write_bytes(gzip.compress(GOOD.encode(), mtime=0))
    assert "compressed by gzip; end its name in .gz" in refused(str(path))


def rearranged(style: str) -> str:
    """A data file with comments, and velocities before the particles."""
    text = data(SQUARE, style, images=True)
    text = text.replace("\nVelocities\n\n1 0 0 0\n", "")
    velocities = "".join(f"{place} 0 0 0 # m/s\n" for place in range(1, 129))
    text = text.replace("128 atoms\n", "128  atoms # all of them\n0 bonds\n")
    return text.replace(f"Atoms # {style}", f"Velocities\n\n{velocities}\nAtoms  # {style} ") + "\nBonds\n\n1 1 2 3\n"


@pytest.mark.parametrize("style", ["atomic", "full"])
def test_layouts_of_data_files(tmp_path, style):
    for name, text in {"a.data": rearranged(style), "windows.lmp": rearranged(style).replace("\n", "\r\n")}.items():
        (tmp_path / name).write_bytes(text.encode())
        (frame,) = read_frames(str(tmp_path / name))
        np.testing.assert_array_equal(frame.positions, SQUARE.positions)
        np.testing.assert_array_equal(frame.species, SQUARE.types.astype(str))


def test_a_data_file_with_more_particles_than_it_says_is_refused(tmp_path):
    """The last ones would be missing, and the density be too low."""
    path = tmp_path / "a.data"
    path.write_text(data(SQUARE).replace("128 atoms", "100 atoms"))
    assert "more lines below Atoms than its 100 particles" in refused(str(path))


def test_a_flat_box_of_hoomd(tmp_path):
    """HOOMD gives a two-dimensional box the height 0; a side of 0 in the plane is refused."""
    for edges, said in (([16, 16, 0], None), ([16, 0, 1], "box lengths 16, 0, must be positive")):
        frame = gsd.hoomd.Frame()
        frame.configuration.box = [*edges, 0, 0, 0]
        frame.configuration.dimensions = 2
        frame.particles.N, frame.particles.types = 128, ["1", "2"]
        frame.particles.typeid = SQUARE.types - 1
        frame.particles.position = SQUARE.padded - [8, 8, 0]
        with gsd.hoomd.open(str(tmp_path / "a.gsd"), "w", precision="double") as trajectory:
            trajectory.append(frame)
        if said is None:
            (read,) = read_frames(str(tmp_path / "a.gsd"))
            np.testing.assert_array_equal(read.positions, SQUARE.positions)
        else:
            assert said in refused(str(tmp_path / "a.gsd"))


class Trap:
    """What runs when it is unpickled."""

    def __reduce__(self):
        return Path.touch, (Path("sprung"),)


@pytest.mark.parametrize("name", ["types", "initial_positions", "box", "md_prop"])
def test_python_objects_in_arrays_are_never_loaded(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with np.load(io.BytesIO(npz(SQUARE)), allow_pickle=False) as found:
        arrays = {**found, name: np.array([Trap()] * 128, dtype=object)}
    np.savez("a.npz", **arrays)
    assert f"array '{name}': Object arrays cannot be loaded" in refused("a.npz")
    assert not Path("sprung").exists()
    with zipfile.ZipFile("a.npz") as archive:  # it would spring
        file = archive.open(f"{name}.npy")
        np.lib.format.read_magic(file)
        np.lib.format.read_array_header_1_0(file)
        pickle.load(file)
    assert Path("sprung").exists()


def test_extended_xyz_is_sorted_by_id(tmp_path):
    """As dumps are, so that a particle is the same in all frames."""
    text = extended_xyz(SQUARE).replace("charge:R:1", "id:I:1")
    head, rows = text.splitlines()[:2], text.splitlines()[2:]
    rows = [" ".join([*row.split()[:4], str(place + 7)]) for place, row in enumerate(rows)]
    order = np.random.default_rng(2).permutation(len(rows))
    (tmp_path / "a.xyz").write_text("\n".join([*head, *(rows[place] for place in order)]) + "\n")
    (frame,) = read_frames(str(tmp_path / "a.xyz"))
    np.testing.assert_array_equal(frame.positions, SQUARE.positions)
    assert frame.columns == {}


# real files, where they are there

SHARED = Path("/work/shared/data")


@pytest.mark.skipif(not SHARED.exists(), reason="small real data are not on this machine")
def test_real_files():
    """KA2D of GlassBench and of ParticlesMC, three-dimensional KA: the numbers that their README gives."""
    plane = [*SHARED.glob("glassbench/*.npz")]
    space = [*SHARED.glob("ka3d/*.npz")][:2]
    for path in plane + space:
        number, dimension = (4096, 3) if path in space else (1290, 2)
        box = [np.cbrt(4096 / 1.2)] * 3 if path in space else None  # their files have none
        (frame,) = read_frames(str(path), box_lengths=box)
        assert frame.positions.shape == (number, dimension)
        density = number / np.prod(frame.box_lengths)
        assert density == pytest.approx(1.2, abs=0.01)
    both = [next(read_frames(str(SHARED / f"ka2d_structure/config_0.{ending}"))) for ending in ("xyz", "exyz")]
    np.testing.assert_array_equal(both[0].positions, both[1].positions)
    assert plane and space

"""Users' files: every format gives the same numbers, and a bad file one line that says what is wrong."""

import dataclasses
import gzip
import subprocess

import chemfiles
import gsd.hoomd
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trajectories import (
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
from glassmap.io.datasets import read_dataset, write_dataset
from glassmap.io.sample_patterns import match_files
from glassmap.io.schema import CONFIGURATIONS
from glassmap.io.splits import FURTHER, REPORTED_SPLIT, assign_splits
from glassmap.io.trajectories import frame as frame_module
from glassmap.io.trajectories.formats import FORMATS, read_frames
from glassmap.io.trajectories.samples import configurations_of, read_samples, shared_replicas
from glassmap.simulation.lammps import find_program
from glassmap.structure.indicators import Parameters, hexatic_order, number_density, tong_tanaka, voronoi_volume

FILES = (
    *("dump.lammpstrj", "zipped.lammpstrj.gz", "atoms.data", "space.extxyz", "plane.xyz", "atooms.xyz"),
    *("arrays.npz", "archive.tar.gz", "frames.gsd"),
)
COUNTS = {"A": 88, "B": 40}


def write(path, content) -> str:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def check(frame, expected) -> None:
    """The same numbers to the last bit."""
    np.testing.assert_array_equal(frame.positions, expected.positions)
    np.testing.assert_array_equal(frame.species, expected.types.astype(str))
    assert frame.box_lengths == tuple(expected.lengths)


@pytest.mark.parametrize("dimension", [2, 3])
def test_every_format_gives_the_same_numbers(tmp_path, dimension):
    expected = configuration(dimension=dimension)
    files = write_all(tmp_path, expected)
    assert set(files) == set(FILES)
    for path in files.values():
        for frame in read_frames(path):
            check(frame, expected)
    for name in ("dump.lammpstrj", "zipped.lammpstrj.gz", "space.extxyz", "plane.xyz", "atooms.xyz", "frames.gsd"):
        (frame,) = read_frames(files[name])
        (values,) = frame.columns.values()
        np.testing.assert_array_equal(values, expected.charge)


def test_every_format_is_tried():
    assert {ending.split(".")[1] for one in FORMATS.values() for ending in one.endings} >= {
        name.split(".")[1] for name in FILES
    }
    assert set(FORMATS) == {"gsd", "lammps-dump", "lammps-data", "xyz", "npz", "tar", "netcdf"}


def test_the_same_configuration_has_the_same_indicators_in_every_format(tmp_path):
    def indicators(path):
        (sample, *_) = read_samples([path], counts=COUNTS)
        parameters = Parameters(Box(sample.box_lengths), np.array([[1.0, 0.9], [0.9, 0.8]]), None, 2.0)
        functions = (voronoi_volume, tong_tanaka, number_density, hexatic_order)
        return np.array([function(sample.positions, sample.species, parameters) for function in functions])

    first, *others = (indicators(path) for path in write_all(tmp_path, configuration()).values())
    assert np.isfinite(first).all() and (first.std(axis=1) > 0).all()
    for other in others:
        np.testing.assert_array_equal(other, first)


@pytest.mark.parametrize(
    "columns",
    ["type x y", "type xu yu", "id type xs ys zs", "id type xsu ysu zsu", "q type xu yu zu", "x y ix iy type id x3"],
)
@pytest.mark.parametrize("low", [0.0, -4.0])
def test_columns_of_a_dump(tmp_path, columns, low):
    """Any, in any order; with ids the particles are sorted, without them they stay in the order of the file."""
    expected = configuration()
    order = np.random.default_rng(3).permutation(len(expected.types))
    path = write(tmp_path / "a.dump", dump(expected, columns.replace(" x3", ""), low, order))
    (frame,) = read_frames(path)
    order = slice(None) if "id" in columns else order
    np.testing.assert_array_equal(frame.positions, expected.positions[order])
    np.testing.assert_array_equal(frame.species, expected.types[order].astype(str))
    assert set(frame.columns) == ({"q"} if "q" in columns.split() else set())


def test_image_flags_do_not_move_particles(tmp_path):
    """Neither in dumps nor in data files; chemfiles unwraps by them."""
    expected = configuration(dimension=3)
    texts = {"a.dump": dump(expected, "id type x y z ix iy iz"), "a.data": data(expected, images=True)}
    for name, text in texts.items():
        (frame,) = read_frames(write(tmp_path / name, text))
        check(frame, expected)
    with chemfiles.Trajectory(str(tmp_path / "a.dump"), "r", "LAMMPS") as trajectory:
        assert np.abs(trajectory.read().positions - expected.positions).max() >= expected.lengths.min()


@pytest.mark.parametrize("dimension", [2, 3])
def test_chemfiles_reads_the_same(tmp_path, dimension):
    """Where it has no image flags to move particles by."""
    expected = configuration(dimension=dimension)
    files = {
        write(tmp_path / "a.lammpstrj", dump(expected, "id type x y z")): "LAMMPS",
        write(tmp_path / "b.lammpstrj", dump(expected, "id type xs ys zs")): "LAMMPS",
        write(tmp_path / "a.data", data(expected, "full")): "LAMMPS Data",
        write(tmp_path / "a.extxyz", extended_xyz(expected)): "XYZ",
    }
    for path, name in files.items():
        (ours,) = read_frames(path)
        with chemfiles.Trajectory(path, "r", name) as trajectory:
            theirs = trajectory.read()
        np.testing.assert_allclose(ours.positions, theirs.positions[:, :dimension], rtol=0, atol=1e-12)
        np.testing.assert_allclose(ours.box_lengths, theirs.cell.lengths[:dimension])
        kinds = [atom.type or atom.name for atom in theirs.atoms]
        assert ours.species.tolist() == kinds


LAMMPS_INPUT = """
units lj
dimension {dimension}
region box block -5 5 -5 5 {z}
create_box 2 box
create_atoms 1 random 60 321 box
set group all type/fraction 2 0.4 99
mass * 1.0
pair_style soft 1.0
pair_coeff * * 20.0
{plane}
minimize 0 1e-6 1000 1000
velocity all create 5.0 77
fix move all nve
neighbor 1.0 bin
run 2010
write_dump all custom x.dump id type x y z ix iy iz modify format float %.17g
write_dump all custom xs.dump type id zs ys xs modify format float %.17g
write_dump all custom xu.dump id type xu yu zu vx modify format float %.17g
write_dump all custom xsu.dump xsu ysu zsu id type modify format float %.17g
write_data atoms.data
"""


@pytest.mark.parametrize("dimension", [2, 3])
def test_what_lammps_writes(tmp_path, dimension):
    """A gas that has crossed the box, in every kind of coordinates: the same positions, box and species."""
    planar = {"dimension": dimension, "z": "-0.5 0.5", "plane": "fix plane all enforce2d"}
    text = LAMMPS_INPUT.format(**(planar if dimension == 2 else {**planar, "z": "-5 5", "plane": ""}))
    (tmp_path / "in.gas").write_text(text)
    command = [find_program("lmp"), "-in", "in.gas", "-log", "none", "-screen", "none"]
    subprocess.run(command, cwd=tmp_path, check=True)
    images = np.loadtxt(tmp_path / "x.dump", skiprows=9)[:, 5 : 5 + dimension]
    assert np.abs(images).max() >= 1
    first, *others = (
        next(read_frames(str(tmp_path / name))) for name in ("x.dump", "xs.dump", "xu.dump", "xsu.dump", "atoms.data")
    )
    assert first.box_lengths == (10.0,) * dimension and set(first.species) == {"1", "2"}
    for other in others:
        assert other.box_lengths == first.box_lengths
        moved = Box(first.box_lengths).minimum_image(other.positions - first.positions)
        assert np.abs(moved).max() < 1e-11  # LAMMPS rounds scaled ones
        np.testing.assert_array_equal(other.species, first.species)


@pytest.mark.parametrize("style", ["atomic", "charge", "full"])
@pytest.mark.parametrize("images", [False, True])
def test_styles_of_data_files(tmp_path, style, images):
    expected = configuration()
    (frame,) = read_frames(write(tmp_path / "a.data", data(expected, style, images)))
    check(frame, expected)
    if style != "atomic":
        np.testing.assert_array_equal(frame.columns["q"], expected.charge)


def test_both_layouts_of_glassbench(tmp_path):
    expected = configuration()
    (frame,) = read_frames(write(tmp_path / "a.npz", npz(expected)))
    check(frame, expected)
    moved = frame.columns["positions"] - (expected.positions + 2 * expected.lengths)[:, None]
    np.testing.assert_array_equal(moved, np.broadcast_to([[[0.0, 0.0], [0.5, 0.5]]], moved.shape))
    model = write(tmp_path / "b.npz", npz(expected, "models"))
    (frame,) = read_frames(model, box_lengths=expected.lengths)
    check(frame, expected)
    np.testing.assert_array_equal(frame.columns["md_prop"], np.stack([expected.charge, 2 * expected.charge], axis=1))
    with pytest.raises(GlassmapError, match=r"b\.npz, frame 0: the file has no box; give box_lengths"):
        list(read_frames(model))


def test_members_of_an_archive(tmp_path):
    archive = write_all(tmp_path, configuration())["archive.tar.gz"]
    names = [frame.file for frame in read_frames(archive)]
    assert names == [f"{archive}/T0.23/test/N128_1_tc{code}.npz" for code in ("05", "10")]
    assert [frame.file for frame in read_frames(f"{archive}/*/test/*_tc10.npz")] == names[1:]
    with pytest.raises(GlassmapError, match="no frames; leave it out"):
        list(read_frames(f"{archive}/*_tc99.npz"))
    assert match_files(f"{tmp_path}/*.tar.gz/*_tc05.npz") == [f"{archive}/*_tc05.npz"]
    assert match_files(f"{tmp_path}/*.tar.gz") == [f"{archive}/*.npz"]
    assert match_files(f"{tmp_path}/*.tar.xz/*.npz") == []


@pytest.mark.parametrize("dimension", [2, 3])
def test_batches_of_this_workflow(tmp_path, dimension):
    square = [dataclasses.replace(configuration(seed, dimension), lengths=np.full(dimension, 16.0)) for seed in (1, 2)]
    square[1] = dataclasses.replace(square[1], types=square[0].types)
    write_netcdf(tmp_path / "batch.nc", *square)
    for frame, expected in zip(read_frames(str(tmp_path / "batch.nc")), square, strict=True):
        check(frame, dataclasses.replace(expected, types=np.array(["A", "B"])[expected.types - 1]))


def test_single_precision_gsd_is_read_as_it_is(tmp_path):
    """Positions in single precision may round up to L; they stay inside the box."""
    expected = configuration()
    edge = expected.lengths[0] / 2
    with gsd.hoomd.open(str(tmp_path / "a.gsd"), "w") as trajectory:
        frame = gsd.hoomd.Frame()
        frame.configuration.box = [*expected.edges, 0, 0, 0]
        frame.particles.N, frame.particles.types = 3, ["A"]
        frame.particles.position = [[np.nextafter(edge, 0), 0, 0], [-edge, 1, 0], [0.1, 2, 0]]
        trajectory.append(frame)
    (frame,) = read_frames(str(tmp_path / "a.gsd"))
    np.testing.assert_array_equal(frame.positions[:, 0], [0.0, 0.0, edge + float(np.float32(0.1))])


def test_the_unit_of_length(tmp_path):
    expected = configuration()
    (frame,) = read_frames(write(tmp_path / "a.xyz", extended_xyz(expected)), length_unit=3.4)
    np.testing.assert_allclose(frame.positions, expected.positions / 3.4, rtol=1e-15)
    np.testing.assert_allclose(frame.box_lengths, expected.lengths / 3.4, rtol=1e-15)


# which frames, replicas and species


@pytest.fixture
def runs(tmp_path) -> list[str]:
    """Two dumps of five frames each."""
    names = [tmp_path / f"seed{seed}-run.lammpstrj" for seed in (4, 9)]
    return [
        write(name, "".join(dump(configuration(10 * place + frame)) for frame in range(5)))
        for place, name in enumerate(names)
    ]


@pytest.mark.parametrize("frames, chosen", [("last", [4]), ("all", [0, 1, 2, 3, 4]), (2, [0, 2, 4]), (5, [0])])
@pytest.mark.parametrize("form", ["dump", "gsd"])
def test_which_frames(tmp_path, runs, frames, chosen, form):
    path = runs[0]
    if form == "gsd":
        path = str(tmp_path / "a.gsd")
        write_gsd(tmp_path / "a.gsd", *map(configuration, range(5)))
    found = list(read_samples([path], counts=COUNTS, frames=frames))
    assert [sample.frame for sample in found] == chosen
    for sample in found:
        expected = configuration(sample.frame)
        order = np.argsort(expected.types, kind="stable")
        np.testing.assert_array_equal(sample.positions, expected.positions[order])
        np.testing.assert_array_equal(sample.species, expected.types[order] - 1)
        np.testing.assert_array_equal(*(sample.columns.values()), expected.charge[order])


def test_what_a_replica_is(runs):
    names = {
        replica: [sample.replica for sample in read_samples(runs, counts=COUNTS, frames=4, replica=replica)]
        for replica in ("file", "frame", "seed([0-9]+)", "(run)")
    }
    first, second = runs
    assert names["file"] == [first, first, second, second]
    assert names["frame"] == [f"{path}, frame {frame}" for path in runs for frame in (0, 4)]
    assert names["seed([0-9]+)"] == ["4", "4", "9", "9"]
    assert names["(run)"] == ["run"] * 4


@pytest.mark.parametrize(
    "arguments, said",
    [
        ({"counts": {"A": 64, "B": 64}}, "88 of '1', 40 of '2'; must be 64 A, 64 B in every frame"),
        ({"species": {"A": "2", "B": "1"}}, "species are A = '2' (88), B = '1' (40), so change species"),
        ({"species": {"A": "1", "B": "C"}}, "so change species or the numbers"),
        ({"frames": 0}, "frames: got 0, must be last, all or a number n"),
        ({"replica": "seed[0-9]"}, "must be file, frame or a regular expression with one group"),
        ({"replica": "seed("}, "not a regular expression"),
        ({"replica": "T([0-9])"}, "seed4-run.lammpstrj, frame 4: the file's name does not match replica"),
        ({"box_lengths": (16.0, 9.0)}, "the file has box lengths 16, 8, and box_lengths are 16, 9"),
        ({"format_name": "pdb"}, "format 'pdb', allowed: gsd, lammps-dump"),
    ],
)
def test_what_does_not_fit_is_refused(runs, arguments, said):
    with pytest.raises(GlassmapError) as refused:
        list(read_samples(runs, **{"counts": COUNTS, **arguments}))
    assert said in str(refused.value) and "\n" not in str(refused.value)


def test_species_by_number(runs):
    one, other = (next(read_samples(runs, counts=COUNTS, species=species)) for species in (None, {"A": "1", "B": "2"}))
    np.testing.assert_array_equal(one.species, other.species)


def test_species_with_the_same_number_of_particles_must_be_named(tmp_path):
    even = dataclasses.replace(configuration(), types=np.arange(128) % 2 + 1)
    path, counts = write(tmp_path / "a.data", data(even)), {"A": 64, "B": 64}
    with pytest.raises(GlassmapError, match="species with the same number of particles; say which is which"):
        next(read_samples([path], counts=counts))
    sample = next(read_samples([path], counts=counts, species={"A": "2", "B": "1"}))
    np.testing.assert_array_equal(sample.positions[:64], even.positions[1::2])


def test_no_file_is_refused():
    with pytest.raises(GlassmapError, match="no file; check the pattern"):
        list(read_samples([], counts=COUNTS))


# as the file of a state

SPLIT = {"train": 0.5, "validation": 0.25, "test": 0.25}


def square(seed: int, length: float = 16.0):
    return dataclasses.replace(configuration(seed), lengths=np.full(2, length))


def test_the_file_of_a_state(tmp_path):
    """Two frames of each run are in its split; what is written is read back."""
    runs = [
        write(tmp_path / f"{run}.dump", "".join(dump(square(10 * run + frame)) for frame in range(2)))
        for run in range(4)
    ]
    dataset = configurations_of(read_samples(runs, counts=COUNTS, frames="all"), SPLIT)
    write_dataset(dataset, tmp_path / "liquid.nc", {"study": "own"})
    found = read_dataset(tmp_path / "liquid.nc", CONFIGURATIONS)
    # of a test replica only the last frame is reported
    expected = np.repeat(assign_splits(4, SPLIT), 2)
    expected[::2][expected[::2] == REPORTED_SPLIT] = FURTHER
    assert found["split"].values.tolist() == expected.tolist() and FURTHER in expected
    assert found["replica"].values.tolist() == list(range(8))
    assert found["source"].values[5] == f"{runs[2]}, frame 1" and float(found["box_length"]) == 16.0
    one = square(21)
    order = np.argsort(one.types, kind="stable")
    np.testing.assert_array_equal(found["position"].values[5], one.positions[order])
    np.testing.assert_array_equal(found["species"].values, one.types[order] - 1)


def test_liquid_and_glass_of_a_run_are_in_the_same_split(tmp_path):
    """Also if a state lacks the files of some runs; the splits are those of all runs, whichever state has them."""
    files = {
        state: [write(tmp_path / f"{state}-seed{run}.dump", dump(square(run))) for run in runs]
        for state, runs in {"liquid": [1, 2, 3, 5, 6, 7, 8, 9], "glass": [0, 2, 3, 4, 5, 6, 7, 8, 9]}.items()
    }
    expression = "seed([0-9]+)"
    shared = shared_replicas(files, expression)
    assert shared == list("1235678904") and shared_replicas(files, "file") == []
    split_of = dict(zip(shared, assign_splits(10, SPLIT).tolist(), strict=True))
    for paths in files.values():
        samples = list(read_samples(paths, counts=COUNTS, replica=expression))
        found = configurations_of(samples, SPLIT, shared)
        assert found["split"].values.tolist() == [split_of[sample.replica] for sample in samples]


@pytest.mark.parametrize(
    "given, arguments, said",
    [
        ([configuration(1)], {}, "0.dump, frame 0: a box of 16 x 8, must be a square or a cube"),
        ([square(1), square(2, 17.0)], {}, "1.dump, frame 0: a box of 17 x 17, unlike "),
        ([square(1)], {}, "1 replica(s) in 1 frame(s), none left for validation and test; give more files"),
        ([square(1), square(2), square(3)], {"replica": "([.]dump)"}, "1 replica(s) in 3 frame(s), none left for"),
    ],
)
def test_samples_that_no_network_takes_are_refused(tmp_path, given, arguments, said):
    files = [write(tmp_path / f"{place}.dump", dump(one)) for place, one in enumerate(given)]
    with pytest.raises(GlassmapError) as refused:
        configurations_of(read_samples(files, counts=COUNTS, **arguments), SPLIT)
    assert said in str(refused.value) and "\n" not in str(refused.value)


# bad files


def changed(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    return text


def moved(**changes) -> str:
    """A dump with another first position."""
    one = configuration()
    for axis, value in changes.items():
        one.positions[0, "xy".index(axis)] = value
    return dump(one, "id type x y")


GOOD = dump(configuration(), "id type x y")
TWIN = configuration()
TWIN.positions[5] = TWIN.positions[9]
LATTICE = 'Lattice="16.0 0.0 0.0 0.0 8.0 0.0 0.0 0.0 1.0"'


BAD = [
    ("a.dump", GOOD[: len(GOOD) // 2], "of 128 particles; the file is cut off"),
    ("a.dump", GOOD[:-2], "the last line does not end, its last number may lack digits"),
    ("a.dump", GOOD[:60], "the header lacks columns; the file is cut off"),
    ("a.dump", b"\x7fELF\0\0\0", "a binary file, not text"),
    ("a.dump", b"\xff\xfeabc\n", "unreadable"),
    ("a.dump", "", "no frames; leave it out"),
    ("a.dump", "hello\nworld\n", "instead of 'ITEM: ...'; not a LAMMPS dump"),
    ("a.pdb", GOOD, "unknown format; name it, one of gsd, lammps-dump"),
    ("a.dump", moved(x=np.nan), "the position of particle 0 (from 0) is not finite"),
    ("a.dump", moved(y=np.inf), "the position of particle 0 (from 0) is not finite"),
    ("a.dump", moved(x=-3.0), "particle 0 (from 0) is 0.188 box lengths outside the box, must be at most 0.1"),
    ("a.xyz", extended_xyz(dataclasses.replace(TWIN, positions=TWIN.positions * 1e9)), "must be at most 1e+06"),
    ("a.dump", dump(TWIN), "particles 5 and 9 (from 0) have the same position"),
    ("a.dump", changed(GOOD, ("ATOMS\n128", "ATOMS\n0")), "no particles; leave the frame out"),
    ("a.dump", changed(GOOD, ("ATOMS\n128", "ATOMS\n10000000")), "10,000,000 particles, must be at most 5,000,000"),
    ("a.dump", changed(GOOD, ("ATOMS\n128", "ATOMS\n-5")), "got '-5' for the number of particles"),
    ("a.dump", changed(GOOD, ("pp pp pp\n0.0 16.0", "xy xz yz pp pp pp\n0.0 16.0 2.0")), "the box is tilted"),
    ("a.dump", changed(GOOD, ("pp pp pp", "pp ff pp")), "the box is not periodic"),
    ("a.dump", changed(GOOD, ("0.0 16.0", "0.0 0.0")), "box lengths 0, 8, must be positive"),
    ("a.dump", changed(GOOD, ("0.0 16.0", "0.0 nan")), "box lengths nan, 8, must be positive"),
    ("a.dump", changed(GOOD, ("id type x y", "id type vx vy")), "must have x y, xs ys, xu yu or xsu ysu"),
    ("a.dump", changed(GOOD, ("id type x y", "id mol x y")), "must have type or element"),
    ("a.dump", changed(GOOD, ("\n2 ", "\n1 ")), "particle id 1 occurs twice"),
    ("a.dump", changed(GOOD, ("\n2 ", "\n\n2 ")), "empty lines among the particles"),
    ("a.dump", changed(GOOD, ("\n2 ", "\n2 2 ")), "5 were found"),
    ("a.data", changed(data(configuration()), ("0 1.0 zlo zhi", "0 1.0 zlo zhi\n1 0 0 xy xz yz")), "is tilted"),
    (
        "a.data",
        changed(data(configuration()), ("# atomic", "# dipole")),
        "atom style dipole; write 'Atoms # atomic'",
    ),
    ("a.data", changed(data(configuration(), "charge"), ("# charge", "")), "atom style not given"),
    ("a.data", changed(data(configuration()), ("0 16.0 xlo xhi", "")), "box lengths nan, 8, 1, must be"),
    ("a.data", "title\n\n5 atoms\n", "no section Atoms or no number of atoms"),
    ("a.xyz", changed(extended_xyz(configuration()), (LATTICE, "")), "the file has no box; give box_lengths"),
    ("a.xyz", changed(extended_xyz(configuration()), (" 0.0", " 0.5")), "the box is tilted"),
    ("a.xyz", changed(extended_xyz(configuration()), ("T T T", "T F T")), "the box is not periodic"),
    ("a.xyz", changed(extended_xyz(configuration()), ("pos:R:3", "pos:R:x")), "must be name:type:columns"),
    (
        "a.xyz",
        changed(atooms_xyz(configuration()), ("species,pos", "mass,pos")),
        "must have a species and positions",
    ),
    ("a.npz", b"PK\3\4 and no more", "unreadable"),
    ("a.npz", npz(configuration())[:5000], "unreadable"),
    ("a.gsd", b"not a gsd file", "unreadable"),
    ("a.nc", b"not a NetCDF file", "unreadable"),
    ("a.tar", b"not an archive", "unreadable"),
    ("a.dump.gz", b"not compressed", "unreadable"),
    ("a.dump.gz", gzip.compress(GOOD.encode(), mtime=0)[:-40], "unreadable"),
]


@pytest.mark.parametrize("name, content, said", BAD, ids=[said for _, _, said in BAD])
def test_a_bad_file_is_refused_in_one_line(tmp_path, name, content, said):
    path = write(tmp_path / name, content)
    with pytest.raises(GlassmapError) as refused:
        list(read_frames(path))
    message = str(refused.value)
    assert message.startswith(path) and said in message and "\n" not in message, message


@pytest.mark.parametrize("name", ["a.dump", "a.data", "a.xyz", "a.npz", "a.gsd", "a.nc", "a.tar.gz", "a.dump.gz"])
def test_a_missing_file_is_refused(tmp_path, name):
    with pytest.raises(GlassmapError, match="no such file"):
        list(read_frames(str(tmp_path / name)))


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.99])
def test_a_batch_that_is_cut_off_is_refused_and_stays_where_it_is(tmp_path, part):
    path = tmp_path / "batch.nc"
    write_netcdf(path, square(1))
    path.write_bytes(path.read_bytes()[: int(part * path.stat().st_size)])
    with pytest.raises(GlassmapError, match=r"batch\.nc: unreadable"):
        list(read_frames(str(path)))
    assert path.exists()


def test_a_tilted_or_damaged_gsd_is_refused(tmp_path):
    for box, types, said in (
        ([16, 8, 1, 0.5, 0, 0], ["1", "2"], "is tilted"),
        ([16, 8, 1, 0, 0, 0], ["1"], "type 1 of 1"),
    ):
        one, path = configuration(), tmp_path / "a.gsd"
        with gsd.hoomd.open(str(path), "w") as trajectory:
            frame = gsd.hoomd.Frame()
            frame.configuration.box, frame.particles.N = box, len(one.types)
            frame.particles.types, frame.particles.typeid = types, one.types - 1
            frame.particles.position = one.padded - one.edges / 2
            trajectory.append(frame)
        with pytest.raises(GlassmapError, match=said):
            list(read_frames(str(path)))


def test_frames_that_are_not_selected_may_be_bad(tmp_path):
    """They are passed over unread, as the first frame of a run that blew up at its end."""
    path = write(tmp_path / "a.dump", moved(x=np.nan) + GOOD)
    (sample,) = read_samples([path], counts=COUNTS)
    assert sample.frame == 1
    with pytest.raises(GlassmapError, match="frame 0: the position of particle 0"):
        list(read_samples([path], counts=COUNTS, frames="all"))


# damage at random

CHECKSUMMED = ("zipped.lammpstrj.gz", "arrays.npz", "archive.tar.gz")


@st.composite
def damage(draw, whole: bytes, lines: bool):
    """What is left of a file, and how it was damaged."""
    kind = draw(st.sampled_from(["flip", "cut", *(["drop"] if lines else [])]))
    if kind == "cut":
        return kind, whole[: draw(st.integers(0, len(whole) - 1))]
    if kind == "drop":
        rows = whole.splitlines(keepends=True)
        gone = draw(st.sets(st.integers(0, len(rows) - 1), min_size=1, max_size=3))
        return kind, b"".join(row for place, row in enumerate(rows) if place not in gone)
    content = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        content[draw(st.integers(0, len(whole) - 1))] ^= draw(st.integers(1, 255))
    return kind, bytes(content)


@pytest.fixture(scope="module")
def intact(tmp_path_factory):
    folder = tmp_path_factory.mktemp("intact")
    return write_all(folder, configuration())


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_gives_one_line_or_true_numbers(tmp_path_factory, intact, name):
    """Thirty-six a format. Cut or with lines missing, or with a checksum: refused, or read as it was.

    A digit changed within a number of plain text is beyond any reader; what is read must then be a configuration.
    """
    with open(intact[name], "rb") as file:
        whole = file.read()
    expected, path = configuration(), str(tmp_path_factory.mktemp("damaged") / name)
    text = name not in (*CHECKSUMMED, "frames.gsd")

    @settings(max_examples=36, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(damage(whole, text))
    def run(damaged):
        kind, content = damaged
        with open(path, "wb") as file:
            file.write(content)
        frames = []
        try:
            for frame in read_frames(path):
                frames.append(frame)
        except GlassmapError as error:
            assert str(error).startswith(path) and "\n" not in str(error)
        for frame in frames:
            if kind != "flip" or name in CHECKSUMMED:
                check(frame, expected)
            assert np.isfinite(frame.positions).all() and (frame.positions >= 0).all()
            assert (frame.positions < frame.box_lengths).all()
            assert len(np.unique(frame.positions, axis=0)) == len(frame.species) >= 1

    run()


def test_too_many_particles_are_refused_before_they_are_read(tmp_path, monkeypatch):
    """Also where the header alone says so."""
    monkeypatch.setattr(frame_module, "MOST_PARTICLES", 100)
    for path in write_all(tmp_path, configuration()).values():
        with pytest.raises(GlassmapError, match="128 particles, must be at most 100; cut out a part of the box"):
            next(read_frames(path))

"""One small configuration, written in every format that users bring; tests read it back."""

import gzip
import io
import tarfile
from dataclasses import dataclass
from pathlib import Path

import gsd.hoomd
import numpy as np
import xarray as xr

STEP = 2.0**-20  # positions are multiples of it and edges powers of two, so that no format rounds


@dataclass(frozen=True)
class Configuration:
    """Particles on a lattice, each moved at random; species 1 and 2 in random order."""

    positions: np.ndarray
    types: np.ndarray
    lengths: np.ndarray
    charge: np.ndarray

    @property
    def padded(self) -> np.ndarray:
        """Positions with z = 0 in two dimensions."""
        return np.pad(self.positions, [(0, 0), (0, 3 - self.positions.shape[1])])

    @property
    def edges(self) -> np.ndarray:
        """Of a box in three dimensions."""
        return np.pad(self.lengths, (0, 3 - len(self.lengths)), constant_values=1.0)


def configuration(seed: int = 1, dimension: int = 2) -> Configuration:
    rng = np.random.default_rng(seed)
    lengths = np.array([16.0, 8.0, 8.0][:dimension])
    sites = np.stack(np.meshgrid(*(np.arange(int(length)) for length in lengths)), axis=-1).reshape(-1, dimension)
    positions = np.floor((sites + rng.uniform(0.1, 0.9, sites.shape)) / STEP) * STEP
    types = rng.permutation(np.repeat([1, 2], [len(sites) - 40, 40]))
    return Configuration(positions, types, lengths, rng.integers(-9, 9, len(sites)) / 4)


def table(*columns) -> str:
    """Lines of particles."""
    return "".join(" ".join(map(str, row)) + "\n" for row in zip(*(column.tolist() for column in columns), strict=True))


def dump(
    given: Configuration, columns: str = "id type x y z q", low: float = 0.0, order: np.ndarray | None = None
) -> str:
    """A frame of a LAMMPS dump; unwrapped positions are moved by whole boxes."""
    order = np.arange(len(given.types)) if order is None else order
    images = np.random.default_rng(5).integers(-3, 4, given.padded.shape) * (np.arange(3) < len(given.lengths))
    values = {"id": np.arange(1, len(given.types) + 1), "type": given.types, "q": given.charge}
    for place, axis in enumerate("xyz"):
        wrapped, image, edge = given.padded[:, place] + low, images[:, place], given.edges[place]
        scaled = given.padded[:, place] / edge
        values |= {axis: wrapped, f"{axis}u": wrapped + image * edge, f"i{axis}": image}
        values |= {f"{axis}s": scaled, f"{axis}su": scaled + image}
    bounds = "".join(f"{low} {low + edge}\n" for edge in given.edges)
    head = f"ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n{len(given.types)}\nITEM: BOX BOUNDS pp pp pp\n{bounds}"
    return f"{head}ITEM: ATOMS {columns}\n" + table(*(values[name][order] for name in columns.split()))


def data(given: Configuration, style: str = "atomic", images: bool = False) -> str:
    """A LAMMPS data file."""
    number = len(given.types)
    bounds = "".join(f"0 {edge} {axis}lo {axis}hi\n" for axis, edge in zip("xyz", given.edges, strict=True))
    columns = [np.arange(1, number + 1), *([np.ones(number, int)] if style == "full" else []), given.types]
    columns += [given.charge] if style in ("charge", "full") else []
    columns += [*given.padded.T, *(np.ones((3, number), int) if images else [])]
    head = f"by hand\n\n{number} atoms\n2 atom types\n\n{bounds}\nMasses\n\n1 1.0\n2 1.0\n\nAtoms # {style}\n\n"
    return head + table(*columns) + "\nVelocities\n\n1 0 0 0\n"


def extended_xyz(given: Configuration, planar: bool = False) -> str:
    """Extended XYZ, in two dimensions with positions of two columns if ``planar``."""
    lattice = " ".join(map(str, np.diag(given.edges).ravel().tolist()))
    positions, width = (given.positions, given.positions.shape[1]) if planar else (given.padded, 3)
    head = f'{len(given.types)}\nLattice="{lattice}" Properties=species:S:1:pos:R:{width}:charge:R:1 pbc="T T T"\n'
    return head + table(given.types, *positions.T, given.charge)


def atooms_xyz(given: Configuration) -> str:
    """XYZ with a header of atooms, centred on the origin as there."""
    cell = ",".join(map(str, given.lengths.tolist()))
    head = f"{len(given.types)}\ncolumns:species,position,charge step:7 cell:{cell} T:0.5\n"
    return head + table(
        given.types, *(given.positions - given.lengths * (given.positions >= given.lengths / 2)).T, given.charge
    )


def npz(given: Configuration, layout: str = "trajectories") -> bytes:
    """Both layouts of GlassBench: unwrapped positions; without a box in "models"."""
    far = given.positions + 2 * given.lengths
    arrays = {"types": given.types, "initial_positions": far}
    if layout == "trajectories":
        arrays |= {"box": given.lengths, "positions": np.stack([far, far + 0.5])}
    else:
        arrays |= {"md_prop": np.stack([given.charge, 2 * given.charge])}
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def tar(given: Configuration) -> bytes:
    """Two members, and the stray one of GlassBench."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name in ("T0.23/test/N128_1_tc05.npz", "T0.23/.npz", "T0.23/test/N128_1_tc10.npz"):
            content = npz(given) if "test" in name else b"stray"
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


def write_gsd(path: Path, *given: Configuration) -> None:
    """Double precision, centred as in HOOMD."""
    with gsd.hoomd.open(str(path), "w", precision="double") as trajectory:
        for one in given:
            frame = gsd.hoomd.Frame()
            frame.configuration.box = [*one.edges, 0, 0, 0]
            frame.configuration.dimensions = len(one.lengths)
            frame.particles.N = len(one.types)
            frame.particles.types = ["1", "2"]
            frame.particles.typeid = one.types - 1
            frame.particles.position = one.padded - one.edges / 2 * (np.arange(3) < len(one.lengths))
            frame.log["particles/charge"] = one.charge
            trajectory.append(frame)


def write_netcdf(path: Path, *given: Configuration) -> None:
    """A batch of this workflow with one temperature, in a square box: of species A alone."""
    dataset = xr.Dataset(
        {
            "position": (("replica", "temperature", "particle", "axis"), np.stack([[one.positions] for one in given])),
            "species": (("particle",), given[0].types - 1),
            "box_length": ((), given[0].lengths[0]),
        },
        coords={"replica": np.arange(len(given)), "temperature": [0.5]},
    )
    dataset.to_netcdf(path, engine="netcdf4")


def write_all(folder: Path, given: Configuration) -> dict[str, str]:
    """One file in every format but NetCDF, which has square boxes alone; by format."""
    content = {
        "dump.lammpstrj": dump(given),
        "zipped.lammpstrj.gz": gzip.compress(dump(given).encode(), mtime=0),
        "atoms.data": data(given),
        "space.extxyz": extended_xyz(given),
        "plane.xyz": extended_xyz(given, planar=True),
        "atooms.xyz": atooms_xyz(given),
        "arrays.npz": npz(given),
        "archive.tar.gz": tar(given),
    }
    for name, text in content.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    write_gsd(folder / "frames.gsd", given)
    return {name: str(folder / name) for name in (*content, "frames.gsd")}

"""Configurations as LAMMPS data files."""

import numpy as np

from glassmap.system import System


def data_file(position: np.ndarray, system: System) -> str:
    """A configuration as a LAMMPS data file, at full precision.

    Parameters
    ----------
    position : ndarray, shape (N, d)
        Wrapped into [0, L), sigma*.
    system : System

    Returns
    -------
    str
    """
    side = repr(system.box_length)
    # in two dimensions every z is 0, inside the slab that LAMMPS requires
    z, slab = (" 0.0", "-0.5 0.5") if system.dimension == 2 else ("", f"0 {side}")
    rows = zip(range(1, len(position) + 1), (system.species + 1).tolist(), position.tolist(), strict=True)
    atoms = "\n".join(f"{index} {species} {' '.join(map(repr, point))}{z}" for index, species, point in rows)
    masses = "\n".join(f"{species} 1.0" for species in range(1, len(system.counts) + 1))
    return f"""\
glassmap: a configuration of {system.name}

{len(position)} atoms
{len(system.counts)} atom types
0 {side} xlo xhi
0 {side} ylo yhi
{slab} zlo zhi

Masses

{masses}

Atoms # atomic

{atoms}
"""


def read_data_commands(file: str, system: System) -> str:
    """Commands that read a file written by `data_file`."""
    return f"units lj\natom_style atomic\ndimension {system.dimension}\nboundary p p p\nread_data {file}\n"

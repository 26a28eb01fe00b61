"""Configurations as LAMMPS data files."""

import numpy as np

from glassmap.system import System


def data_file(position: np.ndarray, system: System) -> str:
    """A configuration as a LAMMPS data file, exact to the last bit.

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
    # in a plane every z is 0, in a slab that LAMMPS asks for
    rest, slab = (" 0.0", "-0.5 0.5") if system.dimension == 2 else ("", f"0 {side}")
    rows = zip(range(1, len(position) + 1), (system.species + 1).tolist(), position.tolist(), strict=True)
    atoms = "\n".join(f"{index} {species} {' '.join(map(repr, place))}{rest}" for index, species, place in rows)
    masses = "\n".join(f"{kind} 1.0" for kind in range(1, len(system.counts) + 1))
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
    """Commands that start from a data file of `data_file`."""
    return f"units lj\natom_style atomic\ndimension {system.dimension}\nboundary p p p\nread_data {file}\n"

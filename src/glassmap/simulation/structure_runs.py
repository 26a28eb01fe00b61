"""Isoconfigurational runs from many structures: those of one state, each with an ensemble of its own."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from glassmap.io.schema import variable
from glassmap.simulation.isoconfigurational import Ensemble, Run

PRECISION = 1e-6  # sigma*, of stored positions: a tenth of a millionth of what tells a broken bond


def runs_dataset(
    ensembles: Sequence[Ensemble], runs: Sequence[int], results: Sequence[Sequence[Run]], splits: Sequence[str]
) -> xr.Dataset:
    """Content of ``isoconfigurational/<state>/runs-<b>.nc``: the runs from a batch of structures.

    Parameters
    ----------
    ensembles : sequence of Ensemble
        One per structure, all of the same system, temperature and schedule.
    runs : sequence of int
    results : sequence of sequence of Run
        By structure and run.
    splits : sequence of str
        Of each structure.
    """
    first = ensembles[0]

    def stacked(name: str) -> np.ndarray:
        return np.array([[getattr(result, name) for result in of_structure] for of_structure in results])

    by_run = ("sample", "run")
    return xr.Dataset(
        {
            "position": variable(
                (*by_run, "time", "particle", "axis"), stacked("position"), "sigma*", "unwrapped positions"
            ),
            "initial_position": variable(
                ("sample", "particle", "axis"),
                np.stack([ensemble.position for ensemble in ensembles]),
                "sigma*",
                "positions that the runs of a structure start from, in [0, L)",
            ),
            "species": variable(("particle",), first.system.species, "1", "species, 0 = A, 1 = B, ..."),
            "box_length": variable((), first.system.box_length, "sigma*", "side L of the periodic box"),
            "kinetic_temperature": variable(
                (*by_run, "time"), stacked("kinetic_temperature"), "epsilon*", "kinetic temperature of the frame"
            ),
            "wall_time": variable(by_run, stacked("wall_time"), "s", "time that LAMMPS took on its core"),
            "seeds": variable(
                by_run,
                np.array([[ensemble.seed(run) for run in runs] for ensemble in ensembles]),
                "1",
                "LAMMPS seed of the velocities",
            ),
        },
        coords={
            "replica": variable(
                ("sample",), np.array([ensemble.configuration for ensemble in ensembles]), "1", "replica"
            ),
            "split": variable(("sample",), np.array(splits), "1", "train, validation or test"),
            "run": variable(("run",), np.array(runs), "1", "run"),
            "time": variable(("time",), first.protocol.frame_times(), "tau", "time since the start of the run"),
        },
        attrs={"temperature": first.temperature},
    )

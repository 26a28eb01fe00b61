"""Runs of an isoconfigurational ensemble from users' files: positions of the particles in each run at some times."""

from collections.abc import Iterable, Sequence

import numpy as np
import xarray as xr

from glassmap.errors import GlassmapError
from glassmap.io.schema import variable
from glassmap.io.trajectories.frame import STRAY, reading
from glassmap.io.trajectories.samples import Sample
from glassmap.system import System

# of the box: a particle that moved further might have moved the other way round
LONGEST = 0.45
SAME = 1e-6  # of the box, between positions of one structure in several files


def runs_of_samples(
    samples: Iterable[Sequence[Sample]],
    system: System,
    array: str,
    times: Sequence[float],
    configurations: xr.Dataset,
    length_unit: float = 1.0,
) -> xr.Dataset:
    """Contents of ``isoconfigurational/<state>/runs-<b>.nc`` from an array of the files that the structures are from.

    Parameters
    ----------
    samples : iterable of sequence of Sample
        Those of ``configurations``, in the same order: the sample itself, or, if each time has a file of its own, the
        samples of these files, in the order of ``times``.
    system : System
    array : str
        Positions in the unit of length of the files, of shape (run, N, d), as in the trajectories of GlassBench, or
        (time, run, N, d); wrapped if they lie within the box at all times, else unwrapped.
    times : sequence of float
        tau, one for each place of the axis ``time``.
    configurations : Dataset
        With the variables of `glassmap.io.schema.CONFIGURATIONS`.
    length_unit : float
        sigma* in the unit of the files.

    Returns
    -------
    Dataset
        With the variables of `glassmap.io.schema.ISOCONFIGURATIONAL_RUNS`; temperatures and wall times are NaN.

    Raises
    ------
    GlassmapError
        If the array is missing, has another shape or a value that is not finite, the number of runs is not the same in
        all files, or a particle moved so far that its periodic images cannot be told apart; one line with the file.
    """
    sources, length, unwrapped = configurations["source"].values, system.box_length, []
    for index, of_times in zip(range(len(sources)), samples, strict=False):
        sample, starts = of_times[0], configurations["position"].values[index]
        if len(of_times) == 1 and f"{sample.file}, frame {sample.frame}" != sources[index]:
            raise GlassmapError(f"{sample.file}, frame {sample.frame}: not there when the samples were read")
        for other in of_times if len(of_times) > 1 else ():
            with reading(other.file, other.frame):
                if np.abs(system.box.minimum_image(other.positions - starts)).max() > SAME * length:
                    raise GlassmapError(
                        f"another structure than {sources[index]}; the patterns in runs.files must match"
                    )
        values = _positions(of_times, array) / length_unit
        with reading(sample.file, sample.frame):
            if values.ndim != 4 or values.shape[1] != len(times) or values.shape[3] != system.dimension:
                raise GlassmapError(
                    f"array {array!r}: got {_shape(values)}, must be (run, N, {system.dimension}) or (time, run, N, "
                    f"{system.dimension}) with the {len(times)} times of runs.times"
                )
            if unwrapped and values.shape[2] != len(unwrapped[0]):
                raise GlassmapError(f"array {array!r}: {values.shape[2]} runs, {len(unwrapped[0])} in {sources[0]}")
            moved = values.transpose(2, 1, 0, 3) - sample.positions  # run, time, particle, axis
            # wrapped, or not yet out of the box; particles stray from it until LAMMPS wraps them
            if (np.ptp(values, axis=(0, 1, 2)) <= (1 + 2 * STRAY) * length).all():
                moved -= length * np.rint(moved / length)
                if (farthest := np.abs(moved).max()) > LONGEST * length:
                    raise GlassmapError(
                        f"array {array!r}: a particle has moved by {farthest:.3g} along an axis of the box of "
                        f"{length:.6g}, so far that its periodic images cannot be told apart; give unwrapped positions"
                    )
            else:  # unwrapped; the positions that they start from have been wrapped
                moved -= length * np.rint(np.median(moved[:, 0], axis=0) / length)
            unwrapped.append(sample.positions + moved)
    if len(unwrapped) < len(sources):
        raise GlassmapError(f"{len(unwrapped)} of {len(sources)} samples are there; the others have gone since")
    position = np.stack(unwrapped)
    by_run = position.shape[:2]
    return xr.Dataset(
        {
            "position": variable(
                ("sample", "run", "time", "particle", "axis"), position, "sigma*", "unwrapped positions"
            ),
            "initial_position": variable(
                ("sample", "particle", "axis"),
                configurations["position"].values,
                "sigma*",
                "positions that the runs of a structure start from, in [0, L)",
            ),
            "species": configurations["species"],
            "box_length": configurations["box_length"],
            "kinetic_temperature": variable(
                ("sample", "run", "time"), np.full((*by_run, len(times)), np.nan), "epsilon*", "not known"
            ),
            "wall_time": variable(("sample", "run"), np.full(by_run, np.nan), "s", "not known"),
        },
        coords={
            "replica": configurations["replica"],
            "split": configurations["split"],
            "run": variable(("run",), np.arange(by_run[1]), "1", "run"),
            "time": variable(("time",), np.array(times, dtype=float), "tau", "time since the start of the run"),
        },
    )


def _positions(of_times: Sequence[Sample], array: str) -> np.ndarray:
    """Of all times, shape (N, time, run, d) if the files are right."""
    if len(of_times) == 1:
        values = of_times[0].values(array)
        return values[:, None] if values.ndim == 3 else values
    values = [one.values(array) for one in of_times]
    for one, of_file in zip(of_times, values, strict=True):
        if of_file.shape != values[0].shape:
            with reading(one.file, one.frame):
                raise GlassmapError(
                    f"array {array!r}: got {_shape(of_file)}, {_shape(values[0])} in {of_times[0].file}"
                )
    return np.stack(values, axis=1)


def _shape(values: np.ndarray) -> str:
    """Of the array as the file has it, with the particles after the runs."""
    shape = [str(size) for size in values.shape[1:]]
    return f"({', '.join([*shape[:-1], 'N', *shape[-1:]])})"

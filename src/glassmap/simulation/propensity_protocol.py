"""The plan of the isoconfigurational ensembles (Frontiers, Sec. 3.5); light: the configuration is checked with it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from glassmap.simulation.restarts import segments


@dataclass(frozen=True)
class PropensityProtocol:
    """How the runs of an isoconfigurational ensemble are made; keys and units as in the configuration.

    Attributes
    ----------
    run_time : float
        Length of a run, tau; of the system.
    time_step, thermostat_damping : float
        tau.
    frames : int
        Frames at logarithmic times, before those that fall on the same step are taken once.
    first_frame : float
        Time of the first frame, tau.
    extra_times : tuple of float
        Times of further frames, tau.
    segment_time : float
        After this time, tau, a run writes a restart file and goes on from it.
    """

    run_time: float
    time_step: float
    thermostat_damping: float
    frames: int
    first_frame: float
    extra_times: tuple[float, ...]
    segment_time: float

    @classmethod
    def from_config(cls, section: Mapping, run_time: float) -> "PropensityProtocol":
        """Build from the section ``propensity`` and the ``run_time`` of a system."""
        given = {name: section[name] for name in cls.__dataclass_fields__ if name != "run_time"}
        return cls(**{**given, "extra_times": tuple(given["extra_times"])}, run_time=run_time)

    @property
    def steps(self) -> int:
        """Steps of a run."""
        return round(self.run_time / self.time_step)

    def frame_steps(self) -> np.ndarray:
        """Steps at which frames are kept: logarithmic from ``first_frame`` to the end, and the extra ones."""
        times = np.concatenate([np.geomspace(self.first_frame, self.run_time, self.frames), self.extra_times])
        return np.unique(np.clip(np.rint(times / self.time_step).astype(int), 1, self.steps))

    def frame_times(self) -> np.ndarray:
        """Times of the frames, tau."""
        return self.frame_steps() * self.time_step

    def segments(self) -> list[tuple[int, int]]:
        """First and last step of each part of a run between two restart files."""
        return segments(self.steps, round(self.segment_time / self.time_step))


def ensembles(propensity: Mapping, temperatures: list[float]) -> dict[str, dict]:
    """The isoconfigurational ensembles of a system.

    Parameters
    ----------
    propensity : mapping
        The section of the configuration.
    temperatures : list of float
        Of the system, epsilon*.

    Returns
    -------
    dict of str to dict
        By name: ``T-<T>`` of the first configuration, ``T-<T>-configuration-<replica>`` of the others;
        with ``temperature``, ``configuration`` (replica) and ``runs``.
    """
    found = {}
    for configuration in propensity["configurations"]:
        for temperature in sorted(temperatures):
            name = f"T-{temperature:g}"
            if configuration != propensity["configurations"][0]:
                name += f"-configuration-{configuration}"
            runs = propensity["runs_at_highest" if temperature == max(temperatures) else "runs"]
            found[name] = {"temperature": temperature, "configuration": configuration, "runs": runs}
    return found

"""Schedule of isoconfigurational runs (Frontiers, Sec. 3.5). Imports quickly: validating the configuration needs it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from glassmap.simulation.restarts import segments


@dataclass(frozen=True)
class PropensityProtocol:
    """Parameters of the runs of an isoconfigurational ensemble; keys and units as in the configuration.

    Attributes
    ----------
    run_time : float
        Length of a run of this system, tau.
    time_step, thermostat_damping : float
        tau.
    frames : int
        Frames at logarithmically spaced times, before merging those that fall on the same step.
    first_frame : float
        Time of the first frame, tau.
    extra_times : tuple of float
        Times of additional frames, tau.
    segment_time : float
        Time between restart files, tau.
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
        values = {name: section[name] for name in cls.__dataclass_fields__ if name != "run_time"}
        return cls(**{**values, "extra_times": tuple(values["extra_times"])}, run_time=run_time)

    @property
    def steps(self) -> int:
        """Steps of a run."""
        return round(self.run_time / self.time_step)

    def frame_steps(self) -> np.ndarray:
        """Steps at which frames are saved: logarithmic from ``first_frame`` to the end, plus ``extra_times``."""
        times = np.concatenate([np.geomspace(self.first_frame, self.run_time, self.frames), self.extra_times])
        return np.unique(np.clip(np.rint(times / self.time_step).astype(int), 1, self.steps))

    def frame_times(self) -> np.ndarray:
        """Times of the frames, tau."""
        return self.frame_steps() * self.time_step

    def segments(self) -> list[tuple[int, int]]:
        """First and last step of each segment of a run."""
        return segments(self.steps, round(self.segment_time / self.time_step))


def ensembles(propensity: Mapping, temperatures: list[float]) -> dict[str, dict]:
    """The isoconfigurational ensembles of a system.

    Parameters
    ----------
    propensity : mapping
        Section ``propensity`` of the configuration.
    temperatures : list of float
        Temperatures of the system, epsilon*.

    Returns
    -------
    dict of str to dict
        By name: ``T-<T>`` for the first configuration, ``T-<T>-configuration-<replica>`` for the others. Each has
        ``temperature``, ``configuration`` (replica) and ``runs``.
    """
    by_name = {}
    for configuration in propensity["configurations"]:
        for temperature in sorted(temperatures):
            name = f"T-{temperature:g}"
            if configuration != propensity["configurations"][0]:
                name += f"-configuration-{configuration}"
            runs = propensity["runs_at_highest" if temperature == max(temperatures) else "runs"]
            by_name[name] = {"temperature": temperature, "configuration": configuration, "runs": runs}
    return by_name

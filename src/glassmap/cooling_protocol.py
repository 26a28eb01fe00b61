"""The schedule of the cooling (Frontiers, Sec. 2.2); light, since the configuration is checked with it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from glassmap.chain import segments
from glassmap.systems import System


@dataclass(frozen=True)
class CoolingProtocol:
    """How samples are prepared; keys and units as under ``cooling:`` of the configuration."""

    temperature_start: float
    equilibration_time: float
    cooling_rate: float
    time_step: float
    thermostat_damping: float
    temperature_grid: tuple[float, ...]
    energy_records: int
    segment_time: float

    @classmethod
    def from_config(cls, section: Mapping) -> "CoolingProtocol":
        """Build from the section ``cooling``; the number of replicas and the size of a batch are not part of it."""
        values = {name: section[name] for name in cls.__dataclass_fields__}
        return cls(**{**values, "temperature_grid": tuple(values["temperature_grid"])})

    def steps(self, system: System) -> int:
        """Steps from ``temperature_start`` to T_G."""
        span = self.temperature_start - system.temperature_glass
        return round(span / self.cooling_rate / self.time_step)

    @property
    def equilibration_steps(self) -> int:
        """Steps at ``temperature_start`` before the cooling."""
        return round(self.equilibration_time / self.time_step)

    def segments(self, system: System) -> list[tuple[int, int]]:
        """First and last step of each part between two restart files, counted from the start of the equilibration."""
        return segments(self.equilibration_steps + self.steps(system), round(self.segment_time / self.time_step))

    def temperatures(self, system: System) -> np.ndarray:
        """Temperatures of the snapshots, epsilon*, in the order of cooling."""
        chosen = {system.temperature_liquid, system.temperature_glass, *self.temperature_grid}
        return np.array(sorted(chosen, reverse=True))

    def snapshot_steps(self, system: System) -> np.ndarray:
        """Steps of cooling at which the thermostat passes `temperatures`."""
        passed = (self.temperature_start - self.temperatures(system)) / (
            self.temperature_start - system.temperature_glass
        )
        return np.rint(passed * self.steps(system)).astype(int)

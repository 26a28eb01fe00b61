"""The cooling schedule (Frontiers, Sec. 2.2). Imports quickly, since validating the configuration needs it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from glassmap.simulation.restarts import segments
from glassmap.system import System


class Stage(NamedTuple):
    """Part of the cooling at a constant rate: cooling steps, and thermostat temperatures (epsilon*)."""

    first_step: int
    last_step: int
    temperature_first: float
    temperature_last: float


@dataclass(frozen=True)
class CoolingProtocol:
    """Sample preparation; keys and units as under ``cooling:`` in the configuration.

    ``further_rates`` are pairs of a temperature, in units of T_L, and the rate below it.
    """

    temperature_start: float
    equilibration_time: float
    cooling_rate: float
    further_rates: tuple[tuple[float, float], ...]
    time_step: float
    thermostat_damping: float
    temperature_grid: tuple[float, ...]
    energy_records: int
    segment_time: float

    @classmethod
    def from_config(cls, section: Mapping) -> "CoolingProtocol":
        """Build from a section returned by `cooling_of`; the numbers of replicas and per batch are not used."""
        values = {name: section[name] for name in cls.__dataclass_fields__}
        values["temperature_grid"] = tuple(values["temperature_grid"])
        values["further_rates"] = tuple((part["below"], part["rate"]) for part in values["further_rates"])
        return cls(**values)

    @property
    def rates(self) -> tuple[float, ...]:
        """Rate of each stage, epsilon*/tau, in cooling order; the last one produces the glasses."""
        return (self.cooling_rate, *(rate for _, rate in self.further_rates))

    def stages(self, system: System) -> list[Stage]:
        """Stages of the cooling from ``temperature_start`` to T_G."""
        bounds = [below * system.temperature_liquid for below, _ in self.further_rates]
        temperatures = [self.temperature_start, *bounds, system.temperature_glass]
        stages, step = [], 0
        for rate, first, last in zip(self.rates, temperatures[:-1], temperatures[1:], strict=True):
            steps = round((first - last) / rate / self.time_step)
            stages.append(Stage(step, step + steps, first, last))
            step += steps
        return stages

    def steps(self, system: System) -> int:
        """Steps from ``temperature_start`` to T_G."""
        return self.stages(system)[-1].last_step

    @property
    def equilibration_steps(self) -> int:
        """Steps at ``temperature_start`` before the cooling."""
        return round(self.equilibration_time / self.time_step)

    def segments(self, system: System) -> list[tuple[int, int]]:
        """First and last step of each segment, counted from the start of the equilibration."""
        return segments(self.equilibration_steps + self.steps(system), round(self.segment_time / self.time_step))

    def temperatures(self, system: System) -> np.ndarray:
        """Temperatures of the snapshots, epsilon*, in cooling order."""
        chosen = {system.temperature_liquid, system.temperature_glass, *self.temperature_grid}
        return np.array(sorted(chosen, reverse=True))

    def snapshot_steps(self, system: System) -> np.ndarray:
        """Cooling steps at which the thermostat reaches `temperatures`."""
        temperatures, steps = self._corners(system)
        return np.rint(np.interp(-self.temperatures(system), -temperatures, steps)).astype(int)

    def temperatures_at(self, step: np.ndarray, system: System) -> np.ndarray:
        """Thermostat temperature at cooling steps, epsilon*."""
        temperatures, steps = self._corners(system)
        return np.interp(step, steps, temperatures)

    def rates_at(self, temperatures: np.ndarray, system: System) -> np.ndarray:
        """Cooling rate at given temperatures, epsilon*/tau; where two stages meet, that of the first."""
        ends = np.array([stage.temperature_last for stage in self.stages(system)])
        passed = (np.asarray(temperatures)[:, None] < ends[:-1]).sum(1)
        return np.array(self.rates)[passed]

    def _corners(self, system: System) -> tuple[np.ndarray, np.ndarray]:
        """Temperatures (epsilon*, descending) and cooling steps at the stage boundaries."""
        stages = self.stages(system)
        temperatures = [stage.temperature_first for stage in stages] + [stages[-1].temperature_last]
        return np.array(temperatures), np.array([stage.first_step for stage in stages] + [stages[-1].last_step])


def cooling_of(config: Mapping, system: str) -> dict:
    """Section ``cooling`` of a complete configuration, with the overrides of one system."""
    return {**config["cooling"], **config["systems"][system]["cooling"]}


def rates_of_glasses(config: Mapping) -> dict[str, float]:
    """Rate of each system's last stage, which produces its glasses, epsilon*/tau."""
    return {name: CoolingProtocol.from_config(cooling_of(config, name)).rates[-1] for name in config["systems"]}

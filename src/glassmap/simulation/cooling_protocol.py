"""The cooling schedule (Frontiers, Sec. 2.2). Imports quickly, since validating the configuration needs it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from glassmap.simulation.restarts import segments


class Stage(NamedTuple):
    """Part of the cooling at a constant rate: cooling steps, and thermostat temperatures (epsilon*)."""

    first_step: int
    last_step: int
    temperature_first: float
    temperature_last: float


@dataclass(frozen=True)
class CoolingProtocol:
    """Sample preparation; keys and units as under ``cooling:`` in the configuration.

    ``further_rates`` are pairs of a temperature, in units of that of the hottest state, and the rate below it;
    ``states`` are names and temperatures (epsilon*) of the states that samples are taken in, of which the coldest ends
    the cooling.
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
    states: tuple[tuple[str, float], ...]

    @classmethod
    def from_config(cls, section: Mapping) -> "CoolingProtocol":
        """Build from a section returned by `cooling_of`; the numbers of replicas and per batch are not used."""
        values = {name: section[name] for name in cls.__dataclass_fields__}
        values["temperature_grid"] = tuple(values["temperature_grid"])
        values["states"] = tuple(section["states"].items())
        values["further_rates"] = tuple((part["below"], part["rate"]) for part in values["further_rates"])
        return cls(**values)

    @property
    def hottest(self) -> float:
        """Temperature of the hottest state, epsilon*: T_L."""
        return max(dict(self.states).values())

    @property
    def coldest(self) -> float:
        """Temperature of the coldest state, epsilon*: T_G."""
        return min(dict(self.states).values())

    @property
    def rates(self) -> tuple[float, ...]:
        """Rate of each stage, epsilon*/tau, in cooling order; the last one produces the glasses."""
        return (self.cooling_rate, *(rate for _, rate in self.further_rates))

    def stages(self) -> list[Stage]:
        """Stages of the cooling from ``temperature_start`` to T_G."""
        bounds = [below * self.hottest for below, _ in self.further_rates]
        temperatures = [self.temperature_start, *bounds, self.coldest]
        stages, step = [], 0
        for rate, first, last in zip(self.rates, temperatures[:-1], temperatures[1:], strict=True):
            steps = round((first - last) / rate / self.time_step)
            stages.append(Stage(step, step + steps, first, last))
            step += steps
        return stages

    def steps(self) -> int:
        """Steps from ``temperature_start`` to T_G."""
        return self.stages()[-1].last_step

    @property
    def equilibration_steps(self) -> int:
        """Steps at ``temperature_start`` before the cooling."""
        return round(self.equilibration_time / self.time_step)

    def segments(self) -> list[tuple[int, int]]:
        """First and last step of each segment, counted from the start of the equilibration."""
        return segments(self.equilibration_steps + self.steps(), round(self.segment_time / self.time_step))

    def temperatures(self) -> np.ndarray:
        """Temperatures of the snapshots, epsilon*, in cooling order."""
        chosen = {*dict(self.states).values(), *self.temperature_grid}
        return np.array(sorted(chosen, reverse=True))

    def snapshot_steps(self) -> np.ndarray:
        """Cooling steps at which the thermostat reaches `temperatures`."""
        temperatures, steps = self._corners()
        return np.rint(np.interp(-self.temperatures(), -temperatures, steps)).astype(int)

    def temperatures_at(self, step: np.ndarray) -> np.ndarray:
        """Thermostat temperature at cooling steps, epsilon*."""
        temperatures, steps = self._corners()
        return np.interp(step, steps, temperatures)

    def rates_at(self, temperatures: np.ndarray) -> np.ndarray:
        """Cooling rate at given temperatures, epsilon*/tau; where two stages meet, that of the first."""
        ends = np.array([stage.temperature_last for stage in self.stages()])
        passed = (np.asarray(temperatures)[:, None] < ends[:-1]).sum(1)
        return np.array(self.rates)[passed]

    def _corners(self) -> tuple[np.ndarray, np.ndarray]:
        """Temperatures (epsilon*, descending) and cooling steps at the stage boundaries."""
        stages = self.stages()
        temperatures = [stage.temperature_first for stage in stages] + [stages[-1].temperature_last]
        return np.array(temperatures), np.array([stage.first_step for stage in stages] + [stages[-1].last_step])


def cooling_of(config: Mapping, system: str) -> dict:
    """The section ``cooling`` of a complete configuration for one system, with its states and its own values."""
    block = config["systems"][system]
    return {**config["cooling"], **block["cooling"], "states": block["states"]}


def rates_of_glasses(config: Mapping) -> dict[str, float]:
    """Rate of each system's last stage, which produces its glasses, epsilon*/tau."""
    return {name: CoolingProtocol.from_config(cooling_of(config, name)).rates[-1] for name in config["systems"]}

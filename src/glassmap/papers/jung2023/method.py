"""The paper's choices: quantities that are predicted, and what is read of a study's results."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import xarray as xr

from glassmap.analysis.predictor_comparison import MovedPredictions
from glassmap.box import Box
from glassmap.dynamics.bond_breaking import overlap
from glassmap.dynamics.relaxation import relaxation_time
from glassmap.io.datasets import files_by_key, read_dataset, select_replicas
from glassmap.io.schema import CONFIGURATIONS, PREDICTOR, PROPENSITIES, variable
from glassmap.io.splits import REPORTED_SPLIT
from glassmap.seeds import derive_seed
from glassmap.statistics import bootstrap_weights
from glassmap.system import species_index

DYNAMICS = "md"  # beside the names of the models
NOISE_FREE = "md_noise_free"  # the dynamics, from two halves of the runs
HALF = 0.5  # of C_B, at tau_BB
PEAK = 1 / 3  # of tau_BB, where correlations and chi_4 are largest (Fig. 2a, Fig. 3b)
EARLY = 1 / 30  # of tau_BB, where the models differ most (SM Fig. 2)
SHARES = (1 / 30, 1 / 10, 1 / 3)  # of tau_BB, where distributions and maps are shown (Figs. 2b, 3a)
# notes in tables
LEFT_OUT = "the propensity is the same for all particles of a structure: not learned"
ONE_STRUCTURE = "one test structure: no interval"
TWO_STRUCTURES = "two test structures: no interval of a variance"


@dataclass(frozen=True)
class Target:
    """A propensity that is predicted.

    Attributes
    ----------
    variable : str
        Of `glassmap.io.schema.PROPENSITIES`, and in the tables.
    label : str
        In figures, with its unit.
    units : str
    still : bool
        Whether high values are those of particles that have not moved.
    """

    variable: str
    label: str
    units: str
    still: bool

    def collective(self, values: np.ndarray) -> np.ndarray:
        """What chi_4 and S_4 are those of: C_B itself, or the overlap of displacements (supplement, Sec. VI)."""
        return values if self.still else overlap(values)


TARGETS = {
    "bond_breaking": Target("bond_breaking", "propensity $C_B$", "1", True),
    "displacement": Target("displacement", "propensity of the displacement / σ*", "sigma*", False),
}


@dataclass(frozen=True)
class State:
    """The dynamics of one state of a system, and their predictions.

    Attributes
    ----------
    system, state : str
    temperature : float
        epsilon*.
    dynamics : Dataset
        Of all structures, with the variables of `glassmap.io.schema.PROPENSITIES`, or those of `without_runs`.
    species : int
        That is predicted.
    target : Target
    predictors : mapping of str to Dataset
        By model, with the variables of `glassmap.io.schema.PREDICTOR`; of the same structures.
    """

    system: str
    state: str
    temperature: float
    dynamics: xr.Dataset
    species: int
    target: Target
    predictors: Mapping[str, xr.Dataset]

    def about(self) -> dict:
        """First columns of the tables."""
        return {"system": self.system, "state": self.state, "temperature": self.temperature}

    @property
    def times(self) -> np.ndarray:
        """Shape (time,), tau."""
        return self.dynamics["time"].values

    @property
    def chosen(self) -> np.ndarray:
        """Particles that are predicted, shape (N,)."""
        return self.dynamics["species"].values == self.species

    def of_split(self, split: str) -> np.ndarray:
        """Structures of a split, shape (M,), by index."""
        return np.flatnonzero(self.dynamics["split"].values == split)

    def measured(self, split: str) -> np.ndarray:
        """Propensity, shape (time, M, n)."""
        values = self.dynamics[self.target.variable].values[self.of_split(split)]
        return values[:, :, self.chosen].transpose(1, 0, 2)

    def halves(self, split: str) -> np.ndarray:
        """Propensity of the halves of the runs, shape (2, time, M, n)."""
        values = self.dynamics[f"{self.target.variable}_halves"].values[:, self.of_split(split)]
        return values[..., self.chosen].transpose(0, 2, 1, 3)

    def predicted(self, model: str, split: str) -> np.ndarray:
        """Mean prediction of the members, shape (time, M, n); NaN at times that are left out."""
        values = self.predictors[model]["prediction"].values[:, self.of_split(split)]
        return values.astype(float).mean(axis=0).transpose(1, 0, 2)

    def positions(self, split: str) -> list[np.ndarray]:
        """Initial positions of the particles of each structure, shape (n, d)."""
        return list(self.dynamics["initial_position"].values[self.of_split(split)][:, self.chosen])

    @property
    def box(self) -> Box:
        return Box.cube(float(self.dynamics["box_length"]), self.dynamics.sizes["axis"])

    def sources(self) -> list[str]:
        """The dynamics, if they were measured, then the models."""
        return [*([DYNAMICS] if self.target.variable in self.dynamics else []), *self.predictors]

    def field(self, source: str, split: str) -> np.ndarray:
        """Propensity that was measured or that a model predicts, shape (time, M, n)."""
        return self.measured(split) if source == DYNAMICS else self.predicted(source, split)

    def bond_breaking_time(self) -> float:
        """tau_BB of all structures, tau; where the runs end before, that of an exponential through their end."""
        kept = self.dynamics["bond_breaking"].values[:, :, self.chosen].mean(axis=(0, 2))
        time = relaxation_time(self.times, kept, HALF)
        if np.isfinite(time) or kept[0] <= HALF or not kept[-1] < 1:
            return time
        return float(self.times[-1] * np.log(HALF) / np.log(kept[-1]))

    def fraction_of_relaxation(self, share: float) -> int:
        """Index of the predicted time nearest to a share of tau_BB on a logarithmic scale.

        If no bonds break, or half of them have before the first time, that share of the length of the runs.
        """
        half = self.bond_breaking_time()
        wanted = share * (self.times[-1] if np.isnan(half) else half)
        distance = np.where(self.learned, np.abs(np.log(self.times / wanted)), np.inf)
        return int(np.argmin(distance))

    @property
    def learned(self) -> np.ndarray:
        """Whether each time is predicted, shape (time,)."""
        return np.all(
            [np.isfinite(one["prediction"].values).all(axis=(0, 1, 3)) for one in self.predictors.values()], axis=0
        )


def read_states(files: SimpleNamespace, params: SimpleNamespace) -> Iterator[State]:
    """Every state of a study with what is measured and predicted, one at a time.

    Parameters
    ----------
    files : namespace
        ``propensities`` by system and state, and ``predictors``, if there are any, by system, state and model.
    params : namespace
        ``systems``, ``states``, ``temperatures`` (by system and state), ``models``, ``target`` and ``species``.
    """
    models: Sequence[str] = params.models if getattr(files, "predictors", []) else []
    dynamics = files_by_key(files.propensities, params.systems, params.states)
    predictors = files_by_key(files.predictors, params.systems, params.states, models) if models else {}
    for (system, state), path in dynamics.items():
        measured = read_dataset(path, PROPENSITIES)
        predicted = {
            model: select_replicas(measured, read_dataset(file, PREDICTOR), file)
            for model in models
            for file in [predictors[system, state, model]]
        }
        yield State(
            system,
            state,
            params.temperatures[system][state],
            measured,
            species_index(params.species),
            TARGETS[params.target],
            predicted,
        )


def moved_predictions(state: State, params: SimpleNamespace) -> MovedPredictions:
    """The same draws of moved predictions of the test structures in every table; ``params.moved_maps`` of them."""
    seed = derive_seed(params.base_seed, state.system, state.state, "moved predictions")
    return MovedPredictions.draw(np.array(state.positions(REPORTED_SPLIT)), state.box, params.moved_maps, seed)


def without_runs(configurations: xr.Dataset, times: np.ndarray) -> xr.Dataset:
    """Structures in the form of `glassmap.io.schema.PROPENSITIES`, without any dynamics.

    Parameters
    ----------
    configurations : Dataset
        With the variables of `glassmap.io.schema.CONFIGURATIONS`.
    times : ndarray, shape (time,)
        At which their dynamics are predicted, tau.
    """
    structures = configurations[["position", "species", "box_length"]].rename(position="initial_position")
    return structures.assign_coords(time=variable(("time",), times, "tau", "time since the start of the runs"))


def read_states_without_runs(files: SimpleNamespace, params: SimpleNamespace) -> Iterator[State]:
    """Every state of the systems whose dynamics are predicted alone, one at a time.

    Parameters
    ----------
    files : namespace
        ``configurations`` by system and state, and ``predictors`` by system, state and model.
    params : namespace
        As for `read_states`, with ``without_runs``: the systems, and those that their models have learned from.
    """
    structures = files_by_key(files.configurations, params.without_runs, params.states)
    predictors = files_by_key(files.predictors, params.without_runs, params.states, params.models)
    for (system, state), path in structures.items():
        predicted = {model: read_dataset(predictors[system, state, model], PREDICTOR) for model in params.models}
        first = predicted[params.models[0]]
        configurations = select_replicas(first, read_dataset(path, CONFIGURATIONS), path)
        yield State(
            system,
            state,
            params.temperatures[system][state],
            without_runs(configurations, first["time"].values),
            species_index(params.species),
            TARGETS[params.target],
            predicted,
        )


def structure_weights(state: State, params: SimpleNamespace, split: str | None = None) -> np.ndarray:
    """Multiplicity of the structures of a split, or of all, in each draw of the bootstrap, shape (draws, M)."""
    structures = state.dynamics.sizes["sample"] if split is None else len(state.of_split(split))
    seed = derive_seed(params.base_seed, state.system, state.state, "bootstrap of structures")
    return bootstrap_weights(params.bootstrap_samples, structures, seed)


def coldest(params: SimpleNamespace, system: str) -> str:
    """The coldest state of a system."""
    return min(params.states, key=params.temperatures[system].get)

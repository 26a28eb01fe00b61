"""Tables of the second paper: relaxation times, and the characteristic temperatures that follow (SM Fig. 1)."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from glassmap.dynamics.characteristic_temperatures import SCALES
from glassmap.dynamics.relaxation import relaxation_time
from glassmap.papers.jung2023.method import HALF, State, read_states, structure_weights
from glassmap.papers.jung2023.published import bond_breaking_time, characteristic_temperature
from glassmap.statistics import half_width
from glassmap.system import species_index, species_name

TOO_SHORT = "not reached within the runs"
TOO_LATE = "passed before the first of the times"
FITS = 100  # bootstrap samples of the characteristic temperatures, at most
LEVELS = {"tau_bb": HALF, "tau_isf": np.exp(-1), "tau_bo": np.exp(-1)}
CURVES = {"tau_isf": "scattering", "tau_bo": "bond_orientation"}


def relaxation(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Relaxation times of each species, from all structures, with 95 % intervals over them.

    ``tau_bb``: half of the bonds are broken; ``tau_isf``: the self intermediate scattering function has fallen to 1/e;
    ``tau_bo``: so has the correlation of the bond orientation, in two dimensions.
    """
    rows = []
    for state in read_states(files, params):
        weights = structure_weights(state, params)
        for species in range(int(state.dynamics["species"].max()) + 1):
            for quantity in _quantities(state):
                curves = decay(state, quantity, species)
                mean = curves.mean(axis=0)
                value, drawn = _relaxation_times(state, curves, quantity, weights)
                # those that do not relax within the runs would make the interval too narrow
                factor = np.exp(half_width(np.log(drawn), len(curves))) if np.isfinite(drawn).all() else np.nan
                predicted = species == state.species
                rows.append(
                    {
                        **state.about(),
                        "species": species_name(species),
                        "predicted": predicted,
                        "quantity": quantity,
                        "value": value,
                        "low": value / factor,
                        "high": value * factor,
                        "paper": bond_breaking_time(state.system, state.temperature, species)
                        if quantity == "tau_bb" and predicted
                        else np.nan,
                        "structures": len(curves),
                        "at_the_end": mean[-1],
                        "note": _note(value, mean, LEVELS[quantity]),
                    }
                )
    return pd.DataFrame(rows)


def characteristic_temperatures(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Onset, mode-coupling and glass transition temperature of each system, from each relaxation time.

    Of the predicted species; 95 % intervals over the structures of all states. NaN with a note where the states do not
    carry them, where they would be in ``extrapolated``: see `glassmap.dynamics.characteristic_temperatures`.
    """
    species = species_index(params.species)
    states = [
        (state.system, state.temperature, quantity, *_relaxation_times(
            state, decay(state, quantity, state.species), quantity, structure_weights(state, params)[:FITS]
        ), state.dynamics.sizes["sample"])
        for state in read_states(files, params)
        for quantity in _quantities(state)
    ]  # fmt: skip
    rows = []
    for system in params.systems:
        for quantity in LEVELS:
            found = [row for row in states if row[0] == system and row[2] == quantity]
            if not found:
                continue
            _, temperature, _, time, drawn, structures = zip(*found, strict=True)
            for scale, estimate in SCALES.items():
                best = estimate(np.array(temperature), np.array(time))
                half = np.nan
                if not best.note:
                    resampled = [estimate(np.array(temperature), one).value for one in np.transpose(drawn)]
                    half = half_width(np.array(resampled), min(structures)) if np.isfinite(resampled).all() else np.nan
                rows.append(
                    {
                        "system": system,
                        "quantity": quantity,
                        "temperature": scale,
                        "value": best.value,
                        "low": best.value - half,
                        "high": best.value + half,
                        "extrapolated": best.extrapolated,
                        "paper": characteristic_temperature(system, scale, species),
                        "states": int(np.isfinite(time).sum()),
                        "note": best.note,
                    }
                )
    return pd.DataFrame(rows)


def decay(state: State, quantity: str, species: int) -> np.ndarray:
    """The function whose decay to a level defines a relaxation time, of each structure; shape (M, time)."""
    if quantity in CURVES:
        return state.dynamics[CURVES[quantity]].values[:, :, species]
    return state.dynamics["bond_breaking"].values[:, :, state.dynamics["species"].values == species].mean(axis=-1)


def _quantities(state: State) -> list[str]:
    return [name for name in LEVELS if name != "tau_bo" or state.box.dimension == 2]


def _relaxation_times(state: State, curves: np.ndarray, quantity: str, weights: np.ndarray) -> tuple[float, np.ndarray]:
    """Relaxation time, and those of the bootstrap samples; NaN where it is not reached."""
    level = LEVELS[quantity]
    means = weights @ curves / weights.sum(axis=1, keepdims=True)
    times = state.times
    drawn = np.array([relaxation_time(times, curve, level) for curve in means])
    return relaxation_time(times, curves.mean(axis=0), level), drawn


def _note(value: float, mean: np.ndarray, level: float) -> str:
    if np.isfinite(value):
        return ""
    return TOO_LATE if mean[0] <= level else TOO_SHORT

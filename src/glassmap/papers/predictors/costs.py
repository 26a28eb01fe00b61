"""What every predictor takes."""

import csv
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

from glassmap.io.datasets import files_by_key, read_table


def costs(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Seconds that each predictor takes: to train, and then for a structure; as measured when it was computed.

    Of a model those of its training job, and of the descriptors for each structure; of maps of networks those of the
    training of all networks. Empty where nothing was measured, as after a study was copied without its benchmarks.
    """
    measured, rows = files_by_key(files.seconds, params.systems, params.states), []
    for system in params.systems:
        for state in params.states:
            about = {"system": system, "state": state}
            seconds = read_table(measured[system, state], ("predictor", "seconds", "structures"))
            rows += [
                {
                    **about,
                    "predictor": row["predictor"],
                    "training": _of_networks(params.of_networks.get(row["predictor"], []), system),
                    "seconds_per_structure": row["seconds"] / row["structures"],
                }
                for row in seconds.to_dict("records")
            ]
            structures = seconds["structures"].iloc[0] if len(seconds) else np.nan
            learned_from = params.transfer.get(system, system)
            for model, benchmarks in params.benchmarks.items():
                training, inputs = (
                    _seconds(benchmarks[kind].format(system=one, phase=state, model=model))
                    for kind, one in (("training", learned_from), ("inputs", system))
                )
                rows.append(
                    {**about, "predictor": model, "training": training, "seconds_per_structure": inputs / structures}
                )
    columns = ["system", "state", "predictor", "training", "seconds_per_structure"]
    return pd.DataFrame(rows, columns=columns).rename(columns={"training": "training_seconds"})


def _of_networks(benchmarks: Sequence[str], system: str) -> float:
    """Wall time of the training of all networks that a predictor asks; NaN if it asks none or one is not known."""
    return sum(_seconds(path.format(system=system)) for path in benchmarks) if benchmarks else np.nan


def _seconds(benchmark: str) -> float:
    """Wall time of a job from Snakemake's benchmark; NaN if it is not there."""
    path = Path(benchmark)
    if not benchmark or not path.exists():
        return np.nan
    with path.open(newline="") as file:
        times = [row.get("s") for row in csv.DictReader(file, delimiter="\t")]
    try:
        return float(times[-1])
    except (IndexError, TypeError, ValueError):
        return np.nan

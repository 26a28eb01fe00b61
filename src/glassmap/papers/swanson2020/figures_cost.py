"""Figure of the cost of the training against the size of the windows (supplement, Fig. 8)."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from glassmap.io.datasets import read_table
from glassmap.learning.names import D_MPNN
from glassmap.papers.swanson2020.figures_panels import LOOKS
from glassmap.plotting.style import DOUBLE_COLUMN, PAPER, STYLE

COLUMNS = ("network", "model", "window", "device", "seconds", "std", "published")
LINES = {"cpu": "-", "cuda": "--"}
NAMES = {"cpu": "one core", "cuda": "GPU"}


def training_cost(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Seconds per sample and epoch of every graph classifier, beside those of the image classifier."""
    table = read_table(files.table, COLUMNS)
    graphs = table["network"] == D_MPNN
    with plt.rc_context(STYLE):
        figure, axis = plt.subplots(figsize=(DOUBLE_COLUMN / 2, 3.1), layout="constrained")
        looks = dict(zip(dict.fromkeys(table[graphs]["model"]), LOOKS, strict=False))
        for (model, device), rows in table[graphs].groupby(["model", "device"], sort=False):
            name = "D-MPNN of the study" if model == "own" else f"D-MPNN, model {model}"
            axis.errorbar(
                rows["window"], rows["seconds"], rows["std"], linestyle=LINES[device],
                label=f"{name}, {NAMES[device]}", **looks[model],
            )  # fmt: skip
        for row in table[~graphs].itertuples():
            label = f"image CNN of the study, {NAMES[row.device]}"
            axis.axhline(row.seconds, color="0.4", linewidth=1.0, linestyle=LINES[row.device], label=label)
        published = table[table["published"].notna()].drop_duplicates(["model", "window"])
        if len(published):
            axis.plot(published["window"], published["published"], label="published, model II, V100", **PAPER)
        axis.set(yscale="log", xlabel="side of the window / L", ylabel="s per sample and epoch")
        if graphs.any():
            axis.set_xticks(np.unique(table[graphs]["window"]))
        figure.legend(loc="outside lower center", ncols=1)
    return figure

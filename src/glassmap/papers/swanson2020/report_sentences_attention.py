"""Lines at the start of the report on what networks look at, graph measures and artificial configurations."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from glassmap.learning.names import ATTENTION, GRADCAM, INTEGRATED, RANDOM
from glassmap.papers.swanson2020.figures import LABELS

NAMES = {ATTENTION: "attention", GRADCAM: "Grad-CAM", INTEGRATED: "integrated gradients"}
COUNTED = {"isolated": "isolated A", "minority_pairs": "pairs B-B", "components": "connected parts"}


def scores(table: pd.DataFrame) -> Iterator[str]:
    """How scores of the particles go with the Voronoi volume, beside those of random weights."""
    first, phase = table["dataset"].iloc[0], table["phase"].iloc[-1]
    rows = table[(table["dataset"] == first) & (table["phase"] == phase) & (table["quantity"] == "c_upsilon")]
    rows = rows[(rows["length"] == rows["length"].max()) & rows["value"].notna()]
    for row in rows.to_dict("records"):
        random = ""
        if np.isfinite(row["random_weights_low"]):
            random = f"; random weights {row['random_weights_low']:.2f} to {row['random_weights_high']:.2f}"
        yield (
            f"{NAMES[row['score']].capitalize()} of the {LABELS[row['network']]} against Υ in the {phase} of {first}: "
            f"C = {row['value']:.2f} [{row['low']:.2f}, {row['high']:.2f}]{random}."
        )
    if rows.empty:
        yield f"No network recognises the {phase} of {first}, so that nothing is said of what it looks at."


def measures(table: pd.DataFrame) -> Iterator[str]:
    """Temperatures at which what is counted on graphs bends."""
    for system, rows in table.groupby("system", sort=False):
        bends = [
            f"{COUNTED[row['quantity']]} at T_g = {row['value']:.2g} [{row['low']:.2g}, {row['high']:.2g}]"
            for row in rows[rows["value"].notna()].to_dict("records")
        ]
        none = [COUNTED[name] for name in rows[rows["value"].isna()]["quantity"]]
        parts = [*bends, *([f"no bend in {', '.join(none)}"] if none else [])]
        yield f"{system}: {'; '.join(parts)}."


def artificial(table: pd.DataFrame) -> Iterator[str]:
    """How many artificial configurations networks of the first dataset call liquid."""
    rows = table[(table["dataset"] == table["dataset"].iloc[0]) & table["liquid"].notna()]
    for network, of_network in rows.groupby("network", sort=False):
        share = of_network.set_index("configurations")["liquid"]
        full = share.drop(RANDOM)
        beside = " (paper: all)" if of_network["published"].notna().any() else ""
        yield (
            f"The {LABELS[network]} of {rows['dataset'].iloc[0]} calls {100 * full.iloc[0]:.0f} % of {full.index[0]} "
            f"configurations liquid, and {100 * share[RANDOM]:.0f} % of random ones{beside}."
        )

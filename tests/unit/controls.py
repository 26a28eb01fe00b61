"""Made-up tables of controls: what a study's `tables/controls.csv` looks like."""

import numpy as np
import pandas as pd

from glassmap.figures_controls import COLUMNS

NULLS = {
    "constant": 0.99, "density_above_mean": -0.9, "density_below_mean": 0.93, "white_noise": 0.34,
    "signed_white_noise": 0.05, "random_weights": -0.3, "shuffled_labels": 0.2,
}  # fmt: skip
BASELINES = {"number_density": -0.7, "composition": 0.85, "potential_energy": -0.4, "hexatic_order": 0.25}
PAPER = {
    ("KAM", "glass", "c_gamma_upsilon"): -0.828, ("KAM", "liquid", "c_gamma_upsilon"): 0.858,
    ("ABM", "glass", "c_gamma_upsilon"): 0.586, ("KAM", "glass", "c_gamma_delta"): -0.925,
    ("KAM", "glass", "c_gamma_theta"): 0.43, ("KAM", "glass", "r_gamma"): 3.5, ("KAM", "glass", "accuracy"): 1.0,
}  # fmt: skip
NETWORK = {
    "c_gamma_upsilon": -0.35, "c_gamma_theta": 0.32, "c_gamma_theta_partial": 0.08, "c_gamma_delta": -0.45,
    "c_gamma_delta_partial": -0.1, "r_gamma": 3.6, "accuracy": 0.98,
}  # fmt: skip
SCALE = {"c_gamma_upsilon": 1, "c_gamma_theta": -0.6, "c_gamma_theta_partial": -0.2, "c_gamma_delta": 0.8}


def make_controls(systems=("KAM", "ABM"), nulls=NULLS, baselines=BASELINES) -> pd.DataFrame:
    """Controls of these systems under both protocols; ABM has the opposite signs."""
    rows = []
    for system in systems:
        sign = 1 if system == "KAM" else -1
        for phase in ("glass", "liquid"):
            for quantity, value in NETWORK.items():
                rows += _rows(system, phase, quantity, value, sign, nulls, baselines)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _rows(system, phase, quantity, value, sign, nulls, baselines) -> list[dict]:
    if phase == "liquid" and ("delta" in quantity or quantity == "r_gamma"):
        return []
    correlation = quantity.startswith("c_")
    common = {
        "system": system, "phase": phase, "quantity": quantity, "samples": 23,
        "statistic": "pearson" if correlation else quantity, "draws": 3, "std_over_draws": 0.11,
        "paper": PAPER.get((system, phase, quantity), np.nan), "protocol": np.nan,
    }  # fmt: skip
    centre = sign * value if correlation else value
    network = {
        "map": "gradcam", "kind": "network", "value": centre, "low": centre - 0.07, "high": centre + 0.06,
        "excess": -0.5, "excess_low": -0.6, "excess_high": -0.4,
        "best_null": "density_above_mean", "best_null_value": -0.9 * sign,
    }  # fmt: skip
    entries = [common | network]
    if correlation:
        others = [("null", nulls), ("baseline", baselines)]
        for kind, group in others:
            for place, (name, level) in enumerate(group.items()):
                at = sign * level * SCALE.get(quantity, 0.3)
                bars = (np.nan, np.nan) if place == 1 and "delta" in quantity else (at - 0.05, at + 0.05)
                entry = {"map": name, "kind": kind, "value": at, "low": bars[0], "high": bars[1], "paper": np.nan}
                single = {} if "noise" in name or "random" in name else {"draws": 1, "std_over_draws": np.nan}
                entries.append(common | entry | single)
        entries = [entry | {"protocol": protocol} for protocol in ("frontiers", "arxiv-v2") for entry in entries]
        entries += [entry | {"statistic": "spearman", "value": entry["value"] / 2} for entry in entries]
    return entries

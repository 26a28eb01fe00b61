"""Made-up tables of controls: what a study's `tables/controls.csv` looks like."""

import numpy as np
import pandas as pd

from glassmap.learning.null_maps import NETWORK_NULLS, cut_name
from glassmap.papers.oyama2023.figures_controls import COLUMNS

NULLS = {
    "constant": 0.99, "density_above_mean": -0.9, "density_below_mean": 0.93, "density_cut_positive": 0.95,
    "density_cut_negative": -0.93, "white_noise": 0.34, "signed_white_noise": 0.05, "random_weights": -0.3,
    "shuffled_labels": 0.2,
}  # fmt: skip
# of the density cuts among them
CUTS = {"density_cut_positive": ("density_below", -0.75), "density_cut_negative": ("density_above", 0.25)}
BASELINES = {"number_density": -0.7, "composition": 0.85, "potential_energy": -0.4, "hexatic_order": 0.25}
INDICATORS = {"voronoi_volume": 0.75, "tong_tanaka": -0.6}
PAPER = {
    ("KAM", "glass", "c_gamma_upsilon"): -0.828, ("KAM", "liquid", "c_gamma_upsilon"): 0.858,
    ("ABM", "glass", "c_gamma_upsilon"): 0.586, ("KAM", "glass", "c_gamma_delta_max"): -0.925,
    ("KAM", "glass", "c_gamma_theta"): 0.43, ("KAM", "glass", "r_gamma"): 3.5, ("KAM", "glass", "accuracy"): 1.0,
}  # fmt: skip
NETWORK = {
    "c_gamma_upsilon": -0.35, "c_gamma_theta": 0.32, "c_gamma_theta_partial": 0.28, "c_gamma_delta_max": -0.45,
    "c_gamma_delta_partial_max": -0.1, "r_gamma": 3.6, "accuracy": 0.92,
}  # fmt: skip
# of the values of the null maps
SCALE = {
    "c_gamma_upsilon": 1, "c_gamma_theta": -0.6, "c_gamma_theta_partial": -0.2, "c_gamma_delta_max": 0.8,
    "c_gamma_delta_partial_max": 0.3,
}  # fmt: skip


def make_controls(systems=("KAM", "ABM"), nulls=NULLS, baselines=BASELINES, own=False) -> pd.DataFrame:
    """Controls of these systems under both protocols; ABM has the opposite signs.

    With ``own``, liquid samples have maps of their own class, too.
    """
    rows = []
    for system in systems:
        sign = 1 if system == "KAM" else -1
        for phase in ("glass", "liquid"):
            for quantity, value in NETWORK.items():
                if phase == "glass" or not ("delta" in quantity or quantity == "r_gamma"):
                    rows += _rows(system, phase, quantity, value, sign, nulls, baselines)
                if own and phase == "liquid" and quantity.startswith("c_") and "delta" not in quantity:
                    # the networks' maps of the other class say the opposite; density nulls and baselines the same
                    opposite = {name: -x if name in NETWORK_NULLS else x for name, x in nulls.items()}
                    of_own = _rows(system, phase, quantity, -value, sign, opposite, baselines)
                    rows += [row | {"map_class": "own"} for row in of_own]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _rows(system, phase, quantity, value, sign, nulls, baselines) -> list[dict]:
    correlation, dynamic = quantity.startswith("c_"), "delta" in quantity
    common = {
        "system": system, "phase": phase, "map_class": np.nan if quantity == "accuracy" else "glass",
        "protocol": "frontiers", "quantity": quantity,
        "statistic": "pearson" if correlation else quantity, "draws": 3, "std_over_draws": 0.11,
        "samples": 1 if dynamic else 23,
    }  # fmt: skip
    if not correlation:
        paper = PAPER.get((system, phase, quantity), np.nan)
        network = {"map": "gradcam", "kind": "network", "value": value, "low": value - 0.07, "high": value + 0.06}
        null = {"map": "shuffled_labels", "kind": "null_map", "value": 0.5 * value, "low": 0.45, "high": 0.55}
        compared = _beyond(value, "shuffled_labels", 0.5 * value)
        compared |= {"verdict": "unlike every null"} if quantity == "r_gamma" else {}
        return [common | network | compared | {"paper": paper}, common | null]
    at = {name: sign * level * SCALE[quantity] for name, level in nulls.items()}
    centre = sign * value
    best = max(at, key=lambda name: np.sign(centre) * at[name], default=None)
    compared = {} if best is None else _beyond(centre, best, at[best])
    if best in CUTS:
        compared |= {"best_null": cut_name(*CUTS[best])}
        compared |= {"verdict_null": cut_name(*CUTS[best])} if compared["verdict_null"] else {}
    network = {"map": "gradcam", "kind": "network", "value": centre, "low": centre - 0.07, "high": centre + 0.06}
    rows = [common | network | compared | {"paper": PAPER.get((system, phase, quantity), np.nan)}]
    others = [
        ("null_map", at),
        ("baseline", {name: sign * level * SCALE[quantity] for name, level in baselines.items()}),
    ]
    others += [("indicator", {name: sign * level for name, level in INDICATORS.items()})] if dynamic else []
    for kind, group in others:
        for place, (name, level) in enumerate(group.items()):
            bars = (np.nan, np.nan) if place == 1 and dynamic else (level - 0.05, level + 0.05)
            single = {} if "noise" in name or "random" in name else {"draws": 1, "std_over_draws": np.nan}
            side, threshold = CUTS.get(name, ("", np.nan))
            single |= {"side": side, "threshold": threshold}
            rows.append(common | {"map": name, "kind": kind, "value": level, "low": bars[0], "high": bars[1]} | single)
    rows += [row | {"statistic": "spearman", "value": row["value"] / 2} for row in rows]
    return rows + [row | {"protocol": "arxiv-v2"} for row in rows]


def _beyond(value: float, name: str, null: float) -> dict:
    excess = np.sign(value) * (value - null)
    return {
        "best_null": name, "best_null_value": null,
        "excess": excess, "excess_low": excess - 0.08, "excess_high": excess + 0.09,
        "verdict": "not more than" if excess < -0.09 else "beyond every null" if excess > 0.08 else "undecided",
        "verdict_null": name if excess < -0.09 else "",
    }  # fmt: skip

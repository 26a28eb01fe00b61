"""Sentences and verdicts of the page "What the network adds", generated from the results of a study.

Every statement is backed by a row of a table; the verdicts follow
`glassmap.papers.oyama2023.null_comparison.verdict`.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from glassmap.learning.null_maps import cut_name
from glassmap.papers.oyama2023.figures_controls import SYMBOLS, name_of_map
from glassmap.papers.oyama2023.null_comparison import (
    BEYOND,
    CANNOT_EXCEED,
    NOT_COMPARED,
    NOT_MORE,
    UNDECIDED,
    UNLIKE,
)

PAPER_COOLING_RATE = 1 / 12000  # epsilon*/tau (Frontiers, Sec. 2.2)
# samples that were not cooled, by samples.source
ORIGINS = {"files": "from your files", "swap": "equilibrated by swap Monte Carlo"}
MADE = {"files": "read", "swap": "equilibrated"}
HELD_FIXED = "density, composition and Voronoi volume held fixed"
UNSIGNED = ("r_gamma", "accuracy")
LENGTHS = ("r_gamma",)
PARTIAL = {"c_gamma_theta": "c_gamma_theta_partial", "c_gamma_delta_max": "c_gamma_delta_partial_max"}


def number(value: float, signed: bool = True) -> str:
    """Number with two decimals, with sign for correlations; typographic minus, and no minus before 0.00."""
    if not np.isfinite(value):
        return "not measured"
    text = f"{value + 0.0:+.2f}" if signed else f"{value + 0.0:.2f}"
    if not float(text):
        text = "0.00"
    return text.replace("-", "−")


def with_interval(value: float, low: float, high: float, signed: bool = True) -> str:
    """Number with its interval, if there is one."""
    if not np.isfinite([value, low, high]).all():
        return number(value, signed)
    return f"{number(value, signed)} [{number(low, signed)}, {number(high, signed)}]"


def group_name(system: str, phase: str, phases: Sequence[str], of_own: bool) -> str:
    """Printed name of the maps of a system and phase, for the class glass or the samples' own class.

    The papers do not say which class the maps of liquid samples explain. ``phases`` names liquid and glass.
    """
    if phase == phases[1]:
        return f"{system} {phase}"
    return f"{system} {phase}, maps of {'its own class' if of_own else f'the class {phases[1]}'}"


def verdict_in_print(row: Mapping) -> str:
    """Printed verdict of a row of the networks, with the null that it names."""
    judged = row["verdict"] if isinstance(row["verdict"], str) else NOT_COMPARED
    named = isinstance(row["verdict_null"], str) and row["verdict_null"]
    return f"{judged} {name_of_map(row['verdict_null'])}" if named else judged


def finding(row: Mapping, nulls: pd.DataFrame) -> dict[str, str]:
    """Sentences and verdict on one quantity of the networks of one system and phase.

    Parameters
    ----------
    row : mapping
        The row of kind ``network`` of the table of controls.
    nulls : DataFrame
        The rows of kind ``null_map`` of the same system, phase, protocol, quantity and statistic.

    Returns
    -------
    dict
        ``symbol``, ``value``, ``deviation``, ``paper``, ``null``, ``excess``, ``verdict``: cells of a row; ``text``.
    """
    quantity = row["quantity"]
    signed = quantity not in UNSIGNED
    symbol = SYMBOLS.get(quantity, quantity)
    known = nulls[np.isfinite(nulls["value"].astype(float))]
    value, deviation = float(row["value"]), float(row["std_over_draws"])
    is_length = quantity in LENGTHS
    best = name_of_map(row["best_null"]) if isinstance(row["best_null"], str) else ""
    compared = tuple(float(row[name]) for name in ("excess", "excess_low", "excess_high"))
    judged = verdict_in_print(row)
    low, high = float(row["low"]), float(row["high"])
    first = f"The networks have {with_interval(value, low, high, signed)} on {count(row['samples'], 'sample')}"
    if np.isfinite(deviation):
        first += f", with a deviation of {number(deviation, False)} over {count(row['draws'], 'network')}"
    text = [f"{first}.", *_network_scatter(row)] if np.isfinite(value) else [_not_measured(row)]
    if signed and low < 0 < high:
        text.append("The interval holds 0, so that the sign is not known, nor therefore which null is the best.")
    text += _of_the_paper(float(row["paper"]), value, known, signed)
    text += of_the_moved_maps(row)
    excess = "–"
    if np.isfinite(compared[0]):
        excess = with_interval(*compared)
        which = "nearest null" if is_length else f"best null{' in the direction of their sign' if signed else ''}"
        against = f"{best} with {number(float(row['best_null_value']), signed)}"
        what = "difference from it" if is_length else "excess over it"
        text.append(f"The {which} is {against}; their {what} is {excess}.")
        if row["verdict"] == CANNOT_EXCEED:
            text.append(f"{best} is at the bound of what is measured, which nothing can exceed.")
    elif len(known):
        ends = (known.loc[known["value"].idxmin()], known.loc[known["value"].idxmax()])
        least, most = (f"{number(float(end['value']), signed)} ({_name(end)})" for end in ends)
        text.append(f"The nulls have {least}." if len(known) == 1 else f"The nulls lie between {least} and {most}.")
    else:
        text.append("There is no null to compare it with.")
    return {
        "symbol": symbol,
        "value": with_interval(value, float(row["low"]), float(row["high"]), signed),
        "deviation": number(deviation, False) if np.isfinite(deviation) else "–",
        "paper": number(float(row["paper"]), signed) if np.isfinite(float(row["paper"])) else "–",
        "null": f"{best} {number(float(row['best_null_value']), signed)}" if best else "–",
        "excess": excess,
        "verdict": judged,
        "text": " ".join(text),
    }


def _not_measured(row: Mapping) -> str:
    """Sentence on a quantity without a value, with the reason from the table, if it has one."""
    note = row["note"]
    return f"It was not measured: {note}." if isinstance(note, str) and note else "It was not measured."


def _name(row: Mapping) -> str:
    """Printed name of a map; the formula for a chosen density cut."""
    cut = isinstance(row["side"], str) and row["side"]
    return name_of_map(cut_name(row["side"], row["threshold"]) if cut else row["map"])


def _network_scatter(row: Mapping) -> list[str]:
    """Sentence if the networks scatter more than the uncertainty over glasses."""
    low, high, deviation = float(row["low"]), float(row["high"]), float(row["std_over_draws"])
    if not np.isfinite([low, high, deviation]).all():
        return []
    half = (high - low) / 2
    if deviation <= half:
        return []
    return [f"The networks differ by more than half the width of that interval, {number(half, False)}."]


def _of_the_paper(paper: float, value: float, nulls: pd.DataFrame, signed: bool) -> list[str]:
    """Sentence on the paper's value, and on how far null maps reach in its direction."""
    if not np.isfinite(paper):
        return []
    text = f"The paper has {number(paper, signed)}"
    if signed and np.isfinite(value) and value * paper < 0:
        text += ", of the other sign"
    if signed and len(nulls):
        furthest = nulls.loc[(nulls["value"] * np.sign(paper)).idxmax()]
        reached = float(furthest["value"]) * np.sign(paper)
        beyond = " beyond the paper's value itself" if reached >= abs(paper) else " short of it"
        text += (
            f"; in that direction the furthest null, {_name(furthest)}, has {number(float(furthest['value']))},{beyond}"
        )
    return [text + "."]


def of_the_moved_maps(row: Mapping) -> list[str]:
    """Sentence on the chance level for few glasses, from the moved maps."""
    chance, largest = float(row["moved_p"]), float(row["moved_largest"])
    if not np.isfinite([chance, largest]).all():
        return []
    judged = "so that it may be chance" if chance > 0.05 else "which chance alone seldom gives"
    return [
        "Moved, turned and mirrored against the glass, the same maps have a largest modulus of more than "
        f"{number(largest, False)} in 5 % of the draws and reach the networks' with p = {chance:.2g}, {judged}."
    ]


def with_and_without(rows: Mapping[str, Mapping]) -> list[str]:
    """Sentences on each correlation of the networks and the corresponding partial correlation."""
    sentences = []
    for quantity, row in rows.items():
        partial = rows.get(PARTIAL.get(quantity))
        if partial is not None:
            plain, fixed = (
                with_interval(*(float(entry[name]) for name in ("value", "low", "high"))) for entry in (row, partial)
            )
            sentences.append(f"{SYMBOLS.get(quantity, quantity)} is {plain}; with {HELD_FIXED} it is {fixed}.")
    return sentences


def of_the_ensemble(table: pd.DataFrame) -> list[str]:
    """Sentences on the networks of one system and phase.

    Parameters
    ----------
    table : DataFrame
        Rows of ``tables/ensemble.csv`` of one system, phase and class, for one protocol or none.
    """
    rows = {row["quantity"]: row for row in table.to_dict("records")}
    sentences = []

    def measured(name: str, signed: bool) -> str:
        return with_interval(*(float(rows[name][key]) for key in ("value", "low", "high")), signed)

    agreeing = [
        f"{measured(name, True)} {kind}"
        for name, kind in (("agreement_bare", "bare"), ("agreement_coarse", "coarse-grained"))
        if name in rows and np.isfinite(float(rows[name]["value"]))
    ]
    if not agreeing and "agreement_bare" in rows and isinstance(rows["agreement_bare"]["note"], str):
        sentences.append(f"The agreement of two networks was not measured: {rows['agreement_bare']['note']}.")
    if agreeing:
        sentences.append(
            f"Two networks' maps of the same sample correlate by {' and '.join(agreeing)}, "
            f"over {count(rows['agreement_bare']['samples'], 'sample')}."
        )
    floors = [
        f"{number(float(row['value']))} for {name_of_map(name.removeprefix('agreement_coarse_'))}"
        for name, row in rows.items()
        if name.startswith("agreement_coarse_") and np.isfinite(float(row["value"]))
    ]
    if floors:
        sentences.append(
            f"Coarse-grained draws of one null map, which no training made alike, have {', '.join(floors)}."
        )
    if "accuracy" in rows:
        text = f"Test accuracy {measured('accuracy', False)}"
        deviation = float(rows["accuracy"]["std_over_networks"])
        if np.isfinite(deviation):
            text += f", deviation {number(deviation, False)} over {count(rows['accuracy']['networks'], 'network')}"
        sentences.append(f"{text}; {count(rows['accuracy']['failed'], 'training')} failed.")
    excluded = [
        f"{measured(name, False)} of the maps are {kind}"
        for name, kind in (("dead_fraction", "dead"), ("wrong_fraction", "of samples that the network gets wrong"))
        if name in rows and np.isfinite(float(rows[name]["value"]))
    ]
    if excluded:
        sentences.append(f"{' and '.join(excluded)}.")
    for name, row in rows.items():
        spread = float(row["value"])
        quantity = name.removeprefix("spread_")
        if quantity != name and quantity in SYMBOLS and np.isfinite(spread):
            text = (
                f"The networks' means of {SYMBOLS[quantity]} go from {number(float(row['smallest']))} to "
                f"{number(float(row['largest']))}: deviation {with_interval(spread, row['low'], row['high'], False)}"
            )
            if np.isfinite(float(row["expected"])):
                text += f", where finite samples alone would give {number(float(row['expected']), False)}"
            sentences.append(f"{text}.")
    return sentences


def beside_paper(rate: float) -> str:
    """How fast glasses were cooled, epsilon*/tau, next to the paper's."""
    ratio = rate / PAPER_COOLING_RATE
    if np.isclose(ratio, 1, rtol=1e-3):
        return "at the paper's rate"
    return f"{max(ratio, 1 / ratio):.3g} times {'faster' if ratio > 1 else 'slower'} than the paper's"


def caveats(study: Mapping, judged: int) -> list[str]:
    """Limitations of all numbers on the page.

    Parameters
    ----------
    study : mapping
        ``replicas``, ``test``, ``networks``, ``configurations``, ``runs`` (numbers), ``dynamics`` (whether there are
        any), ``source`` (``samples.source``), ``cooling_rates`` by system, epsilon*/tau, none of samples that were
        not cooled, and ``phases``, the names of liquid and glass.
    judged : int
        Number of verdicts on the page.
    """
    liquid, glass = study["phases"]
    paces = {name: beside_paper(rate) for name, rate in study["cooling_rates"].items()}
    if not paces:
        origin = f"The glasses are {ORIGINS[study['source']]}"
    elif len(set(paces.values())) == 1:
        origin = f"The glasses were cooled {next(iter(paces.values()))}"
    else:
        origin = f"The glasses were cooled {', '.join(f'those of {name} {pace}' for name, pace in paces.items())}"
    dynamics = (
        f"The dynamics are of {count(study['configurations'], 'configuration')} of each model, "
        f"{count(study['runs'], 'run')} at the highest temperature. C(Γ, Δ) is the largest over the times, of "
        "networks and nulls alike. Of one glass intervals are over runs and say nothing of others, so that no verdict "
        "is given; what chance gives there is what the maps moved against the glass have."
    )
    made = "cooled" if paces else MADE[study["source"]]
    return [
        f"{count(study['replicas'], 'replica')} of each model were {made}, a share of "
        f"{study['test']:.2f} of them for the test that every number here is of; the paper has 5000, 600 of them for "
        "the test.",
        f"{count(study['networks'], 'network')} of each model; the paper shows one. The interval of a value is over "
        "replicas and holds the networks fixed; that of an excess, and so the verdict, is over networks and draws as "
        "well, and wide where there are few of them.",
        f"{origin}: they are differently annealed, and the paper's value is no target "
        "that a study at another rate must meet. Where Frontiers prints no mean correlation, v2's stands beside ours.",
        "The accuracy of a null network is that over both phases: one that calls everything a glass is right about "
        "every glass.",
        *([dynamics] if study["dynamics"] else []),
        f"At most 5 % of the verdicts are false where there is nothing to find: of {judged} comparisons without any "
        f"difference, at most about {0.05 * judged:.1f} would be called anything but undecided by chance.",
        "The threshold of a density cut is chosen on the validation replicas and its number is of the test replicas, "
        "so that choosing costs nothing. For C(Γ, Δ), known of few test glasses, every threshold is a null of its own.",
        f"The papers do not say for which class the maps of liquid samples are: those of the class {glass} and of the "
        f"class {liquid} stand side by side, and the paper's value beside both.",
        "Maps that have nothing in common agree, too: all are carried to the particles by the same inverse, and all "
        "networks see the same density. Agreement between networks means something beside that of null maps only.",
    ]


def count(number_of: float, thing: str) -> str:
    """How many things there are, with a plural where it is due."""
    many = f"{thing}{'' if number_of == 1 else 's'}"
    return f"{int(number_of)} {many}" if np.isfinite(number_of) else f"? {many}"


def count_verdicts(judged: Sequence[str]) -> dict[str, int]:
    """How often each verdict was given, as it is printed in a sentence; verdicts may name their null."""
    return {
        BEYOND: judged.count(BEYOND),
        f"{NOT_MORE} a null": sum(entry.startswith(NOT_MORE) for entry in judged),
        "unable to exceed a null": sum(entry.startswith(CANNOT_EXCEED) for entry in judged),
        UNLIKE: judged.count(UNLIKE),
        UNDECIDED: judged.count(UNDECIDED),
    }

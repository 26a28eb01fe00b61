"""Coarse-graining lengths: xi of the propensity from its decay, xi of indicators from their correlation with it.

Frontiers, Sec. 4.2, Table 3, Figs. 3 and 8; v2 supplement, Fig. S3.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from glassmap.analysis.method import Method
from glassmap.analysis.particle_fields import ParticleFields, mean_by_indicator
from glassmap.dynamics.propensity import nearest_frame
from glassmap.io.exclusions import CRYSTAL, why_nothing_is_left
from glassmap.io.schema import variable
from glassmap.statistics import finite_mean, pearson_of_each
from glassmap.structure.coarse_graining import smoother
from glassmap.structure.indicators import BASELINES
from glassmap.structure.spatial_correlation import (
    bin_centres,
    first_crossing,
    noise_free_correlation,
    spatial_correlation,
)

REFERENCE_DELTA = 1.0  # xi_Delta at this delta is used for all times (Frontiers, Table 3: 4 for KAM, 3 for ABM)
NO_PROPENSITY_LENGTH = "no coarse-graining length of the propensity"
CONSTANT_PROPENSITY = "the propensity is constant"


@dataclass(frozen=True)
class Glass:
    """Structure and propensity of one configuration at one temperature.

    Attributes
    ----------
    configuration : int
        Replica.
    positions : ndarray, shape (N, 2)
        sigma*.
    box_length : float
    fields : ParticleFields
    propensity : mapping of Method to ndarray, shape (time, N)
        Bare, by method.
    delta : mapping of Method to ndarray, shape (time,)
        By method, sigma*.
    noise_ceiling : ndarray, shape (time,)
        For the bare propensity of the first method, see `glassmap.dynamics.propensity.Average`.
    runs : callable
        Maps a frame to an iterable over the bare displacements of the runs, shape (N,).
    """

    configuration: int
    positions: np.ndarray
    box_length: float
    fields: ParticleFields
    propensity: Mapping[Method, np.ndarray]
    delta: Mapping[Method, np.ndarray]
    noise_ceiling: np.ndarray
    runs: Callable[[int], Iterable[np.ndarray]]


def measure(
    glasses: Sequence[Glass],
    time: np.ndarray,
    targets: Sequence[float],
    tolerance: float,
    bin_width: float,
    maximum_distance: float,
    scan: Sequence[float],
    xi_paper: Mapping[Method, float],
) -> xr.Dataset:
    """Content of ``lengths.nc``: lengths of a system at its highest temperature.

    Parameters
    ----------
    glasses : sequence of Glass
        One per configuration.
    time : ndarray, shape (time,)
        tau.
    targets : sequence of float
        Values of delta at which to measure C_Delta(r), sigma*.
    tolerance : float
        Largest relative deviation of delta from a target.
    bin_width, maximum_distance : float
        Of C_Delta(r), sigma*.
    scan : sequence of float
        Lengths xi_alpha to try, sigma*.
    xi_paper : mapping of Method to float
        Published xi_Delta of each method, used if it cannot be measured; 0 is bare, NaN if not published. The decay is
        measured for the first method's propensity.

    Returns
    -------
    Dataset
    """
    decay = _decay(glasses, next(iter(xi_paper)), targets, tolerance, bin_width, maximum_distance)
    # noise of few runs shortens the decay; the noise-free correlation is the limit of many runs
    noise_free, raw = decay["xi_delta_noise_free"].values, decay["xi_delta"].values
    measured = _reference_length(np.where(np.isfinite(noise_free), noise_free, raw), targets, tolerance)
    xi_propensity = {
        method: (measured if np.isfinite(measured) else published)
        if method.coarse_grains_propensity and published != 0
        else 0.0
        for method, published in xi_paper.items()
    }
    scanned = _scan(glasses, time, scan, xi_propensity)
    not_usable = np.stack([glass.fields.not_usable for glass in glasses])
    return xr.merge([decay, scanned], join="exact").assign(
        not_usable=variable(
            ("configuration", "field"),
            not_usable,
            "",
            "why the field is not usable, as of a network that failed or of a crystal; empty if it is",
        )
    )


def _decay(
    glasses: Sequence[Glass],
    method: Method,
    targets: Sequence[float],
    tolerance: float,
    bin_width: float,
    maximum_distance: float,
) -> xr.Dataset:
    """The decay of the correlation of a method's bare propensity at each target delta; NaN for crystals."""
    distance = bin_centres(bin_width, maximum_distance)
    shape = (len(glasses), len(targets))
    decay, common = (np.full((*shape, len(distance)), np.nan) for _ in range(2))
    reached, xi_delta, noise_free, ceiling = (np.full(shape, np.nan) for _ in range(4))
    spatial = {"bin_width": bin_width, "maximum_distance": maximum_distance}
    for row, glass in enumerate(glasses):
        if (glass.fields.not_usable == CRYSTAL).any():
            continue
        for column, target in enumerate(targets):
            frame = nearest_frame(glass.delta[method], target, tolerance)
            if frame is None:
                continue
            field = glass.propensity[method][frame]
            reached[row, column] = glass.delta[method][frame]
            ceiling[row, column] = glass.noise_ceiling[frame]
            geometry = (glass.positions, glass.box_length)
            decay[row, column] = spatial_correlation(field, *geometry, **spatial)
            xi_delta[row, column] = first_crossing(distance, decay[row, column], 1 / np.e)
            common[row, column] = noise_free_correlation(glass.runs(frame), *geometry, **spatial)
            noise_free[row, column] = first_crossing(distance, common[row, column], 1 / np.e)
    of_target, of_bin = ("configuration", "target"), ("configuration", "target", "bin")
    return xr.Dataset(
        {
            "propensity_correlation": variable(
                of_bin, decay, "1", "C_Delta(r) of the bare propensity; NaN where delta is not reached"
            ),
            "noise_free_correlation": variable(of_bin, common, "1", "C(r) of what different runs have in common"),
            "delta_at_target": variable(of_target, reached, "sigma*", "delta of the frame; NaN where not reached"),
            "xi_delta": variable(
                of_target,
                xi_delta,
                "sigma*",
                "distance at which C_Delta(r) = 1/e; NaN where it is below in the first bin or nowhere",
            ),
            "xi_delta_noise_free": variable(
                of_target, noise_free, "sigma*", "the same of what different runs have in common"
            ),
            "noise_ceiling_at_target": variable(
                of_target, ceiling, "1", "noise ceiling of the bare propensity; noise of the runs shortens xi_delta"
            ),
        },
        coords={
            "configuration": _replicas(glasses),
            "target": variable(("target",), np.array(targets, dtype=float), "sigma*", "wanted delta"),
            "distance": variable(("bin",), distance, "sigma*", "distance"),
        },
    )


def _scan(
    glasses: Sequence[Glass], time: np.ndarray, scan: Sequence[float], xi_propensity: Mapping[Method, float]
) -> xr.Dataset:
    """Correlation with the propensity for each xi_alpha tried, and the lengths at which it is largest."""
    indicators = list(dict.fromkeys(glasses[0].fields.indicator.tolist()))
    scanned = {
        method: np.stack([scan_lengths(glass, method, scan, xi) for glass in glasses])
        for method, xi in xi_propensity.items()
    }
    scores = {
        method: np.stack(
            [_scores(table, glass.fields, indicators) for table, glass in zip(tables, glasses, strict=True)]
        )
        for method, tables in scanned.items()
    }
    best = {method: _argmax(finite_mean(score), scan) for method, score in scores.items()}
    in_papers = [name not in BASELINES for name in indicators]
    common_length = {
        method: _argmax(finite_mean(finite_mean(score)[:, in_papers], axis=-1)[:, None], scan)[0]
        for method, score in scores.items()
    }
    held_out = {
        method: np.stack([_held_out(score, row, scan) for row in range(len(glasses))])
        for method, score in scores.items()
    }
    deltas = {method: np.stack([glass.delta[method] for glass in glasses]) for method in xi_propensity}

    def by_method(values: Mapping) -> np.ndarray:
        return np.stack([np.asarray(values[method]) for method in xi_propensity])

    return xr.Dataset(
        {
            "scan": variable(
                ("protocol", "configuration", "xi", "time", "field"),
                by_method(scanned),
                "1",
                "Pearson correlation of the propensity with an indicator coarse-grained with xi",
            ),
            "scan_delta": variable(
                ("protocol", "configuration", "time"), by_method(deltas), "sigma*", "mean displacement delta(t)"
            ),
            "scan_score": variable(
                ("protocol", "configuration", "xi", "indicator_name"),
                by_method(scores),
                "1",
                "largest |C| over time, mean over networks",
            ),
            "xi_structure": variable(
                ("protocol", "indicator_name"),
                by_method(best),
                "sigma*",
                "xi with the largest |C|; NaN at the edge of the scan",
            ),
            "xi_structure_together": variable(
                ("protocol",),
                by_method(common_length),
                "sigma*",
                "xi with the largest mean of |C| over indicators; NaN at the edge of the scan",
            ),
            "xi_structure_held_out": variable(
                ("protocol", "configuration", "indicator_name"),
                by_method(held_out),
                "sigma*",
                "xi with the largest |C| on the other configurations; NaN at the edge of the scan and without others",
            ),
            "xi_propensity": variable(
                ("protocol",),
                by_method(xi_propensity),
                "sigma*",
                "xi_Delta at all times, noise-free at delta = 1; 0 is bare, the paper's where it cannot be measured",
            ),
        },
        coords={
            "protocol": [method.name for method in xi_propensity],
            "configuration": _replicas(glasses),
            "xi": variable(("xi",), np.array(scan, dtype=float), "sigma*", "coarse-graining length; 0 is bare"),
            "time": variable(("time",), time, "tau", "time"),
            "indicator_name": indicators,
            **glasses[0].fields.coordinates(),
        },
    )


def _replicas(glasses: Sequence[Glass]) -> tuple:
    return variable(("configuration",), np.array([glass.configuration for glass in glasses]), "1", "replica")


def scan_notes(lengths: xr.Dataset, protocol: str) -> dict[str, str]:
    """Notes on the best length of each indicator, and of all of them (``together``).

    Parameters
    ----------
    lengths : Dataset
        From `measure`.
    protocol : str
        Name of the method.

    Returns
    -------
    dict of str to str
        ``at the edge of the scan (20)`` if |C| is largest at the last length of the scan, or at a first one above 0:
        a length outside the scan may be better, so the length is NaN. ``bare is best`` if the best length is 0. If
        there is no score, the reason: no field is usable, or the length of the propensity is unknown.
    """
    scan = lengths["xi"].values
    score = finite_mean(lengths["scan_score"].sel(protocol=protocol).transpose("configuration", ...).values)
    names = lengths["indicator_name"].values.tolist()
    in_papers = [name not in BASELINES for name in names]
    columns = {
        **dict(zip(names, score.T, strict=True)), "together": finite_mean(score[:, in_papers], axis=-1)
    }  # fmt: skip
    fields = lengths["indicator"].values
    reasons = lengths["not_usable"].transpose("field", "configuration").values
    propensity_known = np.isfinite(lengths["xi_propensity"].sel(protocol=protocol))
    notes = {}
    for name, column in columns.items():
        if not np.isfinite(column).all():
            of_name = fields == name if name in names else ~np.isin(fields, list(BASELINES))
            nothing_left = why_nothing_is_left(reasons[of_name])
            notes[name] = nothing_left or (CONSTANT_PROPENSITY if propensity_known else NO_PROPENSITY_LENGTH)
            continue
        best = scan[column.argmax()]
        notes[name] = f"at the edge of the scan ({best:g})" if _at_edge(best, scan) else "" if best else "bare is best"
    return notes


def scan_lengths(glass: Glass, method: Method, scan: Sequence[float], xi_propensity: float) -> np.ndarray:
    """C_alpha,Delta as a function of xi_alpha (v2, Fig. S3).

    Parameters
    ----------
    glass : Glass
    method : Method
        Defines the kernels and the power of the displacement.
    scan : sequence of float
        xi_alpha, sigma*.
    xi_propensity : float
        xi_Delta, sigma*; 0 is bare.

    Returns
    -------
    ndarray, shape (xi, time, field)
        NaN for unusable fields, and if xi_Delta is unknown.
    """
    if not np.isfinite(xi_propensity):
        return np.full((len(scan), len(glass.propensity[method]), len(glass.fields.indicator)), np.nan)
    kernel = method.kernel_of("propensity")
    target = smoother(glass.positions, glass.box_length, xi_propensity, kernel)(glass.propensity[method])
    correlations = []
    for xi in scan:
        xi_structure = dict.fromkeys(glass.fields.indicator.tolist(), xi)
        coarse = coarse_fields(glass.fields, glass.positions, glass.box_length, method, xi_structure)
        correlations.append(correlate_fields(coarse, target, glass.fields))
    return np.stack(correlations)


def coarse_fields(
    fields: ParticleFields, positions: np.ndarray, box_length: float, method: Method, xi: Mapping[str, float]
) -> np.ndarray:
    """Coarse-grain fields, each with its indicator's kernel and length; shape (field, N).

    Parameters
    ----------
    fields : ParticleFields
    positions : ndarray, shape (N, 2)
    box_length : float
    method : Method
    xi : mapping of str to float
        Coarse-graining length of each indicator, sigma*; 0 is bare.
    """
    coarse = np.empty_like(fields.values)
    groups: dict = {}
    for index, name in enumerate(fields.indicator.tolist()):
        groups.setdefault((method.kernel_of(name), xi[name]), []).append(index)
    for (kernel, length), members in groups.items():
        coarse[members] = smoother(positions, box_length, length, kernel)(fields.values[members])
    return coarse


def correlate_fields(coarse: np.ndarray, propensity: np.ndarray, fields: ParticleFields) -> np.ndarray:
    """Pearson correlation of every field with the propensity at every time.

    Parameters
    ----------
    coarse : ndarray, shape (field, N)
    propensity : ndarray, shape (..., time, N)

    Returns
    -------
    ndarray, shape (..., time, field)
        NaN for unusable fields.
    """
    correlations = np.full((*propensity.shape[:-1], len(coarse)), np.nan)
    correlations[..., fields.usable] = pearson_of_each(coarse[fields.usable], propensity)
    return correlations


def propensity_length(
    lengths: xr.Dataset, published: Mapping[str, Mapping[str, float]] | None, choice: str, protocol: str
) -> float:
    """xi_Delta for all times, sigma*: published if ``choice`` is "paper" and there is one, else measured; 0 is bare.

    ``published`` holds it under the name of the method and ``propensity``.
    """
    if choice == "paper" and published is not None:
        return published[protocol]["propensity"]
    return float(lengths["xi_propensity"].sel(protocol=protocol))


def target_lengths(
    lengths: xr.Dataset, published: Mapping, choice: str, protocol: str, configuration: int
) -> list[float]:
    """xi_Delta for the maps at each target delta.

    Parameters
    ----------
    lengths : Dataset
        From `measure`.
    published : mapping
        Lengths published for the protocol; must include ``propensity_maps``.
    choice : {"paper", "measured", "held_out"}
    protocol : str
        Name of the method.
    configuration : int
        Replica.

    Returns
    -------
    list of float
        sigma*; 0 is bare. The published length where none was measured.
    """
    paper = published["propensity_maps"]
    if choice == "paper" or published["propensity"] == 0:
        return list(paper)
    glass = lengths.sel(configuration=configuration)
    raw, noise_free = glass["xi_delta"].values, glass["xi_delta_noise_free"].values
    measured = np.where(np.isfinite(noise_free), noise_free, raw).tolist()
    return [xi if np.isfinite(xi) else xi_paper for xi, xi_paper in zip(measured, paper, strict=True)]


def _reference_length(xi_delta: np.ndarray, targets: Sequence[float], tolerance: float) -> float:
    """xi_Delta at the reference delta, averaged over the configurations that reach it; NaN if none does.

    NaN, too, if no target is within ``tolerance`` of the reference delta.
    """
    target = nearest_frame(np.array(targets, dtype=float), REFERENCE_DELTA, tolerance)
    return np.nan if target is None else float(finite_mean(xi_delta[:, target]))


def _scores(table: np.ndarray, fields: ParticleFields, indicators: Sequence[str]) -> np.ndarray:
    """Largest |C| over time of each indicator, averaged over networks, shape (xi, indicator)."""
    means = mean_by_indicator(np.abs(table).max(axis=1), fields)
    return np.stack([means[name] for name in indicators], axis=-1)


def _argmax(score: np.ndarray, scan: Sequence[float]) -> np.ndarray:
    """xi with the largest score (xi, indicator), shape (indicator,); NaN without a score or at an edge of the scan."""
    known = np.isfinite(score).all(axis=0)
    best = np.full(score.shape[1], np.nan)
    best[known] = np.array(scan, dtype=float)[score[:, known].argmax(axis=0)]
    return np.where([_at_edge(xi, scan) for xi in best], np.nan, best)


def _at_edge(xi: float, scan: Sequence[float]) -> bool:
    """Whether a better length may lie outside the scan: at its end, or at its start unless that is 0 (bare)."""
    return xi == max(scan) or (xi == min(scan) and xi > 0)


def _held_out(scores: np.ndarray, row: int, scan: Sequence[float]) -> np.ndarray:
    """xi chosen on all configurations but one, shape (indicator,); NaN if there are no others."""
    others = np.delete(scores, row, axis=0)
    return _argmax(finite_mean(others), scan) if len(others) else np.full(scores.shape[-1], np.nan)

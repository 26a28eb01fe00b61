"""The page of the report with a viewer of particles, from the exported files."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from glassmap.analysis.exported_fields import unit
from glassmap.io.export import Sample, read_about, read_exported

BYTES = 1_400_000  # of all samples together in the page, before they are written as text
MOST = 5  # samples of a file
MAPS = (
    # no network may count for a sample, which then has no mean
    (r"gamma_mean_xi_", r"gamma_mean$", r"gamma_seed_\d+_xi_", r"gamma_seed_"),
    (r"voronoi_volume_xi_", r"voronoi_volume$"),
    (r"propensity", r"tong_tanaka_xi_", r"tong_tanaka$"),
)


def particles(
    paths: Sequence[str], sigma: Mapping[str, Mapping[str, float]], seeds: Sequence[int], configurations: Sequence[int]
) -> dict | None:
    """What the page of the particles shows.

    Parameters
    ----------
    paths : sequence of str
        Exported files ``<system>/<state>.<format>``.
    sigma : mapping
        By system, Lennard-Jones lengths of the pairs of species, sigma*.
    seeds : sequence of int
        Of the networks. Other attributions than Grad-CAM are shown of the first.
    configurations : sequence of int
        Replicas that have runs: they come first.

    Returns
    -------
    dict or None
        ``item`` and ``library`` of the viewer, and for each file its ``name``, ``path`` in the study's folder, how many
        samples are ``shown`` and how many there are (``count``). None if no file has a sample that is small enough.
    """
    groups, files = {}, []
    for path in map(Path, paths):
        system, state = path.parent.name, path.stem
        diameters = {pair[0]: length for pair, length in sigma[system].items() if pair[0] == pair[1]}
        replicas = [int(about["replica"]) for about in read_about(path)]
        order = sorted(range(len(replicas)), key=lambda place: replicas[place] not in configurations)
        shown = [_without(one, seeds) for one in read_exported(path, diameters, order[:MOST])]
        room = BYTES // len(paths)
        kept = [one for place, one in enumerate(shown, 1) if place * _bytes(one) <= room and len(one.box_lengths) == 2]
        if kept:
            groups[f"{system} {state}"] = kept
        files.append(
            {
                "name": f"{system} {state}",
                "path": "/".join(path.parts[-3:]),
                "shown": len(kept),
                "count": len(replicas),
            }
        )
    if not groups:
        return None
    from glassmap.plotting.viewer import library, viewer  # slow to load

    return {"item": viewer(groups, first_maps, lambda name: unit(name, 2)), "library": library(), "files": files}


def first_maps(sample: Sample) -> list[str]:
    """Names of the fields that are shown at first: Gamma, Upsilon and the propensity, or Theta where there is none."""
    known = [name for name, values in sample.fields.items() if np.isfinite(values).any()]
    return [
        next((name for pattern in patterns for name in known if re.match(pattern, name)), known[0]) for patterns in MAPS
    ]


def _without(sample: Sample, seeds: Sequence[int]) -> Sample:
    """A sample without the attributions of all networks but the first, save for Gamma."""
    others = {f"seed_{seed}" for seed in seeds[1:]}
    fields = {
        name: values
        for name, values in sample.fields.items()
        if name.startswith("gamma") or not name.endswith(tuple(others))
    }
    return Sample(sample.positions, sample.species, sample.diameters, sample.box_lengths, fields, sample.about)


def _bytes(sample: Sample) -> int:
    """Size of a sample in the page, before it is written as text: 9 bytes for where and what a particle is."""
    return len(sample.species) * (9 + 2 * len(sample.fields))

"""Users' own dynamics of the particles: a column of their files, or arrays in files of their own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import xarray as xr

from glassmap.errors import GlassmapError
from glassmap.io.sample_patterns import is_array
from glassmap.io.schema import variable
from glassmap.io.splits import REPORTED_SPLIT
from glassmap.io.trajectories.frame import reading
from glassmap.io.trajectories.samples import Sample


def columns_of(options: Mapping) -> list[str]:
    """Columns that ``samples.files.<system>.dynamics`` names, without those that are arrays in files of their own."""
    return [source for source in options.get("dynamics", {}).values() if not is_array(source)]


def array_of(sample: Sample, path: str, name: str) -> np.ndarray:
    """Values of the particles of a sample from an array in a file of its own.

    Parameters
    ----------
    sample : Sample
    path : str
        ``.npy`` or ``.npz``, of shape (N,), or (frames, N) for a file of several frames; particles in the order of
        their ids, or of the file if it has none.
    name : str
        Of the array in an ``.npz`` with several.

    Returns
    -------
    ndarray, shape (N,)
        In the order of the sample.

    Raises
    ------
    GlassmapError
        If it cannot be read, has another shape, or a value is not finite.
    """
    with reading(path):
        values = np.load(path, allow_pickle=False)
        if isinstance(values, np.lib.npyio.NpzFile):
            names = values.files
            if name not in names and len(names) != 1:
                raise GlassmapError(f"arrays {', '.join(names)}; must be one, or one of them {name}")
            values = values[name if name in names else names[0]]
        number = len(sample.species)
        if values.dtype.kind not in "fiu" or values.ndim not in (1, 2) or values.shape[-1] != number:
            raise GlassmapError(
                f"{values.dtype} of shape {values.shape}, must be numbers, ({number},) or (frames, {number})"
            )
        if values.ndim == 2:
            if sample.frame >= len(values):
                raise GlassmapError(f"{len(values)} rows, and frame {sample.frame} of {sample.file} is asked for")
            values = values[sample.frame]
        values = np.asarray(values, dtype=float)[sample.order]
        if not np.isfinite(values).all():
            particle = int(sample.order[np.argmin(np.isfinite(values))])
            raise GlassmapError(
                f"not finite for particle {particle} (from 0) of {sample.file}, frame {sample.frame}; mend it"
            )
    return values


def own_dynamics(
    samples: Iterable[Sample],
    files: Sequence[str],
    dynamics: Mapping[str, str],
    arrays: Mapping[str, Sequence[str]],
    configurations: xr.Dataset,
    required: bool,
) -> xr.Dataset:
    """Contents of ``own_dynamics/<state>.nc``: the users' own dynamics of the test samples of a state.

    Parameters
    ----------
    samples : iterable of Sample
        Those of ``configurations``, in the same order.
    files : sequence of str
        That the samples are from.
    dynamics : mapping of str to str
        Column of the files of each quantity, or a pattern of arrays.
    arrays : mapping of str to sequence of str
        Arrays of those quantities that have any, one for each of ``files``.
    configurations : Dataset
        From `glassmap.io.trajectories.samples.configurations_of`.
    required : bool
        Whether every column must be there; else a column that the first sample lacks is left out.

    Returns
    -------
    Dataset
        With the variables of `glassmap.io.schema.OWN_DYNAMICS`. A column of shape (N, K) gives K quantities,
        ``<name>[0]`` to ``<name>[K - 1]``.

    Raises
    ------
    GlassmapError
        If a column is missing or not finite, or the files have changed since they were read.
    """
    place = {path: index for index, path in enumerate(files)}
    sources, splits = configurations["source"].values, configurations["split"].values
    columns, rows, replicas = None, [], []
    for index, sample in enumerate(_first(samples, len(sources))):
        if f"{sample.file}, frame {sample.frame}" != sources[index]:
            raise GlassmapError(f"{sample.file}, frame {sample.frame}: not there when the samples were read")
        if columns is None:
            columns = {
                name: source
                for name, source in dynamics.items()
                if not is_array(source) and (required or source in sample.columns)
            }
        if splits[index] != REPORTED_SPLIT:
            continue
        quantities: dict[str, np.ndarray] = {}
        for name, source in dynamics.items():
            if name in columns:
                quantities |= _components(name, sample.values(source))
            elif name in arrays:
                quantities[name] = array_of(sample, arrays[name][place[sample.file]], name)
        if rows and quantities.keys() != rows[0].keys():
            raise GlassmapError(f"{sample.file}, frame {sample.frame}: columns of other widths than in {sources[0]}")
        rows.append(quantities)
        replicas.append(int(configurations["replica"].values[index]))
    names = list(rows[0]) if rows else []
    number = configurations.sizes["particle"]
    values = np.array([[row[name] for row in rows] for name in names]).reshape(len(names), len(rows), number)
    return xr.Dataset(
        {"value": variable(("quantity", "sample", "particle"), values, "of the files", "the users' own dynamics")},
        coords={
            "quantity": np.array(names, dtype=str),
            "replica": variable(("sample",), np.array(replicas), "1", "number of the sample"),
        },
    )


def _first(samples: Iterable[Sample], count: int) -> Iterator[Sample]:
    found = 0
    for sample in samples:
        if found == count:
            return
        found += 1
        yield sample
    if found < count:
        raise GlassmapError(f"{found} samples, and {count} when they were read; run again without changing the files")


def _components(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    """A column of shape (N,), or each of (N, K)."""
    if values.ndim == 1:
        return {name: values}
    flat = values.reshape(len(values), -1)
    return {f"{name}[{component}]": flat[:, component] for component in range(flat.shape[1])}

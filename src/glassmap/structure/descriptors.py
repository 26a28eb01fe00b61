"""Coarse-grained structural descriptors of GlassMLP (Jung, Biroli and Berthier 2023)."""

from collections.abc import Sequence

import numpy as np
from numba import njit

from glassmap.box import Box
from glassmap.errors import GlassmapError

LENGTHS = tuple(0.5 * step for step in range(16))  # sigma*
CUTOFF = 20.0  # sigma*; of the authors' code, the paper names none
QUANTITIES = ("density", "potential_energy", "cell_surface", "potential_energy_variance")
CODE, PAPER = FORMULAS = ("code", "paper")
CELLS_PER_CUTOFF = 4  # in each direction: finer cells reach less far beyond the cutoff


def descriptor_names(species_names: Sequence[str], lengths: Sequence[float] = LENGTHS) -> list[str]:
    """Names of the columns of `descriptors`: quantity, species or ``all``, and length."""
    return [
        f"{quantity}_{species}_{np.format_float_positional(length, trim='-')}"
        for quantity in QUANTITIES
        for species in (*species_names, "all")
        for length in lengths
    ]


def descriptors(
    positions: np.ndarray,
    species: np.ndarray,
    energy: np.ndarray,
    surface: np.ndarray,
    box: Box,
    *,
    number_of_species: int,
    lengths: Sequence[float] = LENGTHS,
    cutoff: float = CUTOFF,
    formula: str = CODE,
) -> np.ndarray:
    r"""Coarse-grained density, energy, cell surface and variance of the energy round each particle.

    With weights :math:`w_{ij} = e^{-r_{ij} / L}` for all particles j of a species (and for all together) within the
    cutoff, the particle itself included, L = 0 being the particle alone, and :math:`x` the energy or the surface:

    =========  ==================  ================================  ==================================================
    formula    density             energy, surface                   variance of the energy
    =========  ==================  ================================  ==================================================
    ``code``   :math:`\sum_j w`    :math:`\sum w x / \sum w`         :math:`\sum w (E_j - \bar E_i)^2 / \sum w`
    ``paper``  :math:`\sum_j w`    :math:`\sum w x`                  :math:`\sum w (E_j - \bar E_i)^2`
    =========  ==================  ================================  ==================================================

    with :math:`\bar E_i` the normalised mean of the same species and length. The paper prints sums, the authors' code
    normalises them.

    Parameters
    ----------
    positions : ndarray, shape (N, d)
        Of the inherent structure, sigma*.
    species : ndarray of int, shape (N,)
    energy : ndarray, shape (N,)
        Potential energy of each particle (half of its pairs), epsilon*.
    surface : ndarray, shape (N,)
        Perimeter or surface of each cell (`glassmap.structure.cell_surface`), sigma*^(d-1).
    box : Box
    number_of_species : int
        S; also of a mixture from which a species is absent here.
    lengths : sequence of float
        L, sigma*.
    cutoff : float
        sigma*; may exceed half the box, since each pair counts once, at its nearest image.
    formula : {"code", "paper"}

    Returns
    -------
    ndarray, shape (N, 4 (S + 1) len(lengths))
        Columns as in `descriptor_names`; 0 where there is no particle to average over.

    Raises
    ------
    GlassmapError
        If the formula is unknown.

    Notes
    -----
    Linear in N at a fixed density.
    """
    if formula not in FORMULAS:
        raise GlassmapError(f"formula: got {formula!r}, must be one of {', '.join(FORMULAS)}")
    number, columns = len(positions), number_of_species + 1
    edges = np.array(box.lengths)
    with np.errstate(divide="ignore"):
        rates = 1 / np.array(lengths, dtype=float)  # infinite where L is 0
    values = np.ascontiguousarray(np.stack([np.ones(number), energy, surface, np.square(energy)], axis=-1))
    sums = np.zeros((number, number_of_species, len(lengths), 4))
    _sum(
        np.ascontiguousarray(box.wrap(positions)),
        np.asarray(species, dtype=np.int64),
        values,
        edges,
        np.maximum(1, (edges * (CELLS_PER_CUTOFF / cutoff)).astype(np.int64)),
        rates,
        float(cutoff),
        sums,
    )
    sums = np.concatenate([sums, sums.sum(axis=1, keepdims=True)], axis=1)
    weight = sums[..., 0]
    with np.errstate(invalid="ignore"):
        means = np.where((weight > 0)[..., None], sums[..., 1:] / weight[..., None], 0.0)
    variance = np.maximum(means[..., 2] - means[..., 0] ** 2, 0.0)
    scale = weight if formula == PAPER else 1.0
    blocks = [weight, means[..., 0] * scale, means[..., 1] * scale, variance * scale]
    return np.stack(blocks, axis=1).reshape(number, 4 * columns * len(lengths))


@njit(cache=True, error_model="numpy")
def _sum(positions, species, values, edges, cells, rates, cutoff, sums):
    """Add w, w E, w p and w E^2 of all pairs, and of each particle with itself."""
    number, dimension = positions.shape
    for i in range(number):
        for length in range(len(rates)):
            for value in range(4):
                sums[i, species[i], length, value] += values[i, value]
    total = 1
    for axis in range(dimension):
        total *= cells[axis]
    cell_of = np.empty(number, dtype=np.int64)
    start = np.zeros(total + 1, dtype=np.int64)
    for i in range(number):
        cell = 0
        for axis in range(dimension):
            cell = cell * cells[axis] + min(cells[axis] - 1, int(positions[i, axis] / edges[axis] * cells[axis]))
        cell_of[i] = cell
        start[cell + 1] += 1
    for cell in range(total):
        start[cell + 1] += start[cell]
    order = np.argsort(cell_of, kind="mergesort")
    reach = np.empty(dimension, dtype=np.int64)  # in cells, on either side
    width = np.empty(dimension, dtype=np.int64)  # cells met in each direction, each once
    around = 1
    for axis in range(dimension):
        reach[axis] = int(np.ceil(cutoff / (edges[axis] / cells[axis])))
        width[axis] = min(cells[axis], 2 * reach[axis] + 1)
        around *= width[axis]
    place = np.empty(dimension, dtype=np.int64)
    weights = np.empty(len(rates))
    for cell in range(total):
        rest = cell
        for axis in range(dimension - 1, -1, -1):
            place[axis] = rest % cells[axis]
            rest //= cells[axis]
        for code in range(around):
            other, rest = 0, code
            for axis in range(dimension):
                other = other * cells[axis] + (place[axis] - reach[axis] + rest % width[axis]) % cells[axis]
                rest //= width[axis]
            if other < cell:
                continue
            for first in range(start[cell], start[cell + 1]):
                i = order[first]
                for second in range(first + 1 if other == cell else start[other], start[other + 1]):
                    j = order[second]
                    square = 0.0
                    for axis in range(dimension):
                        difference = abs(positions[i, axis] - positions[j, axis])
                        difference = min(difference, edges[axis] - difference)
                        square += difference * difference
                    if square >= cutoff * cutoff:
                        continue
                    r = np.sqrt(square)
                    for length in range(len(rates)):
                        weights[length] = np.exp(-r * rates[length]) if rates[length] < np.inf else 0.0
                    a, b = species[i], species[j]
                    for length in range(len(rates)):
                        weight = weights[length]
                        for value in range(4):
                            sums[i, b, length, value] += weight * values[j, value]
                            sums[j, a, length, value] += weight * values[i, value]

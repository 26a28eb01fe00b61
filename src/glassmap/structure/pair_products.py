"""Sums of products of many particle fields over pairs."""

import numpy as np
from numba import njit


@njit(cache=True)
def add_products(
    total: np.ndarray, bin_index: np.ndarray, first: np.ndarray, second: np.ndarray, values: np.ndarray
) -> None:
    """Add the products of the values of two particles to the bin of their pair, for many fields.

    Parameters
    ----------
    total : ndarray, shape (bin, field)
        Changed in place.
    bin_index, first, second : ndarray of int, shape (P,)
        Of each pair, its bin and particles.
    values : ndarray, shape (N, field)
    """
    for pair in range(len(bin_index)):
        row, left, right = total[bin_index[pair]], values[first[pair]], values[second[pair]]
        for field in range(len(row)):
            row[field] += left[field] * right[field]

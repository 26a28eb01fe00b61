"""Published numbers: the sets and the AUC of networks on sets that they have not learned."""

import numpy as np

# epsilon*, of the liquids of sets 1 to 5; that of set 6 has the energy of its glass (tmp_cooling_curves.py)
LIQUIDS = {1.992: 1, 1.756: 2, 0.957: 3, 0.548: 4, 0.44: 5}
EQUAL_ENERGY = 6
# epsilon*, and epsilon* per particle above the energy of the glasses (supplement, Sec. I)
EQUAL_ENERGY_TEMPERATURE, EQUAL_ENERGY_DIFFERENCE = 0.55, 0.00046
# trained on (rows) and tested on (columns) sets 1 to 6 (the authors' AUC_matrix.py, which does not say which network)
AUC = np.array([
    [1, 1, 1, 0.925, 0.793, 0.612],
    [1, 1, 0.999, 0.907, 0.772, 0.644],
    [1, 1, 1, 0.982, 0.906, 0.828],
    [1, 1, 1, 0.996, 0.983, 0.969],
    [1, 1, 1, 1, 0.984, 0.979],
    [1, 1, 0.996, 0.979, 0.991, 0.985],
])  # fmt: skip


def number_of_set(temperature: float | None) -> int | None:
    """Number of the published set whose liquid has this temperature, epsilon*; of None that of equal energy."""
    return EQUAL_ENERGY if temperature is None else LIQUIDS.get(temperature)


def published_auc(trained: int | None, tested: int | None) -> float:
    """Published AUC of two sets by number; NaN if there is none."""
    return float(AUC[trained - 1, tested - 1]) if trained and tested else float("nan")

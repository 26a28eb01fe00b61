"""Two kinds of surroundings, told apart by a Gaussian mixture of bond-orientational order: nothing is known of motion.

After Paret, Jack and Coslovich, J. Chem. Phys. 152, 144502 (2020), and Boattini et al., Nat. Commun. 11, 5479 (2020),
who cluster radial and bond-orientational descriptors of single particles.
"""

import numpy as np
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import StandardScaler

from glassmap.box import Box
from glassmap.learning.predictors import Samples
from glassmap.seeds import derive_seed
from glassmap.structure.cells import voronoi_cells
from glassmap.structure.voronoi import coherent_order

SYMMETRIES = {2: tuple(range(3, 9)), 3: tuple(range(2, 9))}  # k of psi_k; l of q_l
STARTS = 5  # of the expectation maximisation, the likeliest of which is taken


def bond_order(positions: np.ndarray, box: Box) -> np.ndarray:
    """Bond-orientational order of every particle, averaged over it and its Voronoi neighbours.

    Parameters
    ----------
    positions : ndarray, shape (N, d)
    box : Box

    Returns
    -------
    ndarray, shape (N, K)
        Moduli of psi_3 to psi_8 in two dimensions, q_2 to q_8 in three (Lechner and Dellago, J. Chem. Phys. 129, 114707
        (2008)); rotations change none.
    """
    orders = SYMMETRIES[box.dimension]
    if box.dimension == 2:
        return coherent_order(positions, box, orders).T
    import freud

    system, bonds = box.freud_system(positions), voronoi_cells(positions, box).bonds
    steinhardt = freud.order.Steinhardt(l=list(orders), average=True, weighted=True)
    return np.array(steinhardt.compute(system, neighbors=bonds).particle_order, dtype=float)


def rarer_surroundings(samples: Samples) -> np.ndarray:
    """Probability of the rarer of two components of the mixture, shape (M, N).

    Every species has a mixture of its own, fitted to the particles of the training structures; of all structures, if
    there are none to train on.
    """
    orders = np.array([bond_order(positions, samples.parameters.box) for positions in samples.positions])
    probability = np.empty(orders.shape[:2])
    for species in np.unique(samples.species):
        chosen = orders[:, samples.species == species]
        learned = chosen[samples.training if samples.training.any() else slice(None)].reshape(-1, orders.shape[-1])
        scaler = StandardScaler().fit(learned)
        seed = derive_seed(samples.seed, "bond order mixture", int(species)) % 2**32
        mixture = GaussianMixture(2, n_init=STARTS, random_state=seed).fit(scaler.transform(learned))
        flat = mixture.predict_proba(scaler.transform(chosen.reshape(-1, orders.shape[-1])))
        flat = flat[:, np.argmin(mixture.weights_)]
        probability[:, samples.species == species] = flat.reshape(chosen.shape[:2])
    return probability

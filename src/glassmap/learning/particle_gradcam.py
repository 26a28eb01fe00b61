"""Grad-CAM scores of the particles of one configuration, from its positions in one call."""

import numpy as np

from glassmap.learning.cnn import GLASS, Classifier
from glassmap.learning.gradcam import grad_cam, rectify
from glassmap.structure.density_grid import configuration_kernel


def particle_gradcam(
    model: Classifier,
    positions: np.ndarray,
    species: np.ndarray,
    sigma: np.ndarray,
    box_length: float,
    *,
    kernel_width: float = 1.0,
    cutoff: float = 2.5,
    target: int = GLASS,
) -> np.ndarray:
    """Grad-CAM score Gamma of every particle (Frontiers, Eqs. 3-4; v2 supplement, Eqs. S1-S4).

    Parameters
    ----------
    model : Classifier
        Such as from `glassmap.learning.cnn.load_model`; it is evaluated where its weights are, on CPU or GPU.
    positions : ndarray, shape (N, 2)
        sigma*.
    species : ndarray of int, shape (N,)
    sigma : ndarray, shape (species, species)
        Lennard-Jones lengths, sigma*.
    box_length : float
        Side of the periodic square, sigma*; that of the samples that the network was trained on.
    kernel_width, cutoff : float
        Of the density field that it was trained on, see `glassmap.structure.density_grid.configuration_kernel`.
    target : {0, 1}
        The class that is explained, liquid or glass.

    Returns
    -------
    ndarray, shape (N,)
        At least 0; 0 everywhere if nothing in the configuration speaks for the class.

    Raises
    ------
    GlassmapError
        If the positions are three-dimensional.

    Examples
    --------
    Scores move with the particles; here a network with random weights looks at a random configuration.

    >>> import numpy as np
    >>> from glassmap.learning.cnn import Architecture, new_classifier
    >>> from glassmap.learning.particle_gradcam import particle_gradcam
    >>> network = new_classifier(Architecture(grid=16, channels=(4, 4), dense=8), seed=1)
    >>> positions, species = 10 * np.random.default_rng(0).random((100, 2)), np.repeat([0, 1], [65, 35])
    >>> sigma = np.array([[1.0, 0.8], [0.8, 0.88]])
    >>> gamma = particle_gradcam(network, positions, species, sigma, box_length=10.0)
    >>> again = particle_gradcam(network, positions[::-1], species[::-1], sigma, box_length=10.0)
    >>> gamma.shape, bool(gamma.max() > 0), bool(np.allclose(again[::-1], gamma, rtol=1e-3, atol=1e-5))
    ((100,), True, True)
    """
    kernel = configuration_kernel(positions, species, sigma, box_length, model.architecture.grid, kernel_width, cutoff)
    field = model.normalisation(kernel.density())[None]
    _, signed = grad_cam(model, field, next(model.parameters()).device)
    return kernel.inverse(rectify(signed[target, 0]).astype(float))

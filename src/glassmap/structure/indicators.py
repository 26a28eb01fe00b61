"""Hand-crafted structural indicators and their registry, which the workflow loops over.

A new indicator is a function ``(positions, species, parameters) -> value per particle`` and one line in
`INDICATORS`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from glassmap.box import Box
from glassmap.structure.voronoi import sixfold_order, tessellate
from glassmap.system import System


@dataclass(frozen=True)
class Parameters:
    """Parameters of the indicators, besides positions and species.

    Attributes
    ----------
    box : Box
    contact : ndarray, shape (S, S)
        Contact distance of each pair of the S species, sigma* (Tong-Tanaka).
    system : System, optional
        The model glass; its pair potential defines the energies.
    density_radius : float
        Radius within which neighbours are counted, sigma*.
    """

    box: Box
    contact: np.ndarray
    system: System | None = None
    density_radius: float = 2.0


@dataclass(frozen=True)
class Indicator:
    """A registry entry: the function, and its names in tables and figures.

    A baseline is a simple property that a good indicator should outperform; the papers have none, so their figures
    leave baselines out. ``units`` contains ``{d}`` if they depend on the dimension; ``planar`` indicators are
    defined in two dimensions only, ``energetic`` ones need a potential. ``short_name`` is for figures that have no room
    for a long ``long_name``.
    """

    function: Callable[[np.ndarray, np.ndarray, Parameters], np.ndarray]
    key: str
    symbol: str
    units: str
    long_name: str
    baseline: bool = False
    planar: bool = False
    energetic: bool = False
    short_name: str = ""

    @property
    def label(self) -> str:
        """Name and symbol, such as ``Voronoi volume Υ``."""
        return f"{self.short_name or self.long_name} {self.symbol}"


def voronoi_volume(positions: np.ndarray, species: np.ndarray, parameters: Parameters) -> np.ndarray:
    """Volume (in two dimensions, area) of each particle's periodic Voronoi cell (Frontiers, Eq. 5 and Sec. 3.3).

    Parameters
    ----------
    positions : ndarray, shape (N, d)
    species : ndarray of int, shape (N,)
    parameters : Parameters

    Returns
    -------
    ndarray, shape (N,)
        In sigma*^d; sums to the volume of the box.

    Examples
    --------
    The cells of a random configuration fill its box, of area 100.

    >>> import numpy as np
    >>> from glassmap.box import Box
    >>> from glassmap.structure.indicators import Parameters, voronoi_volume
    >>> positions, species = 10 * np.random.default_rng(0).random((50, 2)), np.zeros(50, dtype=int)
    >>> upsilon = voronoi_volume(positions, species, Parameters(Box((10.0, 10.0)), contact=np.ones((1, 1))))
    >>> upsilon.shape, float(upsilon.sum().round(3))
    ((50,), 100.0)
    """
    return tessellate(positions, parameters.box).volume


def tong_tanaka(positions: np.ndarray, species: np.ndarray, parameters: Parameters) -> np.ndarray:
    r"""Tong-Tanaka order parameter Theta (Frontiers, Eq. 6; v2 supplement, Sec. I.D and Eq. S5).

    Mean over the pairs (i, j) of angularly adjacent Voronoi neighbours of particle o of
    ``|theta1 - theta2|``: theta1 is the angle i-o-j, theta2 the angle at o of the triangle with sides
    ``contact[o, i]``, ``contact[o, j]`` and ``contact[i, j]``. Small where particles are well packed.

    Parameters
    ----------
    positions : ndarray, shape (N, d)
    species : ndarray of int, shape (N,)
    parameters : Parameters

    Returns
    -------
    ndarray, shape (N,)
        In radians.

    Raises
    ------
    GlassmapError
        In three dimensions, where neighbours have no angular sequence.

    Notes
    -----
    .. math::

        \Theta_o = \frac{1}{N_o} \sum_{\langle ij \rangle} |\theta^{(1)}_{ij} - \theta^{(2)}_{ij}|, \qquad
        \cos\theta^{(2)}_{ij} = \frac{\sigma_{oi}^2 + \sigma_{oj}^2 - \sigma_{ij}^2}{2\,\sigma_{oi}\,\sigma_{oj}}.

    Examples
    --------
    In a hexagonal crystal of one species every angle is that of three discs that touch, 60 degrees, and Theta is 0.

    >>> import numpy as np
    >>> from glassmap.box import Box
    >>> from glassmap.structure.indicators import Parameters, tong_tanaka
    >>> height = np.sqrt(3) / 2
    >>> i, j = np.meshgrid(np.arange(8), np.arange(8))
    >>> crystal = np.stack([i + 0.5 * (j % 2), height * j], axis=-1).reshape(-1, 2)
    >>> parameters = Parameters(Box((8.0, 8 * height)), contact=np.ones((1, 1)))
    >>> theta = tong_tanaka(crystal, np.zeros(64, dtype=int), parameters)
    >>> bool(np.allclose(theta, 0, atol=1e-5))
    True
    """
    parameters.box.require_plane("Tong-Tanaka order parameter")
    cells = tessellate(positions, parameters.box)
    bond = parameters.box.minimum_image(positions[cells.neighbour] - positions[cells.centre])
    angle = np.arctan2(bond[:, 1], bond[:, 0])
    order = np.lexsort((angle, cells.centre))
    centre, neighbour, angle = cells.centre[order], cells.neighbour[order], angle[order]
    # next neighbour counterclockwise; the last is followed by the first
    number = np.bincount(centre, minlength=len(positions))
    first = np.cumsum(number) - number
    following = np.arange(1, len(centre) + 1)
    following[first + number - 1] = first
    theta1 = np.mod(angle[following] - angle, 2 * np.pi)
    side_i = parameters.contact[species[centre], species[neighbour]]
    side_j = side_i[following]
    opposite = parameters.contact[species[neighbour], species[neighbour[following]]]
    theta2 = np.arccos((side_i**2 + side_j**2 - opposite**2) / (2 * side_i * side_j))
    return np.bincount(centre, np.abs(theta1 - theta2), minlength=len(positions)) / number


def number_density(positions: np.ndarray, species: np.ndarray, parameters: Parameters) -> np.ndarray:
    """Local number density in a disc or ball around each particle, computed by freud.

    Parameters
    ----------
    positions : ndarray, shape (N, d)
    species : ndarray of int, shape (N,)
    parameters : Parameters

    Returns
    -------
    ndarray, shape (N,)
        In 1/sigma*^d. The edge of the disc is smeared over one sigma*, so the density is a continuous function.

    Examples
    --------
    In a crystal it is the same around every particle, within the single precision of freud.

    >>> import numpy as np
    >>> from glassmap.box import Box
    >>> from glassmap.structure.indicators import Parameters, number_density
    >>> crystal = np.stack(np.meshgrid(np.arange(8.0), np.arange(8.0)), axis=-1).reshape(-1, 2)
    >>> density = number_density(crystal, np.zeros(64, dtype=int), Parameters(Box((8.0, 8.0)), contact=np.ones((1, 1))))
    >>> bool(np.ptp(density) < 1e-5)
    True
    """
    import freud

    density = freud.density.LocalDensity(parameters.density_radius, diameter=1.0)
    return np.array(density.compute(parameters.box.freud_system(positions)).density, dtype=float)


def composition(positions: np.ndarray, species: np.ndarray, parameters: Parameters) -> np.ndarray:
    """1 for species A, 0 otherwise; coarse-grained, the local fraction of A.

    Parameters
    ----------
    positions : ndarray, shape (N, d)
    species : ndarray of int, shape (N,)
    parameters : Parameters

    Returns
    -------
    ndarray, shape (N,)
    """
    return (np.asarray(species) == 0).astype(float)


def potential_energy(positions: np.ndarray, species: np.ndarray, parameters: Parameters) -> np.ndarray:
    """Potential energy of each particle: half of its pair energies (Frontiers, Eqs. 1-2).

    Parameters
    ----------
    positions : ndarray, shape (N, d)
    species : ndarray of int, shape (N,)
    parameters : Parameters
        Must include the system.

    Returns
    -------
    ndarray, shape (N,)
        In epsilon*; sums to the energy of the configuration.

    Raises
    ------
    ValueError
        If the system is missing or has no potential.

    Examples
    --------
    Two particles at the minimum of the Lennard-Jones potential: half of -1 each, but for the smooth cutoff at 2.5.

    >>> import numpy as np
    >>> from glassmap.structure.indicators import Parameters, potential_energy
    >>> from glassmap.system import System
    >>> one = np.ones((1, 1))
    >>> pair = System("pair", counts=(2,), density=0.02, sigma=one, epsilon=one, cutoff_factor=2.5)
    >>> positions = np.array([[0.0, 0.0], [2 ** (1 / 6), 0.0]])
    >>> potential_energy(positions, pair.species, Parameters(pair.box, contact=one, system=pair)).round(3)
    array([-0.465, -0.465])
    """
    system = parameters.system
    if system is None or not system.has_potential:
        raise ValueError("the potential energy requires a system with a potential")
    number, total = len(positions), np.zeros(len(positions))
    for i, j, r in parameters.box.pairs_in_blocks(positions, float(system.cutoff.max())):
        sigma, epsilon = (table[species[i], species[j]] for table in (system.sigma, system.epsilon))
        energy = system.potential.energy(r, sigma, epsilon)
        total += np.bincount(i, energy, minlength=number) + np.bincount(j, energy, minlength=number)
    return 0.5 * total


def hexatic_order(positions: np.ndarray, species: np.ndarray, parameters: Parameters) -> np.ndarray:
    """Modulus of the bond-orientational order psi_6 of each particle, see `glassmap.structure.voronoi.sixfold_order`.

    Parameters
    ----------
    positions : ndarray, shape (N, d)
    species : ndarray of int, shape (N,)
    parameters : Parameters

    Returns
    -------
    ndarray, shape (N,)
        Between 0 and 1.

    Raises
    ------
    GlassmapError
        In three dimensions.

    Examples
    --------
    1 in a triangular crystal.

    >>> import numpy as np
    >>> from glassmap.box import Box
    >>> from glassmap.structure.indicators import Parameters, hexatic_order
    >>> height = np.sqrt(3) / 2
    >>> i, j = np.meshgrid(np.arange(8), np.arange(8))
    >>> crystal = np.stack([i + 0.5 * (j % 2), height * j], axis=-1).reshape(-1, 2)
    >>> parameters = Parameters(Box((8.0, 8 * height)), contact=np.ones((1, 1)))
    >>> order = hexatic_order(crystal, np.zeros(64, dtype=int), parameters)
    >>> float(order.min().round(3)), float(order.max().round(3))
    (1.0, 1.0)
    """
    return np.abs(sixfold_order(positions, parameters.box)).astype(float)


INDICATORS = {
    "voronoi_volume": Indicator(voronoi_volume, "upsilon", "Υ", "sigma*^{d}", "Voronoi volume"),
    "tong_tanaka": Indicator(
        tong_tanaka, "theta", "Θ", "rad", "Tong-Tanaka order parameter", planar=True, short_name="Tong-Tanaka"
    ),
    "number_density": Indicator(
        number_density,
        "density",
        "n",
        "1/sigma*^{d}",
        "local number density",
        baseline=True,
        short_name="number density",
    ),
    "composition": Indicator(
        composition, "composition", "x_A", "1", "species A", baseline=True, short_name="composition"
    ),
    "potential_energy": Indicator(
        potential_energy, "energy", "u", "epsilon*", "potential energy", baseline=True, energetic=True
    ),
    "hexatic_order": Indicator(hexatic_order, "psi6", "|ψ₆|", "1", "hexatic order", baseline=True, planar=True),
}
BASELINES = tuple(name for name, entry in INDICATORS.items() if entry.baseline)
ORDER_PARAMETERS = tuple(name for name in INDICATORS if name not in BASELINES)  # what the figures show, in this order
# controls of the partial correlations: the simplest explanations of a correlation
HELD_FIXED = ("number_density", "composition", "voronoi_volume")


def indicators_in(dimension: int, system: System | None = None) -> dict[str, Indicator]:
    """The indicators defined in 2 or 3 dimensions; of a system without a potential those that need none."""
    bare = system is not None and not system.has_potential
    return {
        name: entry
        for name, entry in INDICATORS.items()
        if (dimension == 2 or not entry.planar) and not (bare and entry.energetic)
    }


def compute_all(positions: np.ndarray, species: np.ndarray, parameters: Parameters) -> dict[str, np.ndarray]:
    """All indicators of the system in the dimension of the box, for many configurations.

    Parameters
    ----------
    positions : ndarray, shape (S, N, d)
    species : ndarray of int, shape (N,)
    parameters : Parameters

    Returns
    -------
    dict of str to ndarray, shape (S, N)
        Bare values, by the names in `indicators_in`.
    """
    entries = indicators_in(parameters.box.dimension, parameters.system)
    # one configuration at a time, so that indicators share its tessellation
    rows = [[entry.function(sample, species, parameters) for entry in entries.values()] for sample in positions]
    return {name: np.array([row[index] for row in rows]) for index, name in enumerate(entries)}

"""Independent, slow evaluations that the physics tests compare with: loops and all pairs."""

import itertools

import numpy as np
from scipy.spatial import ConvexHull, Voronoi


def images(dimension, box_length):
    """The images of the box around and with itself: nine shifts in two dimensions, 27 in three."""
    return box_length * np.array(list(itertools.product((-1, 0, 1), repeat=dimension)))


def nearest_distance(a, b, box_length):
    """Smallest distance between two points over the nearest images."""
    return min(np.linalg.norm(a - b + shift) for shift in images(len(a), box_length))


def distances(positions, box_length):
    """All distances, shape (N, N), as the least over the nearest images."""
    vectors = positions[:, None] - positions[None]
    found = [np.linalg.norm(vectors + shift, axis=-1) for shift in images(positions.shape[1], box_length)]
    return np.min(found, axis=0)


def lennard_jones(r, epsilon, sigma):
    return 4 * epsilon * ((sigma / r) ** 12 - (sigma / r) ** 6)


def lennard_jones_slope(r, epsilon, sigma):
    return 4 * epsilon * (-12 * sigma**12 / r**13 + 6 * sigma**6 / r**7)


def smoothed(r, epsilon, sigma, cutoff):
    """Frontiers, Eq. 1: energy and slope."""
    energy = (
        lennard_jones(r, epsilon, sigma)
        - lennard_jones(cutoff, epsilon, sigma)
        - (r - cutoff) * lennard_jones_slope(cutoff, epsilon, sigma)
    )
    slope = lennard_jones_slope(r, epsilon, sigma) - lennard_jones_slope(cutoff, epsilon, sigma)
    return np.where(r < cutoff, energy, 0.0), np.where(r < cutoff, slope, 0.0)


def energies_and_forces(positions, species, system):
    """Energy of each particle (half of each pair) and force on it, from all pairs and all nearest images."""
    box_length = system.box_length
    energy, force = np.zeros(len(positions)), np.zeros_like(positions)
    pair = np.ix_(species, species)
    epsilon, sigma, cutoff = (table[pair] for table in (system.epsilon, system.sigma, system.cutoff))
    for shift in images(positions.shape[1], box_length):
        vector = positions[:, None] - positions[None] + shift
        r = np.linalg.norm(vector, axis=-1)
        np.fill_diagonal(r, np.inf)
        i, j = np.nonzero(r < cutoff)
        pair_energy, slope = smoothed(r[i, j], epsilon[i, j], sigma[i, j], cutoff[i, j])
        np.add.at(energy, i, 0.5 * pair_energy)
        np.subtract.at(force, i, (slope / r[i, j])[:, None] * vector[i, j])
    return energy, force


def density(positions, species, sigma, box_length, grid, cutoff=2.5):
    """Operator M by its definition: every particle at every grid point."""
    a = box_length / np.sqrt(0.64 * len(positions))
    field = np.zeros((grid, grid))
    for k in range(grid):
        for m in range(grid):
            point = np.array([k, m]) * box_length / grid
            for position, kind in zip(positions, species, strict=True):
                r = nearest_distance(point, position, box_length)
                if r <= cutoff * sigma[kind, kind]:
                    field[k, m] += np.exp(-((r / (a * sigma[kind, kind])) ** 2))
    return field


def inverse(field, positions, species, sigma, box_length, cutoff=2.5):
    """Operator M^-1 by its definition."""
    grid = len(field)
    rho = density(positions, species, sigma, box_length, grid, cutoff)
    a = box_length / np.sqrt(0.64 * len(positions))
    gamma = np.zeros(len(positions))
    for i, (position, kind) in enumerate(zip(positions, species, strict=True)):
        for k in range(grid):
            for m in range(grid):
                r = nearest_distance(np.array([k, m]) * box_length / grid, position, box_length)
                if r <= cutoff * sigma[kind, kind]:
                    gamma[i] += field[k, m] * np.exp(-((r / (a * sigma[kind, kind])) ** 2)) / rho[k, m]
    return gamma


def voronoi(positions, box_length):
    """Area or volume and neighbours of each particle from scipy's Voronoi diagram of the nearest images."""
    number = len(positions)
    shifts = sorted(images(positions.shape[1], box_length), key=np.linalg.norm)
    points = np.concatenate([positions + shift for shift in shifts])
    diagram = Voronoi(points)
    cells = [diagram.vertices[diagram.regions[diagram.point_region[i]]] for i in range(number)]
    volume = np.array([ConvexHull(corners).volume for corners in cells])  # qhull's word for the area, too
    neighbours = [[] for _ in range(number)]
    for first, second in diagram.ridge_points:
        for centre, other in ((first, second), (second, first)):
            if centre < number:
                neighbours[centre].append((other % number, points[other] - points[centre]))
    return volume, neighbours


def voronoi_neighbours(positions, box_length):
    """Particles that share an edge or a face with each particle."""
    return [[other for other, _ in around] for around in voronoi(positions, box_length)[1]]


def tong_tanaka(positions, species, box_length, contact):
    """Frontiers, Eq. 6, particle by particle and pair by pair."""
    theta = np.empty(len(positions))
    for o, around in enumerate(voronoi(positions, box_length)[1]):
        around = sorted(around, key=lambda item: np.arctan2(item[1][1], item[1][0]))
        total = 0.0
        for (i, to_i), (j, to_j) in zip(around, around[1:] + around[:1], strict=True):
            theta1 = np.arccos(np.dot(to_i, to_j) / np.linalg.norm(to_i) / np.linalg.norm(to_j))
            side_i, side_j = contact[species[o], species[i]], contact[species[o], species[j]]
            opposite = contact[species[i], species[j]]
            total += abs(theta1 - np.arccos((side_i**2 + side_j**2 - opposite**2) / (2 * side_i * side_j)))
        theta[o] = total / len(around)
    return theta

"""Swap Monte Carlo: molecular dynamics that also exchanges particles of different species.

It equilibrates mixtures far below the temperatures that molecular dynamics reaches (Ninarello, Berthier and Coslovich,
Phys. Rev. X 7, 021039, 2017). LAMMPS computes the energy of the whole system for each attempted exchange; here an
attempt costs the energies of two particles.
"""

import copy
from dataclasses import dataclass, field, replace

import numpy as np
from numba import njit

from glassmap.errors import GlassmapError
from glassmap.simulation.swap_protocol import SKIN, SwapProtocol
from glassmap.system import System

LARGEST_NUMBER_OF_NEIGHBOURS = 4.0  # times that of an even density; a liquid cannot be denser, a bad start can
FASTEST = 0.5 * SKIN  # sigma*; a particle that moves farther in one step has been thrown out of an overlap


@dataclass
class SwapState:
    """All that a run is continued from.

    Attributes
    ----------
    position : ndarray, shape (N, d)
        Unwrapped, sigma*.
    velocity : ndarray, shape (N, d)
        sigma*/tau.
    species : ndarray of int8, shape (N,)
        0 = A, 1 = B, ...; exchanges change the species of particles and leave them where they are.
    random : numpy.random.Generator
    cycles : int
        Cycles so far.
    attempted, accepted : ndarray of int, shape (S, S)
        Exchanges so far, by the species of the two particles; symmetric.
    """

    position: np.ndarray
    velocity: np.ndarray
    species: np.ndarray
    random: np.random.Generator
    cycles: int = 0
    attempted: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int64))
    accepted: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int64))

    @classmethod
    def start(cls, position: np.ndarray, species: np.ndarray, temperature: float, seed: int) -> "SwapState":
        """A state with velocities from the Maxwell distribution."""
        random = np.random.Generator(np.random.PCG64(seed))
        number = int(np.max(species)) + 1
        return cls(
            np.array(position, dtype=float),
            np.sqrt(temperature) * random.standard_normal(np.shape(position)),
            np.array(species, dtype=np.int8),
            random,
            attempted=np.zeros((number, number), dtype=np.int64),
            accepted=np.zeros((number, number), dtype=np.int64),
        )

    @property
    def acceptance(self) -> np.ndarray:
        """Fraction of attempted exchanges that were accepted, shape (S, S); NaN where none was attempted."""
        with np.errstate(invalid="ignore"):
            return self.accepted / self.attempted


def run_swap(system: System, protocol: SwapProtocol, state: SwapState, cycles: int) -> SwapState:
    """Continue a run.

    Parameters
    ----------
    system : System
    protocol : SwapProtocol
    state : SwapState
        Is not changed.
    cycles : int
        ``protocol.steps_between`` steps of dynamics and a phase of exchanges each.

    Returns
    -------
    SwapState

    Raises
    ------
    GlassmapError
        If a cutoff is beyond half the box, or particles fly apart.

    Notes
    -----
    The dynamics is the BAOAB scheme of Langevin dynamics (Leimkuhler and Matthews, Appl. Math. Res. eXpress 2013, 34),
    unit masses. An attempt picks any particle and then one of another species, so that it is as likely as its reverse,
    and accepts with the probability of Metropolis.
    """
    reach = float(system.cutoff.max()) + SKIN
    lengths = np.array(system.box.lengths)
    if reach > lengths.min() / 2:
        raise GlassmapError(
            f"{system.name}: a cutoff and skin of {reach:g} are more than half the box ({lengths.min():g}); take more "
            "particles"
        )
    state = replace(
        state,
        position=state.position.copy(),
        velocity=state.velocity.copy(),
        species=state.species.copy(),
        random=copy.deepcopy(state.random),
        attempted=state.attempted.copy(),
        accepted=state.accepted.copy(),
        cycles=state.cycles + cycles,
    )
    flown = _run(
        state.position,
        state.velocity,
        state.species,
        state.random,
        state.attempted,
        state.accepted,
        lengths,
        (1 / system.sigma**2, 4 * system.epsilon, system.cutoff**2, system.potential.constants),
        reach,
        _most_neighbours(system, reach),
        protocol.temperature,
        protocol.time_step,
        protocol.friction,
        protocol.steps_between,
        protocol.attempts(len(state.position)),
        cycles,
    )
    if flown:
        raise GlassmapError(
            f"{system.name}: particles fly apart at T = {protocol.temperature:g}; give a smaller time_step, or a start "
            "without overlaps"
        )
    return state


def potential_energy(system: System, state: SwapState) -> float:
    """Energy of a state, epsilon*, in time linear in N."""
    total = 0.0
    for i, j, r in system.box.pairs_in_blocks(state.position, float(system.cutoff.max())):
        first, second = state.species[i], state.species[j]
        total += system.potential.energy(r, system.sigma[first, second], system.epsilon[first, second]).sum()
    return float(total)


def _most_neighbours(system: System, reach: float) -> int:
    number = system.number_of_particles
    expected = system.box.expected_neighbours(number, reach)
    return int(min(number - 1, LARGEST_NUMBER_OF_NEIGHBOURS * expected + 20))


@njit(cache=True, error_model="numpy")
def _run(
    position,
    velocity,
    species,
    random,
    attempted,
    accepted,
    lengths,
    interactions,
    reach,
    most_neighbours,
    temperature,
    time_step,
    friction,
    steps,
    attempts,
    cycles,
):
    """Run ``cycles`` cycles in place; returns whether particles fly apart.

    ``interactions``: of each pair of species 1 / sigma^2, 4 epsilon and the square of the cutoff, and the constants of
    the potential.
    """
    number, dimension = position.shape
    wrapped = np.empty_like(position)
    listed = np.empty_like(position)  # where the neighbour lists were made
    force = np.empty_like(position)
    neighbours = np.empty((number, most_neighbours), dtype=np.int32)
    count = np.zeros(number, dtype=np.int32)
    keep = np.exp(-friction * time_step)
    kick = np.sqrt((1 - keep**2) * temperature)
    if _renew(position, wrapped, listed, lengths, reach, neighbours, count):
        return True
    _forces(wrapped, species, lengths, interactions, neighbours, count, force)
    for _ in range(cycles):
        for _ in range(steps):
            farthest = 0.0
            for i in range(number):
                moved = 0.0
                for axis in range(dimension):
                    v = velocity[i, axis] + 0.5 * time_step * force[i, axis]
                    shift = 0.5 * time_step * v
                    v = keep * v + kick * random.standard_normal()
                    shift += 0.5 * time_step * v
                    if not abs(shift) < FASTEST:
                        return True
                    velocity[i, axis] = v
                    position[i, axis] += shift
                    wrapped[i, axis] += shift
                    moved += (wrapped[i, axis] - listed[i, axis]) ** 2
                farthest = max(farthest, moved)
            if farthest > (0.5 * SKIN) ** 2 and _renew(position, wrapped, listed, lengths, reach, neighbours, count):
                return True
            _forces(wrapped, species, lengths, interactions, neighbours, count, force)
            for i in range(number):
                for axis in range(dimension):
                    velocity[i, axis] += 0.5 * time_step * force[i, axis]
        changed = False
        for _ in range(attempts):
            i = random.integers(0, number)
            j = random.integers(0, number)
            while species[j] == species[i]:
                j = random.integers(0, number)
            a, b = species[i], species[j]
            attempted[a, b] += 1
            attempted[b, a] += 1
            change = _change(i, j, b, wrapped, species, lengths, interactions, neighbours, count) + _change(
                j, i, a, wrapped, species, lengths, interactions, neighbours, count
            )
            if change <= 0 or random.random() < np.exp(-change / temperature):
                species[i], species[j] = b, a
                accepted[a, b] += 1
                accepted[b, a] += 1
                changed = True
        if changed:
            _forces(wrapped, species, lengths, interactions, neighbours, count, force)
    return False


@njit(cache=True, error_model="numpy", inline="always")
def _square(first, second, lengths):
    """Square of the distance of two particles wrapped to within a skin of the box."""
    total = 0.0
    for axis in range(len(lengths)):
        difference = first[axis] - second[axis]
        if difference > 0.5 * lengths[axis]:
            difference -= lengths[axis]
        elif difference < -0.5 * lengths[axis]:
            difference += lengths[axis]
        total += difference * difference
    return total


@njit(cache=True, error_model="numpy", inline="always")
def _pair_energy(square, constants):
    """V / 4 epsilon at the square of x = r / sigma."""
    inverse = 1 / (square * square * square)
    value = inverse * inverse - inverse + constants[0] + square * (constants[2] + square * constants[3])
    if constants[1] != 0:
        value += constants[1] * np.sqrt(square)
    return value


@njit(cache=True, error_model="numpy")
def _change(i, other, new, wrapped, species, lengths, interactions, neighbours, count):
    """Change of the energy of particle i with all but ``other`` when its species becomes ``new``."""
    inverse_square, energy_scale, cutoff_square, constants = interactions
    old = species[i]
    change = 0.0
    for index in range(count[i]):
        k = neighbours[i, index]
        if k == other:  # whose energy with i does not change in an exchange
            continue
        square = _square(wrapped[i], wrapped[k], lengths)
        third = species[k]
        if square < cutoff_square[new, third]:
            change += energy_scale[new, third] * _pair_energy(square * inverse_square[new, third], constants)
        if square < cutoff_square[old, third]:
            change -= energy_scale[old, third] * _pair_energy(square * inverse_square[old, third], constants)
    return change


@njit(cache=True, error_model="numpy")
def _forces(wrapped, species, lengths, interactions, neighbours, count, force):
    """Force on each particle, in place."""
    inverse_square, energy_scale, cutoff_square, constants = interactions
    number, dimension = wrapped.shape
    force[:] = 0.0
    difference = np.empty(dimension)
    for i in range(number):
        for index in range(count[i]):
            j = neighbours[i, index]
            if j < i:
                continue
            square = 0.0
            for axis in range(dimension):
                value = wrapped[i, axis] - wrapped[j, axis]
                if value > 0.5 * lengths[axis]:
                    value -= lengths[axis]
                elif value < -0.5 * lengths[axis]:
                    value += lengths[axis]
                difference[axis] = value
                square += value * value
            a, b = species[i], species[j]
            if square >= cutoff_square[a, b]:
                continue
            x = square * inverse_square[a, b]
            inverse = 1 / (x * x * x)
            # -V'/r; d/dr of x = r/sigma is x/r
            value = 12 * inverse * inverse - 6 * inverse - x * (2 * constants[2] + 4 * x * constants[3])
            if constants[1] != 0:
                value -= constants[1] * np.sqrt(x)
            value *= energy_scale[a, b] / square
            for axis in range(dimension):
                force[i, axis] += value * difference[axis]
                force[j, axis] -= value * difference[axis]


@njit(cache=True, error_model="numpy")
def _renew(position, wrapped, listed, lengths, reach, neighbours, count):
    """Wrap the particles and list the neighbours of each within ``reach``; returns whether there are too many."""
    number, dimension = position.shape
    for i in range(number):
        for axis in range(dimension):
            value = position[i, axis] % lengths[axis]
            wrapped[i, axis] = value if value < lengths[axis] else 0.0
            listed[i, axis] = wrapped[i, axis]
    count[:] = 0
    cells = np.empty(dimension, dtype=np.int64)
    total = 1
    for axis in range(dimension):
        cells[axis] = max(1, int(lengths[axis] / reach))
        total *= cells[axis]
    small = cells.min() < 3  # then a cell would be met twice
    head = np.full(1 if small else total, -1, dtype=np.int32)
    following = np.empty(number, dtype=np.int32)
    place = np.zeros((number, dimension), dtype=np.int64)
    for i in range(number):
        cell = 0
        if not small:
            for axis in range(dimension):
                place[i, axis] = min(cells[axis] - 1, int(wrapped[i, axis] / lengths[axis] * cells[axis]))
                cell = cell * cells[axis] + place[i, axis]
        following[i] = head[cell]
        head[cell] = i
    around = 1 if small else 3**dimension
    for i in range(number):
        for number_of_cell in range(around):
            cell, code = 0, number_of_cell
            if not small:
                for axis in range(dimension):
                    cell = cell * cells[axis] + (place[i, axis] + code % 3 - 1) % cells[axis]
                    code //= 3
            j = head[cell]
            while j >= 0:
                if j > i and _square(wrapped[i], wrapped[j], lengths) < reach * reach:
                    if count[i] == neighbours.shape[1] or count[j] == neighbours.shape[1]:
                        return True
                    neighbours[i, count[i]] = j
                    neighbours[j, count[j]] = i
                    count[i] += 1
                    count[j] += 1
                j = following[j]
    return False

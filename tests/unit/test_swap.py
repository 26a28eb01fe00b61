"""Swap Monte Carlo against exact enumeration, LAMMPS and published values."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from ka2d import BLOCK, COUNTS, REAL_FILES, ka2d, liquid, published_configuration
from scipy import stats

from glassmap.errors import GlassmapError
from glassmap.simulation.lammps import Lammps, interaction_commands, interaction_files, plane_command
from glassmap.simulation.lammps_data import data_file, read_data_commands
from glassmap.simulation.swap import SwapProtocol, SwapState, potential_energy, run_swap
from glassmap.system import System


def same(first: SwapState, second: SwapState) -> bool:
    arrays = ("position", "velocity", "species", "attempted", "accepted")
    return first.cycles == second.cycles and all(
        (getattr(first, name) == getattr(second, name)).all() for name in arrays
    )


@pytest.mark.parametrize("dimension", [2, 3])
def test_exchanges_sample_the_boltzmann_distribution(dimension, rng):
    """Six particles that do not move, two of each species: all 90 arrangements, as often as their energies say."""
    six = {"particles": {"A": 2, "B": 2, "C": 2}, "density": 6 / 6.0**dimension, "dimension": dimension}
    system = System.from_config("six", {**BLOCK, **six})
    cluster = np.array([[0, 0, 0], [1, 0.1, 0], [0.4, 1, 0.2], [1.5, 0.9, 0], [0.9, 1.9, 0], [2.0, 0.1, 0.3]]) * 1.08
    position = cluster[:, :dimension]
    temperature = 0.4
    arrangements = sorted(set(permutations([0, 0, 1, 1, 2, 2])))
    energies = np.array(
        [potential_energy(system, SwapState.start(position, kinds, 1.0, 1)) for kinds in np.array(arrangements)]
    )
    expected = np.exp(-(energies - energies.min()) / temperature)
    expected /= expected.sum()
    assert expected.max() / expected.min() > 20  # the energies matter
    protocol = SwapProtocol(temperature, steps_between=0, attempts_per_particle=10.0)
    state = SwapState.start(position, system.species, temperature, seed=5)
    place = {arrangement: index for index, arrangement in enumerate(arrangements)}
    found = np.zeros(90)
    for _ in range(6000):
        state = run_swap(system, protocol, state, 1)
        found[place[tuple(state.species.tolist())]] += 1
    assert (state.position == position).all()
    common = expected * 6000 >= 5
    merged = [np.append(values[common], values[~common].sum()) for values in (found, expected * 6000)]
    assert stats.chisquare(*merged).pvalue > 0.001
    # an attempt is as likely as its reverse: between any two species in proportion to the pairs of them
    pairs = state.attempted[np.triu_indices(3, 1)]
    assert stats.chisquare(pairs).pvalue > 0.001


def test_dynamics_without_friction_conserves_energy_and_momentum():
    system = ka2d(0.2)
    state = liquid(system, 0.6, seed=2)
    protocol = SwapProtocol(0.6, time_step=0.002, friction=0.0, attempts_per_particle=0.0)
    still = replace(state, velocity=state.velocity - state.velocity.mean(axis=0))

    def energy(state):
        return potential_energy(system, state) + 0.5 * (state.velocity**2).sum()

    later = run_swap(system, protocol, still, 500)
    assert protocol.attempts(1) == 1  # one a phase at the least, so compare without any accepted
    assert np.abs(later.velocity.mean(axis=0)).max() < 1e-12
    if (later.accepted == still.accepted).all():
        assert energy(later) == pytest.approx(energy(still), abs=2e-4 * system.number_of_particles)
    assert np.abs(later.position - still.position).max() > 0.5  # they moved


def test_a_continued_run_is_the_same_as_a_long_one():
    system, protocol = ka2d(0.2), SwapProtocol(0.4)
    state = liquid(system, 0.4, seed=4, time=1.0)
    before = replace(state, position=state.position.copy())
    twice = run_swap(system, protocol, run_swap(system, protocol, state, 3), 4)
    # positions are wrapped anew where a run begins, so the last digits differ, and chaos makes more of them
    once = run_swap(system, protocol, state, 7)
    assert once.cycles == twice.cycles
    np.testing.assert_allclose(once.position, twice.position, rtol=0, atol=1e-6)
    assert same(state, before)  # the state handed in is not changed
    assert same(run_swap(system, protocol, state, 3), run_swap(system, protocol, state, 3))


def effective(values: np.ndarray) -> np.ndarray:
    """Every n-th value, so that they are independent: n twice the integrated correlation time."""
    deviation = values - values.mean()
    number = len(values)
    spectrum = np.abs(np.fft.rfft(deviation, 2 * number)) ** 2
    correlation = np.fft.irfft(spectrum)[:number] / (deviation**2).sum()
    time = 1 + 2 * correlation[1 : 1 + np.argmax(correlation[1:] < 0.05)].sum()
    return values[:: max(1, int(np.ceil(2 * time)))]


def test_the_ensemble_is_that_of_lammps(tmp_path):
    """Energies at T = 0.5 of 129 particles: this kernel with exchanges, and LAMMPS with fix atom/swap.

    fix atom/swap takes two species, so there are three of them; the acceptance of each pair agrees, too.
    """
    system, temperature = ka2d(0.1), 0.5
    start = liquid(system, temperature, seed=6, time=50.0)
    protocol = SwapProtocol(temperature)
    state, ours = start, []
    for _ in range(1000):
        state = run_swap(system, protocol, state, 4)
        ours.append(potential_energy(system, state))

    order = np.argsort(start.species, kind="stable")
    (tmp_path / "start.data").write_text(data_file(system.box.wrap(start.position[order]), system))
    swaps = "\n".join(
        f"fix swap{pair} all atom/swap 10 20 {seed} {temperature} ke no types {pair[0]} {pair[1]}"
        for seed, pair in enumerate(["12", "13", "23"], start=11)
    )
    commands = f"""\
{read_data_commands("start.data", system)}
{interaction_commands(system, 0.3)}
{plane_command(system)}
velocity all create {temperature} 99 mom yes rot no dist gaussian
timestep 0.005
fix thermostat all nvt temp {temperature} {temperature} 0.5
{swaps}
thermo 100
run 2000
fix record all ave/time 50 1 50 c_thermo_pe f_swap13[1] f_swap13[2] file energies.txt format " %.17g"
run 20000
"""
    Lammps().run(commands, tmp_path, "swap", files=interaction_files(system))
    table = np.loadtxt(tmp_path / "energies.txt")
    attempted, accepted = table[-1, 2:]
    theirs = table[:, 1]
    first, second = effective(np.array(ours)), effective(theirs)
    assert min(len(first), len(second)) > 40
    assert stats.ks_2samp(first, second).pvalue > 0.001
    assert state.acceptance[0, 2] == pytest.approx(accepted / attempted, rel=0.15)


def test_acceptance_of_the_whole_mixture():
    """Exchanges of the first and the third species, of 1290 particles: about 1 % at T = 0.3."""
    system = ka2d()
    state = liquid(system, 0.3, seed=8, time=40.0)
    later = run_swap(system, SwapProtocol(0.3), state, 100)
    accepted, attempted = later.accepted - state.accepted, later.attempted - state.attempted
    assert accepted[0, 2] / attempted[0, 2] == pytest.approx(0.010, rel=0.2)
    assert accepted[0, 1] / attempted[0, 1] < 1e-4
    kinds, counts = np.unique(later.species, return_counts=True)
    assert counts.tolist() == list(COUNTS)
    assert kinds.tolist() == [0, 1, 2]


@pytest.mark.skipif(not REAL_FILES.is_dir(), reason="real files of others are not here")
def test_acceptance_deep_in_the_supercooled_liquid():
    """Exchanges of the first and the third species at T = 0.231, from a configuration in equilibrium: about 0.5 %."""
    position, species = published_configuration()
    system = replace(ka2d(), density=1290 / 32.8962**2)
    later = run_swap(system, SwapProtocol(0.231), SwapState.start(position, species, 0.231, seed=3), 200)
    assert later.acceptance[0, 2] == pytest.approx(0.005, rel=0.2)
    assert later.acceptance[1, 2] < 5e-4 and later.acceptance[0, 1] < 1e-4


def test_a_box_that_is_too_small_is_refused():
    system = System.from_config("tiny", {**BLOCK, "particles": {"A": 10, "B": 5, "C": 5}})
    state = SwapState.start(np.zeros((20, 2)), system.species, 1.0, 1)
    with pytest.raises(GlassmapError, match=r"tiny: a cutoff and skin of 2\.8 are more than half the box"):
        run_swap(system, SwapProtocol(1.0), state, 1)


def test_a_start_with_overlaps_is_refused():
    system = ka2d(0.2)
    state = SwapState.start(np.random.default_rng(1).random((258, 2)) * 1.0, system.species, 1.0, 1)
    with pytest.raises(GlassmapError, match="KA2D: particles fly apart at T = 1; give a smaller time_step"):
        run_swap(system, SwapProtocol(1.0), state, 10)

"""Chains of swap Monte Carlo: continued to the bit, equilibrated or refused, collected into samples of a state."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from ka2d import ka2d

from glassmap.dynamics.relaxation import intermediate_scattering, relaxation_time
from glassmap.errors import GlassmapError, OutOfTime
from glassmap.io.datasets import read_dataset, write_dataset
from glassmap.io.schema import CONFIGURATIONS, SWAP_CHAIN
from glassmap.io.splits import assign_splits
from glassmap.simulation import swap_samples
from glassmap.simulation.swap import SwapState, potential_energy
from glassmap.simulation.swap_chain import Chain, Progress, Relaxation, chain_dataset, run_chain, scattering_of_window
from glassmap.simulation.swap_protocol import RECORDS, ChainProtocol, SwapProtocol
from glassmap.simulation.swap_samples import configurations_of_chains, stationarity_problem
from glassmap.simulation.wall_time import WallTime

RELAXATION = Relaxation(intermediate_scattering, relaxation_time)
SPLIT = {"train": 0.5, "validation": 0.25, "test": 0.25}


def chain(temperature: float, index: int = 0, share: float = 0.1, **settings) -> Chain:
    """A short chain of a share of the mixture."""
    protocol = ChainProtocol(SwapProtocol(temperature), 10.0, 2.0, None, 1e4, 8)
    return Chain(ka2d(share), "cold", index, replace(protocol, **settings), base_seed=1)


def dataset(of: Chain, folder) -> xr.Dataset:
    return chain_dataset(of, run_chain(of, RELAXATION, folder, WallTime()), RELAXATION)


class Ending:
    """The wall time of a job that ends before a piece of a chain, and of which nobody knows the pace."""

    def __init__(self, pieces: int):
        self.pieces = pieces

    def begin(self, work):
        if not self.pieces:
            raise OutOfTime("no time is left")
        self.pieces -= 1

    def record(self, work, seconds):
        pass


@pytest.fixture(scope="module")
def equilibrated(tmp_path_factory) -> list[xr.Dataset]:
    """Two chains of a liquid."""
    folder = tmp_path_factory.mktemp("chains")
    return [dataset(chain(0.8, index), folder / str(index)) for index in range(2)]


def same(one: Progress, other: Progress) -> bool:
    first, second = one.arrays(), other.arrays()
    return all(np.array_equal(first[name], second[name]) for name in first if name != "seconds")


def test_a_chain_that_was_killed_is_the_same_to_the_bit(tmp_path):
    """Stopped twice in the equilibration, and between two structures."""
    whole, lines = run_chain(chain(0.8), RELAXATION, tmp_path / "whole", WallTime()), []
    for pieces in (0, 130, 100, 227):
        with pytest.raises(OutOfTime, match=r"ended before its wall time with . of 8 structures; the next attempt"):
            run_chain(chain(0.8), RELAXATION, tmp_path / "killed", Ending(pieces), lines.append)
    assert len(np.load(tmp_path / "killed/chain.npz")["time"]) == 457
    killed = run_chain(chain(0.8), RELAXATION, tmp_path / "killed", WallTime(), lines.append)
    assert same(whole, killed) and len(whole.structures) == 8
    assert any("goes on after 13 tau, 0 of 8 structures" in line for line in lines), lines
    assert not same(whole, run_chain(chain(0.8, index=1), RELAXATION, tmp_path / "other", WallTime()))


@pytest.mark.parametrize("pieces", [10, 30], ids=["before the next structure", "after it"])
def test_a_chain_that_went_further_than_is_asked_for_now_is_cut(equilibrated, tmp_path, pieces):
    """As after the number of structures was lowered because chains took too long."""
    with pytest.raises(OutOfTime):
        longer = chain(0.8, structures=12)
        run_chain(longer, RELAXATION, tmp_path, Ending(equilibrated[0].sizes["record"] + pieces))
    cut = dataset(chain(0.8), tmp_path)
    for name in ("position", "potential_energy", "time", "scattering", "relaxation_time_of_structures"):
        np.testing.assert_array_equal(cut[name], equilibrated[0][name])


def test_a_longer_chain_begins_with_the_shorter_one(equilibrated, tmp_path):
    longer = dataset(chain(0.8, structures=10), tmp_path)
    np.testing.assert_array_equal(longer["position"][:8], equilibrated[0]["position"])


def test_a_chain_that_does_not_equilibrate_is_refused_and_goes_on(tmp_path):
    """Far below the glass transition."""
    with pytest.raises(
        GlassmapError,
        match=r"KA2D cold \(T = 0\.1\), chain 0: not equilibrated within swap\.longest_time \(30 tau\): the "
        r"relaxation time is more than 5 tau in the last window of 20 tau, which must last 20 of them "
        r"\(swap\.equilibration\); raise systems\.KA2D\.states\.cold, or swap\.longest_time to 60 or more, and the "
        r"chain goes on$",
    ):
        run_chain(chain(0.1, longest_time=30.0, equilibration=20.0), RELAXATION, tmp_path, WallTime())
    lines = []
    with pytest.raises(GlassmapError, match=r"swap\.longest_time to 140 or more"):
        run_chain(chain(0.1, longest_time=60.0, equilibration=20.0), RELAXATION, tmp_path, WallTime(), lines.append)
    assert lines == ["KA2D cold (T = 0.1), chain 0: goes on after 20 tau, 0 of 8 structures"]


def test_relaxation_time_of_the_mixture(tmp_path):
    """tau_SWAP at T = 0.4 is about 8 tau, known within a factor of two."""
    found = dataset(chain(0.4, share=0.4, relaxation_time=8.0, structures=4), tmp_path)
    assert 4 < float(found["relaxation_time_of_structures"]) < 16
    # the first and the third species at 1.7 %
    accepted = (found["accepted"] / found["attempted"]).sel(pair="AC")
    assert float(accepted) == pytest.approx(0.017, rel=0.15)


def test_scattering_of_a_window_of_free_diffusion(rng):
    """exp(-q^2 D t), of the particles that are A at the origin; the others stand still, and all drift."""
    variance = 0.004  # of a step
    steps = np.sqrt(variance) * rng.standard_normal((400, 3000, 2))
    steps[:, 2000:] = 0
    frames = list(np.cumsum(steps, axis=0) + np.arange(400)[:, None, None] * 0.3)
    kinds = [np.repeat(np.array([0, 1], dtype=np.int8), [2000, 1000])] * 400
    lags, values = scattering_of_window(frames, kinds, intermediate_scattering)
    np.testing.assert_allclose(values, np.exp(-(6.11**2) * variance * lags / 2), atol=0.01)
    assert lags[0] == 1 and lags[-1] == 99


def test_structures_keep_their_energy_when_they_are_sorted(equilibrated):
    system, found = ka2d(0.1), equilibrated[0]
    assert found.sizes["structure"] == 8 and found.sizes["lag"] == RECORDS
    records = found["potential_energy"].values[-8 * RECORDS :].reshape(8, RECORDS)[:, -1]
    for position, expected in zip(found["position"].values, records, strict=True):
        state = SwapState.start(position, found["species"].values, 0.8, seed=1)
        assert potential_energy(system, state) / system.number_of_particles == pytest.approx(expected, abs=1e-10)
    scattering = found["scattering"].mean("structure").values
    assert scattering[0] > 0.6 > 0.3 > scattering[-1]
    assert found["time"].values[-1] == pytest.approx(
        found["time"].values[-8 * RECORDS - 1] + 8 * float(found["lag"][-1])
    )


def test_an_equilibrated_liquid_is_accepted(equilibrated, tmp_path):
    assert stationarity_problem(equilibrated) is None
    samples = configurations_of_chains(equilibrated, SPLIT, "KA2D cold (T = 0.8)", "swap.equilibration")
    write_dataset(samples, tmp_path / "cold.nc", {"study": "x"})
    read = read_dataset(tmp_path / "cold.nc", CONFIGURATIONS)
    assert read["replica"].values.tolist() == list(range(16)) and read["chain"].values.tolist() == [0, 1] * 8
    np.testing.assert_array_equal(read["split"], assign_splits(16, SPLIT))
    np.testing.assert_array_equal(read["species"], ka2d(0.1).species)
    for number in (0, 1, 6, 15):
        np.testing.assert_array_equal(read["position"][number], equilibrated[number % 2]["position"][number // 2])


def test_a_quenched_liquid_is_refused(tmp_path):
    """Said to relax in half a tau, which it does not at T = 0.25."""
    of = [chain(0.25, index, relaxation_time=0.5) for index in range(2)]
    chains = [dataset(one, tmp_path / str(one.index)) for one in of]
    write_dataset(chains[0], tmp_path / "chain.nc", {"study": "x"})
    assert read_dataset(tmp_path / "chain.nc", SWAP_CHAIN).sizes["structure"] == 8
    with pytest.raises(
        GlassmapError,
        match=r"^KA2D cold \(T = 0\.25\): not in equilibrium: structures are 2 tau apart, and their relaxation time is "
        r"more than 2 tau, after 0\.5 tau before; raise swap\.relaxation_time\.KA2D\.cold or the temperature$",
    ):
        configurations_of_chains(chains, SPLIT, "KA2D cold (T = 0.25)", "swap.relaxation_time.KA2D.cold")


def aging(chains: list[xr.Dataset], name: str, change: float) -> list[xr.Dataset]:
    """The chains with something that changes half-way, so far that it is noticed in chains of any machine."""
    changed = [chain.copy(deep=True) for chain in chains]
    for one in changed:
        taken = one[name].values[-8 * RECORDS :]  # all eight rows of F_s
        taken[len(taken) // 2 :] += change
    return changed


def test_energies_and_scattering_that_age_are_refused(equilibrated):
    found = stationarity_problem(aging(equilibrated, "potential_energy", -0.3))
    assert found.startswith("the energy per particle is ") and "by chance with p = " in found
    found = stationarity_problem(aging(equilibrated, "scattering", 0.6))
    assert found.startswith("F_s at the relaxation time is ")
    slower = [one.assign(relaxation_time_of_structures=2.1 * one["relaxation_time"]) for one in equilibrated]
    assert stationarity_problem(slower).startswith("structures are ")


def test_correlated_energies_are_not_refused_too_often(monkeypatch, rng):
    """An energy that forgets in a relaxation time, recorded four times in it: tests at 5 % refuse about as often."""
    monkeypatch.setattr(swap_samples, "CHANCE", 0.05)
    memory, number, structures = np.exp(-0.25), 400, 20
    energy = np.empty((number, structures * RECORDS))
    energy[:, 0] = rng.standard_normal(number)
    for step in range(1, energy.shape[1]):
        energy[:, step] = memory * energy[:, step - 1] + np.sqrt(1 - memory**2) * rng.standard_normal(number)
    curve = np.exp(-np.arange(1, RECORDS + 1) / 4)
    refused = 0
    for values in energy:
        one = xr.Dataset(
            {
                "potential_energy": ("record", values),
                "scattering": (("structure", "lag"), curve + 0.05 * rng.standard_normal((structures, 1))),
                "relaxation_time": 4.0,
                "relaxation_time_of_structures": 4.0,
            },
            coords={"lag": np.arange(1.0, RECORDS + 1)},
        )
        refused += stationarity_problem([one]) is not None
    assert 0.05 < refused / number < 0.17  # of two tests

"""Studies by swap Monte Carlo (``samples.source: swap``): settings of a chain, and what is refused before any job."""

from collections.abc import Iterator, Mapping

from glassmap.simulation.swap_protocol import FIRST_WINDOW, FRAMES, SKIN, SwapProtocol
from glassmap.system import System

NO_COOLING = "swap Monte Carlo is no cooling with inherent structures"
FEWEST_OF_A_CHAIN, FEWEST = 4, 16  # structures, for the test that their two halves agree
PROTOCOL = ("time_step", "friction", "steps_between", "attempts_per_particle")
LENGTHS = ("equilibration", "spacing", "longest_time")


def from_swap(config: Mapping) -> bool:
    """Whether samples are equilibrated by swap Monte Carlo."""
    return config["samples"]["source"] == "swap"


def chain_settings(config: Mapping, system: str, state: str) -> dict:
    """How a chain of a state is run, for `glassmap.simulation.swap_protocol.ChainProtocol`."""
    swap = config["swap"]
    return {
        "temperature": config["systems"][system]["states"][state],
        **{key: swap[key] for key in (*PROTOCOL, *LENGTHS)},
        "relaxation_time": swap["relaxation_time"].get(system, {}).get(state),
        "structures": config["cooling"]["replicas"] // swap["chains"],
    }


def relations_of_swap(config: Mapping) -> Iterator[str]:
    """Problems of the section ``swap``, and of systems that it cannot sample."""
    swap, structures = config["swap"], config["cooling"]["replicas"]
    fewest = max(FEWEST, FEWEST_OF_A_CHAIN * swap["chains"])
    if structures % swap["chains"]:
        yield f"cooling.replicas: got {structures}, must be a multiple of swap.chains ({swap['chains']})"
    if structures < fewest:
        yield (
            f"cooling.replicas: got {structures}, must be at least {fewest} with {swap['chains']} swap.chains: fewer "
            "structures do not show that they are in equilibrium"
        )
    if not any(config["papers"].values()):
        yield f"papers.oyama2023: nothing is left of it; samples.source swap leaves out T* ({NO_COOLING})"
    protocol = SwapProtocol(1.0, swap["time_step"], steps_between=swap["steps_between"])
    first_window = FRAMES * protocol.cycles(FIRST_WINDOW / FRAMES) * protocol.cycle_time
    if swap["longest_time"] < first_window:
        yield f"swap.longest_time: got {swap['longest_time']:g}, must be at least {first_window:g}"
    for name, block in config["systems"].items():
        system = System.from_config(name, block)
        reach, half = float(system.cutoff.max()) + SKIN, system.box_length / 2
        if reach > half:
            yield (
                f"systems.{name}.particles: got {system.number_of_particles}, half of whose box ({half:.3g}) is less "
                f"than the longest cutoff and the skin of swap Monte Carlo ({reach:.3g}); must be more"
            )
    yield from _relations_of_relaxation(config)


def _relations_of_relaxation(config: Mapping) -> Iterator[str]:
    """Problems of relaxation times that are given."""
    swap, systems = config["swap"], config["systems"]
    for name, times in swap["relaxation_time"].items():
        if name not in systems:
            yield f"swap.relaxation_time: got {name}, must be systems of the study: {', '.join(systems)}"
            continue
        for state, time in times.items():
            key = f"swap.relaxation_time.{name}.{state}"
            if state not in systems[name]["states"]:
                yield f"{key}: no such state; allowed: {', '.join(systems[name]['states'])}"
            elif (needed := swap["equilibration"] * time) > swap["longest_time"]:
                yield (
                    f"{key}: got {time:g}, so that {swap['equilibration']:g} relaxation times (swap.equilibration) "
                    f"take {needed:g} tau; must be at most swap.longest_time ({swap['longest_time']:g}), so raise it "
                    f"or systems.{name}.states.{state}"
                )


def variant_problems_of_swap(base: Mapping, variant: Mapping) -> Iterator[str]:
    """What a variant of a study on swap Monte Carlo cannot change: which samples there are."""
    if not from_swap(base):
        return
    if variant["configurations"] != base["configurations"]:
        yield "configurations: a variant cannot change it with samples.source swap; the study can"
    for name, block in base["systems"].items():
        if variant["systems"][name]["states"] != block["states"]:
            yield f"systems.{name}.states: a variant cannot change it with samples.source swap"

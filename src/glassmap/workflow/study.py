"""What a study computes and what its jobs depend on, derived from the configuration alone for the rules."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from glassmap.io.sample_patterns import find_sample_files
from glassmap.io.samples import cooling_rate
from glassmap.learning.null_maps import NETWORK_NULLS, SHUFFLED_LABELS, null_fields
from glassmap.potentials import SHIFTED_FORCE
from glassmap.simulation.cooling_protocol import cooling_of, rates_of_glasses
from glassmap.simulation.propensity_protocol import ensembles
from glassmap.variants import Case
from glassmap.workflow import jung2023, oyama2023, predictors, swanson2020
from glassmap.workflow.config import systems_of_variant, variants
from glassmap.workflow.own_files import left_out
from glassmap.workflow.swanson2020 import Origin
from glassmap.workflow.swap_source import chain_settings, from_swap

NO_ENSEMBLE = "none"  # placeholder for rules that are not used in a study without dynamics
MODEL = ("dimension", "particles", "density", "sigma", "epsilon", "cutoff", "potential")
PURPOSES = ("correlations", "dynamics", "propensity", "propensity_maps")
ARCHITECTURE = ("channels", "kernel_size", "dense", "dropout")


def select_keys(section: Mapping, *keys: str) -> dict:
    """A mapping restricted to some keys."""
    return {key: section[key] for key in keys}


class StudyPlan:
    """A study and its variants.

    Parameters
    ----------
    config : mapping
        From `glassmap.workflow.config.resolve`.
    schema : mapping

    Attributes
    ----------
    systems : list of str
    settings : dict of Case to dict
        The configuration of each case: of every system in the study and in the variants that change it.
    variants : list of Case
        Those of the variants.
    ensembles : dict of str to dict
        The isoconfigurational ensembles of each system, by name.
    maps, bare_maps : dict of str to str
        The system shown in each map figure.
    """

    def __init__(self, config: Mapping, schema: Mapping):
        self.config = config
        self.systems = list(config["systems"])
        variant_settings = {
            Case(system, name): variant
            for name, variant in variants(config, schema).items()
            for system in systems_of_variant(config, variant)
        }
        self.settings = dict.fromkeys(map(Case, self.systems), config) | variant_settings
        self.variants = list(variant_settings)
        blocks = config["systems"]
        self.ensembles = {
            system: ensembles(config["propensity"], block["propensity"]["temperatures"])
            for system, block in blocks.items()
        }
        self.maps = {block["map"]["figure"]: system for system, block in blocks.items()}
        self.bare_maps = {block["map"]["bare_figure"]: system for system, block in blocks.items()}

    # what is computed

    @property
    def parts(self) -> list[str]:
        """The chosen parts of the paper."""
        return self.config["papers"]["oyama2023"]

    @property
    def _results(self) -> set[str]:
        """Keys of `oyama2023.TABLES` and `oyama2023.FIGURES`."""
        parts = set(self.parts)
        return parts if "dynamics" in parts or "controls" not in parts else parts - {"controls"} | {"structure"}

    @property
    def jung2023(self) -> list[str]:
        """The chosen parts of the second paper."""
        return self.config["papers"]["jung2023"]

    @property
    def swanson2020(self) -> list[str]:
        """The chosen parts of the third paper."""
        return self.config["papers"]["swanson2020"]

    @property
    def sets(self) -> dict[str, tuple[Origin, Origin]]:
        """Origin of liquid and glass of each set of the third paper; none where the systems are its pairs."""
        return swanson2020.sets(self.config) if self.swanson2020 else {}

    @property
    def is_published_mixture(self) -> bool:
        """Whether published numbers of sets are of the same mixture."""
        return swanson2020.is_published_mixture(self.config)

    @property
    def published_liquids(self) -> dict[str, float | None]:
        """Temperature of the liquid of each set, epsilon*, None if an energy decides; no sets of another mixture."""
        return {name: liquid.temperature for name, (liquid, _) in self.sets.items() if self.is_published_mixture}

    @property
    def set_of_equal_energy(self) -> str | None:
        """The set whose liquid has the energy of its glass."""
        return swanson2020.set_of_equal_energy(self.config) if self.swanson2020 else None

    @property
    def cooled(self) -> list[str | None]:
        """The slow and the fast system of the sets."""
        return list(swanson2020.cooled(self.config))

    @property
    def glass_temperatures(self) -> dict[str, float]:
        """Temperature of their glasses, epsilon*."""
        return {name: self.config["systems"][name]["states"][self.phases[1]] for name in self.cooled if name}

    @property
    def datasets(self) -> list[str]:
        """Pairs of liquids and glasses that the networks of the third paper tell apart: sets, or the systems."""
        return swanson2020.datasets(self.config)

    @property
    def all_pair_networks(self) -> list[str]:
        """Names of the networks of the third paper."""
        return swanson2020.all_networks(self.config)

    def pair_networks(self, dataset: str) -> list[str]:
        """Those of them that learn a set."""
        return swanson2020.networks(self.config, dataset)

    def network_options(self, network: str) -> dict:
        """Shape, sampling and training of one of them."""
        return swanson2020.network_options(self.config, network)

    def search_ranges(self, network: str) -> dict[str, list]:
        """Ranges of the hyperparameters that are searched for it."""
        return swanson2020.search_ranges(self.config, network)

    @property
    def measured_systems(self) -> list[str]:
        """Systems on whose graphs the third paper counts, at all temperatures of their cooling."""
        return swanson2020.measured_systems(self.config)

    @property
    def timed_networks(self) -> list[list]:
        """Kind, name and options of the networks whose training is timed."""
        return swanson2020.timed_networks(self.config)

    def system_of(self, dataset: str) -> str:
        """The system that the glasses of a pair of states of the third paper are of."""
        return self.sets[dataset][1].system if dataset in self.sets else dataset

    @property
    def folds(self) -> range:
        """Folds of the replicas."""
        return range(self.config["swanson2020"]["folds"])

    @property
    def predicted_states(self) -> list[str]:
        """States whose dynamics are predicted from their structures, from the hottest on."""
        return jung2023.states_of(self.config)

    @property
    def runs_in_files(self) -> bool:
        """Whether the runs from the structures of the second paper are in the users' own files."""
        return self.from_trajectories and jung2023.runs_in_files(self.config)

    def run_time(self, state: str) -> float:
        """Length of the runs from the structures of a state, tau."""
        return jung2023.run_time(self.config, state)

    @property
    def transfer(self) -> dict[str, str]:
        """Systems that the models of another predict without having learned from them, with that other."""
        return self.config["jung2023"]["transfer"]

    @property
    def systems_with_runs(self) -> list[str]:
        """Systems whose dynamics runs measure; those of others are predicted alone."""
        return jung2023.systems_with_runs(self.config)

    def structure_splits(self, system: str) -> list[str]:
        """Splits whose structures runs of the second paper start from."""
        return jung2023.splits_of(self.config, system)

    def structure_batches(self, system: str) -> range:
        """Batches of the structures that runs start from, of each predicted state."""
        return jung2023.batches(self.config, system)

    def structure_range(self, system: str, batch: int) -> list[int]:
        """First structure of a batch, and one past its last."""
        return jung2023.structure_range(self.config, system, batch)

    @property
    def phases(self) -> list[str]:
        """The two states that the networks tell apart, by class: liquid and glass, whose motion is measured."""
        return self.config["classifier"]["states"]

    @property
    def states(self) -> list[str]:
        """Names of the states that samples are taken in, the same for every system."""
        return list(self.config["systems"][self.systems[0]]["states"])

    @property
    def coldest_state(self) -> str:
        """The state that cooling ends in, where crystals are looked for."""
        states = self.config["systems"][self.systems[0]]["states"]
        return min(states, key=states.get)

    @property
    def from_files(self) -> bool:
        """Whether samples are read from files."""
        return self.config["samples"]["source"] == "files"

    @property
    def from_trajectories(self) -> bool:
        """Whether those are the users' own, by state, instead of replicas that this workflow cooled."""
        return self.from_files and "states" in self.config["samples"]["files"][self.systems[0]]

    @property
    def from_swap(self) -> bool:
        """Whether samples are equilibrated by swap Monte Carlo."""
        return from_swap(self.config)

    @property
    def by_state(self) -> bool:
        """Whether the samples of each state are made or read for themselves, without a cooling through all states."""
        return self.from_trajectories or self.from_swap

    @cached_property
    def cooling_rates(self) -> dict[str, float]:
        """Rate at which the glasses of each system were cooled, epsilon*/tau; none if of one system it is not known."""
        if self.by_state:
            return {}
        if self.config["samples"]["source"] != "files":
            return rates_of_glasses(self.config)
        samples = self.config["samples"]
        rates = {name: cooling_rate(find_sample_files(samples, name, "snapshots")) for name in self.config["systems"]}
        return {} if None in rates.values() else rates

    @property
    def own_dynamics(self) -> dict[str, dict[str, str]]:
        """The users' own dynamics of each system that has any: column of the files or pattern of arrays, by name."""
        files = self.config["samples"]["files"] if self.from_trajectories else {}
        return {name: files[name]["dynamics"] for name in self.systems if "dynamics" in files.get(name, {})}

    @property
    def with_transition(self) -> bool:
        """Whether T* is to be computed and inherent-structure energies are available for it."""
        files = self.config["samples"]["files"]
        available = not self.from_files or all("inherent_energies" in files[system] for system in self.systems)
        return "glass_transition" in self.parts and available

    @property
    def with_networks(self) -> bool:
        """Whether maps of networks are computed."""
        return not {"networks", "dynamics"}.isdisjoint(self.parts)

    def _with_transfer(self, kind: str) -> list[str]:
        """Tables or figures that compare systems with those that were learned from: measured, or predicted alone."""
        if "results" not in self.jung2023:
            return []
        measured = [name in self.systems_with_runs for name in self.transfer]
        return [
            *([jung2023.TRANSFER] if any(measured) else []),
            *(jung2023.WITHOUT_RUNS[kind] if not all(measured) else []),
        ]

    @property
    def compares_predictors(self) -> bool:
        """Whether all structural predictors are compared."""
        return predictors.compared(self.config)

    @property
    def compared_models(self) -> list[str]:
        """Predictors that have a file of predictions for each state."""
        return predictors.models_of(self.config)

    @property
    def told(self) -> dict[str, str]:
        """What each of these was told."""
        return predictors.told(self.config)

    @property
    def predictor_fields(self) -> list[str]:
        """Predictors that are not told the dynamics."""
        return predictors.fields_of(self.config)

    def predictor_fields_of(self, system: str) -> list[str]:
        """Those of a system."""
        return predictors.fields_of_system(self.config, system)

    @property
    def training_of_networks(self) -> int:
        """Replicas that the networks of the first paper learn from."""
        return predictors.training_of_networks(self.config)

    @property
    def trained_on(self) -> dict[str, int]:
        """Structures that networks of a predictor have learned from."""
        return predictors.trained_on(self.config)

    @property
    def class_network_rows(self) -> dict[str, str]:
        """Predictors that need networks that tell two states, and which networks."""
        return predictors.class_network_rows(self.config)

    @property
    def class_networks(self) -> list[str]:
        """The kinds of these networks."""
        return sorted(set(self.class_network_rows.values()))

    @property
    def own_rows(self) -> dict[str, dict]:
        """Predictors of the users' own, as files."""
        return predictors.own_rows(self.config)

    def training_structures(self, system: str) -> int:
        """Structures of each state of a system that models learn from."""
        return jung2023.training_structures(self.config, system)

    @property
    def tables(self) -> list[str]:
        """Names of the tables of the study."""
        controls = self.config["controls"]
        return [
            *(name for part, names in oyama2023.TABLES.items() if part in self._results for name in names),
            *(["own_dynamics"] if self.own_dynamics else []),
            *(["glass_transition"] if self.with_transition else []),
            *(["attributions"] if controls["attributions"] else []),
            *(["layer_randomisation"] if controls["layer_randomisations"] else []),
            *(["sensitivity"] if self.variants else []),
            *(name for part in self.jung2023 for name in jung2023.TABLES.get(part, ())),
            *self._with_transfer("tables"),
            *swanson2020.tables(self.config),
            *predictors.tables(self.config),
        ]

    @property
    def figures(self) -> list[str]:
        """Names of the figures of the study."""
        return [
            *([*self.maps, *self.bare_maps] if "dynamics" in self.parts else []),
            *(
                name
                for part, names in oyama2023.FIGURES.items()
                if part in self._results and set(self.phases) <= set(self.states)
                for name in names
            ),
            *([oyama2023.TRANSITION] if self.with_transition else []),
            *([oyama2023.RANDOMISATION] if self.config["controls"]["layer_randomisations"] else []),
            *([oyama2023.SENSITIVITY] if self.variants else []),
            *(name for part in self.jung2023 for name in jung2023.FIGURES.get(part, ())),
            *self._with_transfer("figures"),
            *swanson2020.figures(self.config),
            *predictors.figures(self.config),
        ]

    @property
    def shuffled(self) -> range:
        """Indices of the networks of each system that are trained on shuffled labels."""
        controls = self.config["controls"]
        return range(controls["shuffled_networks"] if SHUFFLED_LABELS in controls["nulls"] else 0)

    @property
    def null_networks(self) -> list[list]:
        """Name and draw of the null networks of each system."""
        controls = self.config["controls"]
        fields = null_fields(controls["nulls"], controls["draws"], len(self.shuffled))
        return [[null, draw] for null, draw in fields if null in NETWORK_NULLS]

    @property
    def all_seeds(self) -> list[int]:
        """Seeds of all networks of the study and its variants, and indices of those trained on shuffled labels."""
        return sorted(
            {*self.shuffled, *(seed for config in self.settings.values() for seed in config["classifier"]["seeds"])}
        )

    # one case

    def block(self, case: Case) -> dict:
        """The block of a system in the configuration of a case."""
        return self.settings[case]["systems"][case.system]

    def temperatures(self, case: Case, states: Sequence[str]) -> list[float]:
        """Temperatures of some states of a case."""
        return [self.block(case)["states"][state] for state in states]

    def minimised_temperatures(self, case: Case) -> list[float]:
        """Temperatures that are minimised where inherent structures are the input: of the states, and of sets."""
        own = self.temperatures(case, self.states)
        of_sets = swanson2020.temperatures_of_sets(self.config, case.system)
        return [*own, *(temperature for temperature in of_sets if temperature not in own)]

    def seeds(self, case: Case) -> list[int]:
        """Seeds of the networks of a case."""
        return self.settings[case]["classifier"]["seeds"]

    def density(self, case: Case) -> dict:
        """Parameters of the density fields of a case."""
        return self.settings[case]["density"]

    def model(self, case: Case) -> dict:
        """The keys of a system on which its molecular dynamics depends."""
        block = self.block(case)
        keys = [key for key in MODEL if key in block]  # users' files need no potential
        if block["potential"] == SHIFTED_FORCE:
            keys.remove("potential")  # which results of former versions do not have
        return select_keys(block, *keys)

    def cooling_settings(self, case: Case) -> dict:
        """How a system is cooled, independent of the number of replicas, the batch size, and names of snapshots."""
        section = cooling_of(self.settings[case], case.system)
        states, ends = section["states"], {max(section["states"].values()), min(section["states"].values())}
        saved = set(section["temperature_grid"]) - ends  # a state there only gives a snapshot a name
        section["states"] = {name: value for name, value in states.items() if value not in saved}
        return {key: value for key, value in section.items() if key not in ("replicas", "batch_size")}

    def chain_settings(self, system: str, state: str) -> dict:
        """All that a chain of swap Monte Carlo depends on: neither the other chains, nor when it would be given up."""
        settings = chain_settings(self.config, system, state)
        return {key: value for key, value in settings.items() if key != "longest_time"}

    def architecture(self, case: Case) -> dict:
        """Parameters that define the architecture of the networks of a case."""
        return {"grid": self.density(case)["grid"], **select_keys(self.settings[case]["classifier"], *ARCHITECTURE)}

    # the case whose results a variant uses: the study's, or its own where they differ

    def shares_cooling(self, case: Case) -> bool:
        """Whether a system is cooled as in the study, so that a variant reuses the study's replicas."""
        return self.settings[case]["cooling"] == self.config["cooling"]

    def cooling_source(self, case: Case) -> Case:
        """The case whose cooled replicas are used."""
        return case.in_study if self.shares_cooling(case) else case

    def configurations_source(self, case: Case) -> Case:
        """The case whose configurations are used."""
        as_in_study = (
            self.shares_cooling(case)
            and self.settings[case]["configurations"] == self.config["configurations"]
            and self.block(case) == self.block(case.in_study)
        )
        return case.in_study if as_in_study else case

    def density_source(self, case: Case) -> Case:
        """As `configurations_source`, for density fields."""
        return self.configurations_source(case) if self.density(case) == self.config["density"] else case

    def uses_inherent_structures(self, case: Case) -> bool:
        """Whether the configurations of a case are inherent structures."""
        return self.settings[case]["configurations"]["input"] == "inherent_structures"

    # batches

    @property
    def chains(self) -> range:
        """Chains of swap Monte Carlo of each state."""
        return range(self.config["swap"]["chains"])

    @property
    def batches(self) -> range:
        """Cooling batches of each system."""
        cooling = self.config["cooling"]
        return range(cooling["replicas"] // cooling["batch_size"])

    @property
    def inherent_batches(self) -> range:
        """Batches with replicas whose inherent structures are computed."""
        return range(-(-self.config["inherent_structures"]["replicas"] // self.config["cooling"]["batch_size"]))

    def replica_range(self, batch: int) -> list[int]:
        """First replica of a batch, and one past its last."""
        size = self.config["cooling"]["batch_size"]
        return [batch * size, (batch + 1) * size]

    def inherent_replica_range(self, batch: int) -> list[int]:
        """As `replica_range`, for replicas whose inherent structures are computed."""
        first, last = self.replica_range(batch)
        return [first, min(last, self.config["inherent_structures"]["replicas"])]

    def run_range(self, batch: int) -> list[int]:
        """First isoconfigurational run of a batch, and one past its last."""
        size = self.config["propensity"]["batch_size"]
        return [batch * size, (batch + 1) * size]

    def run_batches(self, system: str, ensemble: str) -> range:
        """Batches of the runs of an ensemble."""
        return range(self.ensembles[system][ensemble]["runs"] // self.config["propensity"]["batch_size"])

    # dynamics

    def highest_ensembles(self, system: str) -> list[str]:
        """Ensembles at the highest temperature of a system, one per configuration.

        `NO_ENSEMBLE` in a study without dynamics.
        """
        if not self.ensembles[system]:
            return [NO_ENSEMBLE]
        top = max(self.config["systems"][system]["propensity"]["temperatures"])
        return [name for name, ensemble in self.ensembles[system].items() if ensemble["temperature"] == top]

    def ensemble_sizes(self, system: str) -> list[list]:
        """Configuration, temperature and number of batches of every ensemble of a system."""
        return [
            [ensemble["configuration"], ensemble["temperature"], len(self.run_batches(system, name))]
            for name, ensemble in self.ensembles[system].items()
        ]

    def published_lengths(self, system: str, *purposes: str) -> dict[str, dict[str, float]] | None:
        """Published coarse-graining lengths of a system, by protocol and purpose; None where there are none.

        They are then measured (`measured_lengths`).
        """
        lengths = self.config["systems"][system]["coarse_graining"]
        if not lengths:
            return None
        return {protocol: select_keys(by_purpose, *purposes) for protocol, by_purpose in lengths.items()}

    def lengths(self, *purposes: str) -> dict[str, dict | None]:
        """As `published_lengths`, of every system."""
        return {system: self.published_lengths(system, *purposes) for system in self.systems}

    def measured_lengths(self, *systems: str) -> list[str]:
        """Those of some systems whose coarse-graining lengths are measured, since none are published."""
        return [system for system in systems if not self.config["systems"][system]["coarse_graining"]]

    # attributions

    def attribution(self, methods: Sequence[str]) -> dict:
        """Settings for `glassmap.learning.attribution.attribute`."""
        controls = self.config["controls"]
        return {
            "methods": list(methods),
            "steps": controls["integrated_gradients_steps"],
            "window": controls["occlusion_window"],
            "stride": controls["occlusion_stride"],
        }

    def attribution_of_reading(self, case: Case) -> dict:
        """Attribution methods of a reading: Grad-CAM, and at a centre of the readings all those of the study."""
        if case.variant not in self.config["readings"]["centres"]:
            return {"methods": ["gradcam"], "steps": 1, "window": 1, "stride": 1}  # settings that Grad-CAM does not use
        others = (method for method in self.config["controls"]["attributions"] if method != "gradcam_class_0")
        return self.attribution(["gradcam", *others])

    def summary(self) -> dict:
        """Size of the study, as stated in its report and on the page "What the network adds"."""
        config = self.config
        return {
            "papers": config["papers"],
            "protocol": config["protocol"],
            "phases": self.phases,
            "replicas": config["cooling"]["replicas"],
            "test": config["split"]["test"],
            "networks": len(config["classifier"]["seeds"]),
            "configurations": len(config["propensity"]["configurations"]),
            "runs": config["propensity"]["runs_at_highest"],
            "dynamics": "dynamics" in self.parts,
            "transfer": self.transfer,
            "predicted_states": self.predicted_states,
            "left_out": left_out(config),
            "source": config["samples"]["source"],
            "cooling_rates": self.cooling_rates,
            "systems": {
                name: {"particles": sum(block["particles"].values()), "states": block["states"]}
                for name, block in config["systems"].items()
            },
        }

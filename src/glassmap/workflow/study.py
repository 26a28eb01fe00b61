"""What a study computes and what its jobs depend on, decided from the configuration alone; rules only ask.

``{system}`` is the value of Snakemake's wildcard: a system of the study, or of a variant (`glassmap.variants`).
"""

from collections.abc import Mapping, Sequence

from glassmap.learning.null_maps import OF_NETWORKS, SHUFFLED_LABELS, fields_of_study
from glassmap.simulation.cooling_protocol import cooling_of, rates_of_glasses
from glassmap.simulation.propensity_protocol import ensembles
from glassmap.variants import plain_system, variant_of, variant_system
from glassmap.workflow.config import systems_of_variant, variants

NO_ENSEMBLE = "none"  # of rules that nobody asks for in a study without dynamics
MODEL = ("dimension", "particles", "density", "sigma", "epsilon", "cutoff", "temperature_liquid", "temperature_glass")
PURPOSES = ("correlations", "dynamics", "propensity", "propensity_maps")
ARCHITECTURE = ("channels", "kernel_size", "dense", "dropout")
# tables and figures of each part of the paper; those of the maps are added
TABLES = {
    "networks": ("table2", "table_s1", "ensemble"),
    "dynamics": ("table3", "table4", "table5", "dynamics"),
    "controls": ("controls", "reproduction"),
}
FIGURES = {
    "samples": ("fig_s7",),
    "networks": ("fig6",),
    "dynamics": ("fig3", "fig4", "fig5", "fig7", "fig8", "fig_s3"),
    "controls": ("what_the_network_adds",),
}


def keys_of(section: Mapping, *keys: str) -> dict:
    """Some keys of a mapping."""
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
    settings : dict of str to dict
        The configuration that holds for each value of ``{system}``.
    variants : list of str
        Those values of ``{system}`` that are no system of the study.
    ensembles : dict of str to dict
        The isoconfigurational ensembles of each system, by name.
    maps, bare_maps : dict of str to str
        The system that each figure of maps shows.
    """

    def __init__(self, config: Mapping, schema: Mapping):
        self.config = config
        self.systems = list(config["systems"])
        of_variants = {
            variant_system(name, system): variant
            for name, variant in variants(config, schema).items()
            for system in systems_of_variant(config, variant)
        }
        self.settings = dict.fromkeys(self.systems, config) | of_variants
        self.variants = list(of_variants)
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
    def from_files(self) -> bool:
        """Whether the samples were cooled elsewhere."""
        return self.config["samples"]["source"] == "files"

    @property
    def with_transition(self) -> bool:
        """Whether T* is asked for, and inherent structures are known at enough temperatures for it."""
        files = self.config["samples"]["files"]
        known = not self.from_files or all("inherent_energies" in files[system] for system in self.systems)
        return "glass_transition" in self.parts and known

    @property
    def tables(self) -> list[str]:
        """Names of the tables of the study."""
        controls = self.config["controls"]
        return [
            *(name for part, names in TABLES.items() if part in self.parts for name in names),
            *(["glass_transition"] if self.with_transition else []),
            *(["attributions"] if controls["attributions"] else []),
            *(["layer_randomisation"] if controls["layer_randomisations"] else []),
            *(["sensitivity"] if self.variants else []),
        ]

    @property
    def figures(self) -> list[str]:
        """Names of the figures of the study."""
        return [
            *([*self.maps, *self.bare_maps] if "dynamics" in self.parts else []),
            *(name for part, names in FIGURES.items() if part in self.parts for name in names),
            *(["fig_s6"] if self.with_transition else []),
            *(["layer_randomisation"] if self.config["controls"]["layer_randomisations"] else []),
            *(["sensitivity"] if self.variants else []),
        ]

    @property
    def shuffled(self) -> range:
        """Numbers of the networks of each system that are trained on shuffled labels."""
        controls = self.config["controls"]
        return range(controls["shuffled_networks"] if SHUFFLED_LABELS in controls["nulls"] else 0)

    @property
    def null_networks(self) -> list[list]:
        """Name and number of the networks of each system that learned nothing of the phases."""
        controls = self.config["controls"]
        fields = fields_of_study(controls["nulls"], controls["draws"], len(self.shuffled))
        return [[null, draw] for null, draw in fields if null in OF_NETWORKS]

    @property
    def all_seeds(self) -> list[int]:
        """Seeds of all networks, of the study and of its variants, and numbers of those on shuffled labels."""
        return sorted(
            {*self.shuffled, *(seed for one in self.settings.values() for seed in one["classifier"]["seeds"])}
        )

    # one system

    def block(self, system: str) -> dict:
        """The block of the configuration of the model that ``{system}`` stands for."""
        return self.settings[system]["systems"][plain_system(system)]

    def seeds(self, system: str) -> list[int]:
        """Seeds of the networks of a system."""
        return self.settings[system]["classifier"]["seeds"]

    def model(self, system: str) -> dict:
        """What the molecular dynamics of a system depends on."""
        return keys_of(self.block(system), *MODEL)

    def preparation(self, system: str) -> dict:
        """How a system is cooled; neither the number of replicas nor that of a batch is part of it."""
        section = cooling_of(self.settings[system], plain_system(system))
        return {key: value for key, value in section.items() if key not in ("replicas", "batch_size")}

    def architecture(self, system: str) -> dict:
        """What fixes the shape of the networks of a system."""
        settings = self.settings[system]
        return {"grid": settings["density"]["grid"], **keys_of(settings["classifier"], *ARCHITECTURE)}

    # whose results a system of a variant takes

    def shares_cooling(self, system: str) -> bool:
        """Whether a system is cooled as in the study, so that a variant takes the study's replicas."""
        return self.settings[system]["cooling"] == self.config["cooling"]

    def cooled(self, system: str) -> str:
        """The system whose cooled replicas a system takes: the study's, or its own where a variant cools otherwise."""
        return plain_system(system) if self.shares_cooling(system) else system

    def sampled(self, system: str) -> str:
        """The system whose configurations a system takes: the study's, or its own in a variant with other samples."""
        as_in_study = (
            self.shares_cooling(system)
            and self.settings[system]["configurations"] == self.config["configurations"]
            and self.block(system) == self.config["systems"][plain_system(system)]
        )
        return plain_system(system) if as_in_study else system

    def gridded(self, system: str) -> str:
        """As `sampled`, of the density fields."""
        return self.sampled(system) if self.settings[system]["density"] == self.config["density"] else system

    def takes_minima(self, system: str) -> bool:
        """Whether the configurations of a system are inherent structures."""
        return self.settings[system]["configurations"]["input"] == "inherent_structures"

    # batches

    @property
    def batches(self) -> range:
        """Batches of the cooling of each system."""
        cooling = self.config["cooling"]
        return range(cooling["replicas"] // cooling["batch_size"])

    @property
    def inherent_batches(self) -> range:
        """Those that hold the replicas whose inherent structures are looked for."""
        return range(-(-self.config["inherent_structures"]["replicas"] // self.config["cooling"]["batch_size"]))

    def replicas_of(self, batch: int) -> list[int]:
        """First replica of a batch and the one after its last."""
        size = self.config["cooling"]["batch_size"]
        return [batch * size, (batch + 1) * size]

    def inherent_replicas_of(self, batch: int) -> list[int]:
        """As `replicas_of`, of those whose inherent structures are looked for."""
        first, last = self.replicas_of(batch)
        return [first, min(last, self.config["inherent_structures"]["replicas"])]

    def runs_of(self, batch: int) -> list[int]:
        """First isoconfigurational run of a batch and the one after its last."""
        size = self.config["propensity"]["batch_size"]
        return [batch * size, (batch + 1) * size]

    def run_batches(self, system: str, ensemble: str) -> range:
        """Batches of the runs of an ensemble."""
        return range(self.ensembles[system][ensemble]["runs"] // self.config["propensity"]["batch_size"])

    # dynamics

    def highest(self, system: str) -> list[str]:
        """Ensembles at the highest temperature of a system, one for each configuration.

        `NO_ENSEMBLE` in a study without dynamics.
        """
        if not self.ensembles[system]:
            return [NO_ENSEMBLE]
        top = max(self.block(system)["propensity"]["temperatures"])
        return [name for name, one in self.ensembles[system].items() if one["temperature"] == top]

    def ensembles_of(self, system: str) -> list[list]:
        """Configuration, temperature and number of batches of every ensemble of a system."""
        return [
            [one["configuration"], one["temperature"], len(self.run_batches(system, name))]
            for name, one in self.ensembles[system].items()
        ]

    def published_lengths(self, system: str) -> dict:
        """Coarse-graining lengths of a system, by protocol; None where no part of the study needs any."""
        none = {protocol: dict.fromkeys(PURPOSES) for protocol in ("frontiers", "arxiv-v2")}
        return self.config["systems"][system]["coarse_graining"] or none

    def lengths(self, purpose: str) -> dict[str, dict]:
        """Coarse-graining length of each system, by protocol, for a purpose such as ``correlations``."""
        return {
            system: {protocol: given[purpose] for protocol, given in self.published_lengths(system).items()}
            for system in self.systems
        }

    def dynamics_lengths(self, system: str) -> dict:
        """Published lengths of the correlations with the dynamics, by protocol."""
        published = self.published_lengths(system)
        return {protocol: keys_of(given, "dynamics", "propensity") for protocol, given in published.items()}

    # attributions

    def attribution(self, methods: Sequence[str]) -> dict:
        """What `glassmap.learning.attribution.attribute` is told of its methods."""
        controls = self.config["controls"]
        return {
            "methods": list(methods),
            "steps": controls["integrated_gradients_steps"],
            "window": controls["occlusion_window"],
            "stride": controls["occlusion_stride"],
        }

    def attribution_of_reading(self, system: str) -> dict:
        """Attributions of a reading: Grad-CAM, and at a centre of the readings all that the study has."""
        if variant_of(system) not in self.config["readings"]["centres"]:
            return {
                "methods": ["gradcam"],
                "steps": 1,
                "window": 1,
                "stride": 1,
            }  # of the others, which it does not use
        others = (method for method in self.config["controls"]["attributions"] if method != "gradcam_liquid")
        return self.attribution(["gradcam", *others])

    def size(self) -> dict:
        """What the page of what the network adds says of the study."""
        config = self.config
        return {
            "protocol": config["protocol"],
            "replicas": config["cooling"]["replicas"],
            "test": config["split"]["test"],
            "networks": len(config["classifier"]["seeds"]),
            "configurations": len(config["propensity"]["configurations"]),
            "runs": config["propensity"]["runs_at_highest"],
            "cooling_rates": rates_of_glasses(config),
        }

"""Every option of a study: type, range, default, unit, meaning and source, with one model per section.

``make config-docs`` generates two files from these models: the JSON schema of a study file
(``workflow/schemas/config.schema.yaml``), which editors and `glassmap.workflow.config` validate against, and the table in
config/README.md.
"""

from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, create_model

HEADER = """\
# The configuration: every key with its meaning, unit, default and source. Generated from src/glassmap/workflow/options.py
# (make config-docs), like the table in config/README.md.
# Every count has a maximum far beyond the paper's (100,000 replicas are twenty times as many); a larger study would exhaust the
# memory or Snakemake's job list and never finish. Seeds are stored in the result files as 64-bit integers.
"""
DIALECT = "https://json-schema.org/draft/2020-12/schema"
MISSING = object()  # default of an optional key that has no value when omitted
ABOUT = ("default", "unit", "description", "source")  # of a key, kept next to a reference to its type
# a system's results are in a folder of its name, beside these
SYSTEM_NAME = {
    "pattern": "^[A-Za-z][A-Za-z0-9_-]{0,31}$",
    "not": {"enum": ["tables", "figures", "logs", "benchmarks", "scratch", "sensitivity", "explain", "export"]},
}


class Section(BaseModel):
    """A section of a study file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid")


def option(
    *, default: Any = ..., unit: str = "", description: str = "", source: str = "", extra: dict | None = None, **limits
) -> Any:
    """A key of a study file.

    Parameters
    ----------
    default
        Value when the key is omitted; ``...`` if it is required, `MISSING` if it then has no value.
    unit, description, source : str
        For the documentation.
    extra : dict, optional
        JSON schema keywords that pydantic lacks.
    **limits
        Passed to `pydantic.Field`.
    """
    documentation = {"unit": unit, "source": source, **(extra or {})}
    absent = {"default_factory": lambda: None} if default is MISSING else {"default": default}
    return Field(
        **absent, description=description or None, json_schema_extra={key: value for key, value in documentation.items() if value},
        **limits,
    )  # fmt: skip


def choices_of(section: type[Section], *keys: str) -> type[Section]:
    """Some keys of a section with their types and limits, all of them optional and without a default."""
    known = {key: section.model_fields[key] for key in keys}
    types = {
        key: Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
        for key, field in known.items()
    }
    return create_model(
        f"{section.__name__}Choices",
        __base__=Section,
        **{key: (kind, option(default=MISSING)) for key, kind in types.items()},
    )


class FurtherRate(Section):
    below: float = option(gt=0)
    rate: float = option(gt=0)


FurtherRates = Annotated[list[FurtherRate], Field(max_length=20, json_schema_extra={"x-def": "further_rates"})]


Pairs = Annotated[
    dict[str, Annotated[float, Field(gt=0)]],
    Field(min_length=3, json_schema_extra={"x-def": "pairs", "propertyNames": {"pattern": "^[A-Z][A-Z]$"}}),
]


class LengthsOfProtocol(Section):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"x-def": "lengths"})

    correlations: float = option(gt=0)
    dynamics: float = option(gt=0)
    propensity: float = option(ge=0)
    propensity_maps: list[Annotated[float, Field(ge=0)]] = option(min_length=1)


class ModelCooling(Section):
    equilibration_time: float = option(default=MISSING, gt=0)
    cooling_rate: float = option(default=MISSING, gt=0)
    further_rates: FurtherRates = option(default=MISSING)


class ModelCoarseGraining(Section):
    frontiers: LengthsOfProtocol = option()
    arxiv_v2: LengthsOfProtocol = option(alias="arxiv-v2")


class ModelPropensity(Section):
    temperatures: list[Annotated[float, Field(gt=0)]] = option(
        min_length=1,
        unit="epsilon*",
        description="temperatures of the runs, above that of the second of classifier.states and up to that of the first",
        source="Frontiers 4.3 (T* to about 1.5 T*); method 8",
        extra={"uniqueItems": True},
    )
    run_time: float = option(
        gt=0, unit="tau", description="length of a run (papers: 3e8 steps, 1.5e6 tau)", source="v2 III.D"
    )


class ModelMap(Section):
    figure: str = option(
        default=MISSING,
        pattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$",
        description="name of the figure with the system's maps; `map_<system>` by default",
        source="ours",
    )
    bare_figure: str = option(
        default=MISSING,
        pattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$",
        description="name of the figure with the same maps without coarse-graining; `<figure>_bare` by default",
        source="ours",
    )
    inverted: list[Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,63}$")]] = option(
        default=["gradcam"],
        description="indicators X that the maps show as 1 - X: gradcam, voronoi_volume, tong_tanaka or a new one",
        source="Frontiers Figs. 1, 2",
        extra={"uniqueItems": True},
    )


class Model(Section):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"x-def": "system"})

    enabled: bool = option(default=True, description="false excludes the system from the study", source="ours")
    dimension: int = option(
        default=2,
        ge=2,
        le=3,
        description="of space, 2 or 3; the networks on density fields and on pictures, and what is compared with them, are two-dimensional so far",
        source="ours (the papers' glasses are two-dimensional)",
    )
    particles: dict[str, Annotated[int, Field(ge=1, le=1000000)]] = option(
        min_length=2,
        max_length=26,
        description="number of particles of each species A, B, ...",
        source="Frontiers Table 1",
        extra={"propertyNames": {"pattern": "^[A-Z]$"}},
    )
    density: float = option(gt=0, unit="1/sigma*^d", description="number density", source="Frontiers Table 1")
    sigma: Pairs = option(
        unit="sigma*",
        description="Lennard-Jones length of each pair of species, AA, AB, ...",
        source="Frontiers Table 1",
    )
    epsilon: Pairs = option(
        default=MISSING,
        unit="epsilon*",
        description="Lennard-Jones energy of each pair of species; with your own files (samples.files) the potential may be left out",
        source="Frontiers Table 1",
    )
    cutoff: float = option(
        default=MISSING,
        gt=0,
        unit="sigma_ij",
        description="cutoff of the potential, beyond which it is 0; left out with epsilon",
        source="Frontiers Table 1",
    )
    potential: Literal["shifted_force", "smoothed", "shifted"] = option(
        default="shifted_force",
        description="how the Lennard-Jones potential ends at the cutoff: shifted_force, energy and force vanish; smoothed, the second derivative too; shifted, the energy vanishes",
        source="Frontiers Eqs. 1-2; Jung et al. 2023, supplement I; Kob and Andersen 1995",
    )
    states: dict[str, Annotated[float, Field(gt=0)]] = option(
        min_length=1,
        unit="epsilon*",
        description="temperature of each state that samples are taken in, by name, such as liquid (T_L) and glass (T_G); see classifier.states. Cooling ends at the coldest",
        source="Frontiers 2.2",
    )
    tong_tanaka_sigma: Pairs = option(
        default=MISSING,
        unit="sigma*",
        description="particle distances for the Tong-Tanaka reference angle, in two dimensions; sigma by default",
        source="Frontiers 4.4.2",
    )
    cooling: ModelCooling = option(
        default={},
        unit="tau, epsilon*/tau",
        description="`equilibration_time`, `cooling_rate` and `further_rates` for this system, overriding those under `cooling`; randomly placed particles of a mixture need time to mix",
        source="ours",
    )
    coarse_graining: ModelCoarseGraining = option(
        default=MISSING,
        unit="sigma*",
        description="published coarse-graining lengths by protocol; of a system without them the lengths are measured: xi_Delta at delta = 1 and at each target, one xi_alpha with the largest mean of abs(C), and tables and figures say so; for indicators in correlations (Fig. 6, Table S1) and dynamics (Figs. 1, 2, 5, 7), for the propensity in Figs. 5, 7 (propensity) and at each of lengths.targets (propensity_maps); 0: bare",
        source="Frontiers Table 3; v2",
    )
    propensity: ModelPropensity = option(
        default=MISSING, description="the runs of this system's isoconfigurational ensembles"
    )
    map: ModelMap = option(default={})


class StudyFilePapers(Section):
    oyama2023: list[Literal["samples", "networks", "glass_transition", "dynamics", "controls"]] = option(
        default=["samples", "networks", "glass_transition", "dynamics", "controls"],
        description="`samples` (Fig. S7), `networks` (Tables 2 and S1, Fig. 6, agreement between networks), `glass_transition` (T*, Fig. S6), `dynamics` (Tables 3 to 5, Figs. 1 to 5, 7, 8, S3 to S5), `controls` (what the network adds; needs networks, and compares with the dynamics if they are computed); nothing if only other papers are named",
        source="Frontiers, v2",
        extra={"uniqueItems": True},
    )
    jung2023: list[Literal["dynamics", "models", "results"]] = option(
        default=[],
        description="`dynamics` (isoconfigurational runs from every structure, propensities, relaxation times), `models` (inherent structures, descriptors, predictors), `results` (Figs. 2 to 4 and SM 2, Pearson correlations, chi_4); each needs those before it",
        source="Jung, Biroli and Berthier 2023",
        extra={"uniqueItems": True},
    )
    swanson2020: list[Literal["samples", "networks", "attention", "cost"]] = option(
        default=[],
        description="`samples` (cooling curves and the sets on them; only with swanson2020.slow), `networks` (classifiers on pictures and on graphs, accuracy, AUC and its matrix, variants, search; Fig. 5), `attention` (what they look at, graph measures, artificial configurations; Figs. 3, 4, 6, 7), `cost` (time of the training; Fig. 8); attention needs networks",
        source="Swanson et al. 2020",
        extra={"uniqueItems": True},
    )


class UsersFiles(Section):
    frames: str = option(default="last", pattern="last|all|[1-9][0-9]{0,8}")
    species: dict[str, Annotated[str, Field(min_length=1)]] = option(default=MISSING, min_length=1)
    format: Literal["gsd", "lammps-dump", "lammps-data", "xyz", "npz", "tar", "netcdf"] = option(default=MISSING)
    length_unit: float = option(default=1.0, gt=0)


class RunsInFiles(Section):
    array: str = option(pattern="^[A-Za-z][A-Za-z0-9_]{0,31}$")
    times: list[Annotated[float, Field(gt=0)]] = option(min_length=1)
    files: list[Annotated[str, Field(min_length=1)]] = option(default=[])


class StudyFileSamplesFilesValue(UsersFiles):
    snapshots: str = option(default=MISSING, min_length=1)
    inherent_energies: str = option(default=MISSING, min_length=1)
    states: dict[str, Annotated[str, Field(min_length=1)]] = option(default=MISSING, min_length=1)
    replica: str = option(default="file", min_length=1)
    dynamics: dict[str, Annotated[str, Field(min_length=1)]] = option(
        default=MISSING, min_length=1, extra={"propertyNames": {"pattern": "^[A-Za-z][A-Za-z0-9_]{0,31}$"}}
    )
    runs: RunsInFiles = option(default=MISSING)


class StudyFileSamples(Section):
    source: Literal["cooling", "swap", "files"] = option(
        default="cooling",
        description="cool new replicas; or equilibrate every state by swap Monte Carlo; or read existing replicas from files, and `cooling` must then describe how they were made",
        source="ours",
    )
    files: dict[str, StudyFileSamplesFilesValue] = option(
        default={},
        description='for source files, by system: glob patterns of the files made by rules ship_samples (`snapshots`) and ship_inherent_energies (`inherent_energies`); without the latter there is neither T* nor Fig. S6. Or your own files (docs/own-data.md): a glob pattern for each state (`states`); which frames of a file, last, all or "n" for every n-th (`frames`, last by default); what is a replica, file, frame or a regular expression with one group that matches the same text in the names of its files (`replica`, file by default); the name or type number in the files of each species (`species: {A: "1", B: "2"}`), needed where two have the same number of particles; your own dynamics of the particles by name, each a column of the files or a pattern of .npy or .npz arrays, one for each file, {state} being the name of the state (`dynamics: {propensity: c_prop}`), compared with the maps in tables/own_dynamics.csv; for jung2023 the runs of isoconfigurational ensembles, an array of positions in each file of shape (run, N, d) or (time, run, N, d) with its times in tau (`runs: {array: positions, times: [4120]}`), so that none are made, and if each time has a file of its own, as in GlassBench, a pattern for each of them, {state} being the name of the state (`files: [T0.23/*_tc30.npz, T0.23/*_tc35.npz]`); `format`, by the ending of the name by default; sigma* in the unit of the files (`length_unit`, 1 by default)',
        source="ours",
        extra={"propertyNames": SYSTEM_NAME},
    )


class StudyFileSwap(Section):
    chains: int = option(
        default=4,
        ge=1,
        le=10000,
        description="independent chains of each state, a job each, which share its structures (cooling.replicas)",
        source="ours",
    )
    time_step: float = option(
        default=0.01,
        gt=0,
        le=0.02,
        unit="tau",
        description="integration step",
        source="Jung et al. 2023, supplement I.A",
    )
    friction: float = option(
        default=0.1,
        gt=0,
        le=100,
        unit="1/tau",
        description="friction of the Langevin thermostat",
        source="ours; the paper's thermostat is of Nose and Hoover",
    )
    steps_between: int = option(
        default=10,
        ge=1,
        le=100000,
        description="steps of molecular dynamics between two phases of exchanges",
        source="Jung et al. 2023, supplement I.A",
    )
    attempts_per_particle: float = option(
        default=2100 / 1290,
        gt=0,
        le=10000,
        description="exchanges of two particles of different species attempted in a phase, for each particle",
        source="Jung et al. 2023, supplement I.A (2100 of 1290 particles)",
    )
    equilibration: float = option(
        default=20.0,
        ge=10,
        le=10000,
        unit="tau_SWAP",
        description="time before the first structure, in relaxation times of F_s of the A particles at q = 6.11/sigma*",
        source="ours",
    )
    spacing: float = option(
        default=5.0,
        ge=5,
        le=10000,
        unit="tau_SWAP",
        description="time from one structure to the next, in the same relaxation times; closer ones are not independent, as the split and all intervals take them to be",
        source="Jung et al. 2023, supplement I.A",
    )
    relaxation_time: dict[str, dict[str, Annotated[float, Field(gt=0)]]] = option(
        default={},
        unit="tau",
        description="relaxation times that are known, by system and state; each chain measures the others by itself",
        source="ours",
        extra={"propertyNames": SYSTEM_NAME},
    )
    longest_time: float = option(
        default=10000.0,
        gt=0,
        unit="tau",
        description="a chain that takes longer to equilibrate is refused; it goes on if this is raised",
        source="ours",
    )


class StudyFileCooling(Section):
    replicas: int = option(
        default=5000,
        ge=3,
        le=100000,
        description="independent cooling runs of each system, a multiple of batch_size; with samples.source swap structures of each state, a multiple of swap.chains",
        source="Frontiers 2.2",
    )
    batch_size: int = option(default=50, ge=1, le=100000, description="replicas per job", source="ours")
    temperature_start: float = option(
        default=4.0,
        gt=0,
        unit="epsilon*",
        description="temperature of the equilibration, where cooling starts",
        source="Frontiers 2.2",
    )
    equilibration_time: float = option(
        default=1000.0,
        gt=0,
        unit="tau",
        description="time at temperature_start before cooling",
        source="not published; method 2",
    )
    cooling_rate: float = option(
        default=8.333333333333333e-05,
        gt=0,
        unit="epsilon*/tau",
        description="rate of the linear ramp from temperature_start to the coldest of the states, or to the first of further_rates",
        source="Frontiers 2.2",
    )
    further_rates: FurtherRates = option(
        default=[],
        unit="T_L, epsilon*/tau",
        description="further rates in the order of cooling, such as {below: 1.1, rate: 0.004} for 0.004 below 1.1 T_L: fast where the liquid loses its memory, slow where the glass forms",
        source="ours; the papers have one rate",
    )
    time_step: float = option(
        default=0.005, gt=0, le=0.02, unit="tau", description="integration step", source="not published; Swanson, SI I"
    )
    thermostat_damping: float = option(
        default=0.5,
        gt=0,
        unit="tau",
        description="relaxation time of the Nose-Hoover thermostat (LAMMPS Tdamp)",
        source="not published; Swanson, SI I",
    )
    temperature_grid: list[Annotated[float, Field(gt=0)]] = option(
        default=[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.9, 1.1, 1.3, 1.5, 1.75, 2.25, 2.5, 3.0, 3.5],
        unit="epsilon*",
        description="further temperatures at which positions are saved, between the coldest state and temperature_start; together with T_G and T_L, enough for the two line fits of T*",
        source="ours; v2 Fig. S6",
        extra={"uniqueItems": True},
    )
    energy_records: int = option(
        default=400,
        ge=2,
        le=100000,
        description="records of potential and kinetic energy along the cooling",
        source="ours",
    )
    segment_time: float = option(
        default=25000.0,
        gt=0,
        unit="tau",
        description="interval between restart files, from which a replica always continues; at most this much is lost if it is killed",
        source="ours",
    )


class StudyFileLammps(Section):
    command: str = option(
        default="lmp",
        pattern="^(/[^\\x00-\\x1f\\x7f]+|[A-Za-z0-9_][A-Za-z0-9._+-]*)$",
        max_length=4000,
        description="LAMMPS executable: a name on the PATH or a full path",
        source="ours",
    )
    arguments: str = option(
        default="-sf omp -pk omp 1",
        max_length=1000,
        description="command-line switches, before the workflow's own; only those that control how LAMMPS computes (-sf, -pk, -k, -nc and their long forms)",
        source="method 12",
    )
    neighbor_skin: float = option(
        default=0.3, gt=0, le=5, unit="sigma*", description="skin of the neighbour lists", source="method 12"
    )


class StudyFileSplit(Section):
    train: float = option(
        default=0.8,
        gt=0,
        unit="fraction",
        description="replicas the networks are trained on",
        source="Frontiers 2.2 (4000 of 5000)",
    )
    validation: float = option(
        default=0.08,
        gt=0,
        unit="fraction",
        description="replicas for selecting the epoch",
        source="Frontiers 2.2 (400 of 5000)",
    )
    test: float = option(
        default=0.12,
        gt=0,
        unit="fraction",
        description="held-out replicas, on which every result is computed",
        source="Frontiers 2.2 (600 of 5000)",
    )


class StudyFileInherentStructures(Section):
    replicas: int = option(
        default=100,
        ge=2,
        le=100000,
        description="number of replicas of each system, counted from the first, minimised at every temperature",
        source="not published",
    )
    force_tolerance: float = option(
        default=1e-05,
        gt=0,
        unit="epsilon*/sigma*",
        description="a minimised structure with a larger force component on any particle is refused",
        source="ours",
    )
    points_per_line: int = option(
        default=3,
        ge=3,
        le=1000,
        unit="temperatures",
        description="minimum number of temperatures between T_G and T_L for each line fit",
        source="ours (v2 supplement II.C fits by eye)",
    )
    bootstrap: int = option(
        default=1000,
        ge=100,
        le=1000000,
        description="bootstrap samples of replicas for the uncertainty of T* and for the test for a bend",
        source="ours",
    )


class StudyFileCrystals(Section):
    order: float = option(
        default=0.8,
        ge=0,
        le=1,
        description="threshold of the psi_4 or psi_6 order that a particle shares with its Voronoi neighbours; above it, its environment is crystalline (two dimensions)",
        source="ours (measured)",
    )
    averaged_order: float = option(
        default=0.35,
        gt=0,
        lt=1,
        description="the same threshold in three dimensions, of the Steinhardt order q_6 averaged over a particle and its Voronoi neighbours; fcc and bcc crystals have 0.57 at rest",
        source="ours (measured); Lechner and Dellago 2008",
    )
    area: float = option(
        default=0.2,
        ge=0,
        le=1,
        description="threshold as a fraction of the sample's area (in three dimensions of its volume); a crystal has at least as many particles in crystalline environments as a disc of this area without its rim. In a glass (ABM) that is 7 % of the particles, with a third of the area crystalline 26 %",
        source="ours (measured)",
    )
    amplitude: float = option(
        default=0.2,
        ge=0,
        description="threshold of the largest |g(r) - 1| in distance_range, minus 4 standard errors of an ideal gas; glasses have 0, triangular and square crystals 0.3 to 1.1",
        source="ours (measured)",
    )
    distance_range: list[Annotated[float, Field(gt=0)]] = option(
        default=[10.0, 18.0],
        min_length=2,
        max_length=2,
        unit="sigma*",
        description="distances at which g(r) is flat in a glass but not in a crystal, up to 0.45 L; in a smaller box this criterion is not used",
        source="ours",
    )
    bin_width: float = option(default=0.1, gt=0, unit="sigma*", description="bin width of that g(r)", source="ours")


class StudyFileRadialDistribution(Section):
    reach: float = option(default=0.45, gt=0, lt=0.5, unit="L", description="largest distance of g(r)", source="ours")
    bin_width: float = option(default=0.02, gt=0, unit="sigma*", description="bin width of g(r)", source="ours")


class StudyFileConfigurations(Section):
    input: Literal["thermal", "inherent_structures"] = option(
        default="thermal",
        description="configurations used for density fields, indicators and crystals: those saved during cooling at T_L and T_G, or their inherent structures (isoconfigurational runs always start from the former)",
        source="ours (the papers take them as they are)",
    )


class StudyFileDensity(Section):
    grid: int = option(
        default=36, ge=4, le=1024, description="grid points per side, G", source="not published; method 3"
    )
    kernel_width: float = option(
        default=1.0,
        gt=0,
        unit="L/sqrt(0.64 N) sigma_ii",
        description="width of the Gaussian of each particle",
        source="v2 supplement I.A",
    )
    cutoff: float = option(
        default=2.5,
        gt=0,
        unit="sigma_ii",
        description="cutoff of the Gaussian of each particle",
        source="v2 supplement I.A",
    )


class StudyFileIndicators(Section):
    density_radius: float = option(
        default=2.0,
        gt=0.5,
        unit="sigma*",
        description="radius of the disc (in three dimensions of the ball) for the local number density; less than half the box",
        source="ours",
    )


class StudyFileClassifier(Section):
    states: list[Annotated[str, Field(pattern="^[A-Za-z][A-Za-z0-9_-]{0,31}$")]] = option(
        default=["liquid", "glass"],
        min_length=2,
        max_length=2,
        description="the two states that the networks tell apart, the hotter one (class 0) first; isoconfigurational runs start from the second (class 1), and numbers published for a state stand beside those of the state with its name",
        source="Frontiers 3.1",
        extra={"uniqueItems": True},
    )
    channels: list[Annotated[int, Field(ge=1, le=1024)]] = option(
        default=[16, 32, 64],
        min_length=1,
        max_length=8,
        description="feature maps of the convolutions",
        source="not published; method 4",
    )
    kernel_size: int = option(
        default=5,
        ge=1,
        le=2049,
        unit="grid points",
        description="side of the convolution kernels, odd",
        source="not published; method 4",
    )
    dense: int = option(
        default=128, ge=1, le=65536, description="units of the dense layer", source="not published; method 4"
    )
    dropout: float = option(default=0.5, ge=0, lt=1, description="dropout after the dense layer", source="v2 Fig. S1")
    normalisation: Literal["sample", "sample_by_maximum", "dataset", "standardised"] = option(
        default="dataset",
        description="normalisation of the density field: subtract the minimum of the sample and divide by the maximum of the result (sample) or of the density itself (sample_by_maximum); subtract the minimum of all training samples and divide by their range (dataset); or subtract their mean and divide by their standard deviation (standardised, a control)",
        source="v2 supplement I.B, which does not say of what; docs/what-decides-the-map.md",
    )
    initialization: Literal["torch", "unit_variance", "contrast"] = option(
        default="torch",
        description="random initial weights: PyTorch's default; scaled so that every unit has mean 0 and variance 1 over the training samples; or the same with zero-sum kernels in the first layer, which see the contrast of the field but not its mean",
        source="ours (not published)",
    )
    training_replicas: int = option(
        default=0,
        ge=0,
        le=100000,
        description="number of replicas of the train split, counted from the first, that the networks are trained on; 0: all",
        source="ours",
    )
    learning_rate: float = option(
        default=1e-06, gt=0, description="learning rate of Adam (0.9, 0.999)", source="v2 supplement I.C"
    )
    schedule: Literal["constant", "cosine"] = option(
        default="constant",
        description="learning-rate schedule; cosine rises linearly over the first 5 % of the steps, then falls to 0",
        source="ours (the paper names only the initial rate)",
    )
    l2: float = option(
        default=0.0001,
        ge=0,
        description="L2 penalty (weight_decay of torch.optim.Adam)",
        source="not published; method 4",
    )
    batch_size: int = option(
        default=5,
        ge=1,
        le=100000,
        unit="samples",
        description="samples per training step",
        source="v2 supplement I.C",
    )
    epochs: int = option(
        default=250, ge=1, le=1000000, description="passes over the training samples", source="Frontiers 4.1"
    )
    augmentation: list[Literal["translation", "rotation", "reflection"]] = option(
        default=[],
        description="random symmetries of the periodic square, applied exactly to each training sample",
        source="ours (the paper names none)",
        extra={"uniqueItems": True},
    )
    precision: Literal["float32", "bfloat16"] = option(
        default="float32",
        description="arithmetic of the convolutions during training; bfloat16 is faster only on a GPU or a processor that supports it (AMX, AVX512_BF16), and several times slower elsewhere; maps and predictions are always float32",
        source="ours",
    )
    seeds: list[Annotated[int, Field(ge=0, le=9223372036854775807)]] = option(
        default=[0],
        min_length=1,
        max_length=1000,
        description="one network is trained per seed",
        source="ours (the paper shows one network)",
        extra={"uniqueItems": True},
    )
    failed_below: float = option(
        default=0.6,
        ge=0,
        le=1,
        unit="validation accuracy",
        description="a training whose best epoch stays below this accuracy is reported as failed and excluded from all averages",
        source="ours",
    )
    device: Literal["auto", "cuda", "cpu"] = option(
        default="auto",
        description="device for training and Grad-CAM; auto uses a GPU if there is one",
        source="ours",
    )


class StudyFileGradcam(Section):
    batch_size: int = option(
        default=50,
        ge=1,
        le=100000,
        unit="samples",
        description="samples evaluated at once",
        source="ours",
    )


class StudyFilePropensityEnsembles(Section):
    count: int = option(
        default=3, ge=1, le=100000, description="disjoint sub-ensembles of Fig. 4 and Table 4", source="Frontiers 4.2"
    )
    size: int = option(default=30, ge=1, le=100000, description="runs in each sub-ensemble", source="Frontiers 4.2")
    delta: float = option(
        default=1.0,
        gt=0,
        unit="sigma*",
        description="mean displacement at which sub-ensembles are compared",
        source="not published",
    )


class StudyFilePropensity(Section):
    configurations: list[Annotated[int, Field(ge=0, le=99999)]] = option(
        default=[3],
        min_length=1,
        description="test replicas whose glass the runs start from; the first is the one shown in the maps",
        source="Frontiers 4.3 (one configuration)",
        extra={"uniqueItems": True},
    )
    runs: int = option(
        default=30,
        ge=2,
        le=100000,
        description="runs N_s with fresh velocities at each temperature; a multiple of batch_size",
        source="Frontiers 3.5",
    )
    runs_at_highest: int = option(
        default=100,
        ge=2,
        le=100000,
        description="runs N_s at the highest temperature of each system, from which the sub-ensembles are taken; a multiple of batch_size",
        source="Frontiers 4.2 (100 for KAM)",
    )
    batch_size: int = option(default=10, ge=1, le=100000, description="runs per job", source="ours")
    time_step: float = option(
        default=0.005,
        gt=0,
        le=0.02,
        unit="tau",
        description="integration step of the runs",
        source="not published; Swanson, SI I",
    )
    thermostat_damping: float = option(
        default=0.5,
        gt=0,
        unit="tau",
        description="relaxation time of the Nose-Hoover thermostat of the runs",
        source="not published; Swanson, SI I",
    )
    first_frame: float = option(
        default=0.1, gt=0, unit="tau", description="time of the first logarithmic frame", source="ours"
    )
    frames: int = option(
        default=60,
        ge=2,
        le=10000,
        description="number of logarithmically spaced frames up to the end of the run",
        source="ours",
    )
    extra_times: list[Annotated[float, Field(gt=0)]] = option(
        default=[],
        unit="tau",
        description="times of further frames, not beyond the run time of any system",
        source="ours",
        extra={"uniqueItems": True},
    )
    segment_time: float = option(
        default=25000.0,
        gt=0,
        unit="tau",
        description="interval between restart files, from which a run always continues; at most this much is lost if it is killed",
        source="ours",
    )
    bootstrap_samples: int = option(
        default=200,
        ge=10,
        le=1000000,
        description="bootstrap samples for the correlations with the propensity",
        source="ours",
    )
    moved_maps: int = option(
        default=300,
        ge=0,
        le=100000,
        description="randomly shifted, rotated and reflected copies of the structural maps, the null model for correlations with the propensity; at least 39 for a 95 % band; 0: none",
        source="ours; method 11",
    )
    ensembles: StudyFilePropensityEnsembles = option(default={})


class StudyFileJung2023(Section):
    states: list[Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,31}$")]] = option(
        default=[],
        description="the states of the systems, each a temperature with structures of its own, whose dynamics are predicted; all by default",
        source="Jung et al. 2023 (T = 0.4, 0.3, 0.23)",
        extra={"uniqueItems": True},
    )
    bootstrap_samples: int = option(
        default=1000,
        ge=10,
        le=1000000,
        description="bootstrap samples over structures, for the intervals",
        source="ours",
    )
    transfer: dict[str, Annotated[str, Field(pattern=SYSTEM_NAME["pattern"])]] = option(
        default={},
        description="systems, such as a larger one, for which the models of another predict that have not learned from them: `{KA2D_large: KA2D}`; runs are made from their test structures alone",
        source="Jung et al. 2023 (N = 82,560)",
        extra={"propertyNames": SYSTEM_NAME},
    )
    without_runs: list[Annotated[str, Field(pattern=SYSTEM_NAME["pattern"])]] = option(
        default=[],
        description="systems of `transfer` whose dynamics are predicted alone, since they are too large for runs",
        source="Jung et al. 2023 (N = 82,560)",
        extra={"uniqueItems": True},
    )


class StudyFileOwnPredictor(Section):
    column: str = option(
        default=MISSING,
        pattern="^[A-Za-z][A-Za-z0-9_]{0,31}$",
        description="of the files that the structures are from; one value, or one at each time",
    )
    array: str = option(
        default=MISSING,
        min_length=1,
        description=".npy file of shape (structures, N), or (structures, times, N), {system} and {state} being their names",
    )
    told: Literal["nothing", "classes", "dynamics"] = option(default="nothing", description="what the method was told")
    training_structures: int = option(default=0, ge=0, le=10000000, description="structures that it has learned from")


class StudyFilePredictors(Section):
    rows: list[Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,31}$")]] = option(
        default=[
            *("number_density", "composition", "potential_energy", "voronoi_volume", "tong_tanaka", "hexatic_order"),
            *("fourfold_order", "bond_order_mixture", "random_values", "constant_value", "moved_energies"),
        ],
        description="predictors that are not told the dynamics, beside the models of `glassmlp.models`; `graph_network` learns them from the runs themselves, and takes longest; `gradcam`, `occlusion`, `integrated_gradients` are scores of the networks of `papers.oyama2023`, `attention` of the `d_mpnn` of `papers.swanson2020`, which the study must train, `gradcam_untrained` and `attention_untrained` of the same with random weights; those of two dimensions only (tong_tanaka, hexatic_order, fourfold_order) are left out in three. Without any there is no comparison",
        source="ours",
        extra={"uniqueItems": True},
    )
    lengths: list[Annotated[float, Field(gt=0)]] = option(
        default=[0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0],
        min_length=1,
        max_length=100,
        unit="sigma*",
        description="coarse-graining lengths (Gaussian) of which structures that are not judged choose one for every predictor, state and time",
        source="ours",
        extra={"uniqueItems": True},
    )
    own: dict[str, StudyFileOwnPredictor] = option(
        default={},
        description="rows of your own by a name of yours, each a `column` of your files (samples.files) or an `array`; what it was `told`, and how many `training_structures` it has learned from: `{BOTAN: {column: BOTAN, told: dynamics, training_structures: 400}}`",
        source="ours",
        extra={"propertyNames": {"pattern": "^[A-Za-z][A-Za-z0-9_]{0,31}$"}},
    )
    learning_curve: list[Annotated[int, Field(ge=1, le=10000000)]] = option(
        default=[],
        description="numbers of training structures from which the models of `glassmlp.models` learn anew, besides all; none by default",
        source="ours",
        extra={"uniqueItems": True},
    )
    graph_network_epochs: int = option(
        default=60,
        ge=1,
        le=100000,
        description="epochs of the graph network",
        source="ours; 1000 in BOTAN, with more structures",
    )
    moved_maps: int = option(
        default=199,
        ge=39,
        le=100000,
        description="draws of predictions that are moved to other structures, for the p-values: the smallest is 1 / (1 + moved_maps)",
        source="ours",
    )


class StudyFileGlassMLPRegressor(Section):
    make: str = option(
        pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$",
        description="class or function that makes it, by its full name",
    )
    arguments: dict = option(default={})


class StudyFileIsoconfigurational(Section):
    runs: int = option(
        default=20,
        ge=2,
        le=100000,
        description="runs with fresh velocities from each structure",
        source="Jung et al. 2023",
    )
    batch_size: int = option(
        default=5, ge=1, le=100000, unit="structures", description="structures per job", source="ours"
    )
    run_time: float = option(
        default=3000.0,
        gt=0,
        unit="tau",
        description="length of a run; half of the bonds of KA2D are broken after 1.7e3 at T = 0.4, 3.4e4 at 0.3 and 4.0e6 at 0.23",
        source="Jung et al. 2023",
    )
    run_times: dict[str, Annotated[float, Field(gt=0)]] = option(
        default={}, unit="tau", description="the same for single states, by name", source="Jung et al. 2023"
    )
    time_step: float = option(
        default=0.01,
        gt=0,
        le=0.02,
        unit="tau",
        description="integration step",
        source="Jung et al. 2023, supplement I A",
    )
    thermostat_damping: float = option(
        default=1.0,
        gt=0,
        unit="tau",
        description="relaxation time of the Nose-Hoover thermostat",
        source="not published; 100 steps, LAMMPS manual",
    )
    first_frame: float = option(
        default=0.1, gt=0, unit="tau", description="first of the times, which are logarithmically spaced", source="ours"
    )
    frames: int = option(
        default=16,
        ge=2,
        le=10000,
        description="number of times up to the end of the run; for each of them the propensity is predicted",
        source="ours",
    )
    extra_times: list[Annotated[float, Field(gt=0)]] = option(
        default=[],
        unit="tau",
        description="further times, not beyond any run",
        source="ours",
        extra={"uniqueItems": True},
    )
    segment_time: float = option(
        default=25000.0,
        gt=0,
        unit="tau",
        description="interval between restart files, from which a run always continues",
        source="ours",
    )


class StudyFileGlassMLP(Section):
    target: Literal["bond_breaking", "displacement"] = option(
        default="bond_breaking",
        description="propensity that is predicted: the fraction of its initial neighbours that a particle still has, or its displacement",
        source="Jung et al. 2023 (2D; 3D)",
    )
    species: str = option(
        default="A",
        pattern="^[A-Z]$",
        description="species whose propensity is predicted",
        source="Jung et al. 2023",
    )
    models: list[Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,31}$")]] = option(
        default=["glassmlp", "mlp_mae", "ridge"],
        min_length=1,
        description="GlassMLP (`glassmlp`); the same network trained on the absolute error alone (`mlp_mae`); ridge regression (`ridge`); names of `regressors`. Figures show the first",
        source="Jung et al. 2023, supplement III",
        extra={"uniqueItems": True},
    )
    regressors: dict[str, StudyFileGlassMLPRegressor] = option(
        default={},
        description="regressors of your own by a name of yours, with scikit-learn's fit and predict: `{nearest: {make: sklearn.neighbors.KNeighborsRegressor, arguments: {n_neighbors: 20}}}`; `make` may be a function of a module in the working directory",
        source="ours",
        extra={"propertyNames": {"pattern": "^[a-z][a-z0-9_]{0,31}$"}},
    )
    formula: Literal["code", "paper"] = option(
        default="code",
        description="where the authors' code differs from what they printed (descriptors, loss, epochs), which of the two is followed",
        source="StructDynGlass ac3d2bc; Jung et al. 2023",
    )
    lengths: list[Annotated[float, Field(ge=0)]] = option(
        default=[0.5 * step for step in range(16)],
        min_length=1,
        max_length=100,
        unit="sigma*",
        description="coarse-graining lengths of the descriptors; 0: the particle alone",
        source="Jung et al. 2023",
        extra={"uniqueItems": True},
    )
    cutoff: float = option(
        default=20.0,
        gt=0,
        unit="sigma*",
        description="largest distance that the descriptors average over; beyond half the box each pair counts at its nearest image",
        source="StructDynGlass ac3d2bc",
    )
    radii: Literal["half_sigma", "none"] = option(
        default="half_sigma",
        description="radii of the particles in the Voronoi tessellation whose perimeters (3D: surfaces) are a descriptor: sigma_ii / 2, or none for the ordinary one",
        source="StructDynGlass ac3d2bc",
    )
    members: int = option(
        default=8,
        ge=1,
        le=1000,
        description="networks of each time, whose mean is the prediction",
        source="StructDynGlass ac3d2bc",
    )
    epochs: float = option(
        default=1.0,
        gt=0,
        le=100,
        unit="of the published",
        description="number of epochs of all phases of the training",
        source="Jung et al. 2023, supplement II",
    )
    distances: list[Annotated[float, Field(gt=0)]] = option(
        default=[],
        unit="sigma*",
        description="distances of the spatial correlations in the loss; by default those of the formula, 2, 5, 8 (code) or 2, 4, 6 (paper)",
        source="StructDynGlass ac3d2bc; Jung et al. 2023, supplement II B",
        extra={"uniqueItems": True},
    )


class StudyFileSwanson2020Image(Section):
    size: int = option(
        default=100,
        ge=16,
        le=2000,
        unit="pixels",
        description="side of the pictures; published 3.8 sqrt(N)",
        source="ours; supplement II (250)",
    )
    limits: Literal["box", "particles"] = option(
        default="box",
        description="what the margin of a picture surrounds: the box, or the outermost particles",
        source="ours; authors' code (particles)",
    )
    channels: list[Annotated[int, Field(ge=1, le=1024)]] = option(
        default=[6, 16],
        min_length=1,
        max_length=8,
        description="feature maps of the convolutions",
        source="authors' code",
    )
    kernel_sizes: list[Annotated[int, Field(ge=1, le=1000)]] = option(
        default=[10, 5],
        min_length=1,
        max_length=8,
        unit="pixels",
        description="sides of their kernels, which have no padding",
        source="authors' code",
    )
    dense: int = option(
        default=20, ge=1, le=65536, description="units of the dense layer", source="ours; authors' code (80)"
    )
    dropout: float = option(
        default=0.0,
        ge=0,
        lt=1,
        description="dropout after the dense layer",
        source="ours; authors' code (0 to 0.5)",
    )
    scale: Literal["ink", "raw"] = option(
        default="ink",
        description="how pixels enter: 0 for white to 1, or 255 for white to 0",
        source="ours; authors' code (raw)",
    )
    initialization: Literal["torch", "truncated_normal"] = option(
        default="torch",
        description="initial weights: PyTorch's, or normal of deviation 0.1 with biases 0.1",
        source="ours; authors' code (truncated_normal)",
    )
    augmentation: list[Literal["translation", "symmetries"]] = option(
        default=["translation", "symmetries"],
        description="new pictures of the training samples in every epoch: moved across the periodic box, turned and mirrored",
        source="ours (the authors' code can turn and mirror them, and does not by default)",
        extra={"uniqueItems": True},
    )
    epochs: int = option(
        default=300,
        ge=1,
        le=1000000,
        description="passes over the training samples",
        source="ours; supplement VII (10)",
    )
    batch_size: int = option(
        default=10,
        ge=1,
        le=100000,
        unit="samples",
        description="samples per training step",
        source="ours; authors' code (20 to 100)",
    )
    warm_up: float = option(
        default=2.0, ge=0, unit="epochs", description="epochs in which the learning rate rises", source="authors' code"
    )
    learning_rates: list[Annotated[float, Field(gt=0)]] = option(
        default=[1e-4, 1e-3, 1e-4],
        min_length=3,
        max_length=3,
        description="of Adam: the first, the highest, and the last",
        source="authors' code",
    )
    l2: float = option(
        default=1e-4,
        ge=0,
        description="penalty of half the squares of the weights",
        source="ours; authors' code (0.01)",
    )


class StudyFileSwanson2020Graph(Section):
    hidden: int = option(
        default=64,
        ge=1,
        le=65536,
        description="width h of messages and layers",
        source="ours; authors' code (300 to 2400)",
    )
    steps: int = option(
        default=3, ge=1, le=100, description="steps T, of which T - 1 pass messages on", source="authors' code (2 to 6)"
    )
    layers: int = option(
        default=2, ge=1, le=100, description="layers f after the mean over particles", source="authors' code (1 to 3)"
    )
    dropout: float = option(
        default=0.0,
        ge=0,
        lt=1,
        description="dropout after every step and layer",
        source="ours; authors' code (0 to 0.5)",
    )
    attention: Literal["graph", "batch", "none"] = option(
        default="graph",
        description="over what the weights of the edges add up to 1",
        source="ours; authors' code (batch)",
    )
    coordinates: Literal["relative", "absolute"] = option(
        default="relative",
        description="distances and species alone, or the particles' places in the box too",
        source="ours; authors' code (absolute)",
    )
    neighbours: int = option(
        default=3,
        ge=1,
        le=100,
        description="nearest neighbours k; two particles are a pair if one is among the other's",
        source="authors' code (1 to 5)",
    )
    window: float = option(
        default=1.0,
        gt=0,
        le=1,
        unit="L",
        description="side of the windows that the network sees, new ones in every epoch; 1: whole configurations",
        source="ours; authors' code (0.05 to 0.3)",
    )
    corner: Literal["anywhere", "diagonal"] = option(
        default="anywhere",
        description="where windows lie: anywhere in the periodic box, or on its diagonal",
        source="ours; authors' code (diagonal)",
    )
    neighbours_of: Literal["configuration", "window"] = option(
        default="configuration",
        description="among which particles neighbours are sought: all, or those of the window",
        source="ours; authors' code (window)",
    )
    epochs: int = option(
        default=30, ge=1, le=1000000, description="passes over the training samples", source="ours; supplement VII (10)"
    )
    batch_size: int = option(
        default=5, ge=1, le=100000, unit="samples", description="samples per training step", source="supplement VII"
    )
    warm_up: float = option(
        default=2.0, ge=0, unit="epochs", description="epochs in which the learning rate rises", source="authors' code"
    )
    learning_rates: list[Annotated[float, Field(gt=0)]] = option(
        default=[1e-4, 1e-3, 1e-4],
        min_length=3,
        max_length=3,
        description="of Adam: the first, the highest, and the last",
        source="authors' code",
    )
    l2: float = option(
        default=0.0, ge=0, description="penalty of half the squares of the weights", source="authors' code"
    )


GraphChoices = choices_of(
    StudyFileSwanson2020Graph,
    *(
        "hidden",
        "steps",
        "layers",
        "dropout",
        "attention",
        "coordinates",
        "neighbours",
        "window",
        "corner",
        "neighbours_of",
    ),
)


SearchRange = Annotated[
    list[Annotated[float, Field(ge=0, le=100000)]],
    Field(min_length=3, max_length=3),
]


class StudyFileSwanson2020Search(Section):
    trials: int = option(
        default=0,
        ge=0,
        le=100000,
        description="trials of the search for hyperparameters, of every set, network and fold; 0: none, networks are those of image and graph",
        source="authors' code (20)",
    )
    hidden: SearchRange = option(
        default=[300, 2400, 100],
        description="lowest, highest and step of the width of the graph classifier",
        source="authors' code",
    )
    steps: SearchRange = option(default=[2, 6, 1], description="of its steps", source="authors' code")
    layers: SearchRange = option(default=[1, 3, 1], description="of its layers", source="authors' code")
    neighbours: SearchRange = option(default=[1, 5, 1], description="of its neighbours", source="authors' code")
    window: SearchRange = option(
        default=[0.05, 0.3, 0.05], unit="L", description="of its windows", source="authors' code"
    )
    batch_size: SearchRange = option(
        default=[20, 100, 10],
        unit="samples",
        description="of the batches of the image classifier",
        source="authors' code",
    )
    dropout: SearchRange = option(
        default=[0.0, 0.5, 0.05], description="of the dropout of both", source="authors' code"
    )


class StudyFileSwanson2020Artificial(Section):
    symmetries: list[Annotated[int, Field(ge=2, le=100)]] = option(
        default=[5, 3, 4, 6, 7],
        min_length=1,
        description="numbers n of A particles in the rings round B particles",
        source="supplement IV (5 and others)",
        extra={"uniqueItems": True},
    )
    configurations: int = option(
        default=20,
        ge=1,
        le=100000,
        description="artificial configurations of each symmetry, and random ones",
        source="ours; supplement IV (several hundred)",
    )


class StudyFileSwanson2020Explanations(Section):
    samples: int = option(
        default=10,
        ge=1,
        le=100000,
        description="test samples of each fold and state whose particles are scored",
        source="ours",
    )
    draws: int = option(
        default=3,
        ge=0,
        le=10000,
        description="networks of random weights beside each trained one",
        source="ours",
    )
    moved_maps: int = option(
        default=99,
        ge=0,
        le=100000,
        description="random symmetries of the box by which scores are moved, for the p-value of their correlations",
        source="ours",
    )
    lengths: list[Annotated[float, Field(ge=0)]] = option(
        default=[0.0, 2.0],
        min_length=1,
        unit="sigma*",
        description="lengths over which scores and indicators are coarse-grained; 0: bare",
        source="ours",
        extra={"uniqueItems": True},
    )
    steps: int = option(
        default=32,
        ge=1,
        le=10000,
        description="points of the quadrature of the integrated gradients",
        source="ours",
    )


class StudyFileSwanson2020Cost(Section):
    models: list[Literal["own", "I", "II", "III"]] = option(
        default=["own", "I"],
        min_length=1,
        description="graph classifiers whose training is timed: that of the study, and those of Fig. 8, of which the largest takes seconds for a sample",
        source="supplement VII",
        extra={"uniqueItems": True},
    )
    samples: int = option(
        default=20,
        ge=5,
        le=100000,
        description="samples that are timed, for each model and window",
        source="ours; supplement VII (whole trainings)",
    )


class StudyFileSwanson2020(Section):
    slow: str = option(
        default=MISSING,
        pattern=SYSTEM_NAME["pattern"],
        description="system whose cooling gives the sets, set1, set2, ...: its liquids, each with its glass; without it the sets are the systems of the study, with their liquids and glasses",
        source="supplement I",
    )
    fast: str = option(
        default=MISSING,
        pattern=SYSTEM_NAME["pattern"],
        description="the same system, cooled faster, whose glass makes the last set with the liquid of slow whose inherent structures have its energy; without it there is no such set",
        source="supplement I",
    )
    liquid_temperatures: list[Annotated[float, Field(gt=0)]] = option(
        default=[1.992, 1.756, 0.957, 0.548, 0.44],
        min_length=1,
        max_length=20,
        unit="epsilon*",
        description="temperatures of the liquids of the sets; the system must be saved there (cooling.temperature_grid, states)",
        source="authors' code",
        extra={"uniqueItems": True},
    )
    networks: list[Literal["image_cnn", "d_mpnn"]] = option(
        default=["image_cnn", "d_mpnn"],
        min_length=1,
        description="classifiers on pictures and on graphs of neighbours",
        source="Swanson et al. 2020",
        extra={"uniqueItems": True},
    )
    folds: int = option(
        default=3,
        ge=2,
        le=100,
        description="parts of the replicas, each held out once: a half of it selects the epoch, the other one is the test",
        source="authors' code",
    )
    bootstrap_samples: int = option(
        default=1000,
        ge=10,
        le=1000000,
        description="bootstrap samples over replicas, for the intervals of energies and of particle scores",
        source="ours",
    )
    image: StudyFileSwanson2020Image = option(default={}, description="the classifier on pictures")
    graph: StudyFileSwanson2020Graph = option(default={}, description="the classifier on graphs")
    variants: dict[str, GraphChoices] = option(
        default={},
        max_length=100,
        description="further graph classifiers by a name of yours, each with the keys of graph that it changes, such as the published choices one at a time: `{absolute: {coordinates: absolute}}`; tables/graph_variants.csv shows what each changes, against the network that has the most of its changes and no others",
        source="ours",
        extra={"propertyNames": {"pattern": "^[a-z][a-z0-9_]{0,31}$"}},
    )
    variant_sets: list[Annotated[str, Field(pattern="^[A-Za-z][A-Za-z0-9_-]{0,31}$")]] = option(
        default=[],
        description="sets that variants are trained on; all by default",
        source="ours",
        extra={"uniqueItems": True},
    )
    search: StudyFileSwanson2020Search = option(default={}, description="the search for hyperparameters, by TPE")
    window_sizes: list[Annotated[float, Field(gt=0, le=1)]] = option(
        default=[0.1, 0.2, 0.3, 0.4],
        min_length=1,
        unit="L",
        description="windows whose time of training is measured (Fig. 8)",
        source="supplement VII",
        extra={"uniqueItems": True},
    )
    measured_neighbours: int = option(
        default=2,
        ge=1,
        le=100,
        description="nearest neighbours k of the graphs on which isolated particles, pairs of B and parts are counted (Fig. 7)",
        source="not published; authors' code (1 to 5)",
    )
    measured_up_to: float = option(
        default=1.0,
        gt=0,
        unit="epsilon*",
        description="highest temperature of the two lines that are fitted to these numbers; the lowest is the glass",
        source="ours (T_g of the authors' cooling curves: 0.37)",
    )
    artificial: StudyFileSwanson2020Artificial = option(default={}, description="artificial configurations (Fig. 4)")
    explanations: StudyFileSwanson2020Explanations = option(
        default={}, description="scores of the particles: attention, Grad-CAM and integrated gradients"
    )
    cost: StudyFileSwanson2020Cost = option(default={}, description="time of the training (Fig. 8)")


class StudyFileLengths(Section):
    targets: list[Annotated[float, Field(gt=0)]] = option(
        default=[0.3, 1.0, 3.0],
        min_length=1,
        unit="sigma*",
        description="mean displacements delta at which the propensity is shown and its length measured",
        source="Frontiers 4.2",
        extra={"uniqueItems": True},
    )
    tolerance: float = option(
        default=0.15,
        gt=0,
        lt=1,
        unit="fraction",
        description="largest relative deviation of a frame's delta from a target that counts as reached",
        source="ours",
    )
    bin_width: float = option(
        default=0.5,
        gt=0,
        unit="sigma*",
        description="bin width of the spatial correlation functions",
        source="not published",
    )
    maximum_distance: float = option(
        default=16.0,
        gt=0,
        unit="sigma*",
        description="largest distance of the spatial correlation functions",
        source="Frontiers Fig. 3",
    )
    scan: list[Annotated[float, Field(ge=0)]] = option(
        default=[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 12.0, 15.0, 20.0],
        min_length=2,
        unit="sigma*",
        description="lengths xi_alpha scanned for each indicator; 0: bare; the largest, and the smallest unless it is 0, are the edges of the scan and never the result",
        source="v2 Fig. S3",
        extra={"uniqueItems": True},
    )


class StudyFileCluster(Section):
    job_time: int = option(
        default=240,
        ge=1,
        le=43200,
        unit="min",
        description="walltime of the longest molecular-dynamics job; a batch that needs more continues in the next attempt",
        source="ours; docs/cluster.md",
    )
    cores: int = option(
        default=16,
        ge=1,
        le=1024,
        description="maximum number of cores of a molecular-dynamics job; each core runs one replica or run at a time",
        source="ours; docs/cluster.md",
    )
    margin: float = option(
        default=120.0,
        ge=0,
        le=3600,
        unit="s",
        description="time before its walltime at which a molecular-dynamics job stops to save its results; at most three quarters of the walltime",
        source="ours; docs/cluster.md",
    )
    pace: float = option(
        default=3e-07,
        gt=0,
        le=0.001,
        unit="s",
        description="core time per step and particle (four times as much in three dimensions), for estimating the walltime of jobs",
        source="ours; twice what benchmarks/cost.py measures",
    )


class StudyFileReadings(Section):
    centres: list[Annotated[str, Field(pattern="^[a-z][a-z0-9._-]{0,31}$")]] = option(
        default=["base"],
        description="readings for which all controls.attributions are computed; base is the study itself",
        source="ours",
        extra={"uniqueItems": True},
    )
    transfer: dict[str, Annotated[str, Field(min_length=1)]] = option(
        default={},
        description="by system, glob pattern of files as in samples.files with replicas cooled at another rate, on which the networks are tested without retraining",
        source="ours",
        extra={"propertyNames": SYSTEM_NAME},
    )


class StudyFileControls(Section):
    nulls: list[
        Literal[
            "constant",
            "density_above_mean",
            "density_below_mean",
            "density_above",
            "density_below",
            "white_noise",
            "signed_white_noise",
            "random_weights",
            "shuffled_labels",
        ]
    ] = option(
        default=[
            "constant",
            "density_above_mean",
            "density_below_mean",
            "density_above",
            "density_below",
            "white_noise",
            "signed_white_noise",
            "random_weights",
            "shuffled_labels",
        ],
        description="maps without a trained network that are projected onto the particles and correlated exactly like Grad-CAM's",
        source="method 11",
        extra={"uniqueItems": True},
    )
    density_thresholds: list[Annotated[float, Field(ge=-5, le=5)]] = option(
        default=[-1.5, -1.25, -1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5],
        min_length=1,
        max_length=101,
        unit="standard deviations of the field",
        description="thresholds of density_above and density_below relative to the mean of a sample's density field; chosen on the validation replicas, reported on the test replicas",
        source="method 11",
        extra={"uniqueItems": True},
    )
    draws: int = option(
        default=3, ge=1, le=1000, description="draws of white noise and of networks with random weights", source="ours"
    )
    shuffled_networks: int = option(
        default=1,
        ge=1,
        le=100,
        description="networks trained on shuffled labels, otherwise like the others",
        source="ours",
    )
    bootstrap_samples: int = option(
        default=1000, ge=10, le=1000000, description="bootstrap samples over replicas", source="ours"
    )
    layer_randomisations: int = option(
        default=1,
        ge=0,
        le=1000,
        description="random draws for the cascading randomisation of a trained network's layers, from the top down; 0: none",
        source="Adebayo et al. 2018",
    )
    attributions: list[
        Literal[
            "gradcam_layer_1",
            "gradcam_layer_2",
            "gradcam_layer_3",
            "gradcam_class_0",
            "gradcam_signed",
            "integrated_gradients",
            "occlusion",
        ]
    ] = option(
        default=[
            "gradcam_layer_1",
            "gradcam_layer_2",
            "gradcam_layer_3",
            "gradcam_class_0",
            "gradcam_signed",
            "integrated_gradients",
            "occlusion",
        ],
        description="further attribution methods, for the same networks and for the null networks among controls.nulls",
        source="Captum; ours",
        extra={"uniqueItems": True},
    )
    integrated_gradients_steps: int = option(
        default=64,
        ge=8,
        le=10000,
        description="quadrature points between the baseline, a uniform field at the sample's mean, and the sample",
        source="Sundararajan et al. 2017 (20 to 300)",
    )
    occlusion_window: int = option(
        default=5,
        ge=1,
        le=1024,
        unit="grid points",
        description="side of the occluded square, at most density.grid",
        source="ours",
    )
    occlusion_stride: int = option(
        default=2,
        ge=1,
        le=1024,
        unit="grid points",
        description="stride of the occluded square, at most its side",
        source="ours",
    )
    sensitivity: dict[str, dict] = option(
        default={},
        max_length=100,
        description="variants of the study by name, each with the keys it changes (in density, configurations, classifier, cooling and each system's states); see config/sensitivity.yaml",
        source="ours",
        extra={"propertyNames": {"pattern": "^[a-z][a-z0-9._-]{0,31}$", "not": {"enum": ["base"]}}},
    )


class StudyFileExplainValue(UsersFiles):
    system: str = option(pattern="^[A-Za-z][A-Za-z0-9_-]{0,31}$")
    files: str = option(min_length=1)
    map_class: str = option(default=MISSING, alias="class", pattern="^[a-z][a-z0-9_]{0,31}$")


class StudyFileExport(Section):
    samples: Literal["test", "all"] = option(
        default="test",
        description="samples that are exported: the test samples, which have every field, or all, of which the others have few",
        source="ours",
    )
    formats: list[Literal["extxyz", "gsd"]] = option(
        default=["extxyz", "gsd"],
        min_length=1,
        description="formats of the exported files: extended XYZ, or GSD in HOOMD's schema",
        source="ours",
        extra={"uniqueItems": True},
    )


class StudyFile(Section):
    study: str = option(
        default="default",
        pattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$",
        description="name of the study; its results are in `results/<study>/` (letters, digits, - and _)",
        source="ours",
    )
    seed: int = option(
        default=20230109,
        ge=0,
        le=9223372036854775807,
        description="base seed, from which every random stream derives its own",
        source="ours",
    )
    protocol: Literal["frontiers", "arxiv-v2"] = option(
        default="frontiers",
        description="paper that sets the coarse-graining kernel, its lengths and the published values in tables and figures",
        source="method 7",
    )
    xi: Literal["paper", "measured", "held_out"] = option(
        default="paper",
        description="coarse-graining lengths in the figures and tables of the dynamics: published, measured in the study, or measured on the other configurations",
        source="method 9",
    )
    papers: StudyFilePapers = option(
        default={},
        description="parts of the papers to compute; whatever none of them needs is neither computed nor required in the configuration",
    )
    systems: dict[str, Model] = option(
        min_length=1,
        max_length=100,
        description="the model glasses, one block each",
        extra={"propertyNames": SYSTEM_NAME},
    )
    samples: StudyFileSamples = option(default={}, description="source of the liquids and glasses")
    cooling: StudyFileCooling = option(default={})
    swap: StudyFileSwap = option(default={}, description="swap Monte Carlo (samples.source: swap)")
    lammps: StudyFileLammps = option(default={}, description="how LAMMPS is run; changes rerun nothing")
    split: StudyFileSplit = option(
        default={},
        description="fractions of the replicas; each replica keeps its split when the number of replicas grows",
    )
    inherent_structures: StudyFileInherentStructures = option(
        default={},
        description="inherent structures of the snapshots taken during cooling, and the glass transition temperature T* from their energies",
    )
    crystals: StudyFileCrystals = option(
        default={},
        description="criteria for a crystallised glass; exceeding a single threshold suffices",
    )
    radial_distribution: StudyFileRadialDistribution = option(default={}, description="g(r) by species pair")
    configurations: StudyFileConfigurations = option(default={})
    density: StudyFileDensity = option(default={})
    indicators: StudyFileIndicators = option(default={})
    classifier: StudyFileClassifier = option(default={})
    gradcam: StudyFileGradcam = option(default={})
    propensity: StudyFilePropensity = option(default={}, description="the isoconfigurational ensembles")
    lengths: StudyFileLengths = option(
        default={}, description="spatial correlation functions and lengths derived from them"
    )
    jung2023: StudyFileJung2023 = option(default={})
    isoconfigurational: StudyFileIsoconfigurational = option(
        default={}, description="the runs from every structure of papers.jung2023"
    )
    glassmlp: StudyFileGlassMLP = option(
        default={}, description="prediction of the propensity from the inherent structure, for papers.jung2023"
    )
    swanson2020: StudyFileSwanson2020 = option(
        default={}, description="the classifiers on pictures and on graphs, for papers.swanson2020"
    )
    predictors: StudyFilePredictors = option(
        default={},
        description="which structure says where it will move: every predictor against the dynamics of papers.jung2023 (tables/predictors.csv)",
    )
    cluster: StudyFileCluster = option(default={})
    readings: StudyFileReadings = option(
        default={},
        description="readings of the method (tables/readings.csv): the variants in controls.sensitivity",
    )
    controls: StudyFileControls = option(
        default={}, description="what the networks add to null maps; everything here is optional"
    )
    explain: dict[str, StudyFileExplainValue] = option(
        default={},
        max_length=100,
        description="new configurations for the networks of a finished study, by a name of yours; `snakemake results/<study>/explain/<name>/maps.extxyz` then trains nothing. The `system` whose networks are asked and whose box and species the files must have; a glob pattern of the `files`; `frames`, `species`, `format` and `length_unit` as in samples.files; the class that the maps explain (`class`): a state, by default the second of classifier.states, or own, the one that the mean over the networks gives a sample",
        source="ours",
        extra={"propertyNames": {"pattern": "^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$"}},
    )
    export: StudyFileExport = option(
        default={}, description="files for OVITO and other programs with every field of the particles"
    )


def json_schema() -> dict:
    """The JSON schema of a study file."""
    schema = StudyFile.model_json_schema()
    models, shared = schema.pop("$defs"), {}

    def plain(node):
        """Inline the models, drop titles, and reference shared definitions (``x-def``)."""
        if not isinstance(node, dict):
            return node
        node = {key: value for key, value in node.items() if key != "title"}
        if "$ref" in node:
            return plain({**models[node.pop("$ref").rsplit("/", 1)[-1]], **node})
        name = node.pop("x-def", None)
        if "enum" in node:
            del node["type"]
        if node.get("additionalProperties") is True:
            del node["additionalProperties"]
        if "properties" in node:
            node["properties"] = {key: plain(value) for key, value in node["properties"].items()}
        for key in ("items", "additionalProperties"):
            if key in node:
                node[key] = plain(node[key])
        if name is None:
            return node
        shared[name] = {key: value for key, value in node.items() if key not in ABOUT}
        return {"$ref": f"#/$defs/{name}", **{key: node[key] for key in ABOUT if key in node}}

    return {"$schema": DIALECT, **plain(schema), "$defs": shared}


def schema_file() -> str:
    """Contents of ``workflow/schemas/config.schema.yaml``."""
    return HEADER + yaml.safe_dump(json_schema(), sort_keys=False, width=10**6, allow_unicode=True)

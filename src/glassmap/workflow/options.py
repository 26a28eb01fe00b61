"""Every option of a study: its type, range, default, unit, meaning and source, one model for each section.

The JSON schema of a study file (``workflow/schemas/config.schema.yaml``), which editors read and `glassmap.workflow.config`
checks with, and the table in config/README.md are written from here (``make config-docs``).
"""

from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

HEADER = """\
# The configuration: every key with its meaning, unit, default and source. Written from src/glassmap/workflow/options.py
# (make config-docs), as config/README.md is from this file.
# Every count has a maximum, far beyond the paper's: above it a study would fill a memory or Snakemake's list of jobs and never
# end (100,000 replicas are twenty times the paper's). A seed is stored in the result files as an integer of 64 bits.
"""
DIALECT = "https://json-schema.org/draft/2020-12/schema"
MISSING = object()  # of an option that may be left out and then has no value
ABOUT = ("default", "unit", "description", "source")  # of a key, wherever its type is described


class Section(BaseModel):
    """A section of a study file, which takes no other keys."""

    model_config = ConfigDict(extra="forbid")


def option(
    *, default: Any = ..., unit: str = "", description: str = "", source: str = "", extra: dict | None = None, **limits
) -> Any:
    """A key of a study file.

    Parameters
    ----------
    default
        Where it is not given; ``...`` if it must be, `MISSING` if it then has no value.
    unit, description, source : str
        For the documentation.
    extra : dict, optional
        Keywords of JSON schema that pydantic does not have.
    **limits
        Of `pydantic.Field`.
    """
    told = {"unit": unit, "source": source, **(extra or {})}
    absent = {"default_factory": lambda: None} if default is MISSING else {"default": default}
    return Field(
        **absent, description=description or None, json_schema_extra={key: value for key, value in told.items() if value},
        **limits,
    )  # fmt: skip


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
        description="temperatures of the runs, between temperature_glass and temperature_liquid",
        source="Frontiers 4.3 (T* to about 1.5 T*); method 8",
        extra={"uniqueItems": True},
    )
    run_time: float = option(
        gt=0, unit="tau", description="length of a run (the papers' 3e8 steps are 1.5e6)", source="v2 III.D"
    )


class ModelMap(Section):
    figure: str = option(
        default=MISSING,
        pattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$",
        description="name of the figure with the system's maps; map_<system> where not given",
        source="ours",
    )
    bare_figure: str = option(
        default=MISSING,
        pattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$",
        description="name of the figure with the same maps without coarse-graining; <figure>_bare where not given",
        source="ours",
    )
    inverted: list[Literal["gradcam", "voronoi_volume", "tong_tanaka"]] = option(
        default=["gradcam"],
        description="indicators X shown as 1 - X in the maps",
        source="Frontiers Figs. 1, 2",
        extra={"uniqueItems": True},
    )


class Model(Section):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"x-def": "system"})

    enabled: bool = option(default=True, description="false leaves the system out of the study", source="ours")
    dimension: int = option(
        default=2,
        ge=2,
        le=3,
        description="of space, 2 or 3; three-dimensional systems have no networks yet, and what is compared with them neither",
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
        unit="epsilon*", description="Lennard-Jones energy of each pair of species", source="Frontiers Table 1"
    )
    cutoff: float = option(
        gt=0,
        unit="sigma_ij",
        description="cutoff of the potential, where it and the force vanish",
        source="Frontiers Table 1",
    )
    temperature_liquid: float = option(
        gt=0, unit="epsilon*", description="temperature T_L of the liquid configurations", source="Frontiers 2.2"
    )
    temperature_glass: float = option(
        gt=0,
        unit="epsilon*",
        description="temperature T_G of the glass configurations, where cooling ends",
        source="Frontiers 2.2",
    )
    tong_tanaka_sigma: Pairs = option(
        default=MISSING,
        unit="sigma*",
        description="particle distances of the Tong-Tanaka reference angle, in two dimensions; sigma where not given",
        source="Frontiers 4.4.2",
    )
    cooling: ModelCooling = option(
        default={},
        unit="tau, epsilon*/tau",
        description="`equilibration_time`, `cooling_rate` and `further_rates` of this system alone, in place of those under `cooling`; a mixture that is placed at random takes its time to mix",
        source="ours",
    )
    coarse_graining: ModelCoarseGraining = option(
        default=MISSING,
        unit="sigma*",
        description="coarse-graining lengths by protocol, the published ones where there are any; needed by every part of the paper but samples and glass_transition; indicators in correlations (Fig. 6, Table S1) and dynamics (Figs. 1, 2, 5, 7), the propensity in Figs. 5, 7 (propensity) and at each of lengths.targets (propensity_maps); 0 is bare",
        source="Frontiers Table 3; v2",
    )
    propensity: ModelPropensity = option(
        default=MISSING, description="the runs of this system's isoconfigurational ensembles"
    )
    map: ModelMap = option(default={})


class StudyFilePapers(Section):
    oyama2023: list[Literal["samples", "networks", "glass_transition", "dynamics", "controls"]] = option(
        default=["samples", "networks", "glass_transition", "dynamics", "controls"],
        min_length=1,
        description="`samples` (Fig. S7), `networks` (Tables 2 and S1, Fig. 6, agreement of the networks), `glass_transition` (T*, Fig. S6), `dynamics` (Tables 3 to 5, Figs. 1 to 5, 7, 8, S3 to S5), `controls` (what the network adds; needs networks and dynamics)",
        source="Frontiers, v2",
        extra={"uniqueItems": True},
    )


class StudyFileSamplesFilesValue(Section):
    snapshots: str = option(min_length=1)
    inherent_energies: str = option(default=MISSING, min_length=1)


class StudyFileSamples(Section):
    source: Literal["cooling", "files"] = option(
        default="cooling",
        description="cooled here, or replicas that were cooled before, taken from files; `cooling` then says how they were made",
        source="ours",
    )
    files: dict[str, StudyFileSamplesFilesValue] = option(
        default={},
        description="of each system, if the source is files: patterns (with *) of the files that rule ship_samples makes (`snapshots`) and of those of ship_inherent_energies (`inherent_energies`); without the latter there are neither T* nor Fig. S6",
        source="ours",
        extra={
            "propertyNames": {
                "pattern": "^[A-Za-z][A-Za-z0-9_-]{0,31}$",
                "not": {"enum": ["tables", "figures", "logs", "benchmarks", "scratch", "sensitivity"]},
            }
        },
    )


class StudyFileCooling(Section):
    replicas: int = option(
        default=5000,
        ge=3,
        le=100000,
        description="independent cooling runs of each system; a multiple of batch_size",
        source="Frontiers 2.2",
    )
    batch_size: int = option(default=50, ge=1, le=100000, description="replicas in one job", source="ours")
    temperature_start: float = option(
        default=4.0,
        gt=0,
        unit="epsilon*",
        description="temperature of the equilibration, from which cooling starts",
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
        description="rate of the linear ramp from temperature_start to temperature_glass, or down to the first of further_rates",
        source="Frontiers 2.2",
    )
    further_rates: FurtherRates = option(
        default=[],
        unit="T_L, epsilon*/tau",
        description="further rates, such as {below: 1.1, rate: 0.004} for one from 1.1 T_L down; fast where the liquid forgets, slow where the glass is made; in the order of cooling",
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
        description="further temperatures at which positions are saved, between temperature_glass and temperature_start; with T_G and T_L enough of them for the two lines of T*",
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
        description="a replica writes a restart file and goes on from it after this time, so that no more is lost when it is killed",
        source="ours",
    )


class StudyFileLammps(Section):
    command: str = option(
        default="lmp",
        pattern="^(/[^\\x00-\\x1f\\x7f]+|[A-Za-z0-9_][A-Za-z0-9._+-]*)$",
        max_length=4000,
        description="the program, a name on the path or the full path of a file",
        source="ours",
    )
    arguments: str = option(
        default="-sf omp -pk omp 1",
        max_length=1000,
        description="switches put before those of the workflow; only those that say how LAMMPS computes (-sf, -pk, -k, -nc and their long forms)",
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
        description="replicas the network learns from",
        source="Frontiers 2.2 (4000 of 5000)",
    )
    validation: float = option(
        default=0.08,
        gt=0,
        unit="fraction",
        description="replicas that choose the epoch",
        source="Frontiers 2.2 (400 of 5000)",
    )
    test: float = option(
        default=0.12,
        gt=0,
        unit="fraction",
        description="replicas that every result is computed on",
        source="Frontiers 2.2 (600 of 5000)",
    )


class StudyFileInherentStructures(Section):
    replicas: int = option(
        default=100,
        ge=2,
        le=100000,
        description="replicas of each system, the first ones, that are minimised at every temperature",
        source="not published",
    )
    force_tolerance: float = option(
        default=1e-05,
        gt=0,
        unit="epsilon*/sigma*",
        description="a structure with a larger force component on any particle is refused",
        source="ours",
    )
    points_per_line: int = option(
        default=3,
        ge=3,
        le=1000,
        unit="temperatures",
        description="temperatures from T_G to T_L that each of the two lines has at least",
        source="ours (v2 supplement II.C fits by eye)",
    )
    bootstrap: int = option(
        default=1000,
        ge=100,
        le=1000000,
        description="draws of replicas with replacement for the uncertainty of T*, and of the test whether there is a bend",
        source="ours",
    )


class StudyFileCrystals(Section):
    order: float = option(
        default=0.8,
        ge=0,
        le=1,
        description="order that a particle shares with its Voronoi neighbours (of psi_4 or psi_6) above which it is in crystalline surroundings, in two dimensions",
        source="ours (measured)",
    )
    averaged_order: float = option(
        default=0.35,
        gt=0,
        lt=1,
        description="the same in three dimensions, of the Steinhardt order q_6 averaged over a particle and its Voronoi neighbours; fcc and bcc crystals have 0.57 at rest",
        source="ours (measured); Lechner and Dellago 2008",
    )
    area: float = option(
        default=0.2,
        ge=0,
        le=1,
        description="threshold of the share of the sample's area (in three dimensions of its volume); as many particles must be in crystalline surroundings as lie within a disc of this area, less its rim. 7 % of the particles of a glass are (ABM), 26 % where a third of the area is crystal",
        source="ours (measured)",
    )
    amplitude: float = option(
        default=0.2,
        ge=0,
        description="threshold of the largest |g(r) - 1| in distance_range, less 4 standard errors of an ideal gas; glasses have 0, triangular and square crystals 0.3 to 1.1",
        source="ours (measured)",
    )
    distance_range: list[Annotated[float, Field(gt=0)]] = option(
        default=[10.0, 18.0],
        min_length=2,
        max_length=2,
        unit="sigma*",
        description="distances at which g(r) of a glass is flat and of a crystal not, up to 0.45 L; in a smaller box g(r) decides nothing",
        source="ours",
    )
    bin_width: float = option(
        default=0.1, gt=0, unit="sigma*", description="width of the bins of that g(r)", source="ours"
    )


class StudyFileRadialDistribution(Section):
    reach: float = option(default=0.45, gt=0, lt=0.5, unit="L", description="largest distance", source="ours")
    bin_width: float = option(default=0.02, gt=0, unit="sigma*", description="width of the bins", source="ours")


class StudyFileConfigurations(Section):
    input: Literal["thermal", "inherent_structures"] = option(
        default="thermal",
        description="what the density fields, the indicators and the crystals are computed of; the configurations as the cooling left them at T_L and T_G, or the energy minima below them (the runs start from the former in any case)",
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
        description="radius of the disc (in three dimensions of the ball) in which neighbours are counted for the local number density; less than half the box",
        source="ours",
    )


class StudyFileClassifier(Section):
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
        default="sample",
        description="input of the network from the density: less the minimum of the sample, divided by what is then its maximum, or by the maximum of the density itself; less the minimum and divided by the range of all training samples; or less their mean and divided by their deviation (a control)",
        source="v2 supplement I.B, which does not say of what; method 3",
    )
    initialization: Literal["torch", "unit_variance", "contrast"] = option(
        default="torch",
        description="random initial weights as torch draws them, such that every unit starts with mean 0 and variance 1 over the training samples, or the same with kernels of zero sum in the first layer, which see the contrast of the field and not its mean",
        source="ours (not published)",
    )
    training_replicas: int = option(
        default=0,
        ge=0,
        le=100000,
        description="replicas of the train split that the networks learn from, the first ones; 0 takes all",
        source="ours",
    )
    learning_rate: float = option(
        default=1e-06, gt=0, description="learning rate of Adam (0.9, 0.999)", source="v2 supplement I.C"
    )
    schedule: Literal["constant", "cosine"] = option(
        default="constant",
        description="learning rate over the training; cosine rises linearly over the first 5 % of the steps, then falls to 0",
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
        description="samples in one step of the training",
        source="v2 supplement I.C",
    )
    epochs: int = option(
        default=250, ge=1, le=1000000, description="passes over the training samples", source="Frontiers 4.1"
    )
    augmentation: list[Literal["translation", "rotation", "reflection"]] = option(
        default=[],
        description="random exact symmetries of the periodic square applied to each training sample",
        source="ours (the paper names none)",
        extra={"uniqueItems": True},
    )
    precision: Literal["float32", "bfloat16"] = option(
        default="float32",
        description="arithmetic of the convolutions in the training; bfloat16 is faster only where the processor has it (AMX, AVX512_BF16) or on a GPU, and several times slower elsewhere; maps and predictions are always float32",
        source="ours",
    )
    seeds: list[Annotated[int, Field(ge=0, le=9223372036854775807)]] = option(
        default=[0],
        min_length=1,
        max_length=1000,
        description="one network is trained for each",
        source="ours (the paper shows one network)",
        extra={"uniqueItems": True},
    )
    failed_below: float = option(
        default=0.6,
        ge=0,
        le=1,
        unit="validation accuracy",
        description="a training whose best epoch stays below is reported as failed and left out of every average",
        source="ours",
    )
    device: Literal["auto", "cuda", "cpu"] = option(
        default="auto",
        description="where networks are trained and Grad-CAM runs; auto takes a GPU when there is one",
        source="ours",
    )


class StudyFileGradcam(Section):
    batch_size: int = option(
        default=50,
        ge=1,
        le=100000,
        unit="samples",
        description="samples sent through the network at once",
        source="ours",
    )


class StudyFilePropensityEnsembles(Section):
    count: int = option(
        default=3, ge=1, le=100000, description="disjoint sub-ensembles of Fig. 4 and Table 4", source="Frontiers 4.2"
    )
    size: int = option(default=30, ge=1, le=100000, description="runs in each of them", source="Frontiers 4.2")
    delta: float = option(
        default=1.0,
        gt=0,
        unit="sigma*",
        description="mean displacement at which they are compared",
        source="not published",
    )


class StudyFilePropensity(Section):
    configurations: list[Annotated[int, Field(ge=0, le=99999)]] = option(
        default=[3],
        min_length=1,
        description="replicas of the test split whose glass the runs start from; the first is shown in the maps",
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
        description="runs N_s at the highest temperature of each system, of which the sub-ensembles are made; a multiple of batch_size",
        source="Frontiers 4.2 (100 for KAM)",
    )
    batch_size: int = option(default=10, ge=1, le=100000, description="runs in one job", source="ours")
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
        default=0.1, gt=0, unit="tau", description="time of the first of the logarithmic frames", source="ours"
    )
    frames: int = option(
        default=60, ge=2, le=10000, description="frames at logarithmic times up to the end of the run", source="ours"
    )
    extra_times: list[Annotated[float, Field(gt=0)]] = option(
        default=[],
        unit="tau",
        description="times of further frames, at most the run time of every system",
        source="ours",
        extra={"uniqueItems": True},
    )
    segment_time: float = option(
        default=25000.0,
        gt=0,
        unit="tau",
        description="a run writes a restart file and goes on from it after this time, so that no more is lost when it is killed",
        source="ours",
    )
    bootstrap_samples: int = option(
        default=200,
        ge=10,
        le=1000000,
        description="samples of the bootstrap of the correlations with the propensity",
        source="ours",
    )
    moved_maps: int = option(
        default=300,
        ge=0,
        le=100000,
        description="structural maps moved, turned and mirrored against the glass, the null of the correlations with the propensity; at least 39 for a 95 % band, 0 leaves it out",
        source="ours; method 11",
    )
    ensembles: StudyFilePropensityEnsembles = option(default={})


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
        description="a target counts as reached if a frame's delta is this near",
        source="ours",
    )
    bin_width: float = option(
        default=0.5,
        gt=0,
        unit="sigma*",
        description="bins of the spatial correlation functions",
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
        description="lengths xi_alpha that are tried for each indicator; 0 is bare; the largest, and a smallest above 0, count as the edge of the scan and are never the result",
        source="v2 Fig. S3",
        extra={"uniqueItems": True},
    )


class StudyFileCluster(Section):
    job_time: int = option(
        default=240,
        ge=1,
        le=43200,
        unit="min",
        description="longest job of molecular dynamics; a batch that needs more goes on in the next attempt",
        source="ours; docs/cluster.md",
    )
    cores: int = option(
        default=16,
        ge=1,
        le=1024,
        description="cores of a job of molecular dynamics, at most; each runs one replica or run at a time",
        source="ours; docs/cluster.md",
    )
    margin: float = option(
        default=120.0,
        ge=0,
        le=3600,
        unit="s",
        description="before its wall time a job of molecular dynamics ends itself this long, to write what is finished; at most three quarters of it",
        source="ours; docs/cluster.md",
    )
    pace: float = option(
        default=3e-07,
        gt=0,
        le=0.001,
        unit="s",
        description="of one core for one step of one particle (in three dimensions four times as much), from which the time of jobs is estimated",
        source="ours; twice what benchmarks/cost.py measures",
    )


class StudyFileReadings(Section):
    centres: list[Annotated[str, Field(pattern="^[a-z][a-z0-9._-]{0,31}$")]] = option(
        default=["base"],
        description="readings whose networks go through every one of controls.attributions; base is the study itself",
        source="ours",
        extra={"uniqueItems": True},
    )
    transfer: dict[str, Annotated[str, Field(min_length=1)]] = option(
        default={},
        description="pattern of files of each system, as samples.files has them, of replicas cooled at another rate, which the networks judge without more training",
        source="ours",
        extra={
            "propertyNames": {
                "pattern": "^[A-Za-z][A-Za-z0-9_-]{0,31}$",
                "not": {"enum": ["tables", "figures", "logs", "benchmarks", "scratch", "sensitivity"]},
            }
        },
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
        description="maps without a trained network that go the way of Grad-CAM to the particles and into every correlation",
        source="method 11",
        extra={"uniqueItems": True},
    )
    density_thresholds: list[Annotated[float, Field(ge=-5, le=5)]] = option(
        default=[-1.5, -1.25, -1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5],
        min_length=1,
        max_length=101,
        unit="standard deviations of the field",
        description="where density_above and density_below cut through the density field of a sample, from its mean; chosen on the validation replicas, reported on the test replicas",
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
        description="networks trained on shuffled labels, with the protocol of the others",
        source="ours",
    )
    bootstrap_samples: int = option(
        default=1000, ge=10, le=1000000, description="samples of the bootstrap over replicas", source="ours"
    )
    layer_randomisations: int = option(
        default=1,
        ge=0,
        le=1000,
        description="draws of the weights when a trained network's layers are randomised one after the other from the top; 0 leaves it out",
        source="Adebayo et al. 2018",
    )
    attributions: list[
        Literal[
            "gradcam_layer_1",
            "gradcam_layer_2",
            "gradcam_layer_3",
            "gradcam_liquid",
            "gradcam_signed",
            "integrated_gradients",
            "occlusion",
        ]
    ] = option(
        default=[
            "gradcam_layer_1",
            "gradcam_layer_2",
            "gradcam_layer_3",
            "gradcam_liquid",
            "gradcam_signed",
            "integrated_gradients",
            "occlusion",
        ],
        description="other ways to the reasons of the same networks, and of the null networks among controls.nulls",
        source="Captum; ours",
        extra={"uniqueItems": True},
    )
    integrated_gradients_steps: int = option(
        default=64,
        ge=8,
        le=10000,
        description="points on the way from the baseline, a uniform field of the sample's mean, to the sample",
        source="Sundararajan et al. 2017 (20 to 300)",
    )
    occlusion_window: int = option(
        default=5,
        ge=1,
        le=1024,
        unit="grid points",
        description="side of the square that is hidden, at most density.grid",
        source="ours",
    )
    occlusion_stride: int = option(
        default=2, ge=1, le=1024, unit="grid points", description="steps of the square, at most its side", source="ours"
    )
    sensitivity: dict[str, dict] = option(
        default={},
        max_length=100,
        description="variants of the study by name, each the keys it changes (of density, configurations, classifier, cooling and each system's temperature_liquid); config/sensitivity.yaml has a set",
        source="ours",
        extra={"propertyNames": {"pattern": "^[a-z][a-z0-9._-]{0,31}$", "not": {"enum": ["base"]}}},
    )


class StudyFile(Section):
    study: str = option(
        default="default",
        pattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$",
        description="name of the study; its results lie in results/<study>/ (letters, digits, - and _)",
        source="ours",
    )
    seed: int = option(
        default=20230109,
        ge=0,
        le=9223372036854775807,
        description="base seed; every random number derives from it and from what it is for",
        source="ours",
    )
    protocol: Literal["frontiers", "arxiv-v2"] = option(
        default="frontiers",
        description="which paper decides the coarse-graining kernel, its lengths and the paper's column in tables and figures",
        source="method 7",
    )
    xi: Literal["paper", "measured", "held_out"] = option(
        default="paper",
        description="coarse-graining lengths of the figures and tables of the dynamics; the published ones, the study's own, or its own chosen on the other configurations",
        source="method 9",
    )
    papers: StudyFilePapers = option(
        default={},
        description="which parts of which papers a study is computed for; what no part asks for is neither computed nor demanded by the configuration",
    )
    systems: dict[str, Model] = option(
        min_length=1,
        max_length=100,
        description="the model glasses, one block each",
        extra={
            "propertyNames": {
                "pattern": "^[A-Za-z][A-Za-z0-9_-]{0,31}$",
                "not": {"enum": ["tables", "figures", "logs", "benchmarks", "scratch", "sensitivity"]},
            }
        },
    )
    samples: StudyFileSamples = option(default={}, description="where the liquids and glasses come from")
    cooling: StudyFileCooling = option(default={})
    lammps: StudyFileLammps = option(default={}, description="how LAMMPS is run; a change here reruns nothing")
    split: StudyFileSplit = option(
        default={}, description="fractions of the replicas; a replica keeps its place when more replicas are asked for"
    )
    inherent_structures: StudyFileInherentStructures = option(
        default={},
        description="energy minima below the snapshots of the cooling, and the glass transition temperature T* from their energies",
    )
    crystals: StudyFileCrystals = option(
        default={},
        description="when a glass sample counts as a crystal, which one value above its threshold suffices for",
    )
    radial_distribution: StudyFileRadialDistribution = option(default={}, description="g(r) by species pair")
    configurations: StudyFileConfigurations = option(default={})
    density: StudyFileDensity = option(default={})
    indicators: StudyFileIndicators = option(default={})
    classifier: StudyFileClassifier = option(default={})
    gradcam: StudyFileGradcam = option(default={})
    propensity: StudyFilePropensity = option(default={}, description="the isoconfigurational ensembles")
    lengths: StudyFileLengths = option(
        default={}, description="spatial correlation functions and the lengths from them"
    )
    cluster: StudyFileCluster = option(default={})
    readings: StudyFileReadings = option(
        default={},
        description="the readings of the method (tables/readings.csv), which are the variants of controls.sensitivity",
    )
    controls: StudyFileControls = option(
        default={}, description="what the network adds to maps that need none; everything here is optional"
    )


def json_schema() -> dict:
    """The JSON schema of a study file."""
    found = StudyFile.model_json_schema()
    models, named = found.pop("$defs"), {}

    def plain(node):
        """Without titles, models in their places, and what has a name of its own (``x-def``) by reference."""
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
        named[name] = {key: value for key, value in node.items() if key not in ABOUT}
        return {"$ref": f"#/$defs/{name}", **{key: node[key] for key in ABOUT if key in node}}

    return {"$schema": DIALECT, **plain(found), "$defs": named}


def schema_file() -> str:
    """Content of ``workflow/schemas/config.schema.yaml``."""
    return HEADER + yaml.safe_dump(json_schema(), sort_keys=False, width=10**6, allow_unicode=True)

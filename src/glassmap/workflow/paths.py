"""All paths under results/<study>/; no other module or rule spells out a path."""

from pathlib import PurePath, PurePosixPath


def attempts_log(log: str | PurePath) -> PurePath:
    """History of all attempts of the job with this log; unknown to Snakemake."""
    return PurePath(log).with_suffix(".attempts")


class Paths:
    """Paths of one study, with Snakemake's wildcards.

    ``{system}`` and ``{variant}`` of a case, ``{batch}``, ``{phase}``, ``{chain}`` and ``{ensemble}`` of samples and
    runs, ``{seed}``, ``{null}`` and ``{draw}`` of networks of the first paper, ``{model}`` and ``{own}`` of predictors,
    ``{dataset}``, ``{network}`` and ``{fold}`` of networks of the third paper, and ``{explanation}``.

    Parameters
    ----------
    study : str
    system : str
        Folder of a system.
    unrelated_states : bool
        Whether samples of the same number in two states are unrelated, as in users' files and of swap Monte Carlo, and
        not one cooled replica.
    """

    def __init__(self, study: str, system: str = "{system}", *, unrelated_states: bool = False):
        self.study, self.system, self.unrelated_states = study, system, unrelated_states
        self.root = PurePosixPath("results") / study

    @property
    def of_case(self) -> "Paths":
        """The same in the study and its variants: with ``{variant}``, empty in the study (`glassmap.variants.Case`)."""
        return Paths(self.study, "{variant}{system}", unrelated_states=self.unrelated_states)

    def _path(self, *parts: str) -> str:
        return str(self.root.joinpath(*parts))

    @property
    def batch(self) -> str:
        return self._path(self.system, "cooling", "batch-{batch}.nc")

    @property
    def scratch(self) -> str:
        return self._path("scratch")

    @property
    def batch_scratch(self) -> str:
        return self._path("scratch", self.system, "cooling", "batch-{batch}")

    @property
    def swap_chain(self) -> str:
        """Structures of a state from one chain of swap Monte Carlo."""
        return self._path(self.system, "swap", "{phase}", "chain-{chain}.nc")

    @property
    def swap_scratch(self) -> str:
        return self._path("scratch", self.system, "swap", "{phase}", "chain-{chain}")

    @property
    def configurations(self) -> str:
        return self._path(self.system, "configurations", "{phase}.nc")

    @property
    def as_read(self) -> str:
        """Users' configurations, or those of swap Monte Carlo, if the study takes their inherent structures."""
        return self._path(self.system, "configurations", "{phase}-as-read.nc")

    @property
    def as_read_scratch(self) -> str:
        return self._path("scratch", self.system, "as-read", "{phase}")

    @property
    def own_dynamics(self) -> str:
        """Users' own dynamics of the test samples."""
        return self._path(self.system, "own_dynamics", "{phase}.nc")

    @property
    def density(self) -> str:
        return self._path(self.system, "density", "{phase}.nc")

    def classifier(self, file: str) -> str:
        """``model.pt``, ``history.csv`` or ``predictions.csv`` of one network."""
        return self._path(self.system, "classifier", "seed-{seed}", file)

    @property
    def gradcam(self) -> str:
        return self._path(self.system, "gradcam", "seed-{seed}", "{phase}.nc")

    @property
    def indicators(self) -> str:
        return self._path(self.system, "indicators", "{phase}.nc")

    @property
    def correlations(self) -> str:
        return self._path(self.system, "correlations", "{phase}.nc")

    @property
    def runs(self) -> str:
        return self._path(self.system, "propensity", "{ensemble}", "runs-{batch}.nc")

    @property
    def runs_scratch(self) -> str:
        return self._path("scratch", self.system, "propensity", "{ensemble}", "runs-{batch}")

    @property
    def propensity(self) -> str:
        return self._path(self.system, "propensity", "{ensemble}.nc")

    @property
    def lengths(self) -> str:
        return self._path(self.system, "lengths.nc")

    @property
    def spatial_correlations(self) -> str:
        return self._path(self.system, "spatial_correlations", "{phase}.nc")

    @property
    def dynamics(self) -> str:
        return self._path(self.system, "dynamics.nc")

    @property
    def inherent_structures(self) -> str:
        return self._path(self.system, "inherent_structures", "batch-{batch}.nc")

    @property
    def inherent_structures_scratch(self) -> str:
        return self._path("scratch", self.system, "inherent_structures", "batch-{batch}")

    @property
    def minimised(self) -> str:
        """Inherent structures used as configurations (``configurations.input``)."""
        return self._path(self.system, "minimised", "batch-{batch}.nc")

    @property
    def minimised_scratch(self) -> str:
        return self._path("scratch", self.system, "minimised", "batch-{batch}")

    @property
    def sensitivity(self) -> str:
        return self._path(self.system, "sensitivity.csv")

    @property
    def shipped_batch(self) -> str:
        """A batch in the compact form that other studies read (``samples.files``)."""
        return self._path("shipped", self.system, "batch-{batch}.nc")

    @property
    def shipped_energies(self) -> str:
        return self._path("shipped", self.system, "inherent_energies.nc")

    @property
    def reading(self) -> str:
        return self._path(self.system, "reading.csv")

    @property
    def crystals(self) -> str:
        """Of all states what is found in the coldest; if they are unrelated, of every state its own."""
        return self._path(self.system, "crystals/{phase}.csv" if self.unrelated_states else "crystals.csv")

    @property
    def radial_distribution(self) -> str:
        return self._path(self.system, "radial_distribution", "{phase}.nc")

    @property
    def controls(self) -> str:
        return self._path(self.system, "controls", "{phase}.nc")

    @property
    def control_correlations(self) -> str:
        return self._path(self.system, "controls", "correlations", "{phase}.nc")

    @property
    def control_spatial_correlations(self) -> str:
        return self._path(self.system, "controls", "spatial_correlations", "{phase}.nc")

    @property
    def control_dynamics(self) -> str:
        return self._path(self.system, "controls", "dynamics.nc")

    def shuffled(self, file: str) -> str:
        """As `classifier`, for a network trained on shuffled labels."""
        return self._path(self.system, "controls", "shuffled-{seed}", file)

    @property
    def attributions(self) -> str:
        return self._path(self.system, "attributions", "seed-{seed}", "{phase}.nc")

    @property
    def control_attributions(self) -> str:
        """As `attributions`, for a null network ``{null}-{draw}``."""
        return self._path(self.system, "controls", "attributions", "{null}-{draw}", "{phase}.nc")

    @property
    def layer_randomisation(self) -> str:
        return self._path(self.system, "layer_randomisation", "seed-{seed}", "{phase}.nc")

    def explanation(self, file: str) -> str:
        """``classes.csv``, ``maps.extxyz`` and figures of new configurations, by their name under ``explain``."""
        return self._path("explain", "{explanation}", file)

    def export(self, kind: str) -> str:
        """Samples of a state with every field of their particles, in a format of `glassmap.io.export`."""
        return self._path("export", self.system, f"{{phase}}.{kind}")

    @property
    def inherent(self) -> str:
        """Inherent structure of every structure of a state."""
        return self._path(self.system, "inherent_structures", "{phase}.nc")

    @property
    def inherent_scratch(self) -> str:
        return self._path("scratch", self.system, "inherent", "{phase}")

    @property
    def isoconfigurational_runs(self) -> str:
        """Runs from a batch of structures of a state."""
        return self._path(self.system, "isoconfigurational", "{phase}", "runs-{batch}.nc")

    @property
    def isoconfigurational_scratch(self) -> str:
        return self._path("scratch", self.system, "isoconfigurational", "{phase}", "runs-{batch}")

    @property
    def propensities(self) -> str:
        """Propensities of the particles of every structure of a state."""
        return self._path(self.system, "isoconfigurational", "{phase}.nc")

    @property
    def descriptors(self) -> str:
        return self._path(self.system, "descriptors", "{phase}.nc")

    @property
    def predictor(self) -> str:
        """What a model predicts for every structure of a state."""
        return self._path(self.system, "predictors", "{phase}-{model}.nc")

    @property
    def fitted_model(self) -> str:
        """A model that has learned, as Python object."""
        return self._path(self.system, "predictors", "{phase}-{model}.pickle")

    @property
    def of_dataset(self) -> "Paths":
        """The same of a pair of liquids and glasses of the third paper: of a set, or of a system."""
        return Paths(self.study, "{dataset}", unrelated_states=self.unrelated_states)

    def swanson2020(self, file: str) -> str:
        """A file of a classifier of the third paper: ``model.pt``, ``history.csv``, ``predictions.csv``, ..."""
        return self._path(self.system, "swanson2020", "{network}", "fold-{fold}", file)

    @property
    def graph_measures(self) -> str:
        """What is counted on the graphs of nearest neighbours of a system, at every saved temperature."""
        return self._path(self.system, "swanson2020", "graph_measures.nc")

    @property
    def one_number(self) -> str:
        """What one number of the graph says of the samples of every pair of states."""
        return self._path("one_number.csv")

    @property
    def search_scratch(self) -> str:
        """Trials of a search that goes on."""
        return self._path("scratch", self.system, "swanson2020", "{network}", "fold-{fold}", "trials.log")

    @property
    def predictor_fields(self) -> str:
        """Predictors that are not told the dynamics, of every structure of a state."""
        return self._path(self.system, "predictor_fields", "{phase}.nc")

    @property
    def predictor_seconds(self) -> str:
        """What they took; another time has other numbers."""
        return self._path(self.system, "predictor_fields", "{phase}-seconds.csv")

    @property
    def graph_network(self) -> str:
        """What the graph network predicts for every structure of a state."""
        return self._path(self.system, "graph_network", "{phase}.nc")

    @property
    def own_predictor(self) -> str:
        """Values of a predictor of the user's own, ``{own}``, laid out as a prediction."""
        return self._path(self.system, "own_predictors", "{phase}-{own}.nc")

    @property
    def learning_curve(self) -> str:
        """Correlations of a model that has learned from fewer structures."""
        return self._path(self.system, "learning_curves", "{phase}-{model}.csv")

    @property
    def glassbench(self) -> str:
        """Test structures of a state with all predictors, in the layout of GlassBench."""
        return self._path(self.system, "glassbench", "{phase}.tar.gz")

    @property
    def predictor_costs(self) -> str:
        """What every predictor takes; no table, since another time has other numbers."""
        return self._path("predictor_costs.csv")

    def table(self, name: str) -> str:
        return self._path("tables", f"{name}.csv")

    def figure(self, name: str, kind: str) -> str:
        return self._path("figures", f"{name}.{kind}")

    def page(self, name: str) -> str:
        return self._path(f"{name}.html")

    @property
    def provenance(self) -> str:
        """Provenance record of the study."""
        return self._path("provenance.json")

    @property
    def status(self) -> str:
        """Table of the stages of the run that is going on, or was the last."""
        return self._path("status.txt")

    @property
    def logs(self) -> str:
        """Directory of the logs."""
        return self._path("logs")

    @property
    def benchmarks(self) -> str:
        """Directory of the benchmarks."""
        return self._path("benchmarks")

    def log(self, rule: str, wildcards: str = "") -> str:
        """Log of a job; ``wildcards`` such as ``{system}-{phase}`` distinguish the jobs of one rule."""
        return str(PurePosixPath(self.logs, rule, f"{wildcards or rule}.log"))

    def benchmark(self, rule: str, wildcards: str = "") -> str:
        return str(PurePosixPath(self.benchmarks, rule, f"{wildcards or rule}.tsv"))

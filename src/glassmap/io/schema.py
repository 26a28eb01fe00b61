"""Variables and dimensions of the result files, the schema that other tools rely on."""

from collections.abc import Sequence

BATCH = {
    "position": ("replica", "temperature", "particle", "axis"),
    "species": ("particle",),
    "box_length": (),
    "kinetic_temperature": ("replica", "temperature"),
    "potential_energy": ("replica", "record"),
    "kinetic_energy": ("replica", "record"),
    "thermostat_temperature": ("record",),
    "wall_time": ("replica",),
    "replica": ("replica",),
    "temperature": ("temperature",),
}
# common to thermal and minimised batches
SNAPSHOTS = {
    "position": ("replica", "temperature", "particle", "axis"),
    "species": ("particle",),
    "box_length": (),
    "replica": ("replica",),
    "temperature": ("temperature",),
}
# structures of a state from one chain of swap Monte Carlo
SWAP_CHAIN = {
    "position": ("structure", "particle", "axis"),
    "species": ("particle",),
    "box_length": (),
    "potential_energy": ("record",),
    "scattering": ("structure", "lag"),
    "relaxation_time": (),
    "relaxation_time_of_structures": (),
    "lag": ("lag",),
}
CONFIGURATIONS = {
    "position": ("sample", "particle", "axis"),
    "species": ("particle",),
    "box_length": (),
    "replica": ("sample",),
    "split": ("sample",),
}
DENSITY = {"density": ("sample", "x", "y"), "replica": ("sample",)}
# with the probability of the second of classifier.states, such as p_glass (field, sample)
CONTROLS = {
    "map": ("field", "sample", "x", "y"),
    "gamma": ("field", "sample", "particle"),
    "null": ("field",),
    "draw": ("field",),
    "map_class": ("field",),
    "replica": ("sample",),
    "split": ("sample",),
}
ATTRIBUTIONS = {
    "map": ("method", "sample", "x", "y"),
    "gamma": ("method", "sample", "particle"),
    "rectified": ("method",),
    "completeness_error": ("method", "sample"),
    "method": ("method",),
    "map_class": ("method",),
    "replica": ("sample",),
}
LAYER_RANDOMISATION = {
    "cam_signed": ("depth", "draw", "sample", "x", "y"),
    "gamma": ("depth", "draw", "sample", "particle"),
    "layer": ("depth",),
    "replica": ("sample",),
}
CORRELATIONS = {
    "pearson": ("protocol", "network", "sample", "pair"),
    "spearman": ("protocol", "network", "sample", "pair"),
    "partial": ("protocol", "network", "sample"),
    "map": ("network",),
    "map_class": ("network",),
    "correct": ("network", "sample"),
    "dead": ("network", "sample"),
    "failed": ("network",),
    "crystallised": ("sample",),
    "replica": ("sample",),
    "split": ("sample",),
    "protocol": ("protocol",),
    "pair": ("pair",),
}
OWN_DYNAMICS = {
    "value": ("quantity", "sample", "particle"),
    "quantity": ("quantity",),
    "replica": ("sample",),
}
RUNS = {
    "position": ("run", "time", "particle", "axis"),
    "initial_position": ("particle", "axis"),
    "species": ("particle",),
    "box_length": (),
    "kinetic_temperature": ("run", "time"),
    "wall_time": ("run",),
    "time": ("time",),
}
PROPENSITY = {
    "propensity": ("time", "particle"),
    "propensity_squared": ("time", "particle"),
    "delta": ("time",),
    "delta_root": ("time",),
    "noise_ceiling_propensity": ("time",),
    "noise_ceiling_propensity_squared": ("time",),
    "runs": (),
    "initial_position": ("particle", "axis"),
    "species": ("particle",),
    "box_length": (),
    "time": ("time",),
}
SUB_ENSEMBLES = {"sub_propensity": ("ensemble", "time", "particle")}
SPATIAL = {
    "correlation": ("field", "sample", "bin"),
    "not_usable": ("field", "sample"),
    "distance": ("bin",),
    "replica": ("sample",),
    "split": ("sample",),
    "indicator": ("field",),
    "network": ("field",),
}
LENGTHS = {
    "propensity_correlation": ("configuration", "target", "bin"),
    "noise_free_correlation": ("configuration", "target", "bin"),
    "xi_delta": ("configuration", "target"),
    "xi_delta_noise_free": ("configuration", "target"),
    "delta_at_target": ("configuration", "target"),
    "noise_ceiling_at_target": ("configuration", "target"),
    "scan": ("protocol", "configuration", "xi", "time", "field"),
    "scan_delta": ("protocol", "configuration", "time"),
    "scan_score": ("protocol", "configuration", "xi", "indicator_name"),
    "xi_structure": ("protocol", "indicator_name"),
    "xi_structure_together": ("protocol",),
    "xi_structure_held_out": ("protocol", "configuration", "indicator_name"),
    "xi_propensity": ("protocol",),
    "not_usable": ("configuration", "field"),
    "target": ("target",),
    "distance": ("bin",),
    "xi": ("xi",),
    "indicator": ("field",),
    "indicator_name": ("indicator_name",),
}
DYNAMICS = {
    "pearson": ("protocol", "choice", "configuration", "temperature", "time", "field"),
    "spearman": ("protocol", "choice", "configuration", "temperature", "time", "field"),
    "partial": ("protocol", "choice", "configuration", "temperature", "time", "field"),
    "mean": ("protocol", "choice", "temperature", "time", "indicator_name"),
    "partial_mean": ("protocol", "choice", "temperature", "time", "indicator_name"),
    "low": ("protocol", "choice", "temperature", "time", "indicator_name"),
    "high": ("protocol", "choice", "temperature", "time", "indicator_name"),
    "moved_low": ("protocol", "choice", "temperature", "time", "indicator_name"),
    "moved_high": ("protocol", "choice", "temperature", "time", "indicator_name"),
    "partial_low": ("protocol", "choice", "temperature", "time", "indicator_name"),
    "partial_high": ("protocol", "choice", "temperature", "time", "indicator_name"),
    "partial_moved_low": ("protocol", "choice", "temperature", "time", "indicator_name"),
    "partial_moved_high": ("protocol", "choice", "temperature", "time", "indicator_name"),
    "moved_p": ("protocol", "choice", "indicator_name"),
    "moved_largest": ("protocol", "choice", "indicator_name"),
    "partial_moved_p": ("protocol", "choice", "indicator_name"),
    "partial_moved_largest": ("protocol", "choice", "indicator_name"),
    "ceiling": ("protocol", "choice", "configuration", "temperature", "time"),
    "delta": ("protocol", "configuration", "temperature", "time"),
    "xi_structure": ("protocol", "choice", "configuration", "indicator_name"),
    "xi_propensity": ("protocol", "choice"),
    "std_over_networks": ("protocol", "choice", "temperature", "time", "indicator_name"),
    "not_usable": ("configuration", "field"),
    "temperature": ("temperature",),
    "time": ("time",),
    "indicator": ("field",),
    "network": ("field",),
    "indicator_name": ("indicator_name",),
}
# without positions, as in shipped samples
INHERENT_ENERGIES = {
    "potential_energy": ("replica", "temperature"),
    "inherent_energy": ("replica", "temperature"),
    "largest_force": ("replica", "temperature"),
    "wall_time": ("replica",),
    "replica": ("replica",),
    "temperature": ("temperature",),
}
INHERENT_STRUCTURES = SNAPSHOTS | INHERENT_ENERGIES
RADIAL_DISTRIBUTION = {
    "g": ("pair", "r"),
    "g_std": ("pair", "r"),
    "samples": (),
    "box_length": (),
    "pair": ("pair",),
    "r": ("r",),
}
# of the second paper; sample is a structure
INHERENT = CONFIGURATIONS | {"potential_energy": ("sample",), "inherent_energy": ("sample",)}
ISOCONFIGURATIONAL_RUNS = {
    "position": ("sample", "run", "time", "particle", "axis"),
    "initial_position": ("sample", "particle", "axis"),
    "species": ("particle",),
    "box_length": (),
    "kinetic_temperature": ("sample", "run", "time"),
    "wall_time": ("sample", "run"),
    "replica": ("sample",),
    "split": ("sample",),
    "time": ("time",),
}
PROPENSITIES = {
    "bond_breaking": ("sample", "time", "particle"),
    "bond_breaking_halves": ("half", "sample", "time", "particle"),
    "displacement": ("sample", "time", "particle"),
    "displacement_halves": ("half", "sample", "time", "particle"),
    "scattering": ("sample", "time", "kind"),
    "bond_orientation": ("sample", "time", "kind"),
    "initial_position": ("sample", "particle", "axis"),
    "species": ("particle",),
    "box_length": (),
    "runs": (),
    "replica": ("sample",),
    "split": ("sample",),
    "time": ("time",),
}
DESCRIPTORS = {
    "value": ("sample", "particle", "descriptor"),
    "species": ("particle",),
    "descriptor": ("descriptor",),
    "replica": ("sample",),
    "split": ("sample",),
}
# NaN at times that are left out; the particles are those of the predicted species, in their order
PREDICTOR = {
    "prediction": ("member", "sample", "time", "particle"),
    "replica": ("sample",),
    "split": ("sample",),
    "time": ("time",),
}
# of the third paper; per particle
GRAPH_MEASURES = {
    "isolated": ("replica", "temperature"),
    "minority_pairs": ("replica", "temperature"),
    "components": ("replica", "temperature"),
    "replica": ("replica",),
    "temperature": ("temperature",),
}
# network 0 is the trained one, the others have random weights; NaN of pairs of a network without attention
NETWORK_SCORES = {
    "gamma": ("score", "network", "sample", "particle"),
    "pair_weight": ("network", "sample", "kind"),
    "pair_high": ("network", "sample", "kind"),
    "correct": ("network", "sample"),
    "score": ("score",),
    "kind": ("kind",),
    "replica": ("sample",),
    "split": ("sample",),
}
# of all particles of every structure, at no particular time
PREDICTOR_FIELDS = {
    "value": ("predictor", "sample", "particle"),
    "predictor": ("predictor",),
    "species": ("particle",),
    "replica": ("sample",),
    "split": ("sample",),
}
CRYSTALS = ("replica", "split", "crystalline_fraction", "amplitude", "crystallised")
# with the same probability
PREDICTIONS = ("phase", "replica", "split", "predicted")
HISTORY = ("epoch", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy")


def gradcam(suffix: str = "") -> dict[str, tuple[str, ...]]:
    """Maps for one class: the second of ``classifier.states``, or with ``_<state>`` the first, as in gamma_liquid."""
    return {
        f"cam_signed{suffix}": ("sample", "x", "y"),
        f"gamma{suffix}": ("sample", "particle"),
        "replica": ("sample",),
    }


def variable(dims: Sequence[str], values, units: str, long_name: str) -> tuple:
    """A variable for a Dataset, with the attributes required of result files."""
    return tuple(dims), values, {"units": units, "long_name": long_name}

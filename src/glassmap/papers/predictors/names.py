"""Names of predictors in figures and pages."""

from glassmap.learning.predictors import PREDICTORS

MODELS = {"glassmlp": "GlassMLP", "mlp_mae": "MLP (mae)", "ridge": "ridge regression", "graph_network": "graph network"}


def label(name: str) -> str:
    """Name of a predictor or a model; of the user's own the one in the configuration."""
    return PREDICTORS[name].label if name in PREDICTORS else MODELS.get(name, name)

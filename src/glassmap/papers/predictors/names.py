"""Names of predictors in figures and pages."""

from glassmap.learning.predictors import PREDICTORS
from glassmap.papers.jung2023.names import MODELS

OF_MODELS = {**MODELS, "graph_network": "graph network"}


def label(name: str) -> str:
    """Name of a predictor or a model; of the user's own the one in the configuration."""
    return PREDICTORS[name].label if name in PREDICTORS else OF_MODELS.get(name, name)

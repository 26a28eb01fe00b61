"""Names of the models in figures, sentences and pages; the report takes them, so nothing heavy is imported."""

MODELS = {"glassmlp": "GlassMLP", "mlp_mae": "MLP (mae)", "ridge": "ridge regression"}

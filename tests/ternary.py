"""A third model, of three species: a block of the configuration like the others."""

BLOCK = {
    "particles": {"A": 700, "B": 700, "C": 600},
    "density": 1.0,
    "sigma": {"AA": 1.0, "AB": 0.85, "AC": 1.15, "BB": 0.7, "BC": 1.0, "CC": 1.3},
    "epsilon": {"AA": 1.0, "AB": 1.1, "AC": 0.9, "BB": 0.8, "BC": 1.2, "CC": 1.0},
    "cutoff": 2.5,
    "states": {"liquid": 1.2, "glass": 0.05},
    "propensity": {"temperatures": [0.8], "run_time": 500.0},
}

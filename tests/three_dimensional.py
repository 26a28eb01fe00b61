"""The Kob-Andersen mixture in three dimensions: a block of the configuration like those of the plane."""

BLOCK = {
    "dimension": 3,
    "particles": {"A": 400, "B": 100},
    "density": 1.2,
    "sigma": {"AA": 1.0, "AB": 0.8, "BB": 0.88},
    "epsilon": {"AA": 1.0, "AB": 1.5, "BB": 0.5},
    "cutoff": 2.5,
    "states": {"liquid": 1.2, "glass": 0.05},
}

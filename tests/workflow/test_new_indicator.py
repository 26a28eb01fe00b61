"""A new indicator is one function and one line, and takes its place in every file, table and figure."""

import pandas as pd
import pytest

from glassmap.io.datasets import read_dataset

FUNCTION = '''

def coordination(positions: np.ndarray, species: np.ndarray, parameters: Parameters) -> np.ndarray:
    """Number of Voronoi neighbours."""
    return np.bincount(tessellate(positions, parameters.box).centre, minlength=len(positions)).astype(float)


INDICATORS = {'''
LINE = """\
    "coordination": Indicator(coordination, "coordination", "Z", "1", "number of Voronoi neighbours"),
}
BASELINES ="""


def test_an_indicator_is_a_function_and_a_line(tiny, tmp_path):
    study = tiny.copy(tmp_path / "study")
    path = study.folder / "src/glassmap/structure/indicators.py"
    text = path.read_text()
    changed = text.replace("\n\nINDICATORS = {", FUNCTION, 1).replace("}\nBASELINES =", LINE, 1)
    assert len(changed) == len(text) + len(FUNCTION) - len("\n\nINDICATORS = {") + len(LINE) - len("}\nBASELINES =")
    path.write_text(changed)
    planned = set(study.planned())
    assert {"indicators", "correlations", "dynamics", "lengths", "maps", "fig7", "table5", "controls_table"} <= planned
    assert not planned & {"cool", "configurations", "density", "classifier", "gradcam", "propensity_runs"}
    results = study.folder / "results/smoke"
    names = ("table_s1", "table5")
    study.run(*(f"results/smoke/tables/{name}.csv" for name in names), "--cores", "2")

    (path,) = results.glob("*/indicators/glass.nc")
    values = read_dataset(path, {"coordination": ("sample", "particle")})
    # Euler: in a periodic plane the mean number of Voronoi neighbours is 6
    assert values["coordination"].values.mean(axis=1) == pytest.approx(6, abs=1e-12)
    tables = {name: pd.read_csv(results / f"tables/{name}.csv") for name in names}
    assert "c_gamma_coordination" in set(tables["table_s1"]["quantity"])
    assert "coordination" in set(tables["table5"]["indicator"])

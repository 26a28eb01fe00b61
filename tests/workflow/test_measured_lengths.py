"""A system without published coarse-graining lengths: measured ones are used, and called so."""

import pandas as pd
import pytest
import yaml
from study import Study

from glassmap.analysis.method import measured_lengths
from glassmap.io.datasets import read_dataset
from glassmap.io.schema import LENGTHS
from glassmap.papers.oyama2023.method import FRONTIERS


def table(study: Study, name: str) -> pd.DataFrame:
    return pd.read_csv(study.folder / f"results/smoke/tables/{name}.csv")


def test_where_no_lengths_are_published_measured_ones_are_used_and_called_so(finished):
    before = {name: table(finished, name) for name in ("table_s1", "dynamics", "controls")}
    path = finished.folder / "config/config.yaml"
    content = yaml.safe_load(path.read_text())
    del content["systems"]["KAM"]["coarse_graining"]
    path.write_text(yaml.safe_dump(content))
    planned = set(finished.planned())
    assert {"correlations", "dynamics", "control_correlations", "control_dynamics", "lengths", "maps"} <= planned
    assert not planned & {
        "cool",
        "configurations",
        "classifier",
        "gradcam",
        "indicators",
        "propensity_runs",
        "propensity",
    }
    finished.run(*(f"results/smoke/tables/{name}.csv" for name in before), "--cores", "2")

    lengths = read_dataset(finished.folder / "results/smoke/KAM/lengths.nc", LENGTHS)
    measured = measured_lengths(lengths, FRONTIERS)
    now = table(finished, "table_s1")
    kam, abm = (now[now["system"] == system] for system in ("KAM", "ABM"))
    assert (kam["xi_source"] == "measured").all() and (abm["xi_source"] == "published").all()
    assert kam["xi"].to_numpy() == pytest.approx(measured["correlations"], nan_ok=True)
    old = before["table_s1"]
    pd.testing.assert_frame_equal(
        abm.reset_index(drop=True),
        old[old["system"] == "ABM"].reset_index(drop=True),
        check_dtype=False,
    )
    # one length for all indicators in the place of the published one; everything of the other system is as it was
    now = table(finished, "dynamics")
    assert set(now["xi"][now["system"] == "KAM"]) == {"together", "measured"}
    old = before["dynamics"]
    pd.testing.assert_frame_equal(
        now[now["system"] == "ABM"].reset_index(drop=True),
        old[old["system"] == "ABM"].reset_index(drop=True),
        check_dtype=False,
    )
    # the networks are compared with null maps at the same lengths
    now = table(finished, "controls")
    quantities = now[(now["system"] == "KAM") & (now["quantity"] == "c_gamma_delta_max")]
    assert len(quantities) and set(now["system"]) == set(before["controls"]["system"])

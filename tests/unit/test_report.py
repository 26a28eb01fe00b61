"""The report of a study: its ten lines, its contents and its pictures."""

import base64
import io

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image
from repository import REPOSITORY, read_study

from glassmap.errors import GlassmapError
from glassmap.papers.oyama2023.report import grid, label, png, sections_of
from glassmap.papers.oyama2023.report_sentences import NOT_PART, ten_lines
from glassmap.workflow.config import resolve
from glassmap.workflow.study import StudyPlan

CONTENTS = yaml.safe_load((REPOSITORY / "workflow/report/contents.yaml").read_text())


@pytest.fixture
def study(config, schema) -> dict:
    return {"name": "default", "xi": config["xi"], **StudyPlan(config, schema).summary()}


@pytest.fixture
def accuracy(tmp_path):
    """Table 2 of one model whose second network failed."""
    path = tmp_path / "table2.csv"
    rows = [
        ("KAM", "glass", "seed-0", "trained", 0.9, np.nan),
        ("KAM", "glass", "mean", "1 of 2 trained", 0.9, 1.0),
        ("KAM", "liquid", "mean", "1 of 2 trained", 0.75, 0.998),
    ]
    columns = ["system", "phase", "network", "status", "accuracy", "paper"]
    pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    return path


def test_a_part_that_is_no_part_of_the_study_is_called_that(study, accuracy):
    lines = {line["name"]: line["text"] for line in ten_lines({"table2": accuracy}, study)}
    assert len(lines) == 10
    assert lines["Networks"] == (
        "KAM: 1 of 2 trained, test accuracy 0.90 on glass (paper 1.00), 0.75 on liquid (paper 1.00)."
    )
    assert "104 replicas of each model: KAM (N = 2000, liquid at T = 0.8, glass at T = 0.05" in lines["Samples"]
    others = [text for name, text in lines.items() if name not in ("Question", "Samples", "Networks")]
    assert others == 7 * [NOT_PART]


def test_what_needs_a_potential_is_said_to_be_left_out(study, accuracy):
    what = "potential energies (no epsilon and cutoff in systems.KAM)"
    (text,) = (
        line["text"]
        for line in ten_lines({"table2": accuracy}, study | {"left_out": what})
        if line["name"] == "Samples"
    )
    assert f"Not computed: {what}." in text


def test_the_largest_correlation_is_that_of_the_studys_lengths_where_there_is_one(study, tmp_path):
    path = tmp_path / "table5.csv"
    columns = ["protocol", "xi", "system", "indicator", "network", "c_max", "moved_p", "paper", "note"]
    rows = [
        ("frontiers", "measured", "KAM", "gradcam", "mean", 0.1, 0.5, np.nan, ""),
        ("frontiers", "paper", "KAM", "gradcam", "mean", -0.4, 0.02, -0.93, ""),
        ("frontiers", "measured", "own", "gradcam", "mean", 0.3, np.nan, np.nan, ""),
        ("frontiers", "paper", "own", "gradcam", "mean", np.nan, np.nan, np.nan, "too short"),
        ("frontiers", "paper", "ABM", "gradcam", "mean", np.nan, np.nan, np.nan, "too short"),
        ("arxiv-v2", "paper", "KAM", "gradcam", "mean", 0.7, 0.5, -0.9, ""),
    ]
    pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    (text,) = [line["text"] for line in ten_lines({"table5": path}, study) if line["name"] == "Dynamics"]
    assert "KAM −0.40 for Γ (paper −0.93, p = 0.02); own +0.30 for Γ." in text
    assert text.endswith("Not measured in ABM (too short).")


def test_a_line_without_numbers_says_why(study, tmp_path):
    """Every glass of one model is a crystal: the same reason in every line, and the other model's numbers beside it."""
    reason, nan = "no glass left: 8 of 8 are crystals", np.nan
    tables = {
        "ensemble": (
            ("system", "phase", "map_class", "protocol", "quantity", "value", "low", "high", "note"),
            ("KAM", "glass", "glass", "frontiers", "agreement_coarse", nan, nan, nan, reason),
            ("ABM", "glass", "glass", "frontiers", "agreement_coarse", 0.5, 0.4, 0.6, ""),
        ),
        "table3": (
            ("system", "quantity", "value", "low", "high", "paper", "note"),
            ("KAM", "xi_delta_1", nan, nan, nan, 4.0, reason),
            ("KAM", "r_gamma", nan, nan, nan, 3.5, reason),
            ("ABM", "r_gamma", 3.0, 2.5, 3.5, 3.5, ""),
        ),
    }
    for name, (columns, *rows) in tables.items():
        pd.DataFrame(rows, columns=columns).to_csv(tmp_path / f"{name}.csv", index=False)
    paths = {name: tmp_path / f"{name}.csv" for name in tables}
    lines = {line["name"]: line["text"] for line in ten_lines(paths, study)}
    missing = f"Not measured in KAM ({reason})."
    assert lines["Agreement"].endswith(f"correlate by +0.50 [+0.40, +0.60] in ABM. {missing}")
    assert lines["Lengths"] == f"{missing} ABM: C_Γ(r) vanishes at 3.00 [2.50, 3.50] σ* (paper 3.50)."


def test_a_published_number_counts_once(study, tmp_path):
    """That of a liquid stands beside maps of either class: two comparisons, one number."""
    columns = [
        "source",
        "item",
        "system",
        "phase",
        "map_class",
        "quantity",
        "statistic",
        "paper",
        "ours",
        "low",
        "high",
    ]
    rows = [
        ("v2", "table_s1", "KAM", "liquid", "glass", "c_gamma_upsilon", "pearson", 0.86, -0.3, -0.4, -0.2),
        ("v2", "table_s1", "KAM", "liquid", "own", "c_gamma_upsilon", "pearson", 0.86, 0.8, 0.7, 0.9),
        ("v2", "table_s1", "KAM", "glass", "glass", "c_gamma_upsilon", "pearson", -0.83, -0.8, -0.9, -0.7),
        ("v2", "table_s1", "KAM", "glass", "glass", "c_gamma_theta", "pearson", -0.8, np.nan, np.nan, np.nan),
    ]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "reproduction.csv", index=False)
    lines = ten_lines({"reproduction": tmp_path / "reproduction.csv"}, study)
    (text,) = [line["text"] for line in lines if line["name"] == "Beside the papers"]
    assert text == (
        "2 published numbers are measured, in 3 comparisons (those of liquids beside maps of either class): 2 of 3 lie "
        "within our 95 % intervals, and 2 of 3 correlations have the published sign."
    )


@pytest.mark.parametrize("names", [(), ("sensitivity",)])
def test_every_table_and_figure_of_the_studies_stands_in_the_report_once(schema, names, tmp_path):
    plan = StudyPlan(resolve(read_study(*names), schema), schema)
    made = {kind: {name: tmp_path / name for name in getattr(plan, kind)} for kind in ("figures", "tables")}
    sections = sections_of(CONTENTS, made, {"maps": plan.maps, "bare_maps": plan.bare_maps})
    ids = [item["id"] for section in sections for item in section["items"]]
    assert sorted(ids) == sorted(f"{kind}-{name}" for kind, names in made.items() for name in names)
    (first,) = [item for item in sections[0]["items"] if item["id"] == "figures-fig1"]
    assert (first["label"], first["title"]) == ("Fig. 1", "maps of KAM")


def test_a_figure_without_a_caption_is_an_error(tmp_path):
    with pytest.raises(GlassmapError, match="fig9"):
        sections_of(CONTENTS, {"figures": {"fig9": tmp_path}, "tables": {}}, {})


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("fig3", "Fig. 3"),
        ("fig_s3", "Fig. S3"),
        ("table_s1", "Table S1"),
        ("layer_randomisation", "layer randomisation"),
    ],
)
def test_labels_are_those_of_the_papers(name, printed):
    assert label(name) == printed


def test_a_picture_keeps_its_shape_and_its_colours(tmp_path, rng):
    path = tmp_path / "figure.png"
    colours = rng.integers(0, 256, (30, 40, 3), dtype=np.uint8)
    colours[:] = colours[:1, :40]  # 40 colours: fewer than the palette holds
    Image.fromarray(colours).convert("RGBA").save(path)
    same = Image.open(io.BytesIO(base64.b64decode(png(path)))).convert("RGB")
    assert np.array_equal(np.asarray(same), colours)
    assert Image.open(io.BytesIO(base64.b64decode(png(path, 20)))).size == (20, 15)


def test_a_long_table_is_shown_to_its_200th_row(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,note\n" + "".join(f'{row},"x, y"\n' for row in range(300)))
    table = grid(path)
    assert table["head"] == ["a", "note"] and table["count"] == 300
    assert table["rows"] == [[str(row), "x, y"] for row in range(200)]

"""Which rules would run, and why."""

import re

import pytest
import ternary
import yaml
from repository import REPOSITORY
from study import Study

# what tables/controls.csv is drawn and told in
BESIDE = {"what_the_network_adds", "summary_page"}
AFTER_CONTROLS = {"controls_table", "reproduction", *BESIDE}
OF_PROTOCOL = {"table_s1", "reproduction", "fig6", *BESIDE}
AFTER_CORRELATIONS = {*OF_PROTOCOL, *AFTER_CONTROLS, "ensemble"}
OF_NULLS = {"control_correlations", "control_spatial_correlations", "control_dynamics", *AFTER_CONTROLS}
AFTER_TRANSITION = {"glass_transition", "fig_s6", "reproduction"}
AFTER_DYNAMICS = {"table5", "dynamics_table", "fig5", "fig7", "reproduction", *AFTER_CONTROLS}
AFTER_LENGTHS = {"dynamics", "maps", "table3", "table4", "fig3", "fig4", "fig8", "fig_s3", *AFTER_DYNAMICS}
ATTRIBUTED = {"attributions_table", "summary_page"}
AFTER_RANDOMISATION = {"layer_randomisation_table", "layer_randomisation_figure", "summary_page"}
OF_RUNS = {"control_dynamics"}
AFTER_RUNS = {"propensity", *OF_RUNS, "lengths", "attributions_table", *AFTER_LENGTHS}
# the export of the glass alone has propensities
GLASS_EXPORT = "export of the glass"
AFTER_INDICATORS = {"export", "correlations", "spatial_correlations", "lengths", *AFTER_LENGTHS, *AFTER_CORRELATIONS}
AFTER_INDICATORS |= {"attributions_table", *AFTER_RANDOMISATION, *OF_NULLS}
AFTER_CRYSTALS = {"radial_distribution", "fig_s7", *AFTER_TRANSITION, *AFTER_INDICATORS}
OF_NULL_NETWORKS = {"control_attributions", *ATTRIBUTED}
NETWORK_NULLS = {"attributions", "layer_randomisation"}
NULL_MAPS = {"shuffled_labels", "controls", *OF_NULLS, *OF_NULL_NETWORKS, "ensemble"}
OF_GRADCAM = {name for name in AFTER_INDICATORS if not name.startswith("control_")}
AFTER_CLASSIFIER = {"gradcam", "table2", *NETWORK_NULLS, *OF_GRADCAM}
AFTER_DENSITY = {"classifier", *AFTER_CLASSIFIER, *NULL_MAPS}
# not the runs of the propensity, which know only the batch of the cooling that they start from
AFTER_CONFIGURATIONS = {"density", "indicators", "crystals", *AFTER_CRYSTALS, *AFTER_DENSITY}
EVERYTHING = {"cool", "configurations", "inherent_structures", "propensity_runs", *AFTER_RUNS, *AFTER_CONFIGURATIONS}
TABLES = {"table2", "table3", "table4", "table5", "table_s1", "dynamics_table", "glass_transition", "reproduction"}
FIGURES = {"fig3", "fig4", "fig5", "fig6", "fig7", "fig8", "fig_s3", "fig_s6", "fig_s7"}


@pytest.fixture(scope="module")
def clean(tmp_path_factory) -> dict[str, int]:
    """How many jobs of each rule the smoke study has."""
    return Study.new(tmp_path_factory.mktemp("clean") / "study", "config/smoke.yaml").planned()


def assert_planned(study: Study, rules: set[str], clean: dict[str, int]) -> None:
    """Exactly these rules would run, with all their jobs, and the record and the report if there are any."""
    expected = {name: clean[name] for name in rules - {GLASS_EXPORT}}
    if GLASS_EXPORT in rules:
        expected["export"] = clean["export"] // 2
    assert study.jobs() == ({**expected, "provenance": 1, "report_page": 1, "all": 1} if rules else {})


def test_a_clean_study_runs_everything(clean):
    assert set(clean) == EVERYTHING
    assert clean["cool"] == clean["classifier"] == 2 * 2 and clean["gradcam"] == 2 * 2 * 2


def test_every_optional_control_can_be_left_out(tmp_path, clean):
    study = Study.new(tmp_path / "study", "config/smoke.yaml")
    study.configure(controls={"nulls": [], "attributions": [], "layer_randomisations": 0})
    optional = {"shuffled_labels", "controls", *NETWORK_NULLS, "attributions_table", *AFTER_RANDOMISATION}
    optional |= {name for name in EVERYTHING if name.startswith("control_")}
    optional.remove("summary_page")
    assert study.planned() == {name: count for name, count in clean.items() if name not in optional}


@pytest.mark.parametrize(
    "parts, rules",
    [
        (["samples"], {"radial_distribution", "fig_s7"}),
        (
            ["networks"],
            {
                "density",
                "classifier",
                "gradcam",
                "indicators",
                "correlations",
                "table2",
                "table_s1",
                "fig6",
                "ensemble",
                "export",
            },
        ),
        (["glass_transition"], {"inherent_structures", "glass_transition", "fig_s6"}),
    ],
)
def test_what_no_part_asks_for_is_neither_computed_nor_demanded(tmp_path, parts, rules):
    """Not even a temperature grid, or a system's runs."""
    study = Study.new(tmp_path / "study", "config/smoke.yaml")
    study.configure(papers={"oyama2023": parts})
    if "glass_transition" not in parts:
        study.configure(cooling={"temperature_grid": []})
    planned = set(study.planned())
    assert planned == {"cool", "configurations", "crystals", *rules}


def test_nothing_after_a_full_run(finished):
    assert finished.jobs() == {}


def test_the_record_of_a_study_follows_its_results_and_only_the_report_follows_it(finished):
    record = finished.folder / "results/smoke/provenance.json"
    record.unlink()
    assert finished.jobs() == {"provenance": 1, "report_page": 1, "all": 1}
    finished.run("--cores", "1")
    assert record.exists() and finished.jobs() == {}
    # one figure drawn again, and the record of it
    finished.edit("src/glassmap/papers/oyama2023/figures_ensembles.py")
    assert finished.jobs() == {"fig4": 1, "provenance": 1, "report_page": 1, "all": 1}


def test_another_host_or_another_time_reruns_nothing(finished):
    for folder, kind in (("logs", "log"), ("benchmarks", "tsv")):
        files = list((finished.folder / f"results/smoke/{folder}").rglob(f"*.{kind}"))
        assert len(files) > 90
        for path in files:
            path.write_text(path.read_text().replace("host ", "host other-").replace("0:00:0", "0:01:0"))
    assert finished.jobs() == {}


@pytest.mark.parametrize(
    "module, rules",
    [
        ("simulation.lammps", EVERYTHING),
        ("io.splits", {"configurations", *AFTER_CONFIGURATIONS}),
        ("structure.density_grid", {"density", *AFTER_DENSITY}),
        ("learning.cnn", {"classifier", *AFTER_CLASSIFIER, *NULL_MAPS}),
        (
            "learning.gradcam",
            {"gradcam", *NETWORK_NULLS, *OF_GRADCAM, "controls", *OF_NULLS, *OF_NULL_NETWORKS},
        ),
        ("learning.null_maps", {"attributions", "export", "controls", *OF_NULLS, *OF_NULL_NETWORKS, "ensemble"}),
        ("learning.null_networks", {"attributions", "export", "controls", *OF_NULLS, *OF_NULL_NETWORKS, "ensemble"}),
        ("papers.oyama2023.null_comparison", AFTER_CONTROLS),
        ("learning.attribution", {"attributions", "export", *OF_NULL_NETWORKS}),
        ("learning.layer_randomisation", {"layer_randomisation", *AFTER_RANDOMISATION}),
        (
            "learning.particle_scores",
            {"gradcam", *NETWORK_NULLS, *OF_GRADCAM, "controls", *OF_NULLS, *OF_NULL_NETWORKS, "ensemble"},
        ),
        ("analysis.attribution_comparison", {*ATTRIBUTED, *AFTER_RANDOMISATION}),
        ("papers.oyama2023.figures_layer_randomisation", {"layer_randomisation_figure"}),
        ("structure.voronoi", {"indicators", "crystals", "propensity", *AFTER_CRYSTALS}),
        ("simulation.isoconfigurational", {"propensity_runs", GLASS_EXPORT, *AFTER_RUNS}),
        ("dynamics.propensity", {"export", *AFTER_RUNS}),
        (
            "structure.spatial_correlation",
            {"spatial_correlations", "control_spatial_correlations", *OF_RUNS, "lengths", *AFTER_LENGTHS},
        ),
        (
            "analysis.propensity_correlations",
            {"dynamics", *OF_RUNS, "maps", "table4", *AFTER_DYNAMICS},
        ),
        ("papers.oyama2023.figures_dynamics", {"fig5", "fig7"}),
        ("papers.oyama2023.figures_lengths", {"fig3", "fig8", "fig_s3"}),
        ("papers.oyama2023.figures_maps", {"maps"}),
        ("structure.crystals", {"crystals", *AFTER_CRYSTALS}),
        ("simulation.inherent_structures", {"inherent_structures", *AFTER_TRANSITION}),
        ("analysis.glass_transition", AFTER_TRANSITION),
        ("papers.oyama2023.figures_samples", {"fig_s6", "fig_s7"}),
        (
            "papers.oyama2023.published",
            {*TABLES, *AFTER_CONTROLS, *(FIGURES - {"fig4", "fig_s7"})},
        ),
        ("papers.oyama2023.tables_accuracy", {"table2", "reproduction"}),
        ("papers.oyama2023.tables_lengths", {"table3", "fig8", *AFTER_CONTROLS}),
        ("papers.oyama2023.tables_dynamics", {"table4", *AFTER_DYNAMICS}),
        ("papers.oyama2023.tables_ensemble", {"ensemble", "summary_page"}),
        ("plotting.style", {"maps", "layer_randomisation_figure", *FIGURES, *BESIDE}),
        ("learning.normalisation", {"classifier", *AFTER_CLASSIFIER, *NULL_MAPS}),
        ("papers.oyama2023.figures_controls", BESIDE),
        ("papers.oyama2023.summary_page", {"summary_page"}),
        ("io.export", {"export"}),
        ("analysis.exported_fields", {"export"}),
        ("papers.oyama2023.summary_page_attributions", {"summary_page"}),
        ("analysis.network_agreement", {"ensemble", "summary_page"}),
        ("analysis.maps", {"maps"}),
        ("papers.oyama2023.summary_page_sentences", {"summary_page"}),
        ("workflow.logging", set()),
        ("workflow.provenance", set()),
        ("io.datasets", EVERYTHING),
        ("io.schema", EVERYTHING),
        ("simulation.restarts", EVERYTHING),
    ],
)
def test_an_edited_module_reruns_exactly_what_depends_on_it(finished, clean, module, rules):
    finished.edit(f"src/glassmap/{module.replace('.', '/')}.py")
    assert_planned(finished, rules, clean)


def test_other_sentences_of_the_report_make_only_the_report(finished):
    finished.edit("src/glassmap/papers/oyama2023/report_sentences.py")
    assert finished.jobs() == {"report_page": 1, "all": 1}


def test_other_words_rerun_nothing(finished):
    """Comments, docstrings and errors in all code, and scripts that were only touched."""
    for path in [*(finished.folder / "src").rglob("*.py"), *(finished.folder / "workflow/scripts").glob("*.py")]:
        text = path.read_text()
        if text.startswith('"""'):
            text = '"""In other words: ' + text[3:]
        path.write_text(
            text.replace("raise GlassmapError(", "raise GlassmapError(  # why\n").replace("\n\n\n", "\n\n# next\n\n")
            + "\n# end\n"
        )
    assert finished.jobs() == {}


@pytest.mark.parametrize(
    "script, rules",
    [
        ("cool", EVERYTHING),
        ("indicators", {"indicators", *AFTER_INDICATORS}),
        ("propensity_runs", {"propensity_runs", GLASS_EXPORT, *AFTER_RUNS}),
        ("figure", {"maps", "layer_randomisation_figure", *FIGURES, *BESIDE}),
        ("page", {"summary_page"}),
    ],
)
def test_an_edited_script_reruns_its_rule_and_what_follows(finished, clean, script, rules):
    finished.edit(f"workflow/scripts/{script}.py")
    assert_planned(finished, rules, clean)


@pytest.mark.parametrize(
    "changes, rules",
    [
        ({"cooling": {"equilibration_time": 6.0}}, EVERYTHING),
        ({"split": {"train": 0.59, "validation": 0.21, "test": 0.2}}, {"configurations", *AFTER_CONFIGURATIONS}),
        ({"density": {"grid": 20}}, {"density", *AFTER_DENSITY}),
        ({"classifier": {"epochs": 151}}, {"classifier", *AFTER_CLASSIFIER, *NULL_MAPS}),
        ({"classifier": {"failed_below": 0.61}}, {"table2", *OF_GRADCAM}),
        ({"propensity": {"thermostat_damping": 0.4}}, {"propensity_runs", GLASS_EXPORT, *AFTER_RUNS}),
        ({"propensity": {"bootstrap_samples": 60}}, {"dynamics", *OF_RUNS, *AFTER_DYNAMICS}),
        ({"lengths": {"scan": [0.0, 5.0]}}, {"lengths", *AFTER_LENGTHS}),
        ({"xi": "measured"}, {"maps", "fig4", "fig5", "fig7", "table4", "reproduction"}),
        ({"inherent_structures": {"force_tolerance": 1e-4}}, {"inherent_structures", *AFTER_TRANSITION}),
        ({"inherent_structures": {"bootstrap": 150}}, AFTER_TRANSITION),
        ({"crystals": {"area": 0.25}}, {"crystals", *AFTER_CRYSTALS}),
        ({"radial_distribution": {"bin_width": 0.05}}, {"radial_distribution", "fig_s7"}),
        (
            {"protocol": "arxiv-v2"},
            {*OF_PROTOCOL, "export", "maps", "fig5", "fig7", "fig_s3", "attributions_table", *AFTER_RANDOMISATION},
        ),
        ({"controls": {"occlusion_stride": 2}}, {"attributions", "export", *OF_NULL_NETWORKS}),
        ({"controls": {"layer_randomisations": 2}}, {"layer_randomisation", *AFTER_RANDOMISATION}),
        ({"controls": {"draws": 4}}, {"controls", *OF_NULLS, *OF_NULL_NETWORKS, "ensemble"}),
        ({"controls": {"density_thresholds": [0.0, 0.5]}}, {"controls", *OF_NULLS, "ensemble"}),
        ({"export": {"samples": "all"}}, {"export"}),
        # what carries no science reruns nothing
        ({"lammps": {"arguments": "", "neighbor_skin": 0.4}}, set()),
        ({"gradcam": {"batch_size": 7}}, set()),
        ({"classifier": {"device": "cpu"}}, set()),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_a_changed_parameter_reruns_exactly_what_depends_on_it(finished, clean, changes, rules):
    finished.configure(**changes)
    assert_planned(finished, rules, clean)


def of_systems(**changes) -> dict:
    """The systems of the smoke study with changes to the block of KAM."""
    blocks = yaml.safe_load((REPOSITORY / "config/smoke.yaml").read_text())["systems"]
    return {**blocks, "KAM": {**blocks["KAM"], **changes}}


def test_a_parameter_of_one_system_leaves_the_other_alone(finished, clean):
    finished.configure(systems=of_systems(tong_tanaka_sigma={"AA": 1.0, "AB": 0.8, "BB": 0.88}))
    of_one = {"indicators", "export", "correlations", "spatial_correlations", "lengths", "dynamics", "maps"}
    of_one |= {"control_correlations", "control_spatial_correlations", "control_dynamics"}
    assert finished.planned() == {
        name: clean[name] // 2 if name in of_one else clean[name] for name in {"indicators", *AFTER_INDICATORS}
    }


def test_another_temperature_runs_only_itself(finished):
    finished.configure(systems=of_systems(propensity={"temperatures": [0.5, 0.6], "run_time": 30.0}))
    planned = finished.planned()
    assert set(planned) == {"propensity_runs", "propensity", "dynamics", "export", *OF_RUNS, *AFTER_DYNAMICS}
    assert planned["propensity_runs"] == 2
    assert planned["propensity"] == planned["dynamics"] == planned["export"] == 1


def test_more_runs_are_only_the_new_batches(finished):
    finished.configure(propensity={"runs": 6, "runs_at_highest": 6})
    planned = finished.planned()
    assert set(planned) == {"propensity_runs", "export", *AFTER_RUNS} and planned["propensity_runs"] == 2


def test_another_configuration_leaves_the_runs_of_the_first_alone(finished):
    finished.configure(propensity={"configurations": [3, 8]})
    planned = finished.planned()
    # the table of the attributions asks the first configuration only
    assert set(planned) == {"propensity_runs", "export", *AFTER_RUNS} - {"attributions_table"}
    assert planned["propensity_runs"] == 4


def test_a_changed_thread_count_reruns_nothing(finished):
    assert finished.planned("--cores", "7", "--set-threads", "cool=5", "classifier=3", "propensity_runs=4") == {}


def test_more_replicas_cool_only_new_batches(finished):
    finished.configure(cooling={"replicas": 60})
    planned = finished.planned()
    assert set(planned) == {"cool", "configurations", *AFTER_CONFIGURATIONS} and planned["cool"] == 2


def test_another_network_trains_only_itself(finished):
    finished.configure(classifier={"seeds": [0, 1, 5]})
    planned = finished.planned()
    assert planned["classifier"] == 2 and planned["gradcam"] == 4
    assert not {"cool", "configurations", "density", "indicators"} & planned.keys()


def test_one_figure_needs_its_ancestors_only(tmp_path):
    study = Study.new(tmp_path / "study", "config/smoke.yaml")
    assert set(study.planned("results/smoke/figures/fig1.pdf")) == {
        *("cool", "configurations", "density", "classifier", "gradcam", "indicators", "crystals"),
        *("propensity_runs", "propensity", "lengths", "maps"),
    }


def test_paper_scale_has_the_documented_jobs(tmp_path):
    study = Study.new(tmp_path / "study", "config/paper.yaml")
    study.configure(controls={"layer_randomisations": 1})  # as many jobs, and less of the disk
    jobs = study.jobs()
    assert jobs["cool"] == 200
    assert f"{sum(jobs.values())} jobs" in (REPOSITORY / "config/README.md").read_text()


def test_a_refused_configuration_ends_before_any_job_in_one_line_without_a_traceback(tmp_path):
    study = Study.new(tmp_path / "study", "config/smoke.yaml")
    study.configure(classifier={"batch_size": 0}, densty=3)
    done = study.run("--cores", "1", check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert "classifier.batch_size: got 0, must be at least 1" in said
    assert "densty: unknown key" in said
    assert "Traceback" not in said
    assert not (study.folder / "results").exists()


def test_a_missing_lmp_is_refused_before_any_job(tmp_path):
    study = Study.new(tmp_path / "study", "config/smoke.yaml")
    study.configure(lammps={"command": "lmp-of-nowhere"})
    done = study.run("--cores", "1", check=False)
    assert done.returncode == 1
    assert "lammps.command: got 'lmp-of-nowhere', no such program" in done.stdout + done.stderr
    assert not (study.folder / "results").exists()


def test_a_refusal_is_the_last_thing_on_the_screen(tmp_path):
    study = Study.new(tmp_path / "study", "config/smoke.yaml")
    path = study.folder / "config/smoke.yaml"
    path.write_text(path.read_text() + "\nseed: 3\nseed: 4\n")
    lines = path.read_text().splitlines()
    first, second = (number for number, line in enumerate(lines, 1) if line.startswith("seed:"))
    done = study.run("--dry-run", check=False)
    (text,) = (text for text in (done.stdout, done.stderr) if "refused" in text)
    assert done.returncode == 1 and "Traceback" not in text
    assert (
        text.rstrip()
        .splitlines()[-1]
        .endswith(f"config/smoke.yaml: seed: given twice, in lines {first} and {second}; leave one")
    )


def test_a_target_of_another_study_names_its_study_file_last(tmp_path):
    study = Study.new(tmp_path / "study", "config/smoke.yaml")
    done = study.run("results/default/tables/table2.csv", "--dry-run", check=False)
    (text,) = (text for text in (done.stdout, done.stderr) if "No rule to produce" in text)
    last = "It belongs to the study default, and this is smoke: leave out --configfile."
    assert done.returncode == 1 and text.rstrip().splitlines()[-1] == last


def test_values_on_the_command_line_are_read_as_yaml_at_every_depth(tmp_path):
    study = Study.new(tmp_path / "study", "config/smoke.yaml")
    done = study.run("results/smoke/KAM/cooling/batch-3.nc", "--dry-run", "--config", "cooling={replicas: 80}")
    assert "batch-3.nc" in done.stdout + done.stderr


def test_every_file_of_the_networks_has_the_names_of_their_states(tmp_path):
    """The plan is that of liquid and glass, with these names instead."""
    study = Study.new(tmp_path / "study", "config/smoke.yaml")

    def outputs(liquid: str, glass: str) -> list[str]:
        block = {**ternary.BLOCK, "particles": {"A": 175, "B": 175, "C": 150}, "states": {liquid: 0.8, glass: 0.05}}
        block["propensity"] = {"temperatures": [0.8], "run_time": 30.0}
        study.configure(systems={"KAM": {"enabled": False}, "ABM": {"enabled": False}, "ternary": block})
        study.configure(classifier={"states": [liquid, glass]})
        return sorted(line.split("\t")[0] for line in study.run("--summary").stdout.splitlines()[1:])

    of_paper, named = outputs("liquid", "glass"), outputs("hot", "cold")
    names = {"liquid": "hot", "glass": "cold"}
    endings = r"\b(liquid|glass)(?=\.(nc|extxyz|gsd)$)"
    assert named == sorted(re.sub(endings, lambda state: names[state[1]], file) for file in of_paper)
    folder = "results/smoke/ternary"
    files = ("density/hot.nc", "gradcam/seed-1/hot.nc", "controls/cold.nc", "spatial_correlations/cold.nc")
    assert {f"{folder}/{file}" for file in files} | {"results/smoke/export/ternary/hot.gsd"} <= set(named)
    assert not any(file.endswith(("liquid.nc", "glass.nc")) for file in named)


def test_samples_may_be_taken_in_any_states(tmp_path):
    study = Study.new(tmp_path / "study", "config/smoke.yaml")
    block = {**ternary.BLOCK, "states": {"hot": 1.5, "warm": 1.0, "cold": 0.1}}
    study.configure(
        systems={"KAM": {"enabled": False}, "ABM": {"enabled": False}, "ternary": block},
        papers={"oyama2023": ["samples"]},
    )
    assert set(study.planned()) == {"cool", "configurations"}
    folder = "results/smoke/ternary"
    assert set(study.planned(f"{folder}/configurations/warm.nc", f"{folder}/crystals.csv")) == {
        *("cool", "configurations", "crystals"),
    }

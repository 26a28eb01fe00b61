"""Which rules would run, and why."""

import time

import pytest
import yaml
from repository import REPOSITORY
from study import Study

# what tables/controls.csv is drawn and told in
BESIDE = {"what_the_network_adds": 1, "summary_page": 1}
AFTER_CONTROLS = {"controls_table": 1, "reproduction": 1, **BESIDE}
OF_PROTOCOL = {"table_s1": 1, "reproduction": 1, "fig6": 1, **BESIDE}
AFTER_CORRELATIONS = {**OF_PROTOCOL, **AFTER_CONTROLS, "ensemble": 1}
OF_NULLS = {"control_correlations": 4, "control_spatial_correlations": 2, "control_dynamics": 2, **AFTER_CONTROLS}
AFTER_TRANSITION = {"glass_transition": 1, "fig_s6": 1, "reproduction": 1}
AFTER_DYNAMICS = {"table5": 1, "dynamics_table": 1, "fig5": 1, "fig7": 1, "reproduction": 1, **AFTER_CONTROLS}
AFTER_LENGTHS = {"dynamics": 2, "maps": 4, "table3": 1, "table4": 1, "fig3": 1, "fig4": 1, "fig8": 1, "fig_s3": 1}
AFTER_LENGTHS |= AFTER_DYNAMICS
ATTRIBUTED = {"attributions_table": 1, "summary_page": 1}
AFTER_RANDOMISATION = {"layer_randomisation_table": 1, "layer_randomisation_figure": 1, "summary_page": 1}
OF_RUNS = {"control_dynamics": 2}
AFTER_RUNS = {"propensity": 2, **OF_RUNS, "lengths": 2, "attributions_table": 1, **AFTER_LENGTHS}
AFTER_INDICATORS = {"correlations": 4, "spatial_correlations": 2, "lengths": 2, **AFTER_LENGTHS, **AFTER_CORRELATIONS}
AFTER_INDICATORS |= {"attributions_table": 1, **AFTER_RANDOMISATION, **OF_NULLS}
AFTER_CRYSTALS = {"radial_distribution": 4, "fig_s7": 1, **AFTER_TRANSITION, **AFTER_INDICATORS}
# one job for all networks and phases of a system
OF_NULL_NETWORKS = {"control_attributions": 2, **ATTRIBUTED}
OF_NETWORKS = {"attributions": 2, "layer_randomisation": 2}
NULL_MAPS = {"shuffled_labels": 2, "controls": 4, **OF_NULLS, **OF_NULL_NETWORKS, "ensemble": 1}
OF_GRADCAM = {name: count for name, count in AFTER_INDICATORS.items() if not name.startswith("control_")}
AFTER_CLASSIFIER = {"gradcam": 8, "table2": 1, **OF_NETWORKS, **OF_GRADCAM}
AFTER_DENSITY = {"classifier": 4, **AFTER_CLASSIFIER, **NULL_MAPS}
# not the runs of the propensity, which know only the batch of the cooling that they start from
AFTER_CONFIGURATIONS = {"density": 4, "indicators": 4, "crystals": 2, **AFTER_CRYSTALS, **AFTER_DENSITY}
EVERYTHING = {"cool": 4, "configurations": 4, "inherent_structures": 2, "propensity_runs": 4}
EVERYTHING |= {**AFTER_RUNS, **AFTER_CONFIGURATIONS}
TABLES = ("table2", "table3", "table4", "table5", "table_s1", "dynamics_table", "glass_transition", "reproduction")
FIGURES = {name: 1 for name in ("fig3", "fig4", "fig5", "fig6", "fig7", "fig8", "fig_s3", "fig_s6", "fig_s7")}


def assert_planned(study: Study, rules: dict[str, int]) -> None:
    """Exactly these jobs would run, and the record of the study if there are any."""
    assert study.jobs() == ({**rules, "provenance": 1, "all": 1} if rules else {})


def test_a_clean_study_runs_everything(tmp_path):
    assert_planned(Study.new(tmp_path / "study", "config/smoke.yaml"), EVERYTHING)


def test_every_optional_control_can_be_left_out(tmp_path):
    study = Study.new(tmp_path / "study", "config/smoke.yaml")
    study.configure(controls={"nulls": [], "attributions": [], "layer_randomisations": 0})
    optional = {"shuffled_labels", "controls", *OF_NETWORKS, "attributions_table", *AFTER_RANDOMISATION}
    optional |= {name for name in EVERYTHING if name.startswith("control_")}
    optional.remove("summary_page")
    assert study.planned() == {name: count for name, count in EVERYTHING.items() if name not in optional}


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


def test_the_record_of_a_study_follows_its_results_and_nothing_follows_it(finished):
    record = finished.folder / "results/smoke/provenance.json"
    record.unlink()
    assert finished.jobs() == {"provenance": 1, "all": 1}
    finished.run("--cores", "1")
    assert record.exists() and finished.jobs() == {}
    # one figure drawn again, and the record of it
    finished.edit("src/glassmap/papers/oyama2023/figures_ensembles.py")
    assert finished.jobs() == {"fig4": 1, "provenance": 1, "all": 1}


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
        ("io.splits", {"configurations": 4, **AFTER_CONFIGURATIONS}),
        ("structure.density_grid", {"density": 4, **AFTER_DENSITY}),
        ("learning.cnn", {"classifier": 4, **AFTER_CLASSIFIER, **NULL_MAPS}),
        (
            "learning.gradcam",
            {"gradcam": 8, **OF_NETWORKS, **OF_GRADCAM, "controls": 4, **OF_NULLS, **OF_NULL_NETWORKS},
        ),
        ("learning.null_maps", {"attributions": 2, "controls": 4, **OF_NULLS, **OF_NULL_NETWORKS, "ensemble": 1}),
        ("learning.null_networks", {"attributions": 2, "controls": 4, **OF_NULLS, **OF_NULL_NETWORKS, "ensemble": 1}),
        ("papers.oyama2023.null_comparison", AFTER_CONTROLS),
        ("learning.attribution", {"attributions": 2, **OF_NULL_NETWORKS}),
        ("learning.layer_randomisation", {"layer_randomisation": 2, **AFTER_RANDOMISATION}),
        (
            "learning.particle_scores",
            {"gradcam": 8, **OF_NETWORKS, **OF_GRADCAM, "controls": 4, **OF_NULLS, **OF_NULL_NETWORKS, "ensemble": 1},
        ),
        ("analysis.attribution_comparison", {**ATTRIBUTED, **AFTER_RANDOMISATION}),
        ("papers.oyama2023.figures_layer_randomisation", {"layer_randomisation_figure": 1}),
        ("structure.voronoi", {"indicators": 4, "crystals": 2, "propensity": 2, **AFTER_CRYSTALS}),
        ("simulation.isoconfigurational", {"propensity_runs": 4, **AFTER_RUNS}),
        ("dynamics.propensity", AFTER_RUNS),
        (
            "structure.spatial_correlation",
            {"spatial_correlations": 2, "control_spatial_correlations": 2, **OF_RUNS, "lengths": 2, **AFTER_LENGTHS},
        ),
        (
            "analysis.propensity_correlations",
            {"dynamics": 2, **OF_RUNS, "maps": 4, "table4": 1, **AFTER_DYNAMICS},
        ),
        ("papers.oyama2023.figures_dynamics", {"fig5": 1, "fig7": 1}),
        ("papers.oyama2023.figures_lengths", {"fig3": 1, "fig8": 1, "fig_s3": 1}),
        ("papers.oyama2023.figures_maps", {"maps": 4}),
        ("structure.crystals", {"crystals": 2, **AFTER_CRYSTALS}),
        ("simulation.inherent_structures", {"inherent_structures": 2, **AFTER_TRANSITION}),
        ("analysis.glass_transition", AFTER_TRANSITION),
        ("papers.oyama2023.figures_samples", {"fig_s6": 1, "fig_s7": 1}),
        (
            "papers.oyama2023.published",
            {**dict.fromkeys(TABLES, 1), **AFTER_CONTROLS, **dict.fromkeys(set(FIGURES) - {"fig4", "fig_s7"}, 1)},
        ),
        ("papers.oyama2023.tables_accuracy", {"table2": 1, "reproduction": 1}),
        ("papers.oyama2023.tables_lengths", {"table3": 1, "fig8": 1, **AFTER_CONTROLS}),
        ("papers.oyama2023.tables_dynamics", {"table4": 1, **AFTER_DYNAMICS}),
        ("papers.oyama2023.tables_ensemble", {"ensemble": 1, "summary_page": 1}),
        ("plotting.style", {"maps": 4, "layer_randomisation_figure": 1, **FIGURES, **BESIDE}),
        ("learning.normalisation", {"classifier": 4, **AFTER_CLASSIFIER, **NULL_MAPS}),
        ("papers.oyama2023.figures_controls", BESIDE),
        ("papers.oyama2023.summary_page", {"summary_page": 1}),
        ("papers.oyama2023.summary_page_attributions", {"summary_page": 1}),
        ("analysis.network_agreement", {"ensemble": 1, "summary_page": 1}),
        ("analysis.maps", {"maps": 4}),
        ("workflow.logging", {}),
        ("workflow.provenance", {}),
        ("io.datasets", EVERYTHING),
        ("io.schema", EVERYTHING),
        ("simulation.restarts", EVERYTHING),
    ],
)
def test_an_edited_module_reruns_exactly_what_depends_on_it(finished, module, rules):
    finished.edit(f"src/glassmap/{module.replace('.', '/')}.py")
    assert_planned(finished, rules)


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
        ("indicators", {"indicators": 4, **AFTER_INDICATORS}),
        ("propensity_runs", {"propensity_runs": 4, **AFTER_RUNS}),
        ("figure", {"maps": 4, "layer_randomisation_figure": 1, **FIGURES, **BESIDE}),
        ("page", {"summary_page": 1}),
    ],
)
def test_an_edited_script_reruns_its_rule_and_what_follows(finished, script, rules):
    finished.edit(f"workflow/scripts/{script}.py")
    assert finished.planned() == rules


@pytest.mark.parametrize(
    "changes, rules",
    [
        ({"cooling": {"equilibration_time": 6.0}}, EVERYTHING),
        ({"split": {"train": 0.59, "validation": 0.21, "test": 0.2}}, {"configurations": 4, **AFTER_CONFIGURATIONS}),
        ({"density": {"grid": 20}}, {"density": 4, **AFTER_DENSITY}),
        ({"classifier": {"epochs": 151}}, {"classifier": 4, **AFTER_CLASSIFIER, **NULL_MAPS}),
        ({"classifier": {"failed_below": 0.61}}, {"table2": 1, **OF_GRADCAM}),
        ({"propensity": {"thermostat_damping": 0.4}}, {"propensity_runs": 4, **AFTER_RUNS}),
        ({"propensity": {"bootstrap_samples": 60}}, {"dynamics": 2, **OF_RUNS, **AFTER_DYNAMICS}),
        ({"lengths": {"scan": [0.0, 5.0]}}, {"lengths": 2, **AFTER_LENGTHS}),
        ({"xi": "measured"}, {"maps": 4, "fig4": 1, "fig5": 1, "fig7": 1, "table4": 1, "reproduction": 1}),
        ({"inherent_structures": {"force_tolerance": 1e-4}}, {"inherent_structures": 2, **AFTER_TRANSITION}),
        ({"inherent_structures": {"bootstrap": 150}}, AFTER_TRANSITION),
        ({"crystals": {"area": 0.25}}, {"crystals": 2, **AFTER_CRYSTALS}),
        ({"radial_distribution": {"bin_width": 0.05}}, {"radial_distribution": 4, "fig_s7": 1}),
        (
            {"protocol": "arxiv-v2"},
            {
                **{**OF_PROTOCOL, "maps": 4, "fig5": 1, "fig7": 1, "fig_s3": 1},
                **{"attributions_table": 1, **AFTER_RANDOMISATION},
            },
        ),
        ({"controls": {"occlusion_stride": 2}}, {"attributions": 2, **OF_NULL_NETWORKS}),
        ({"controls": {"layer_randomisations": 2}}, {"layer_randomisation": 2, **AFTER_RANDOMISATION}),
        ({"controls": {"draws": 4}}, {"controls": 4, **OF_NULLS, **OF_NULL_NETWORKS, "ensemble": 1}),
        ({"controls": {"density_thresholds": [0.0, 0.5]}}, {"controls": 4, **OF_NULLS, "ensemble": 1}),
        # what carries no science reruns nothing
        ({"lammps": {"arguments": "", "neighbor_skin": 0.4}}, {}),
        ({"gradcam": {"batch_size": 7}}, {}),
        ({"classifier": {"device": "cpu"}}, {}),
    ],
    ids=lambda value: str(next(iter(value), "nothing"))[:20],
)
def test_a_changed_parameter_reruns_exactly_what_depends_on_it(finished, changes, rules):
    finished.configure(**changes)
    assert_planned(finished, rules)


def of_systems(**changes) -> dict:
    """The systems of the smoke study with changes to the block of KAM."""
    blocks = yaml.safe_load((REPOSITORY / "config/smoke.yaml").read_text())["systems"]
    return {**blocks, "KAM": {**blocks["KAM"], **changes}}


def test_a_parameter_of_one_system_leaves_the_other_alone(finished):
    finished.configure(systems=of_systems(tong_tanaka_sigma={"AA": 1.0, "AB": 0.8, "BB": 0.88}))
    one = {"correlations": 2, "spatial_correlations": 1, "lengths": 1, "dynamics": 1, "maps": 2}
    one |= {"control_correlations": 2, "control_spatial_correlations": 1, "control_dynamics": 1}
    assert finished.planned() == {"indicators": 2, **AFTER_INDICATORS, **one}


def test_another_temperature_runs_only_itself(finished):
    finished.configure(systems=of_systems(propensity={"temperatures": [0.5, 0.6], "run_time": 30.0}))
    assert finished.planned() == {
        "propensity_runs": 2,
        "propensity": 1,
        "dynamics": 1,
        "control_dynamics": 1,
        **AFTER_DYNAMICS,
    }


def test_more_runs_are_only_the_new_batches(finished):
    finished.configure(propensity={"runs": 6, "runs_at_highest": 6})
    assert finished.planned() == {"propensity_runs": 2, **AFTER_RUNS}


def test_another_configuration_leaves_the_runs_of_the_first_alone(finished):
    finished.configure(propensity={"configurations": [3, 8]})
    planned = finished.planned()
    assert planned.pop("propensity_runs") == 4
    # which asks the first configuration only
    assert {**planned, "attributions_table": 1} == AFTER_RUNS and "attributions_table" not in planned


def test_a_changed_thread_count_reruns_nothing(finished):
    assert finished.planned("--cores", "7", "--set-threads", "cool=5", "classifier=3", "propensity_runs=4") == {}


def test_more_replicas_cool_only_new_batches(finished):
    finished.configure(cooling={"replicas": 60})
    assert finished.planned() == {"cool": 2, "configurations": 4, **AFTER_CONFIGURATIONS}


def test_another_network_trains_only_itself(finished):
    finished.configure(classifier={"seeds": [0, 1, 5]})
    planned = finished.planned()
    assert planned["classifier"] == 2 and planned["gradcam"] == 4
    assert not {"cool", "configurations", "density", "indicators"} & planned.keys()


def test_one_figure_needs_its_ancestors_only(tmp_path):
    study = Study.new(tmp_path / "study", "config/smoke.yaml")
    planned = study.planned("results/smoke/figures/fig1.pdf")
    assert planned == {
        "cool": 2, "configurations": 2, "density": 2, "classifier": 2, "gradcam": 2, "indicators": 1, "crystals": 1,
        "propensity_runs": 2, "propensity": 1, "lengths": 1, "maps": 1,
    }  # fmt: skip


def test_paper_scale_answers_within_ten_seconds_with_the_documented_jobs(tmp_path):
    study = Study.new(tmp_path / "study", "config/paper.yaml")
    start = time.monotonic()
    jobs = study.jobs()
    seconds = time.monotonic() - start
    assert jobs["cool"] == 200
    total = sum(jobs.values())
    assert f"{total} jobs" in (REPOSITORY / "config/README.md").read_text()
    assert seconds < 10


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

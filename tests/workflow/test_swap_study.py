"""A study by swap Monte Carlo: what is planned, what reruns, and the first paper's networks on its samples."""

import numpy as np
import pandas as pd
import pytest
import yaml
from ka2d import BLOCK, ka2d
from study import SMOKE, Study, tiny_study

from glassmap.io.datasets import read_dataset
from glassmap.io.schema import CONFIGURATIONS, SWAP_CHAIN

SHARE, STATES = 0.1, {"liquid": 0.8, "glass": 0.5}
SWAP = {"chains": 1, "equilibration": 10.0}
LENGTHS = {"correlations": 2.0, "dynamics": 2.0, "propensity": 2.0, "propensity_maps": [1.0, 2.0, 3.0]}
TABLE = "results/swapped/tables/table2.csv"


@pytest.fixture(scope="module")
def swapped(tmp_path_factory) -> Study:
    """The tiny study of 129 particles of the ternary mixture at two temperatures."""
    study = tiny_study(tmp_path_factory.mktemp("swapped") / "study")
    system = ka2d(SHARE)
    block = {
        **BLOCK,
        "particles": dict(zip(system.species_names, system.counts, strict=True)),
        "states": STATES,
        "propensity": {"temperatures": [0.6], "run_time": 60.0},
        "coarse_graining": {"frontiers": LENGTHS, "arxiv-v2": LENGTHS},
    }
    study.configure(
        study="swapped",
        papers={"oyama2023": ["samples", "networks", "glass_transition"]},
        systems={"KAM": {"enabled": False}, "ABM": {"enabled": False}, "KA2D": block},
        samples={"source": "swap"},
        swap=SWAP,
    )
    path = study.folder / SMOKE
    content = yaml.safe_load(path.read_text())
    content.setdefault("controls", {})["sensitivity"] = {}
    path.write_text(yaml.safe_dump(content))
    return study


@pytest.fixture(scope="module")
def computed(swapped) -> Study:
    said = swapped.run(TABLE, "--cores", "1").stderr
    assert "not computed: T* (swap Monte Carlo is no cooling with inherent structures)" in said
    assert "swap: 2 / 2 done" in said
    return swapped


def test_every_state_has_its_chains_and_nothing_is_cooled(swapped, tmp_path):
    study = swapped.copy(tmp_path / "study")
    study.configure(
        papers={"oyama2023": ["samples", "networks", "glass_transition", "dynamics"]},
        propensity={"configurations": [3], "moved_maps": 39},
        configurations={"input": "inherent_structures"},
    )
    planned = study.planned()
    assert {"density", "classifier", "gradcam", "correlations", "table2", "fig6", "fig_s7"} <= planned.keys()
    assert {"propensity_runs", "dynamics", "table5", "fig7"} <= planned.keys()
    assert not {"cool", "configurations", "inherent_structures", "glass_transition", "fig_s6"} & planned.keys()
    assert (planned["swap"], planned["configurations_of_chains"], planned["minimise_configurations"]) == (2, 2, 2)
    assert planned["crystals"] == 2  # a structure has nothing in common with that of its number in another state


def test_the_studies_of_the_second_paper_are_planned(tmp_path):
    study = Study.new(tmp_path / "study", "config/jung2023.yaml")
    plan = study.planned()
    # of a small system with runs, and of a large one that is predicted alone
    assert (plan["swap"], plan["configurations_of_chains"], plan["isoconfigurational_runs"]) == (2 * 2, 2, 8)
    assert {"pearson_table", "chi4_table", "relaxation_table", "fig2a"} <= plan.keys() and "cool" not in plan
    published = Study(study.folder, "config/jung2023-published.yaml").planned()
    assert published.keys() == plan.keys()
    assert (published["swap"], published["isoconfigurational_runs"]) == (2 * 5 * 20, 5 * 60)


def test_networks_tell_the_states_apart(computed):
    folder = computed.folder / "results/swapped/KA2D"
    for state, temperature in STATES.items():
        samples = read_dataset(folder / f"configurations/{state}.nc", CONFIGURATIONS)
        chain = read_dataset(folder / f"swap/{state}/chain-0.nc", SWAP_CHAIN)
        assert samples.sizes == {"sample": 24, "particle": 129, "axis": 2}
        np.testing.assert_array_equal(samples["position"], chain["position"])
        assert chain.attrs["temperature"] == temperature
        assert chain["position"].attrs["units"] == "sigma*"
    energies = [
        read_dataset(folder / f"swap/{state}/chain-0.nc", SWAP_CHAIN)["potential_energy"][-200:].mean()
        for state in STATES
    ]
    assert energies[1] < energies[0] - 0.1
    table = pd.read_csv(computed.folder / TABLE)
    accuracies = table.loc[table["network"] == "mean", "accuracy"]
    assert len(accuracies) == 2 and accuracies.between(0, 1).all()


def test_only_what_changes_runs_again(computed, tmp_path):
    study = computed.copy(tmp_path / "study")
    study.configure(swap={"chains": 2, "longest_time": 2e4}, cooling={"replicas": 48})
    planned = study.planned(TABLE)
    assert (planned["swap"], planned["configurations_of_chains"]) == (2, 2)
    study.configure(swap={"chains": 1, "relaxation_time": {"KA2D": {"glass": 2.0}}}, cooling={"replicas": 24})
    planned = study.planned(TABLE)
    assert (planned["swap"], planned["configurations_of_chains"], planned["classifier"]) == (1, 1, 1)
    study.configure(swap={"relaxation_time": {}})
    study.edit("src/glassmap/simulation/swap.py")
    assert study.planned(TABLE)["swap"] == 2

"""The last lines of a run: what to open, and what was left out."""

import pytest

from glassmap.workflow.paths import Paths
from glassmap.workflow.results_summary import what_to_open

PATHS = Paths("one")


@pytest.fixture
def study(tmp_path):
    """A folder with the files that a finished study would have."""

    def write(path: str, text: str = "") -> None:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)

    for name in ("fig3", "fig5"):
        for kind in ("png", "pdf"):
            write(PATHS.figure(name, kind))
    write(PATHS.page("report"))
    write(PATHS.table("reproduction"))
    for system in ("KAM", "ABM"):
        rows = "".join(f"{replica},train,0.01,,0\n" for replica in range(8))
        write(
            PATHS.crystals.format(system=system), f"replica,split,crystalline_fraction,amplitude,crystallised\n{rows}"
        )
    write(PATHS.table("table2"), "system,phase,network,status\nKAM,glass,seed-0,trained\nKAM,glass,mean,\n")
    return tmp_path


def test_what_to_open_is_there(study):
    lines = what_to_open(PATHS, ["KAM", "ABM"], study)
    assert [line.split()[0] for line in lines] == ["open", "figures", "numbers", "left"]
    assert all((study / line.split()[1]).exists() for line in lines[:3])
    assert "(2 of them" in lines[1] and lines[3] == "left out  nothing"


def test_what_was_left_out_is_named(study):
    crystals = study / PATHS.crystals.format(system="ABM")
    text = crystals.read_text().replace(",0\n", ",1\n")
    crystals.write_text(text)
    (study / PATHS.table("table2")).write_text(
        "system,phase,network,status\nKAM,glass,seed-1,failed\nKAM,liquid,seed-1,failed\nABM,glass,seed-0,trained\n"
    )
    line = what_to_open(PATHS, ["KAM", "ABM"], study)[-1]
    assert "ABM: 8 crystallised (replica 0, 1, 2, 3, 4, ...)" in line
    assert "1 failed in training (KAM seed-1)" in line and "KAM: " not in line


def test_crystals_of_unrelated_states_are_named_by_state(study):
    """Of users' files, whose liquids and glasses have nothing to do with each other."""
    paths = Paths("one", unrelated_states=True)
    for state in ("glass", "liquid"):
        path = study / paths.crystals.format(system="KAM", phase=state)
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"replica,crystallised\n0,0\n1,{int(state == 'liquid')}\n")
    assert what_to_open(paths, ["KAM"], study)[-1] == "left out  KAM liquid: 1 crystallised (replica 1)"


def test_a_run_for_one_figure_says_what_it_has_and_an_empty_one_nothing(study, tmp_path):
    (study / PATHS.page("report")).unlink()
    (study / PATHS.table("reproduction")).unlink()
    assert [line.split()[0] for line in what_to_open(PATHS, ["KAM"], study)] == ["figures", "left"]
    assert what_to_open(Paths("other"), ["KAM"], study) == []

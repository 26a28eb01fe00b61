"""LAMMPS against the equations: forces, energies, the run's own checks."""

import json
import re
from dataclasses import asdict, replace

import numpy as np
import pytest
import reference

from glassmap.errors import GlassmapError, ProgramError
from glassmap.io.datasets import provenance
from glassmap.simulation.cooling import check_temperatures, cool_batch, cool_replica, replica_seeds
from glassmap.simulation.cooling_protocol import CoolingProtocol, cooling_of, rates_of_glasses
from glassmap.simulation.lammps import (
    Lammps,
    box_commands,
    dangerous_builds,
    interaction_commands,
    read_dump,
    read_dynamics,
    read_records,
    without_launcher,
)
from glassmap.system import System

PROTOCOL = CoolingProtocol(
    temperature_start=4.0,
    equilibration_time=1.0,
    cooling_rate=0.5,
    further_rates=(),
    time_step=0.005,
    thermostat_damping=0.1,
    temperature_grid=(),
    energy_records=20,
    segment_time=1000.0,
    states=(("liquid", 1.2), ("glass", 0.05)),
)


@pytest.fixture
def small(system) -> System:
    """The system with a tenth of its particles."""
    values = {name: getattr(system, name) for name in System.__dataclass_fields__}
    return System(**{**values, "counts": tuple(count // 10 for count in system.counts)})


def test_forces_and_energies_are_those_of_the_paper(system, tmp_path):
    """Eqs. 1-2 on a LAMMPS snapshot at T_L, N = 2000, to 1e-8."""
    replica = cool_replica(system, PROTOCOL, replica_seeds(1, system, 0), tmp_path / "cool", Lammps())
    positions = replica.position[0]
    data = "\n".join(
        ["glass", "", f"{len(positions)} atoms", f"{len(system.counts)} atom types", ""]
        + [f"0 {system.box_length!r} {axis}lo {axis}hi" for axis in "xy"]
        + ["-0.5 0.5 zlo zhi", "", "Atoms # atomic", ""]
        + [
            f"{index + 1} {kind + 1} {x!r} {y!r} 0"
            for index, (kind, (x, y)) in enumerate(zip(system.species.tolist(), positions.tolist(), strict=True))
        ]
    )
    folder = tmp_path / "forces"
    folder.mkdir()
    (folder / "snapshot.data").write_text(data + "\n")
    box = "units lj\natom_style atomic\ndimension 2\nboundary p p p\nread_data snapshot.data\nmass * 1.0\n"
    commands = (
        box
        + interaction_commands(system, 0.3)
        + "compute energy all pe/atom\nrun 0\n"
        + "write_dump all custom forces id c_energy fx fy modify sort id format float %.17g\n"
    )
    Lammps().run(commands, folder, "forces")
    table = read_dump(folder / "forces", 4)
    energy, force = reference.energies_and_forces(positions, system.species, system)
    np.testing.assert_allclose(table[:, 1], energy, rtol=0, atol=1e-8)
    np.testing.assert_allclose(table[:, 2:], force, rtol=0, atol=1e-8)
    assert np.abs(force).max() > 1  # a thermal snapshot, not a minimum


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"PMIX_RANK": "0"},
        {"PMIX_NAMESPACE": "job", "PMIX_RANK": "0", "PMIX_SERVER_URI2": "pmix-server.1;tcp4://127.0.0.1:1"},
        {"PMI_FD": "5", "PMI_RANK": "0", "PMI_SIZE": "2"},
        {
            "SLURM_PROCID": "1",
            "SLURM_NTASKS": "2",
            "SLURM_MPI_TYPE": "pmi2",
            "PMI_SIZE": "2",
            "PMI_RANK": "1",
            "PMI_FD": "7",
        },
        {"OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "2", "OMPI_MCA_ess": "env", "PMIX_RANK": "1"},
        {
            "HYDRA_PROXY_PORT": "1",
            "HYDI_CONTROL_FD": "6",
            "MPI_LOCALNRANKS": "2",
            "PMI_FD": "5",
            "I_MPI_HYDRA_ENV": "all",
        },
    ],
    ids=["none", "pmix", "srun-pmix", "pmi1", "srun-pmi2", "openmpi", "hydra"],
)
def test_lammps_does_not_see_the_mpi_launcher(system, tmp_path, monkeypatch, variables):
    """As in a job under srun or mpirun: each run is a program of one rank of its own."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    Lammps().run(box_commands(system), tmp_path, "empty")
    assert "1 by 1 by 1 MPI processor grid" in (tmp_path / "empty.out").read_text()


def test_lammps_runs_where_there_is_no_prctl(system, tmp_path, monkeypatch):
    """As on macOS."""
    monkeypatch.setattr("glassmap.simulation.lammps._prctl", None)
    Lammps().run(box_commands(system), tmp_path, "empty")
    assert "1 by 1 by 1 MPI processor grid" in (tmp_path / "empty.out").read_text()


def test_only_launcher_variables_are_removed():
    kept = {
        "PATH": "/bin",
        "LD_LIBRARY_PATH": "/lib",
        "OMP_PLACES": "cores",
        "I_MPI_ROOT": "/opt",
        "CUDA_VISIBLE_DEVICES": "0",
    }
    assert without_launcher(kept | {"PMI_RANK": "0", "SLURM_JOB_ID": "1", "OMPI_X": "", "PMIX_RANK": "0"}) == kept


def test_potential_and_force_vanish_at_the_cutoff(system, tmp_path):
    """Pairs just inside their cutoff, as LAMMPS evaluates them."""
    for first, second in ((0, 0), (0, 1), (1, 1)):
        cutoff = system.cutoff[first, second]
        commands = (
            box_commands(system)
            + f"create_atoms {first + 1} single 5.0 5.0 0.0\n"
            + f"create_atoms {second + 1} single {float(5.0 + cutoff - 1e-6)!r} 5.0 0.0\n"
            + interaction_commands(system, 0.3)
            + "compute energy all pe/atom\nrun 0\n"
            + "write_dump all custom forces id c_energy fx fy modify sort id format float %.17g\n"
        )
        Lammps().run(commands, tmp_path, f"pair-{first}{second}")
        table = read_dump(tmp_path / "forces", 4)
        assert np.abs(table[:, 1]).max() < 1e-12
        assert 0 < np.abs(table[:, 2]).max() < 1e-5
        np.testing.assert_allclose(table[:, 3], 0, atol=1e-15)


def test_a_replica_does_not_depend_on_its_batch(small, tmp_path):
    """Same seeds, same bytes: alone, in a batch, with other workers; another replica differs."""
    together = cool_batch(small, PROTOCOL, 5, [0, 1, 2], tmp_path / "a", Lammps(), 2)
    alone = cool_batch(small, PROTOCOL, 5, [1], tmp_path / "b", Lammps(), 1)
    np.testing.assert_array_equal(together[1].position, alone[0].position)
    np.testing.assert_array_equal(together[1].potential_energy, alone[0].potential_energy)
    assert np.abs(together[0].position - together[1].position).max() > 1


def test_cooling_is_that_of_a_liquid(small, tmp_path):
    """Energies: equipartition at the start, a lower potential energy in the glass, records all along."""
    (replica,) = cool_batch(small, PROTOCOL, 3, [0], tmp_path, Lammps(), 1)
    assert replica.position.shape == (2, small.number_of_particles, 2)
    assert replica.position.min() >= 0 and replica.position.max() < small.box_length
    # kinetic energy per particle is (2N - 2) / 2N T in two dimensions
    np.testing.assert_allclose(replica.kinetic_energy[:3].mean(), 4.0, rtol=0.2)
    assert replica.potential_energy[-1] < replica.potential_energy[0] - 1
    assert replica.step[0] == 0 and len(replica.step) >= PROTOCOL.energy_records
    spacing = reference.distances(replica.position[-1], small.box_length)
    np.fill_diagonal(spacing, np.inf)
    assert spacing.min() > 0.6 * small.sigma.min()


def test_finished_replicas_are_kept_and_damaged_ones_recomputed(small, tmp_path):
    """A second batch computes only what is missing, damaged or of another protocol."""
    lines: list[str] = []
    first = cool_batch(small, PROTOCOL, 5, range(3), tmp_path, Lammps(), 1)
    (tmp_path / "replica-1.npz").write_bytes((tmp_path / "replica-1.npz").read_bytes()[:1000])
    again = cool_batch(small, PROTOCOL, 5, range(3), tmp_path, Lammps(), 1, lines.append)
    assert [line for line in lines if "done" in line] == [f"{small.name} replica 1: done, 3 of 3"]
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.position, other.position)
    lines.clear()
    cool_batch(small, PROTOCOL, 6, range(3), tmp_path, Lammps(), 1, lines.append)
    assert len([line for line in lines if "done" in line]) == 3


def test_a_failing_replica_is_named_with_its_seeds_and_lammps_last_lines(small, tmp_path):
    lammps = Lammps(arguments="-sf omp -pk omp no-number")
    with pytest.raises(ProgramError) as failure:
        cool_batch(small, PROTOCOL, 5, [4], tmp_path, lammps, 1)
    text = str(failure.value)
    assert f"{small.name} replica 4" in text
    assert str(replica_seeds(5, small, 4)) in text
    assert "no-number" in text and "cool.out" in text
    assert (tmp_path / "replica-4" / "work" / "cool.out").exists()


def test_after_a_failure_no_further_replica_is_started(small, tmp_path):
    """Twenty replicas that fail at once: the batch ends, and says so of the first ones only."""
    lines: list[str] = []
    with pytest.raises(ProgramError) as failure:
        cool_batch(small, PROTOCOL, 5, range(20), tmp_path, Lammps(arguments="-pk omp none"), 2, lines.append)
    assert 1 <= str(failure.value).count("failed:") <= 4
    assert len(list(tmp_path.iterdir())) <= 4


def test_the_version_is_that_of_the_program(tmp_path):
    """Of the one that runs, not of a package that is installed beside it."""
    own, head = tmp_path / "lmp-of-the-site", "Large-scale Atomic/Molecular Massively Parallel Simulator"
    own.write_text(f"#!/bin/sh\necho '{head} - 2 Aug 2023 - Update 3'\n")
    own.chmod(0o755)
    assert Lammps(str(own)).version() == "2 Aug 2023 - Update 3"
    assert Lammps("lmp-of-nowhere").version() == "unknown"
    recorded = json.loads(provenance("s", 1, {}, "KAM", Lammps().version())["versions"])
    assert re.match(r"\d+ \w+ 20\d\d", recorded["lammps"])
    assert "lammps" not in json.loads(provenance("s", 1, {})["versions"])


def test_a_missing_program_is_named(small, tmp_path):
    with pytest.raises(ProgramError, match=r"lammps\.command: 'lmp-of-nowhere' not found"):
        Lammps(command="lmp-of-nowhere").run("", tmp_path, "cool")


def test_temperatures_outside_the_statistical_range_are_refused(system):
    wanted = PROTOCOL.temperatures()
    check_temperatures(wanted, system, PROTOCOL)
    deviation = wanted / np.sqrt(system.number_of_particles - 1)
    check_temperatures(wanted + 5 * deviation, system, PROTOCOL)
    for wrong in (wanted * 1.5 + 0.5, np.full_like(wanted, np.nan)):
        with pytest.raises(GlassmapError, match="temperature of the snapshot"):
            check_temperatures(wrong, system, PROTOCOL)


def test_dangerous_builds_of_the_dynamics_are_counted(tmp_path):
    log = tmp_path / "log"
    log.write_text(
        "minimize 0.0 1.0e-3 500 5000\nDangerous builds = 7\nrun 100\nDangerous builds = 0\n"
        "run 200 upto start 0 stop 200\nDangerous builds = 2\n"
    )
    assert dangerous_builds(log) == 2


def test_unreadable_dumps_name_the_file(tmp_path):
    dump = tmp_path / "snapshot.5"
    with pytest.raises(GlassmapError, match=r"snapshot\.5"):
        read_dump(dump, 6)
    header = "ITEM: TIMESTEP\n5\nITEM: NUMBER OF ATOMS\n2\nITEM: BOX\n0 1\n0 1\n0 1\nITEM: ATOMS id type x y vx vy\n"
    for body in ("1 1 0 0 0 0\n", "1 1 0 0 0 0\n2 1 0 nan 0 0\n", "1 1 0 0 0\n2 1"):
        dump.write_text(header + body)
        with pytest.raises(GlassmapError, match=r"snapshot\.5"):
            read_dump(dump, 6)


def test_snapshots_at_a_temperature_grid(small, tmp_path):
    """Every temperature of the grid, T_L and T_G, in the order of cooling, each at its own temperature."""
    values = {name: getattr(PROTOCOL, name) for name in CoolingProtocol.__dataclass_fields__}
    protocol = CoolingProtocol(**{**values, "temperature_grid": (3.0, 0.4), "cooling_rate": 0.1})
    (replica,) = cool_batch(small, protocol, 3, [0], tmp_path, Lammps(), 1)
    temperatures = protocol.temperatures()
    assert temperatures.tolist() == sorted({3.0, 0.4, 1.2, 0.05}, reverse=True)
    assert replica.position.shape == (4, small.number_of_particles, 2)
    np.testing.assert_allclose(replica.kinetic_temperature, temperatures, rtol=0.3, atol=0.1)
    # snapshots are different moments: mean displacements of order one in the hot liquid
    assert np.abs(replica.position[0] - replica.position[1]).mean() > 0.5


def test_stages_follow_the_rates_and_meet(system):
    """Times by hand: (4 - 1.1 T_L) / 0.5 and (1.1 T_L - T_G) / 0.05, in steps of 0.005."""
    protocol = replace(PROTOCOL, further_rates=((1.1, 0.05),), temperature_grid=(3.0,))
    meeting, glass = 1.1 * protocol.hottest, protocol.coldest
    fast, slow = protocol.stages()
    assert (fast.first_step, slow.first_step) == (0, fast.last_step)
    assert fast.last_step == round((4.0 - meeting) / 0.5 / 0.005)
    assert slow.last_step - slow.first_step == round((meeting - glass) / 0.05 / 0.005)
    assert protocol.steps() == slow.last_step
    steps, temperatures = protocol.snapshot_steps(), protocol.temperatures()
    np.testing.assert_allclose(protocol.temperatures_at(steps), temperatures, atol=0.5 * 0.5 * 0.005)
    assert steps[temperatures == 3.0] == 400 and steps[-1] == protocol.steps()
    section = {**asdict(protocol), "further_rates": [{"below": 1.1, "rate": 0.05}]}
    blocks = {"A": {"cooling": {}}, "B": {"cooling": {"further_rates": []}}}
    states = dict(protocol.states)
    config = {"cooling": section, "systems": {name: {**block, "states": states} for name, block in blocks.items()}}
    assert rates_of_glasses(config) == {"A": 0.05, "B": 0.5}
    at = np.array([3.0, meeting, meeting - 0.01, glass])
    assert protocol.rates_at(at).tolist() == [0.5, 0.5, 0.05, 0.05]


def test_a_system_can_override_the_cooling_schedule():
    section = {"cooling_rate": 0.5, "equilibration_time": 10.0, "further_rates": []}
    own = {"equilibration_time": 150.0, "further_rates": [{"below": 2.0, "rate": 0.1}]}
    states = {"liquid": 0.8, "glass": 0.05}
    blocks = {"KAM": {"cooling": own, "states": states}, "ABM": {"cooling": {}, "states": states}}
    config = {"cooling": section, "systems": blocks}
    assert cooling_of(config, "KAM") == {"cooling_rate": 0.5, **own, "states": states}
    assert cooling_of(config, "ABM") == {**section, "states": states}


def test_repeating_a_rate_changes_nothing(small, tmp_path):
    """A second stage at the same rate: the same steps, and energies within those of another thermostat's start."""
    twice = replace(PROTOCOL, further_rates=((1.1, PROTOCOL.cooling_rate),))
    assert abs(twice.steps() - PROTOCOL.steps()) <= 1
    np.testing.assert_allclose(twice.snapshot_steps(), PROTOCOL.snapshot_steps(), atol=1)
    steps = np.arange(PROTOCOL.steps())
    np.testing.assert_allclose(twice.temperatures_at(steps), PROTOCOL.temperatures_at(steps), atol=0.003)


@pytest.mark.parametrize("system", ["KAM"], indirect=True)  # the schedule is that of every system
@pytest.mark.parametrize("segment", [10, 20, 25, 50, 100])
def test_equilibration_may_end_with_a_segment(small, tmp_path, segment):
    """Every record of the cooling is there once, the first at its start, whatever divides the equilibration."""
    protocol = replace(PROTOCOL, equilibration_time=0.5, cooling_rate=10.0, segment_time=segment * PROTOCOL.time_step)
    steps = protocol.steps()
    assert protocol.equilibration_steps % segment == 0
    replica = cool_replica(small, protocol, replica_seeds(1, small, 0), tmp_path, Lammps())
    every = steps // protocol.energy_records
    assert replica.step.tolist() == list(range(0, steps + 1, every))
    assert np.isfinite(replica.potential_energy).all() and len(replica.position) == 2


def test_a_segment_may_end_before_the_next_record(small, tmp_path):
    """As after shortening segments that take too long for a job."""
    protocol = replace(PROTOCOL, equilibration_time=0.5, cooling_rate=10.0, energy_records=2)
    whole = cool_replica(small, protocol, replica_seeds(1, small, 0), tmp_path / "whole", Lammps())
    interval = protocol.steps() // 2
    short = replace(protocol, segment_time=interval * protocol.time_step / 4)
    found = cool_replica(small, short, replica_seeds(1, small, 0), tmp_path / "short", Lammps())
    assert len(short.segments()) >= 8 and found.step.tolist() == whole.step.tolist() == [0, interval, 2 * interval]
    np.testing.assert_allclose(found.potential_energy, whole.potential_energy, rtol=0, atol=0.35)


@pytest.mark.parametrize(
    "content, said",
    [
        ("# step\n0 1.0 2.0\n50 1.0", "no readable table"),
        ("0 1.0\n50 1.0\n", "got 2 columns, expected 3"),
        (None, "No such"),
    ],
)
def test_a_table_that_is_cut_off_names_the_file(tmp_path, content, said):
    path = tmp_path / "energies.txt"
    if content is not None:
        path.write_text(content)
    with pytest.raises(GlassmapError, match=rf"energies\.txt: .*{said}.*is the disk full"):
        read_records(path, 3)
    path.write_text("# step energy\n")
    assert read_records(path, 3).shape == (0, 3)


@pytest.mark.parametrize("segment_time", [1000.0, 3.0])
def test_two_rates_through_lammps(small, tmp_path, segment_time):
    """The kinetic energy follows the thermostat through both stages, in one segment and in several."""
    protocol = replace(PROTOCOL, further_rates=((1.1, 0.1),), energy_records=100, segment_time=segment_time)
    (replica,) = cool_batch(small, protocol, 3, [0], tmp_path, Lammps(), 1)
    assert len(protocol.segments()) == (1 if segment_time > 100 else -(-(200 + protocol.steps()) // 600))
    number = small.number_of_particles
    measured = replica.kinetic_energy * 2 * number / (2 * number - 2)
    expected = protocol.temperatures_at(replica.step)
    late = replica.step > protocol.stages()[0].last_step
    assert late.sum() > 20
    np.testing.assert_allclose(measured[late].mean(), expected[late].mean(), rtol=0.05)
    np.testing.assert_allclose(measured, expected, rtol=0.5, atol=0.1)
    np.testing.assert_allclose(replica.kinetic_temperature, protocol.temperatures(), rtol=0.3, atol=0.05)


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda table: table[:-1], "of 200 particles left"),
        (lambda table: np.where(np.arange(6) == 1, 3 - table, table), "species differ from those at the start"),
    ],
)
def test_lost_and_changed_particles_are_refused(small, rng, tmp_path, change, said):
    """A dump as LAMMPS writes it; its kinetic temperature is that of its velocities."""
    number = small.number_of_particles
    table = np.column_stack([np.arange(number) + 1, small.species + 1, rng.random((number, 4))])

    def write(table):
        head = f"ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n{len(table)}\nITEM: BOX BOUNDS pp pp pp\n" + "0 1\n" * 3
        np.savetxt(tmp_path / "frame.5", table, header=f"{head}ITEM: ATOMS id type x y vx vy", comments="", fmt="%.17g")

    (tmp_path / "run.log").write_text("run 5\nDangerous builds = 0\n")
    write(table)
    position, temperature = read_dynamics(tmp_path, "run", ["frame.5"], small)
    np.testing.assert_array_equal(position[0], table[:, 2:4])
    np.testing.assert_allclose(temperature, [(table[:, 4:] ** 2).sum() / (2 * number - 2)])
    write(change(table))
    with pytest.raises(GlassmapError, match=said):
        read_dynamics(tmp_path, "run", ["frame.5"], small)

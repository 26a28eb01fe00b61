"""A SLURM cluster of its own on this machine: munge, MariaDB, slurmdbd, slurmctld and two slurmd in one folder."""

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import psutil

PACKAGES = ("munge", "mariadb-server", "slurmdbd", "slurmctld", "slurmd", "slurm-client")
PROGRAMS = ("munged", "mariadbd", "mariadb-install-db", "slurmdbd", "slurmctld", "slurmd", "sbatch", "sacctmgr")
CORES = 2  # that each node says it has
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
# of these a job calls some without SLURM_CONF in its environment, which the executor plugin takes away
CLIENTS = ("srun", "squeue", "sacct", "scontrol", "sbatch", "scancel", "sinfo", "sacctmgr")


def why_not() -> str | None:
    """Why no cluster can be started here, after an attempt to install what is missing; None if one can be."""
    if os.geteuid() != 0:
        return "needs root"
    if all(shutil.which(program, path=PATH) for program in PROGRAMS):
        return None
    if shutil.which("apt-get") is None:
        return "needs apt-get to install SLURM"
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES],
    ):
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            return f"'{' '.join(command[:2])}' failed: {(done.stderr or done.stdout).strip().splitlines()[-1]}"
    missing = [program for program in PROGRAMS if shutil.which(program, path=PATH) is None]
    return f"{', '.join(missing)} still missing after the installation" if missing else None


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


class Cluster:
    """Two nodes, n1 and n2, of one partition, with accounting.

    Parameters
    ----------
    folder : Path
        Holds everything: configuration, key, database, state, logs. Not there yet; its path must be short, for sockets.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.processes: dict[str, subprocess.Popen] = {}
        folder.mkdir(parents=True)
        folder.chmod(0o755)

    def environment(self) -> dict[str, str]:
        """What a user of the cluster has in the environment."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(("SLURM", "SBATCH"))}
        path = os.pathsep.join([str(self.folder / "bin"), PATH])
        return {**own, "PATH": path, "SLURM_CONF": str(self.folder / "slurm.conf")}

    def call(self, *command: str) -> str:
        """Output of a command of SLURM."""
        done = subprocess.run(command, env=self.environment(), capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}\n{self.last_lines()}")
        return done.stdout

    def start(self) -> "Cluster":
        """Start everything and wait until both nodes are idle."""
        host = socket.gethostname().split(".")[0]
        controller, database, mariadb, n1, n2 = free_ports(5)
        (self.folder / "bin").mkdir()
        for client in CLIENTS:
            text = f'#!/bin/sh\nexport SLURM_CONF={self.folder}/slurm.conf\nexec {shutil.which(client)} "$@"\n'
            self._write(f"bin/{client}", text, mode=0o755)
        self._munge()
        self._mariadb(mariadb)
        self._write(
            "slurmdbd.conf", SLURMDBD.format(folder=self.folder, host=host, port=database, mariadb=mariadb), mode=0o600
        )
        self._write(
            "slurm.conf",
            SLURM.format(
                folder=self.folder, host=host, controller=controller, database=database, n1=n1, n2=n2, cores=CORES
            ),
        )
        self._daemon("slurmdbd", "slurmdbd", "-D")
        self._wait(lambda: self._works("sacctmgr", "-i", "show", "cluster"), "slurmdbd")
        self.call("sacctmgr", "-i", "add", "cluster", "glassmap")
        self.call("sacctmgr", "-i", "add", "account", "physics", "cluster=glassmap")
        self.call("sacctmgr", "-i", "add", "user", "root", "account=physics", "defaultaccount=physics")
        self._daemon("slurmctld", "slurmctld", "-D", "-c")
        for node in ("n1", "n2"):
            self.start_node(node)
        self._wait(lambda: self._idle() == 2, "two idle nodes")
        return self

    def start_node(self, node: str) -> None:
        self._daemon(node, "slurmd", "-D", "-N", node)

    def fail_node(self, node: str) -> None:
        """A node that stops answering, and all its jobs with it."""
        self.call("scontrol", "update", f"nodename={node}", "state=down", "reason=test")

    def resume_node(self, node: str) -> None:
        with contextlib.suppress(RuntimeError):  # it may have come back by itself
            self.call("scontrol", "update", f"nodename={node}", "state=resume")
        self._wait(lambda: "down" not in self.call("sinfo", "--noheader", f"--nodes={node}", "--format=%T"), node)

    def jobs(self) -> list[tuple[str, str, str, str]]:
        """Job, state, node and comment (rule and wildcards) of every job in the queue."""
        lines = self.call("squeue", "--noheader", "--format=%i|%T|%N|%k").splitlines()
        return [tuple(line.split("|", 3)) for line in lines]

    def stop(self) -> None:
        """Cancel all jobs and end every process."""
        with contextlib.suppress(RuntimeError):
            self.call("scancel", "--user", "root")
            self._wait(lambda: not self.jobs(), "no jobs", 20)
        for name in ("n1", "n2", "slurmctld", "slurmdbd", "mariadbd", "munged"):
            process = self.processes.pop(name, None)
            if process is None:
                continue
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        for process in psutil.process_iter():  # what is left of jobs
            with contextlib.suppress(psutil.Error):
                if process.environ().get("SLURM_CONF") == str(self.folder / "slurm.conf"):
                    process.kill()

    def last_lines(self) -> str:
        """The end of every log, for a failure's report."""
        parts = []
        for log in sorted(self.folder.glob("*.log")):
            parts.append(f"--- {log}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-8:]))
        return "\n".join(parts)

    def _munge(self) -> None:
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        run = self.folder / "munge"
        run.mkdir(mode=0o755)
        self._daemon(
            "munged",
            *(
                "munged",
                "--foreground",
                "--force",
                "--num-threads=4",
                "--socket",
                f"{run}/socket",
                "--key-file",
                str(key),
            ),
            *("--pid-file", f"{run}/pid", "--seed-file", f"{run}/seed", "--log-file", f"{self.folder}/munged.own.log"),
        )
        self._wait(lambda: (run / "socket").exists(), "munged")

    def _mariadb(self, port: int) -> None:
        data, socket_file = self.folder / "mariadb", self.folder / "mariadb.socket"
        defaults = [
            "--no-defaults",
            f"--datadir={data}",
            "--user=root",
            "--skip-name-resolve",
            "--innodb-buffer-pool-size=64M",
        ]
        subprocess.run(
            ["mariadb-install-db", *defaults, "--auth-root-authentication-method=normal"],
            env=self.environment(),
            check=True,
            capture_output=True,
        )
        self._daemon(
            "mariadbd", "mariadbd", *defaults, f"--socket={socket_file}", "--bind-address=127.0.0.1", f"--port={port}"
        )
        sql = "create database slurm_acct_db; create user 'slurm'@'127.0.0.1' identified by 'slurm';"
        sql += "grant all on slurm_acct_db.* to 'slurm'@'127.0.0.1';"
        self._wait(lambda: self._works("mariadb", "--no-defaults", f"--socket={socket_file}", "-e", sql), "mariadbd")

    def _daemon(self, name: str, program: str, *arguments: str) -> None:
        with open(self.folder / f"{name}.log", "a") as log:
            self.processes[name] = subprocess.Popen(
                [shutil.which(program, path=PATH), *arguments],
                env=self.environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )

    def _write(self, name: str, text: str, mode: int = 0o644) -> None:
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)

    def _works(self, *command: str) -> bool:
        return subprocess.run(command, env=self.environment(), capture_output=True).returncode == 0

    def _idle(self) -> int:
        try:
            return self.call("sinfo", "--noheader", "--Node", "--format=%T").split().count("idle")
        except RuntimeError:
            return 0

    def _wait(self, condition, what: str, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not condition():
            for name, process in self.processes.items():
                if process.poll() is not None:
                    raise RuntimeError(f"{name} ended with status {process.returncode}\n{self.last_lines()}")
            if time.monotonic() > end:
                raise RuntimeError(f"waited in vain for {what}\n{self.last_lines()}")
            time.sleep(0.2)


def _die_with_parent() -> None:
    """Killed tests leave no cluster behind."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


SLURMDBD = """\
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
DbdHost={host}
DbdAddr=127.0.0.1
DbdPort={port}
SlurmUser=root
PidFile={folder}/slurmdbd.pid
LogFile={folder}/slurmdbd.own.log
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={mariadb}
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm_acct_db
"""

SLURM = """\
ClusterName=glassmap
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=10
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.own.log
SlurmdLogFile={folder}/slurmd-%n.own.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=pmi2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
SchedulerParameters=sched_min_interval=0,batch_sched_delay=0
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={database}
AccountingStoragePass={folder}/munge/socket
AccountingStorageEnforce=associations
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=2
JobAcctGatherParams=OverMemoryKill
JobRequeue=1
ReturnToService=2
KillWait=5
SlurmdTimeout=20
NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port={n1} CPUs={cores} RealMemory=64000 State=UNKNOWN
NodeName=n2 NodeHostname=localhost NodeAddr=127.0.0.1 Port={n2} CPUs={cores} RealMemory=64000 State=UNKNOWN
PartitionName=cpu Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
"""

"""scripts/slurm/submit against a real Slurm: a controller and two nodes, each in a network namespace of its own. A sweep as an
array, a replay over both nodes and a live run give what they give without Slurm."""

import os
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import isolation
from hosts import Hosts, Link, mpi_environment
from runs import PROGRAM, call, digest, experiment, results, write

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120  # seconds, for whatever Slurm does
NODES = ["node1", "node2"]

CONFIGURATION = """ClusterName=test
SlurmctldHost=head
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={run}/munge/socket
StateSaveLocation={run}/state
SlurmdSpoolDir={run}/spool.%n
SlurmctldPidFile={run}/slurmctld.pid
SlurmdPidFile={run}/slurmd.%n.pid
SlurmctldLogFile={run}/slurmctld.log
SlurmdLogFile={run}/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_interval=1
ReturnToService=2
MpiDefault=none
KillWait=2
TmpFS={run}/tmp.%n
SlurmdParameters=config_overrides
NodeName=node[1-2] CPUs=4 State=UNKNOWN
PartitionName=work Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


class Cluster:
    """A Slurm of its own, as a context."""

    def __init__(self):
        self.hosts = Hosts(["head", *NODES], Link("plain"))
        self.daemons: list[subprocess.Popen] = []
        self.file = isolation.RUN / "slurm.conf"
        self.environment = {**mpi_environment(), "SLURM_CONF": str(self.file), "ACIDSIM": PROGRAM}

    def start(self, *command) -> None:
        self.daemons.append(subprocess.Popen([str(word) for word in command], env=self.environment,
                                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def on_head(self, *words, seconds=PATIENCE) -> subprocess.CompletedProcess:
        return subprocess.run(self.hosts.command("head", *words), env=self.environment, capture_output=True, text=True,
                              timeout=seconds, check=False)

    def __enter__(self):
        run = isolation.RUN
        self.file.write_text(CONFIGURATION.format(run=run))
        (run / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\n")
        for name in ("state", "munge", *(f"{kind}.{node}" for kind in ("spool", "tmp") for node in NODES)):
            (run / name).mkdir(mode=0o755)
        key = run / "munge/key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        self.hosts.__enter__()
        munge = run / "munge"
        self.start("munged", "--foreground", "--force", "--key-file", key, "--socket", munge / "socket", "--pid-file", munge / "pid",
                   "--log-file", munge / "log", "--seed-file", munge / "seed", "--num-threads", "1")
        self.start(*self.hosts.command("head", "slurmctld", "-D", "-f", self.file))
        for node in NODES:
            self.start(*self.hosts.command(node, "slurmd", "-D", "-f", self.file, "-N", node))
        end = time.monotonic() + PATIENCE
        while (state := self.on_head("sinfo", "-h", "-o", "%T %D")).stdout.strip() != "idle 2":
            if time.monotonic() > end:
                logs = "\n".join(log.read_text()[-2000:] for log in run.glob("slurm*.log"))
                raise RuntimeError(f"Slurm did not start: {state.stdout}{state.stderr}\n{logs}")
            time.sleep(0.2)
        return self

    def submit(self, *words) -> str:
        """Submits by scripts/slurm/submit and waits for the end: its output."""
        done = self.on_head(ROOT / "scripts/slurm/submit", *words)
        if done.returncode:
            raise RuntimeError(done.stderr)
        job = done.stdout.split()[1]
        end = time.monotonic() + PATIENCE
        while self.on_head("squeue", "-h", "-j", job).stdout.strip():
            if time.monotonic() > end:
                raise RuntimeError(f"job {job} did not end: {self.on_head('squeue').stdout}")
            time.sleep(0.2)
        return done.stdout

    def __exit__(self, *_):
        for daemon in reversed(self.daemons):
            daemon.terminate()
        for daemon in self.daemons:
            try:
                daemon.wait(timeout=10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        self.hosts.__exit__()


class Jobs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster().__enter__()
        cls.addClassCleanup(cls.cluster.__exit__)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def logs(self) -> str:
        return "\n".join(log.read_text() for log in self.folder.glob("*.log"))

    def serial(self, file: Path) -> Path:
        out = self.folder / "serial"
        self.assertEqual(call([PROGRAM, "run", file, "--out", out, "--quiet"]).returncode, 0)
        return out

    def test_replay(self):
        file, out = write(self.folder / "run.json", experiment()), self.folder / "out"
        self.cluster.submit("replay", file, "--out", out, "--nodes", "2", "--tasks", "4", "--time", "5")
        self.assertTrue((out / "run.json").exists(), self.logs())
        self.assertEqual(digest(out), digest(self.serial(file)))
        self.assertEqual({rank["host"] for rank in results(out)["repeats"][0]["ranks"]}, set(NODES))

    def test_replay_by_srun(self):
        file, out = write(self.folder / "run.json", experiment()), self.folder / "out"
        self.cluster.submit("replay", file, "--out", out, "--nodes", "2", "--tasks", "3", "--time", "5", "--launcher", "srun")
        self.assertTrue((out / "run.json").exists(), self.logs())
        self.assertEqual(digest(out), digest(self.serial(file)))

    def test_sweep(self):
        file = write(self.folder / "sweep.json", experiment(sweep={"algorithm.name": ["async_gossip", "a2cid2"], "seed": [1, 2, 3]}))
        out = self.folder / "out"
        self.cluster.submit("sweep", file, "--out", out, "--tasks", "3", "--time", "5")
        self.assertTrue((out / "metrics.csv").exists(), self.logs())
        self.assertEqual((out / "metrics.csv").read_text(), (self.serial(file) / "metrics.csv").read_text())

    def test_live(self):
        source = experiment(stop={"time": None, "gradients": 200}, live={"gradient_seconds": 1e-3})
        file, out = write(self.folder / "run.json", source), self.folder / "out"
        self.cluster.submit("live", file, "--out", out, "--nodes", "2", "--tasks", "2", "--time", "5")
        self.assertTrue((out / "run.json").exists(), self.logs())
        again = self.folder / "again"
        self.assertEqual(call([PROGRAM, "run", out / "replay.json", "--out", again, "--quiet"]).returncode, 0)
        self.assertEqual(digest(out), digest(again))


if __name__ == "__main__":
    isolation.need("mpirun", "slurmctld", "slurmd", "munged")
    if os.geteuid() != 0:
        isolation.skip("Slurm's daemons need root")
    isolation.enter()
    isolation.main()

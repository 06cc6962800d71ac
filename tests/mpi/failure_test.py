"""One of several ranks is killed in the middle of a run: the others stop within seconds, with a message that names it and no
results; with checkpoints the run goes on, by other ranks, and ends as if nothing had happened."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import isolation
from hosts import Hosts, Link, mpi_environment
from runs import PROGRAM, call, digest, experiment, write

PATIENCE = 60  # seconds for a condition; a rank's end is to be noticed within `SECONDS`
SECONDS = 20


def pid_of_rank(rank: int) -> int:
    """The process of this rank of the only program under way."""
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "environ").read_bytes().split(b"\0")
            name = os.readlink(entry / "exe")
        except OSError:  # no process, or gone
            continue
        if f"OMPI_COMM_WORLD_RANK={rank}".encode() in words and name == os.path.realpath(PROGRAM):
            return int(entry.name)
    raise LookupError(f"no process of rank {rank}")


class KilledRank(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def kill_a_rank(self, command: list, victim: int, out: Path) -> tuple[int, str, float] | None:
        """Starts the command and kills the rank once there is a checkpoint: exit code, messages, seconds to the end; or nothing
        where the run was over before."""
        with subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                              env=mpi_environment()) as run:
            end = time.monotonic() + PATIENCE
            while not list(out.glob("checkpoint/repeat_0/[0-9]*.checkpoint")):
                if run.poll() is not None:
                    self.assertEqual(run.returncode, 0, run.stderr.read())
                    return None
                self.assertLess(time.monotonic(), end, "no checkpoint")
                time.sleep(0.002)
            try:
                os.kill(pid_of_rank(victim), signal.SIGKILL)
            except (LookupError, ProcessLookupError):
                run.communicate()
                return None
            killed = time.monotonic()
            try:
                messages = run.communicate(timeout=PATIENCE)[1]
            except subprocess.TimeoutExpired:
                run.kill()
                raise
            return run.returncode, messages, time.monotonic() - killed

    def expect_stopped(self, command: list, victim: int, out: Path):
        for _ in range(5):  # until the kill meets the run, which takes seconds from its first checkpoint on
            killed = self.kill_a_rank(command, victim, out)
            if killed and killed[0] != 0:
                break
            shutil.rmtree(out)
        else:
            self.fail("no run was met before its end")
        _, messages, seconds = killed
        self.assertRegex(messages, rf"rank {victim} .*on signal 9 \(Killed\)")
        self.assertLess(seconds, SECONDS)
        self.assertFalse((out / "run.json").exists())
        self.assertFalse((out / "metrics.csv").exists())
        print(f"\nrank {victim} killed: the run ended after {seconds:.1f} s", flush=True)

    def lengthy(self) -> Path:
        """An experiment that is far from its end at its first checkpoint: a hundredth of the way."""
        source = experiment(stop={"time": 3000}, record={"every": 1000}, checkpoint={"every": 30})
        return write(self.folder / "run.json", source)

    def test_on_one_host(self):
        file, serial = self.lengthy(), self.folder / "serial"
        self.assertEqual(call([PROGRAM, "run", file, "--out", serial, "--quiet"]).returncode, 0)
        for victim in (0, 2):
            with self.subTest(victim=victim):
                out = self.folder / f"out{victim}"
                run = ["run", file, "--out", out, "--quiet", "--backend", "mpi"]
                self.expect_stopped(["mpirun", "--oversubscribe", "-np", "3", PROGRAM, *run], victim, out)
                done = call(["mpirun", "--oversubscribe", "-np", "2", PROGRAM, *run, "--resume", "--set", "mpi.partition=metis"])
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(digest(out), digest(serial))
                self.assertEqual((out / "metrics.csv").read_text(), (serial / "metrics.csv").read_text())

    def test_on_another_host(self):
        file, serial, out = self.lengthy(), self.folder / "serial", self.folder / "out"
        self.assertEqual(call([PROGRAM, "run", file, "--out", serial, "--quiet"]).returncode, 0)
        run = ["run", file, "--out", out, "--quiet", "--backend", "mpi"]
        with Hosts(["north", "south", "west"], Link("plain")) as hosts:
            self.expect_stopped(hosts.mpirun({"north": 1, "south": 1, "west": 1}, PROGRAM, *run), 2, out)
        done = call([PROGRAM, *run[:-2], "--resume"])  # one process ends what three began
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(digest(out), digest(serial))


if __name__ == "__main__":
    isolation.need("mpirun")
    isolation.enter()
    isolation.main()

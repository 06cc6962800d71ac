"""Runs shared by several hosts, each with a name and an address of its own, launched through Open MPI's remote agent: over a
plain link, with added latency, and over a slow link that loses frames. Every digest is that of a serial run; a table says
where the time goes."""

import tempfile
import unittest
from pathlib import Path

import isolation
from hosts import Hosts, Link
from runs import PROGRAM, call, digest, experiment, results, write

NAMES = ["north", "south", "west"]
LINKS = [Link("plain"), Link("far", latency_ms=5), Link("slow and lossy", latency_ms=2, megabits=50, loss=0.005)]


class OverHosts(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_program(self, command: list):
        done = call(command)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_digests_are_serial_and_the_table_says_what_it_costs(self):
        file = write(self.folder / "run.json", experiment())
        self.run_program([PROGRAM, "run", file, "--out", self.folder / "serial", "--quiet"])
        plain = 0.0
        for link in LINKS:
            with self.subTest(link=link.name), Hosts(NAMES, link) as hosts:
                out = self.folder / link.name.replace(" ", "_")
                self.run_program(hosts.mpirun({name: 1 for name in NAMES}, PROGRAM, "run", file, "--backend", "mpi", "--out",
                                              out, "--quiet"))
                self.assertEqual(digest(out), digest(self.folder / "serial"))
                self.assertEqual((out / "metrics.csv").read_text(), (self.folder / "serial/metrics.csv").read_text())
                repeat = results(out)["repeats"][0]
                self.assertEqual([rank["host"] for rank in repeat["ranks"]], NAMES)
                self.assertEqual(sum(rank["workers"] for rank in repeat["ranks"]), 8)
                plain = plain or repeat["wall_seconds"]
                self.show(link, hosts.how, repeat, plain)

    def show(self, link, how, repeat, plain):
        seconds = repeat["wall_seconds"]
        print(f"\nlink: {link.name} ({link}, by {how}): {seconds:.3f} s, {seconds / plain:.1f} times the plain link")
        print(f"{'rank':>4}  {'host':6}{'workers':>8}{'events':>8}{'messages':>10}{'MB sent':>9}{'computing':>11}{'waiting':>9}"
              f"{'records':>9}")
        for rank in repeat["ranks"]:
            print(f"{rank['rank']:4}  {rank['host']:6}{rank['workers']:8}{rank['events']:8}{rank['messages']:10}"
                  f"{rank['megabytes']:9.2f}{rank['compute_seconds']:9.3f} s{rank['wait_seconds']:7.3f} s"
                  f"{rank['record_seconds']:7.3f} s", flush=True)

    def test_two_ranks_on_a_host_and_one_on_another(self):
        file = write(self.folder / "run.json", experiment(mpi={"partition": "metis"}))
        self.run_program([PROGRAM, "run", file, "--out", self.folder / "serial", "--quiet"])
        with Hosts(NAMES[:2], LINKS[0]) as hosts:
            self.run_program(hosts.mpirun({"north": 2, "south": 1}, PROGRAM, "run", file, "--backend", "mpi", "--out",
                                          self.folder / "out", "--verify", "--quiet"))
        self.assertEqual(digest(self.folder / "out"), digest(self.folder / "serial"))

    def test_a_live_run_over_hosts_replays_to_the_bit(self):
        file = write(self.folder / "run.json", experiment(stop={"time": None, "gradients": 400}, live={"gradient_seconds": 1e-3}))
        for link in LINKS[:2]:
            with self.subTest(link=link.name), Hosts(NAMES[:2], link) as hosts:
                out, again = self.folder / link.name, self.folder / f"{link.name}_again"
                self.run_program(hosts.mpirun({"north": 1, "south": 1}, PROGRAM, "run", file, "--backend", "live", "--out", out,
                                              "--quiet"))
                self.run_program([PROGRAM, "run", out / "replay.json", "--out", again, "--quiet"])
                self.assertEqual(digest(out), digest(again))
                self.assertEqual(results(out)["repeats"][0]["gradients"], 400)
                self.assertEqual([rank["host"] for rank in results(out)["repeats"][0]["live"]["ranks"]], NAMES[:2])


if __name__ == "__main__":
    isolation.need("mpirun")
    isolation.enter()
    isolation.main()

"""acidsim as an installed library: find_package, the example program, and the same bits as the command line."""

import csv
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ["ACIDSIM_BUILD"])
PROGRAM = os.environ["ACIDSIM_PROGRAM"]

# what example.cpp describes, as a configuration
EXPERIMENT = {
    "name": "example",
    "topology": {"family": "cycle", "workers": 16},
    "objective": {"name": "quadratic", "dimension": 3, "curvature_max": 2, "noise": 0.5, "heterogeneity": 1},
    "optimizer": {"learning_rate": 0.1},
    "stop": {"time": 20},
    "record": {"every": 5, "metrics": ["consensus_distance", "suboptimality"]},
}


def call(*command):
    done = subprocess.run([str(word) for word in command], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{command}: code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Library(unittest.TestCase):
    def test_the_example_builds_against_an_installed_acidsim_and_agrees_with_the_program(self):
        with tempfile.TemporaryDirectory() as scratch:
            scratch = pathlib.Path(scratch)
            prefix = scratch / "prefix"
            call("cmake", "--install", BUILD, "--prefix", prefix)
            self.assertTrue((prefix / "bin" / "acidsim").is_file())
            self.assertIn("acidsim", call(prefix / "bin" / "acidsim", "--version"))
            # Nothing that was installed may need the source tree.
            for config in (prefix / "lib" / "cmake" / "acidsim").glob("*.cmake"):
                self.assertNotIn(str(HERE.parents[1]), config.read_text(encoding="utf-8"), config.name)
            call("cmake", "-S", HERE, "-B", scratch / "build", f"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_BUILD_TYPE=Release")
            call("cmake", "--build", scratch / "build")
            lines = call(scratch / "build" / "example").split("\n")
            for method, line in zip(("async_gossip", "a2cid2"), lines, strict=False):
                experiment = scratch / f"{method}.json"
                experiment.write_text(json.dumps({**EXPERIMENT, "algorithm": {"name": method}}), encoding="utf-8")
                out = scratch / method
                call(PROGRAM, "run", experiment, "--out", out, "--quiet")
                run = json.loads((out / "run.json").read_text(encoding="utf-8"))
                with open(out / "metrics.csv", encoding="utf-8") as table:
                    last = list(csv.DictReader(table))[-1]
                name, consensus, suboptimality, digest = line.split()
                self.assertEqual(name, method)
                self.assertEqual(digest, run["state_digest"])
                self.assertEqual(float(consensus), float(last["consensus_distance"]))
                self.assertEqual(float(suboptimality), float(last["suboptimality"]))


if __name__ == "__main__":
    unittest.main()

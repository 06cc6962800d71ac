"""acidsim as an installed library: a program that uses it, and plug-ins for it, built as users build them.

The program has the bits of the command line. Each plug-in passes `acidsim test-plugin`, and its row runs on every backend; its
file is part of what a run is. Whatever is no plug-in of this acidsim is refused with one message.
"""

import csv
import ctypes
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ["ACIDSIM_BUILD"])
PROGRAM = os.environ["ACIDSIM_PROGRAM"]
PLUGINS = ("own_method", "own_objective", "own_topology", "own_timing")

# what program.cpp describes, as a configuration
EXPERIMENT = {
    "name": "example",
    "topology": {"family": "cycle", "workers": 16},
    "objective": {"name": "quadratic", "dimension": 3, "curvature_max": 2, "noise": 0.5, "heterogeneity": 1},
    "optimizer": {"learning_rate": 0.1},
    "stop": {"time": 20},
    "record": {"every": 5, "metrics": ["consensus_distance", "suboptimality"]},
}

# with a row of each of the plug-ins
OWN = {
    **EXPERIMENT,
    "topology": {"family": "ladder", "workers": 16},
    "timing": {"model": "metronomes"},
    "algorithm": {"name": "elastic_gossip", "pull": 2},
    "objective": {"name": "pseudo_huber", "dimension": 5},
    "record": {"every": 5, "metrics": ["consensus_distance", "loss"]},
}


def call(*command):
    done = subprocess.run([str(word) for word in command], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{command}: code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Examples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.prefix = cls.scratch / "prefix"
        call("cmake", "--install", BUILD, "--prefix", cls.prefix)
        cls.build = cls.scratch / "build"
        call("cmake", "-S", HERE, "-B", cls.build, f"-DCMAKE_PREFIX_PATH={cls.prefix}", "-DCMAKE_BUILD_TYPE=Release")
        call("cmake", "--build", cls.build)
        cls.plugins = [cls.build / f"lib{name}.so" for name in PLUGINS]

    def file(self, name, content):
        path = self.scratch / self.id().rsplit(".", 1)[1] / name
        path.parent.mkdir(exist_ok=True)
        if isinstance(content, dict):
            content = json.dumps(content)
        path.write_text(content, encoding="utf-8")
        return path

    def refusal(self, *words):
        """What the program says as it refuses this with code 2, in one line."""
        done = subprocess.run([PROGRAM, *map(str, words)], check=False, capture_output=True, text=True)
        self.assertEqual(done.returncode, 2, f"{done.stdout}{done.stderr}")
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        return done.stderr

    def loaded(self):
        return [word for plugin in self.plugins for word in ("--plugin", plugin)]

    def run_json(self, folder):
        return json.loads((folder / "run.json").read_text(encoding="utf-8"))

    def test_what_is_installed_needs_no_source_tree(self):
        self.assertIn("acidsim", call(self.prefix / "bin" / "acidsim", "--version"))
        for config in (self.prefix / "lib" / "cmake" / "acidsim").glob("*.cmake"):
            self.assertNotIn(str(HERE.parents[1]), config.read_text(encoding="utf-8"), config.name)

    def test_the_program_agrees_with_the_command_line(self):
        lines = call(self.build / "program").split("\n")
        for method, line in zip(("async_gossip", "a2cid2"), lines, strict=False):
            experiment = self.file(f"{method}.json", {**EXPERIMENT, "algorithm": {"name": method}})
            out = experiment.parent / method
            call(PROGRAM, "run", experiment, "--out", out, "--quiet")
            with open(out / "metrics.csv", encoding="utf-8") as table:
                last = list(csv.DictReader(table))[-1]
            name, consensus, suboptimality, digest = line.split()
            self.assertEqual(name, method)
            self.assertEqual(digest, self.run_json(out)["state_digest"])
            self.assertEqual(float(consensus), float(last["consensus_distance"]))
            self.assertEqual(float(suboptimality), float(last["suboptimality"]))

    def test_plugins_keep_the_contracts(self):
        for plugin in self.plugins:
            with self.subTest(plugin=plugin.name):
                told = call(PROGRAM, "test-plugin", plugin)
                self.assertIn("checks hold", told)
                self.assertNotIn("FAIL", told)

    def test_rows_are_listed_explained_scheduled_and_completed(self):
        experiment = self.file("own.json", OWN)
        listed = call(PROGRAM, "list", *self.loaded())
        for row in ("elastic_gossip", "pseudo_huber", "ladder", "metronomes"):
            self.assertIn(f"\n  {row} ", listed)
        self.assertIn("from libown_method.so", listed)
        self.assertIn('"pull"', call(PROGRAM, "list", "schema", *self.loaded()))
        self.assertIn("elastic_gossip: models and anchors", call(PROGRAM, "explain", experiment, *self.loaded()))
        self.assertIn("valid", call(PROGRAM, "validate", experiment, *self.loaded()))
        self.assertIn("ladder", call(PROGRAM, "topology", "--family", "ladder", "--workers", "8", *self.loaded()))
        self.assertIn("ladder", call(PROGRAM, "completion", "bash", *self.loaded()))
        lines = call(PROGRAM, "schedule", experiment, "--until", "3", *self.loaded()).splitlines()
        gradients = [line.split(",") for line in lines if ",gradient,0," in line]
        self.assertEqual(len(gradients), 3)  # of worker 0: one in each period
        self.assertAlmostEqual(float(gradients[2][1]) - float(gradients[1][1]), 1, places=12)
        linear = self.file("linear.json", {**EXPERIMENT, "algorithm": {"name": "elastic_gossip"}})
        theory = call(PROGRAM, "theory", linear, "--plugin", self.plugins[0])
        self.assertIn("consensus_distance", theory)

    def test_the_file_is_part_of_what_a_run_is(self):
        experiment = self.file("own.json", OWN)
        folder = experiment.parent
        call(PROGRAM, "run", experiment, *self.loaded(), "--out", folder / "out", "--quiet")
        run = self.run_json(folder / "out")
        self.assertEqual({name: len(digest) for name, digest in run["inputs"].items()},
                         {f"plugin lib{name}.so": 64 for name in PLUGINS})
        # Rows of others do not matter: this one chooses the method's alone.
        method = self.file("method.json", {**EXPERIMENT, "algorithm": {"name": "elastic_gossip"}})
        call(PROGRAM, "run", method, *self.loaded(), "--out", folder / "method", "--quiet")
        self.assertEqual(list(self.run_json(folder / "method")["inputs"]), ["plugin libown_method.so"])
        # Another file of the same name: one byte more at its end.
        other = folder / "other" / "libown_method.so"
        other.parent.mkdir()
        other.write_bytes(self.plugins[0].read_bytes() + b"\n")
        call(PROGRAM, "run", method, "--plugin", self.plugins[0], "--out", folder / "method", "--resume", "--quiet")
        message = self.refusal("run", method, "--plugin", other, "--out", folder / "method", "--resume")
        self.assertIn("plugin libown_method.so", message)
        self.assertIn("unknown name", self.refusal("run", method, "--out", folder / "method", "--resume"))

    def test_every_backend_has_the_same_bits(self):
        experiment = self.file("own.json", OWN)
        folder = experiment.parent
        run = ("run", experiment, *self.loaded(), "--quiet")
        call(PROGRAM, *run, "--out", folder / "serial")
        call(PROGRAM, *run, "--out", folder / "openmp", "--backend", "openmp", "--threads", "2")
        digest = self.run_json(folder / "serial")["state_digest"]
        self.assertEqual(self.run_json(folder / "openmp")["state_digest"], digest)
        if shutil.which("mpirun") is None:
            self.skipTest("no mpirun")
        ranks = ("mpirun", "--allow-run-as-root", "--oversubscribe", "-np", "2")
        call(*ranks, PROGRAM, *run, "--out", folder / "mpi", "--backend", "mpi", "--verify")
        self.assertEqual(self.run_json(folder / "mpi")["state_digest"], digest)
        # Ranks with different files of one name.
        other = folder / "other" / "libown_method.so"
        other.parent.mkdir()
        other.write_bytes(self.plugins[0].read_bytes() + b"\n")
        method = self.file("method.json", {**EXPERIMENT, "algorithm": {"name": "elastic_gossip"}})
        words = [PROGRAM, "run", method, "--quiet", "--backend", "mpi", "--out", folder / "apart", "--plugin"]
        done = subprocess.run([*map(str, ranks[:3]), "-np", "1", *map(str, [*words, self.plugins[0]]), ":", "-np", "1",
                               *map(str, [*words, other])], check=False, capture_output=True, text=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertFalse((folder / "apart").exists(), done.stderr)

    def test_what_is_no_plugin_is_refused(self):
        folder = self.file("text.so", "this is no library\n").parent
        (folder / "empty.so").write_bytes(b"")
        (folder / "folder.so").mkdir()
        whole = self.plugins[0].read_bytes()
        (folder / "half.so").write_bytes(whole[: len(whole) // 2])
        for file, problem in (("missing.so", "there is no such file"), ("folder.so", "is no file"),
                              ("text.so", "cannot be loaded as a plug-in"), ("empty.so", "cannot be loaded as a plug-in"),
                              ("half.so", "is cut off")):
            for command in (("list",), ("test-plugin",)):
                plugin = ("--plugin", folder / file) if command == ("list",) else (folder / file,)
                self.assertIn(f"{folder / file}: {problem}", self.refusal(*command, *plugin))
        stamp = ctypes.CDLL(str(self.plugins[0])).acidsim_extension_stamp
        stamp.restype = ctypes.c_char_p
        ours = stamp().decode()
        entry = 'extern "C" void acidsim_extension(void*)'
        sources = {
            "no_entry": ("int x;", "no symbol acidsim_extension_stamp"),
            "old": (f'extern "C" const char* acidsim_extension_stamp() {{ return "acidsim 0.0.9"; }} {entry} {{}}',
                    "was built for another acidsim, or with another compiler or options (acidsim 0.0.9)"),
            "throws": (f'#include <stdexcept>\nextern "C" const char* acidsim_extension_stamp() {{ return "{ours}"; }}'
                       f'{entry} {{ throw std::runtime_error("out of luck"); }}',
                       "failed while it added its rows (out of luck)"),
        }
        for name, (source, problem) in sources.items():
            library = folder / f"lib{name}.so"
            call("c++", "-O0", "-shared", "-fPIC", self.file(f"{name}.cpp", source), "-o", library)
            self.assertIn(problem, self.refusal("list", "--plugin", library))
        again = folder / "libagain.so"
        shutil.copy(self.plugins[0], again)
        self.assertIn("libagain.so: the method that is added: has the name of another one (elastic_gossip)",
                      self.refusal("list", "--plugin", self.plugins[0], "--plugin", again))
        self.assertIn("a plug-in of this name is loaded already",
                      self.refusal("list", "--plugin", self.plugins[0], "--plugin", self.plugins[0]))

    def test_what_a_row_refuses_has_its_place(self):
        experiment = self.file("odd.json", {**OWN, "topology": {"family": "ladder", "workers": 15}})
        message = self.refusal("validate", experiment, *self.loaded())
        self.assertIn("/topology/workers: a ladder has two sides of equal length (15)", message)


if __name__ == "__main__":
    unittest.main()

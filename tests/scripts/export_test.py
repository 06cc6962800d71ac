"""scripts/export_torchscript and acidsim export: out of Python and back into it. Without PyTorch or the plug-in most is skipped."""

import importlib.util
import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ["ACIDSIM_PROGRAM"]
HAS_PLUGIN = (Path(PROGRAM).parent / "libacidsim_torch.so").exists()
HAS_TORCH = importlib.util.find_spec("torch") is not None


class Export(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def call(self, *command):
        return subprocess.run([str(word) for word in command], cwd=self.folder, capture_output=True, text=True, check=False)

    def succeed(self, *command):
        done = self.call(*command)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def run_experiment(self, **changes):
        source = {"name": "x", "topology": {"family": "cycle", "workers": 3}, "stop": {"time": 4},
                  "objective": {"name": "quadratic", "dimension": 3, "heterogeneity": 1},
                  "record": {"every": 2, "metrics": ["loss"], "states": "final"}, **changes}
        (self.folder / "x.json").write_text(json.dumps(source))
        self.succeed(PROGRAM, "run", "x.json", "--out", "out")

    def refused(self, *command):
        before = sorted(self.folder.rglob("*"))
        done = self.call(PROGRAM, "export", *command)
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertEqual(sorted(self.folder.rglob("*")), before)
        return done.stderr

    def test_a_model_without_pieces_is_one_array(self):
        self.run_experiment(repeats=2)
        states = np.load(self.folder / "out/states.npy")
        self.succeed(PROGRAM, "export", "out", "mean.npz", "--repeat", "1")
        with np.load(self.folder / "mean.npz") as arrays:
            self.assertEqual(arrays.files, ["x"])
            np.testing.assert_allclose(arrays["x"], states[1, :, 0].mean(axis=0), rtol=1e-15)
        self.succeed(PROGRAM, "export", "out", "one.npy", "--model", "worker:2")
        np.testing.assert_array_equal(np.load(self.folder / "one.npy"), states[0, 2, 0])

    def test_a_network_has_an_array_for_each_piece(self):
        layers = [{"dense": 4}, "batch_norm", "tanh", {"dense": None}]
        self.run_experiment(precision="single", objective={
            "name": "network", "layers": layers, "batch_size": 4,
            "data": {"dataset": "synthetic", "samples": 60, "test_samples": 20, "features": 5, "classes": 3}})
        states = np.load(self.folder / "out/states.npy")
        self.succeed(PROGRAM, "export", "out", "one.npz", "--model", "worker:1")
        with np.load(self.folder / "one.npz") as arrays:
            shapes = {name: arrays[name].shape for name in arrays.files}
            self.assertEqual(shapes, {"0.weight": (4, 5), "0.bias": (4,), "1.weight": (4,), "1.bias": (4,),
                                      "3.weight": (3, 4), "3.bias": (3,), "statistics": (8,)})
            pieces = [arrays[name].ravel() for name in arrays.files if name != "statistics"]
            np.testing.assert_array_equal(np.concatenate(pieces), states[0, 1, 0])

    def test_says_what_is_wrong_and_writes_nothing(self):
        self.run_experiment()
        self.assertIn("--model: no such model (worker:3) — mean, or worker:K with K = 0 … 2",
                      self.refused("out", "x.npz", "--model", "worker:3"))
        self.assertIn("--model: no such model (best)", self.refused("out", "x.npz", "--model", "best"))
        self.assertIn("--repeat: no such repeat (1)", self.refused("out", "x.npz", "--repeat", "1"))
        self.assertIn("x.pt: has an extension that this model has no format for", self.refused("out", "x.pt"))
        self.assertIn("holds no finished run", self.refused("nowhere", "x.npz"))
        (self.folder / "x.npz").write_text("mine")
        self.assertIn("x.npz: is there already", self.refused("out", "x.npz"))
        self.assertEqual((self.folder / "x.npz").read_text(), "mine")

    def test_states_must_have_been_recorded(self):
        self.run_experiment(record={"every": 2, "metrics": ["loss"]})
        self.assertIn("out: holds no final states — run it with --set record.states=final", self.refused("out", "x.npz"))

    def test_a_sweep_has_its_models_in_its_cells(self):
        self.run_experiment(sweep={"optimizer.learning_rate": [0.1, 0.2]})
        self.assertIn("holds a sweep", self.refused("out", "x.npz"))
        cell = next(path for path in (self.folder / "out").iterdir() if path.is_dir())
        self.succeed(PROGRAM, "export", cell, "x.npz")

    @unittest.skipUnless(HAS_TORCH, "PyTorch is not installed: scripts/setup export")
    @unittest.skipUnless(HAS_PLUGIN, "the plug-in for LibTorch is not built: scripts/setup torch")
    def test_a_network_goes_out_of_python_and_comes_back_trained(self):
        import torch

        said = self.succeed(ROOT / "scripts/export_torchscript", "net.pt")
        self.assertIn('"file": "net.pt"', said)
        rng = np.random.default_rng(1)
        labels = np.arange(300, dtype=np.uint8) % 10
        images = rng.integers(0, 100, (300, 28, 28), np.uint8)
        for k, label in enumerate(labels):  # each class has its bright rows
            images[k, 2 * label:2 * label + 3] += 100
        np.save(self.folder / "images.npy", images)
        np.save(self.folder / "labels.npy", labels)
        data = {"dataset": "images", "images": "images.npy", "labels": "labels.npy"}
        self.run_experiment(precision="single", stop={"gradients": 30}, optimizer={"learning_rate": 0.05},
                            record={"metrics": ["loss"], "states": "final"},
                            objective={"name": "torchscript", "file": "net.pt", "batch_size": 16, "data": data})
        self.succeed(PROGRAM, "export", "out", "trained.pt")
        # In Python, by the running statistics that were written, the loss is the one of the last record.
        inputs = torch.tensor(images.reshape(300, 1, 28, 28) / np.float32(255), dtype=torch.float32)
        model = torch.jit.load(str(self.folder / "trained.pt")).eval()
        with torch.no_grad():
            scores = model(inputs)
            loss = torch.nn.functional.cross_entropy(scores, torch.tensor(labels, dtype=torch.long))
        last = (self.folder / "out/metrics.csv").read_text().splitlines()[-1].split(",")
        self.assertAlmostEqual(loss.item(), float(last[5]), delta=1e-4)  # rounding of single precision
        self.assertLess(loss.item(), 2)  # log 10 = 2.3 at the start


if __name__ == "__main__":
    unittest.main()

"""`pip install .` with the extension that the build has: into a folder of its own, whence it is imported."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Install(unittest.TestCase):
    def test_pip_installs_a_package_that_runs(self):
        try:
            import pip  # noqa: F401
            import wheel  # noqa: F401
        except ImportError:
            self.skipTest("no pip here")
        with tempfile.TemporaryDirectory() as scratch:
            source = pathlib.Path(scratch) / "source"
            source.mkdir()
            for file in ("pyproject.toml", "setup.py", "README.md"):  # what the wheel is made from
                shutil.copy(ROOT / file, source)
            shutil.copytree(ROOT / "sim" / "python", source / "sim" / "python")
            target = pathlib.Path(scratch) / "target"
            environment = {**os.environ, "ACIDSIM_EXTENSION": str(next(pathlib.Path(os.environ["ACIDSIM_BUILD"], "python", "acidsim").glob("_acidsim.*.so")))}
            done = subprocess.run([sys.executable, "-m", "pip", "install", "--no-build-isolation", "--no-deps", "--no-index", "--target",
                                   target, source], check=False, capture_output=True, text=True, env=environment)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertTrue((target / "acidsim" / "py.typed").is_file())
            self.assertTrue((target / "acidsim" / "_acidsim.pyi").is_file())
            metadata = next(target.glob("acidsim-*.dist-info/METADATA")).read_text(encoding="utf-8")
            self.assertIn("Name: acidsim", metadata)
            found = subprocess.run([sys.executable, "-B", "-c", "import acidsim; print(acidsim.__file__); print(acidsim.topology('cycle', 4).chi_1)"],
                                   check=True, capture_output=True, text=True, cwd=scratch,
                                   env={**os.environ, "PYTHONPATH": str(target)}).stdout.split()
            self.assertTrue(found[0].startswith(str(target)))
            self.assertAlmostEqual(float(found[1]), 1.0)  # λ2 of a ring of 4 with rates ½ is 1


if __name__ == "__main__":
    unittest.main()

"""scripts/setup and scripts/run against stand-ins for dpkg, apt-get and acidsim; the shipped table and experiments."""

import os
import pty
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import acidsim_claims as claims


class Commands(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        self.stand_ins = self.folder / "bin"
        self.stand_ins.mkdir()

    def stand_in(self, name, script):
        path = self.stand_ins / name
        path.write_text("#!/bin/bash\n" + script + "\n")
        path.chmod(0o755)
        return path

    def call(self, *command, **environment):
        paths = f"{self.stand_ins}:{os.environ['PATH']}"
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False,
                              env={**os.environ, "PATH": paths, **environment})


class Setup(Commands):
    def only_installed(self, *packages):
        known = " ".join(packages)
        self.stand_in("dpkg-query", f'for last; do :; done; [[ " {known} " == *" $last "* ]] && echo installed')

    def test_check_reports_what_is_missing_and_installs_nothing(self):
        self.only_installed("python3", "python3-numpy", "python3-scipy", "python3-pandas", "python3-networkx")
        self.stand_in("apt-get", "echo apt-get must not run; exit 9")
        done = self.call(ROOT / "scripts/setup", "--check", "plots")
        self.assertEqual((done.returncode, done.stdout), (1, "setup: missing packages: python3-matplotlib\n"))

    def test_installs_what_is_missing_once(self):
        self.only_installed("python3", "python3-numpy", "python3-scipy")
        self.stand_in("id", "echo 0")
        self.stand_in("apt-get", f'echo "$@" >> {self.folder}/log')
        self.assertEqual(self.call(ROOT / "scripts/setup", "plots").returncode, 0)
        update, install = (self.folder / "log").read_text().splitlines()
        self.assertTrue(update.endswith(" update"))
        self.assertTrue(install.endswith(" install -y --no-install-recommends python3-pandas python3-matplotlib python3-networkx"))

    def test_without_root_or_sudo_it_says_what_to_run(self):
        self.only_installed("python3")
        self.stand_in("id", "echo 1000")
        for tool in ("bash", "sed", "env", "dirname"):
            (self.stand_ins / tool).symlink_to(f"/usr/bin/{tool}")
        done = self.call(ROOT / "scripts/setup", "data", PATH=str(self.stand_ins))
        self.assertEqual(done.returncode, 1)
        self.assertIn("apt-get install dataset-fashion-mnist", done.stderr)

    def test_nothing_missing_needs_no_network(self):
        self.stand_in("dpkg-query", "echo installed")
        self.stand_in("apt-get", "exit 9")
        self.assertEqual(self.call(ROOT / "scripts/setup").returncode, 0)

    def test_report_needs_a_library_from_npm(self):
        (self.folder / "scripts").mkdir()
        setup = shutil.copy(ROOT / "scripts/setup", self.folder / "scripts")
        shutil.copytree(ROOT / "scripts/report_assets", self.folder / "scripts/report_assets")
        self.stand_in("dpkg-query", "echo installed")
        self.stand_in("apt-get", "exit 9")
        library = self.folder / "build/report_assets/node_modules/uplot/dist/uPlot.iife.min.js"
        self.stand_in("npm", f'echo "$PWD $*" >> {self.folder}/log; mkdir -p {library.parent}; touch {library}')
        done = self.call(setup, "--check", "report")
        self.assertEqual((done.returncode, done.stdout), (1, "setup: missing from npm: uplot\n"))
        self.assertEqual(self.call(setup, "report").returncode, 0)
        self.assertIn("/build/report_assets ci --ignore-scripts", (self.folder / "log").read_text())
        self.assertTrue((library.parents[3] / "package-lock.json").exists())
        self.assertEqual(self.call(setup, "--check", "report").returncode, 0)
        self.assertEqual(self.call(setup, "report").returncode, 0)
        self.assertEqual(len((self.folder / "log").read_text().splitlines()), 1)

    def test_npm_is_installed_where_it_is_missing(self):
        (self.folder / "scripts").mkdir()
        setup = shutil.copy(ROOT / "scripts/setup", self.folder / "scripts")
        self.stand_in("dpkg-query", "echo installed")
        for tool in ("bash", "sed", "env", "dirname"):
            (self.stand_ins / tool).symlink_to(f"/usr/bin/{tool}")
        done = self.call(setup, "--check", "report", PATH=str(self.stand_ins))
        self.assertEqual((done.returncode, done.stdout), (1, "setup: missing packages: npm\nsetup: missing from npm: uplot\n"))

    def test_unknown_argument(self):
        self.assertEqual(self.call(ROOT / "scripts/setup", "--chek").returncode, 2)


class Build(Commands):
    def setUp(self):
        super().setUp()
        (self.folder / "scripts").mkdir()
        self.build = shutil.copy(ROOT / "scripts/build", self.folder / "scripts")

    def cmake_ends_with(self, code, steps):
        self.stand_in("cmake", f'[ "$1" = --build ] || exit 0\n'
                               f'for k in $(seq {steps}); do echo "$NINJA_STATUS"step | sed "s/%f/$k/; s/%t/{steps}/"; done\n'
                               f'echo "the end of $*"; exit {code}')

    def test_says_how_far_it_is(self):
        self.cmake_ends_with(0, 30)
        done = self.call(self.build, "dev", "acidsim")
        said = done.stderr.splitlines()
        self.assertEqual((done.returncode, done.stdout, len(said)), (0, "", 11))
        self.assertEqual(said[0], "building acidsim, preset dev (the first time takes a few minutes)")
        self.assertEqual((said[1], said[-1]), ("building acidsim, preset dev: 3 of 30", "building acidsim, preset dev: 30 of 30"))
        log = (self.folder / "build/dev.log").read_text().splitlines()
        self.assertEqual((len(log), log[-1]), (31, "the end of --build --preset dev --target acidsim"))

    def test_a_terminal_has_one_line_that_is_gone_at_the_end(self):
        self.cmake_ends_with(0, 30)
        terminal, stderr = pty.openpty()
        subprocess.run([self.build], stderr=stderr, check=True, env={**os.environ, "PATH": f"{self.stand_ins}:{os.environ['PATH']}"})
        shown = os.read(terminal, 10000).decode()
        self.assertIn("\r\x1b[Kbuilding acidsim, preset release: 17 of 30\r", shown)
        self.assertTrue(shown.endswith(": 30 of 30\r\x1b[K"), shown)
        os.close(stderr)
        os.close(terminal)

    def test_shows_the_output_where_a_step_fails(self):
        self.cmake_ends_with(1, 3)
        done = self.call(self.build)
        self.assertEqual(done.returncode, 1)
        self.assertIn("the end of --build --preset release\nbuild: preset release failed", done.stderr)

    def test_nothing_to_do_is_quiet(self):
        self.cmake_ends_with(0, 0)
        (self.folder / "build/release/acidsim").mkdir(parents=True)
        done = self.call(self.build)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))


class Run(Commands):
    def setUp(self):
        super().setUp()
        self.stand_in("dpkg-query", "echo installed")
        (self.folder / "experiment.json").write_text('{"name": "made"}  // a comment\n')

    def run_with(self, code, *options):
        """scripts/run with a program that notes its arguments, writes a result folder and ends with `code`; it knows no theory."""
        tests = Path(__file__).parent
        program = self.stand_in("acidsim", f'''[ "$1" != theory ] || exit 2
echo "$@" > {self.folder}/arguments
while [ $# -gt 0 ]; do case $1 in --out) out=$2 ;; --out=*) out=${{1#--out=}} ;; esac; shift; done
[ {code} -eq 2 ] || PYTHONPATH={tests} /usr/bin/python3 -B -c \
  "import sys, pathlib, made_results; made_results.write_run(pathlib.Path(sys.argv[1]))" "$out"
exit {code}''')
        done = self.call(ROOT / "scripts/run", "experiment.json", *options, ACIDSIM=str(program))
        return done, (self.folder / "arguments").read_text().strip()

    def test_draws_and_says_where(self):
        done, arguments = self.run_with(0, "--set", "repeats=3")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(arguments, "run experiment.json --set repeats=3 --out results/made")
        self.assertTrue((self.folder / "results/made/plots/loss.pdf").exists())
        self.assertIn("figures: results/made/plots", done.stdout)

    def test_out_and_divergence(self):
        for form in (["--out", "here"], ["--out=there"]):
            done, arguments = self.run_with(3, *form)
            self.assertEqual(done.returncode, 3)
            self.assertEqual(arguments, " ".join(["run experiment.json", *form]))
        self.assertTrue((self.folder / "here/plots/loss.png").exists())
        self.assertTrue((self.folder / "there/plots/loss.png").exists())

    def test_bad_input_is_passed_on_and_nothing_drawn(self):
        done, _ = self.run_with(2)
        self.assertEqual(done.returncode, 2)
        self.assertFalse((self.folder / "results").exists())

    def test_without_a_file(self):
        done = self.call(ROOT / "scripts/run")
        self.assertEqual(done.returncode, 2)
        self.assertIn("scripts/run FILE", done.stdout)


class Shipped(Commands):
    def test_table_is_what_its_script_makes(self):
        made = self.folder / "table.libsvm"
        self.assertEqual(self.call(ROOT / "scripts/make_table", made).returncode, 0)
        shipped = (ROOT / "experiments/data/breast_cancer.libsvm").read_text()
        self.assertEqual(made.read_text(), shipped)
        rows = shipped.splitlines()
        self.assertEqual((len(rows), sum(row.startswith("+1 ") for row in rows)), (569, 357))

    def test_experiments_are_valid(self):
        cifar = Path("/usr/share/datasets/cifar-10-batches-bin").exists()
        files = sorted(path for path in (ROOT / "experiments").rglob("*.json")
                       if path.name != "schema.json" and (cifar or not path.name.startswith("cifar10")))
        self.assertGreaterEqual(len(files), 8)
        done = self.call(os.environ["ACIDSIM_PROGRAM"], "validate", *files)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_experiments_say_what_to_look_for_and_are_listed(self):
        listed = (ROOT / "experiments/README.md").read_text()
        for path in (ROOT / "experiments").rglob("*.json"):
            if path.name != "schema.json":
                head = path.read_text().split("{")[0]
                self.assertRegex(head, "Look (at|for)|look for", path.name)
                self.assertIn(str(path.relative_to(ROOT / "experiments")), listed)

    def test_items_have_their_experiments(self):
        for item in claims.ITEMS.values():
            self.assertTrue((ROOT / item.experiment).exists(), item.name)
        done = self.call(ROOT / "scripts/reproduce", "fish")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no such item (fish) — known: ring64", done.stderr)


if __name__ == "__main__":
    unittest.main()

"""Time to a target: from records to times, the figure, and the verdicts of the study of optimal rates."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
from made_results import write_run, write_sweep

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))
import acidsim_claims as claims
import acidsim_results as results
import acidsim_target_figures as targets

TARGET = {"metric": "consensus_distance", "below": 1e-6}
BEST = {"scheme": "optimized", "objective": "sqrt_chi1_chi2"}
EQUAL = {"scheme": "uniform_edge"}


def decay(rate):
    """A consensus distance that falls exponentially; the repeats a little apart."""
    return {"consensus_distance": lambda time, repeat: np.exp(-rate * (1 + 0.01 * repeat) * time)}


class Times(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def load(self, **options):
        write_run(self.folder / "run", **options)
        return results.load(self.folder / "run")[0]

    def test_between_records_the_fall_is_exponential(self):
        run = self.load(metrics=decay(1.0), target=TARGET, repeats=3, rows=21)  # records every 5 units
        np.testing.assert_allclose(run.times_to_target(), np.log(1e6) / (1 + 0.01 * np.arange(3)), rtol=1e-9)

    def test_not_reached_from_the_start_and_exactly_zero(self):
        metrics = {"consensus_distance": lambda time, repeat: [1.0, 1e-9, float(time < 50)][repeat]}
        times = self.load(metrics=metrics, target=TARGET, repeats=3, rows=3).times_to_target()
        self.assertTrue(np.isnan(times[0]))
        self.assertEqual(times[1:].tolist(), [0.0, 50.0])

    def test_no_target(self):
        self.assertIsNone(self.load().target)

    def test_names_of_rates_and_constants(self):
        run = self.load(rates={"scheme": "optimized", "objective": "chi_1"}, chi=(16.0, 4.0))
        self.assertEqual((results.rates_of(run), results.rate_constant(run)), ("optimal for χ₁", 8.0))
        gossip = write_run(self.folder / "gossip", algorithm="async_gossip", chi=(16.0, 4.0), rates="uniform_edge")
        run = results.load(gossip)[0]
        self.assertEqual((results.rates_of(run), results.rate_constant(run)), ("uniform edge", 16.0))


class Labels(unittest.TestCase):
    def test_a_topology_swept_as_a_whole(self):
        run = results.Run(Path("cell"), {"topology": {"name": "barbell_32"}, "config": {"topology": {"rates": BEST}}},
                          {"topology": {"family": "barbell", "rates": BEST}, "algorithm.name": "a2cid2"})
        self.assertEqual(results.label(run, ["topology", "algorithm.name"]), "barbell 32, optimal for √(χ₁χ₂), A²CiD²")
        self.assertEqual(results.slug(run, ["topology", "algorithm.name"]), "barbell_32_optimal_for_χ₁χ₂_a2cid2")


class Study(unittest.TestCase):
    """χ's of (16, 4) with equal rates and (4, 1) with the best ones: a predicted gain of 4 for both algorithms."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def sweep(self, gain, repeats=5):
        cells = {}
        for algorithm in ("async_gossip", "a2cid2"):
            for name, rates, chi, rate in (("equal", EQUAL, (16, 4), 0.2), ("best", BEST, (4, 1), 0.2 * gain)):
                cells[f"{algorithm}_{name}"] = (
                    {"topology": {"family": "barbell", "rates": rates}, "algorithm.name": algorithm},
                    {"algorithm": algorithm, "rates": rates, "chi": chi, "metrics": decay(rate), "target": TARGET,
                     "repeats": repeats})
        return write_sweep(self.folder / "sweep", cells)

    def test_verdicts(self):
        for gain, verdict in ((4.1, claims.HOLDS), (2.5, claims.FAILS), (6.0, claims.FAILS)):
            with self.subTest(gain):
                temporary = tempfile.TemporaryDirectory()
                self.addCleanup(temporary.cleanup)
                self.folder = Path(temporary.name)
                findings = claims.judge_optimal_rates(results.load(self.sweep(gain)))
                self.assertEqual([finding.verdict for finding in findings], [verdict] * 2)
                self.assertIn("predicted 4)", findings[0].statement)

    def test_one_repeat_settles_nothing(self):
        findings = claims.judge_optimal_rates(results.load(self.sweep(4, repeats=1)))
        self.assertEqual({finding.verdict for finding in findings}, {claims.UNDECIDED})

    def test_ratio_interval_covers_as_it_says(self):
        draw = np.random.default_rng(1)
        trials, covered = 2000, 0
        for _ in range(trials):
            interval = claims.ratio_interval(draw.gamma(25, 4, 20), draw.gamma(25, 1, 20))
            covered += interval.low <= 4 <= interval.high
        # 95 % nominal, ±4σ of a binomial count; the approximation (logarithm, Student) is good to about half a per cent.
        self.assertAlmostEqual(covered / trials, 0.95, delta=4 * np.sqrt(0.95 * 0.05 / trials) + 0.005)

    def test_plot_draws_it(self):
        sweep = self.sweep(4)
        done = subprocess.run([SCRIPTS / "plot", sweep], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertTrue({"time_to_target.pdf", "time_to_target.png"} <= {path.name for path in (sweep / "plots").iterdir()})

    def test_marks_of_the_figure(self):
        figure = targets.time_to_target(results.load(self.sweep(4)), "made")
        self.addCleanup(targets.plt.close, figure)
        self.assertEqual([panel.get_title() for panel in figure.axes], ["gossip", "A²CiD²"])
        texts = " ".join(text.get_text() for text in figure.findobj(targets.plt.Text))
        self.assertIn("optimal for √(χ₁χ₂)", texts)
        hollow = [line for line in figure.axes[0].lines if line.get_markerfacecolor() == "none"]
        self.assertEqual(len(hollow), 1)  # the prediction for the best rates: a quarter of the time with equal ones
        equal = next(run for run in results.load(self.folder / "sweep") if run.folder.name == "async_gossip_equal")
        self.assertAlmostEqual(hollow[0].get_xdata()[0], targets.mean_time(equal)[0].value / 4, places=9)

    def test_repeats_that_do_not_arrive_are_told(self):
        run = write_run(self.folder / "slow", metrics=decay(0.001), target=TARGET, repeats=3)
        figure = targets.time_to_target(results.load(run), "made")
        self.addCleanup(targets.plt.close, figure)
        self.assertIn("3 of 3 did not arrive", [text.get_text() for text in figure.findobj(targets.plt.Text)])


if __name__ == "__main__":
    unittest.main()

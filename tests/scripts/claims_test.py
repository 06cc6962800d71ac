"""scripts/acidsim_claims.py: intervals and verdicts on results whose truth is known."""

import json
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
from scipy import stats

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
import acidsim_claims as claims
import acidsim_results as results
from made_results import write_run, write_sweep


class Made(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def ring64(self, acid_loss, scatter):
        """Gossip ends at 0.80 (rate 1) and 0.76 (rate 2), A²CiD² at `acid_loss` and 0.74, with scatter over repeats."""
        draw = np.random.default_rng(3)
        cells = {}
        for name, rate, loss in (("async_gossip", 1, 0.80), ("async_gossip", 2, 0.76), ("a2cid2", 1, acid_loss),
                                 ("a2cid2", 2, 0.74)):
            values = loss + scatter * draw.normal(size=6)
            metric = lambda time, repeat, values=values: values[repeat] + 1 / (1 + time) ** 9  # noqa: E731
            cells[f"{name}{rate}"] = ({"algorithm.name": name, "timing.communication_rate": rate},
                                      {"repeats": 6, "rows": 3,
                                       "metrics": dict.fromkeys(("loss", "test_loss", "consensus_distance"), metric)})
        return claims.judge_ring64(results.load(write_sweep(self.folder / "ring", cells)))

    def test_ring64_holds(self):
        findings = self.ring64(acid_loss=0.75, scatter=1e-4)  # share (0.80 − 0.75)/(0.80 − 0.76) = 1.25
        self.assertEqual({finding.verdict for finding in findings}, {claims.HOLDS})
        self.assertIn("1.25", findings[0].measured)
        self.assertIn("more than doubling", findings[0].measured)

    def test_ring64_does_not_hold(self):
        findings = self.ring64(acid_loss=0.78, scatter=1e-4)  # share 0.5
        self.assertEqual(findings[0].verdict, claims.FAILS)
        self.assertEqual(claims.overall(findings), claims.FAILS)

    def test_ring64_is_undecided_where_repeats_scatter(self):
        self.assertEqual(self.ring64(acid_loss=0.76, scatter=0.02)[0].verdict, claims.UNDECIDED)

    def test_workers(self):
        cells = {}
        for n in (4, 8, 16, 32, 64):
            for name, loss in (("async_gossip", 0.7 * (1.03 if n == 64 else 1.004)), ("a2cid2", 0.7)):
                metric = lambda time, repeat, loss=loss: loss + 1e-4 * repeat  # noqa: E731
                cells[f"{name}{n}"] = ({"topology.workers": n, "algorithm.name": name},
                                       {"workers": n, "rows": 2, "metrics": {"loss": metric}})
        verdicts = [f.verdict for f in claims.judge_workers(results.load(write_sweep(self.folder / "w", cells)))]
        self.assertEqual(verdicts, [claims.HOLDS] * 3 + [claims.FAILS, claims.HOLDS])

    def test_heatmaps(self):
        uniform = write_run(self.folder / "uniform", stop=4000)
        biased = write_run(self.folder / "biased", stop=4000, count_factor=np.where(np.arange(16) % 2, 1.1, 0.9))
        short = write_run(self.folder / "short", stop=5)
        runs = results.load_all([uniform, biased, short])
        self.assertEqual([finding.verdict for finding in claims.judge_heatmaps(runs)],
                         [claims.HOLDS, claims.FAILS, claims.UNDECIDED])

    def test_decay_rate_and_its_error(self):
        """Exponentials with independent scatter s per record and repeat. The slope over T equally spaced times has the
        standard error (s/√R)/√Σ(t − mean)²; the bootstrap estimate of it is good to about 10 %."""
        draw = np.random.default_rng(4)
        repeats, rows, scatter = 200, 9, 0.05
        noise = 1 + scatter * draw.normal(size=(repeats, 101))
        (run,) = results.load(write_run(self.folder / "run", repeats=repeats, rows=rows, stop=80, metrics={
            "consensus_distance": lambda time, repeat: np.exp(-0.07 * time) * noise[repeat, int(time)]}))
        value, sigma = claims.decay_rate(run, 20, 80)
        times = np.arange(20, 81, 10)
        expected = scatter / np.sqrt(repeats) / np.sqrt(np.sum((times - times.mean()) ** 2))
        self.assertLess(abs(sigma / expected - 1), 0.3)
        self.assertLess(abs(value - 0.07), 4 * expected)

    def exchange_orders(self, paper_rate):
        """Plain gossip and A²CiD² at their exact rates, the program's order at 0.0086, the printed one at `paper_rate`."""
        draw = np.random.default_rng(5)
        cells = {}
        for order, rate, stop in ((None, 0.0048145454, 1400), ("sde", 0.0567018081, 450),
                                  ("paper_algorithm", paper_rate, 450), ("reference", 0.0086, 1400)):
            noise = 1 + 0.02 * draw.normal(size=(400, 1401))
            cells[str(order)] = ({"algorithm.name": "a2cid2" if order else "async_gossip", "algorithm.exchange_order": order},
                                 {"repeats": 400, "rows": 21, "stop": stop, "metrics": {
                                     "consensus_distance": lambda time, repeat, rate=rate, noise=noise:
                                         np.exp(-rate * time) * noise[repeat, int(time)]}})
        found = claims.judge_exchange_orders(results.load(write_sweep(self.folder / f"orders{paper_rate}", cells)))
        return [finding.verdict for finding in found]

    def test_exchange_orders(self):
        self.assertEqual(self.exchange_orders(paper_rate=0.041), [claims.HOLDS] * 5)
        self.assertEqual(self.exchange_orders(paper_rate=0.061),
                         [claims.HOLDS] * 2 + [claims.FAILS] + [claims.HOLDS] * 2)

    def test_cell_must_be_unique(self):
        runs = results.load(write_run(self.folder / "run")) * 2
        with self.assertRaisesRegex(results.ResultError, "2 runs where one is needed"):
            claims.cell(runs, algorithm__name="a2cid2")


class ExactValues(unittest.TestCase):
    """The constants that items compare with are those of the reference tables."""

    def rows(self, name):
        return json.loads((Path(__file__).resolve().parents[1] / "data" / name).read_text())["rows"]

    def test_decay_rates(self):
        rows = {row["n"]: row for row in self.rows("cycle_exact.json")}
        for (n, algorithm), (exact, _, _) in claims.GOSSIP_DECAY.items():
            self.assertEqual(exact, rows[n]["ms_acid" if algorithm == "a2cid2" else "ms_base"])

    def test_stationary_distances(self):
        rows = {row["n"]: row for row in self.rows("cycle_stationary_exact.json")
                if (row["rate"], row["gamma"], row["h"], row["sigma"], row["tau"]) == (1.0, 0.05, 1.0, 0.0, 1.0)}
        for (n, algorithm), exact in claims.HETEROGENEITY.items():
            self.assertEqual(exact, rows[n]["consensus_acid" if algorithm == "a2cid2" else "consensus_baseline"])


class Verdicts(unittest.TestCase):
    def test_t_interval(self):
        values = np.array([1.0, 2.0, 4.0, 5.0])
        interval = claims.t_interval(values)
        low, high = stats.t.interval(0.95, 3, loc=3, scale=stats.sem(values))
        np.testing.assert_allclose([interval.value, interval.low, interval.high], [3, low, high])

    def test_one_repeat_decides_nothing(self):
        self.assertEqual(claims.t_interval(np.array([5.0])).at_least(0), claims.UNDECIDED)

    def test_interval_against_bounds(self):
        interval = claims.Interval(2, 1, 3)
        self.assertEqual([interval.at_least(bound) for bound in (0.5, 2, 4)],
                         [claims.HOLDS, claims.UNDECIDED, claims.FAILS])
        self.assertEqual([interval.within(*bounds) for bounds in ((0, 4), (0, 2), (4, 5))],
                         [claims.HOLDS, claims.UNDECIDED, claims.FAILS])

    def test_three_sigma(self):
        verdict = lambda value, sigma, repeats=10**6: claims.three_sigma(  # noqa: E731
            "", value, sigma, repeats, exact=1.0, widest=0.02).verdict
        self.assertEqual(verdict(1.01, 0.005), claims.HOLDS)
        self.assertEqual(verdict(1.02, 0.005), claims.FAILS)
        self.assertEqual(verdict(1.01, 0.02), claims.UNDECIDED)  # inside, but the band is too wide to show it
        self.assertEqual(verdict(1.02, 0.005, repeats=4), claims.UNDECIDED)  # four repeats say little about σ
        self.assertEqual(verdict(1.02, 0.005, repeats=1), claims.UNDECIDED)

    def test_overall(self):
        of = lambda *verdicts: claims.overall([claims.Finding("", "", verdict) for verdict in verdicts])  # noqa: E731
        self.assertEqual(of(claims.HOLDS, claims.HOLDS), claims.HOLDS)
        self.assertEqual(of(claims.HOLDS, claims.UNDECIDED), claims.UNDECIDED)
        self.assertEqual(of(claims.UNDECIDED, claims.FAILS), claims.FAILS)
        self.assertEqual(of(), claims.UNDECIDED)


if __name__ == "__main__":
    unittest.main()

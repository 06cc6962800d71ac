"""scripts/acidsim_paper_claims.py, acidsim_theory_claims.py: verdicts on results whose truth is known, and figures of them."""

import json
import sys
import unittest
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
import acidsim_findings as findings
import acidsim_paper_claims as claims
import acidsim_paper_figures as figures
import acidsim_results as results
import acidsim_theory_claims as theory
import acidsim_exact_moments as moments
from made_sweeps import MadeSweeps, level
from matplotlib import pyplot as plt

HOLDS, FAILS, UNDECIDED = findings.HOLDS, findings.FAILS, findings.UNDECIDED
ROOT = Path(__file__).resolve().parents[2]


def run(folder, config, topology, repeats, table=None):
    """A run without files, but for a table of metrics."""
    made = results.Run(folder, {"config": config, "topology": topology, "repeats": repeats})
    if table is not None:
        made.__dict__["table"] = table
    return made


class Made(MadeSweeps):
    def tearDown(self):
        plt.close("all")

    def check(self, judge, draw, runs, expected):
        self.assertEqual([finding.verdict for finding in judge(runs)], expected)
        self.assertGreaterEqual(len(draw(runs).axes), 1)

    def timelines(self, waiting, transferring=0.05):
        runs = []
        for name, barrier, moved in (("all_reduce_sgd", 0.35, 0.3), ("d_psgd", 0.4, 0.02), ("a2cid2", 0.0, transferring)):
            repeats = []
            for k in range(4):
                partner = (waiting if name == "a2cid2" else 0.0) + 1e-3 * k
                repeats.append({"time_shares": {"waiting_at_barrier": barrier, "waiting_for_partner": partner, "transferring": moved,
                                                "away": 0.0, "computing": 1 - barrier - partner - moved}})
            runs.append(run(self.folder, {"algorithm": {"name": name}}, {"workers": 8}, repeats))
        return runs

    def test_timelines(self):
        self.check(claims.judge_timelines, figures.timelines, self.timelines(0.2), [HOLDS] * 4)
        self.check(claims.judge_timelines, figures.timelines, self.timelines(0.38, 0.1), [HOLDS, FAILS, FAILS, HOLDS])

    def agreement(self, growth, sizes=(16, 32, 64, 128, 256)):
        """Runs that agree after as many communications as `growth` says of (family, method, n), with a scatter of 1 % over repeats."""
        runs = []
        for family, method, n in ((f, m, n) for f in dict.fromkeys(f for f, _ in growth) for m in dict.fromkeys(m for _, m in growth)
                                  for n in sizes):
            spent = growth[family, method](n)
            rows = [{"repeat": k, "time": t, "gradients": 0, "communications": spent * t * (1 + 0.01 * k),
                     "consensus_distance": 1e-6 ** t * 4} for k in range(4) for t in (0.0, 0.5, 1.0, 1.5)]
            chi_1 = {"cycle": n * n / 20, "path": n * n / 5, "grid2d": n / 5}.get(family, 1.0)
            config = {"algorithm": {"name": method}, "topology": {"family": family},
                      "stop": {"time": 1e6, "target": {"metric": "consensus_distance", "below": 4e-6}}}
            edges = {"cycle": n, "star": n - 1}.get(family, n * (n - 1) // 2)
            runs.append(run(self.folder, config, {"workers": n, "chi_1": chi_1, "chi_2": 1.0, "edges": edges, "name": family}, [],
                            pd.DataFrame(rows)))
        return runs

    def test_rates_table(self):
        growth = {(family, method): lambda n, power=power: 30.0 * n**power
                  for method, exponents in claims.EXPONENTS.items() for family, power in exponents.items()}
        self.check(claims.judge_rates_table, figures.rates_table, self.agreement(growth), [HOLDS] * 18)
        slow = {**growth, ("cycle", "a2cid2"): lambda n: 30.0 * n**3}
        found = claims.judge_rates_table(self.agreement(slow))
        self.assertEqual([finding.statement for finding in found if finding.verdict == FAILS],
                         [finding.statement for finding in found if "A²CiD², cycle: the same exponent" in finding.statement])

    def test_acceleration(self):
        def growth(line):
            return {(family, method): lambda n, power=power, first=method == claims.GOSSIP: (3.0 if first else 10.0) * n**power
                    for family, exponents in {**theory.GROWTH, "path": (3, line)}.items()
                    for method, power in zip((claims.GOSSIP, claims.ACID), exponents)}

        found = theory.judge_acceleration(self.agreement(growth(2)))
        self.assertEqual([finding.verdict for finding in found if "until workers" in finding.statement], [HOLDS] * 6)
        self.assertEqual([finding.verdict for finding in found if finding.exact], [HOLDS] * 6)
        found = theory.judge_acceleration(self.agreement(growth(2.5)))
        self.assertEqual([finding.verdict for finding in found if "path, A²CiD²" in finding.statement], [FAILS])
        figures.acceleration(self.agreement(growth(2)))

    def where_not(self, factor):
        cells = {}
        for h in (0.01, 0.1, 1.0):
            for source, noise in (("noise", 1), ("heterogeneity", 0)):
                for name in ("async_gossip", "a2cid2"):
                    values = {"objective.curvature_max": h, "objective.noise": noise, "objective.dimension": 1, "algorithm.name": name}
                    value = theory.stationary(source, name, h) * (factor if name == "a2cid2" else 1)
                    cells[f"{h}{source}{name}"] = (values, {"repeats": 8, "rows": 5, "metrics": {
                        "consensus_distance": lambda time, repeat, value=value: value * (1 + 1e-3 * (-1) ** repeat)}})
        return self.load(cells)

    def test_where_not(self):
        self.check(theory.judge_where_not, figures.where_not, self.where_not(1.0), [HOLDS] * 13)
        verdicts = [finding.verdict for finding in theory.judge_where_not(self.where_not(1.1))]
        self.assertEqual(verdicts, [HOLDS, FAILS] * 6 + [HOLDS])

    def theorem(self, factor):
        """Two graphs whose distances and gradients are `factor` times their bounds."""
        runs = []
        for name in (claims.GOSSIP, claims.ACID):
            for family in ("star", "cycle"):
                config = {"algorithm": {"name": name}, "topology": {"family": family},
                          "objective": {"name": "quadratic", "noise": 1.0, "heterogeneity": 0.5}}
                made = run(self.folder, config, {"workers": 8, "chi_1": 4.0, "chi_2": 1.0}, [])
                times, start, gap = np.linspace(0, 800, 21), 40.0, 9.0
                bound = np.concatenate([[start / factor], theory.convex_bound(made, times[1:], start)])
                gradient = factor * theory.non_convex_bound(made, 800.0, gap)
                made.__dict__["table"] = pd.DataFrame(
                    [{"repeat": k, "time": t, "gradients": 0, "communications": 0, "distance_to_optimum": factor * b * (1 + 1e-4 * k),
                      "gradient_norm": gradient * (1 + 1e-4 * k), "suboptimality": gap} for k in range(4) for t, b in zip(times, bound)])
                runs.append(made)
        return runs

    def test_theorem(self):
        self.check(theory.judge_theorem, figures.theorem, self.theorem(0.3), [HOLDS] * 4)
        self.check(theory.judge_theorem, figures.theorem, self.theorem(1.2), [FAILS] * 4)

    def test_bounds_by_hand(self):
        """χ = 1, σ² = 10, ζ² = 0, T = 16: 40 e^(−16/(4·32)) + 10·16/16, and 32 (2·9/16 + √(9·10/16))."""
        made = run(self.folder, {"algorithm": {"name": claims.ACID}, "objective": {"name": "quadratic", "noise": 1.0}},
                   {"workers": 8, "chi_1": 2.0, "chi_2": 0.5}, [])
        self.assertAlmostEqual(float(theory.convex_bound(made, np.array([16.0]), 40.0)[0]), 40 * np.exp(-0.125) + 10)
        self.assertAlmostEqual(theory.non_convex_bound(made, 16.0, 9.0), 32 * (1.125 + np.sqrt(90 / 16)))

    def wall_clock(self, gain, fewest=130):
        runs = []
        for n in (4, 64):
            for spread in (0.0, 0.1, 0.5):
                for name in ("all_reduce_sgd", "a2cid2"):
                    duration = 100 * ((1 + 0.02 + gain * spread) if name == "all_reduce_sgd" else 1)
                    folder = self.folder / f"wall{n}{spread}{name}{gain}{fewest}"
                    folder.mkdir()
                    pd.DataFrame([{"repeat": k, "worker": w, "gradients": (fewest + k, 140 + 2 * k)[w]} for k in range(4) for w in (0, 1)]
                                 ).to_csv(folder / "worker_counts.csv", index=False)
                    config = {"algorithm": {"name": name}, "timing": {"gradient_duration": {"sigma": spread}}}
                    runs.append(run(folder, config, {"workers": n}, [{"time": duration * (1 + 1e-4 * k)} for k in range(4)]))
        return runs

    def test_wall_clock(self):
        self.check(claims.judge_wall_clock, figures.wall_clock, self.wall_clock(2.0), [HOLDS] * 5)
        self.check(claims.judge_wall_clock, figures.wall_clock, self.wall_clock(-1.0, fewest=140),
                   [FAILS] * 4 + [UNDECIDED])

    def model_and_code(self, code, spread=1.0):
        runs = []
        for pairing, averagings in (claims.MODEL, claims.CODE):
            for name, rate, value in ((claims.GOSSIP, 1, 2.0), (claims.GOSSIP, 2, 1.5), (claims.ACID, 1, 1.0)):
                folder = self.folder / f"meet{pairing}{name}{rate}{code}{spread}"
                draw = np.random.default_rng(7)
                clocks = (pairing, averagings) == claims.MODEL
                counts = draw.poisson(spread * 400, size=(16, 64)) / spread if clocks else np.full((16, 64), 400) + np.arange(64) % 2
                folder.mkdir()
                pd.DataFrame([{"repeat": k, "worker": w, "communications": counts[k, w]} for k in range(16) for w in range(64)]
                             ).to_csv(folder / "worker_counts.csv", index=False)
                table = pd.DataFrame([{"repeat": k, "time": t, "gradients": 0, "communications": 0,
                                       "consensus_distance": value * (1 if clocks else code) * (1 + 1e-3 * k)}
                                      for k in range(4) for t in (0.0, 10.0, 20.0)])
                config = {"algorithm": {"name": name}, "timing": {"pairing": pairing, "averagings": averagings, "communication_rate": rate}}
                runs.append(run(folder, config, {"workers": 64}, [], table))
        return runs

    def test_model_and_code(self):
        self.check(claims.judge_model_and_code, figures.model_and_code, self.model_and_code(0.8), [HOLDS] * 7)
        self.check(claims.judge_model_and_code, figures.model_and_code, self.model_and_code(1.2, spread=0.25),
                   [HOLDS] * 2 + [FAILS] * 3 + [FAILS, HOLDS])

    def test_complete_n(self):
        def runs(losses, doubled):
            cells = {}
            for n, loss in losses.items():
                for name, rate, value in ((claims.GOSSIP, 1, loss), (claims.GOSSIP, 2, doubled), (claims.GOSSIP, 4, 0.501),
                                          ("all_reduce_sgd", 1, 0.5)):
                    cells[f"{n}{name}{rate}"] = ({"topology.workers": n, "algorithm.name": name, "timing.communication_rate": rate},
                                                 {"workers": n, "rows": 2, "metrics": {"loss": level(value)}})
            return self.load(cells)

        self.check(claims.judge_complete_n, figures.complete_n, runs({4: 0.505, 64: 0.53}, 0.51), [HOLDS] * 3)
        self.check(claims.judge_complete_n, figures.complete_n, runs({4: 0.53, 64: 0.51}, 0.52), [FAILS, FAILS, HOLDS])

    def test_rates(self):
        def runs(acid, both, doubled=0.85):
            cells = {}
            for name, rate, value in ((claims.GOSSIP, 1, 0.8), (claims.GOSSIP, 2, doubled), (claims.ACID, 1, acid), (claims.ACID, 2, both)):
                metrics = {metric: level(value, 1e-4) for metric in ("test_accuracy", "mean_worker_accuracy")}
                cells[f"{name}{rate}"] = ({"algorithm.name": name, "timing.communication_rate": rate}, {"metrics": metrics})
            return self.load(cells)

        self.check(claims.judge_rates, figures.rates, runs(0.85, 0.87), [HOLDS, HOLDS])
        self.check(claims.judge_rates, figures.rates, runs(0.82, 0.84), [FAILS, FAILS])
        self.check(claims.judge_rates, figures.rates, runs(0.85, 0.87, doubled=0.79), [UNDECIDED, HOLDS])


class ExactValues(unittest.TestCase):
    """The constants that items compare with are those of the reference tables."""

    def rows(self, name):
        return json.loads((ROOT / "tests/data" / name).read_text())["rows"]

    def test_decay_rates(self):
        for row in self.rows("cycle_exact.json"):
            for accelerated, key in ((False, "ms_base"), (True, "ms_acid")):
                self.assertAlmostEqual(moments.decay_rate("cycle", row["n"], accelerated) / row[key], 1, places=9)

    def test_decay_on_the_torus_by_the_whole_matrix(self):
        """E[zzᵀ], z = (x, x̃), of the 3 × 3 torus, as a matrix of 324² numbers: its slowest eigenvalue off the mean."""
        n, side, rate = 9, 3, 0.25
        edges = [(s * side + t, s * side + (t + 1) % side) for s in range(3) for t in range(3)]
        edges += [(s * side + t, (s + 1) % side * side + t) for s in range(3) for t in range(3)]
        chi_1, chi_2 = 1 / np.sin(np.pi / side) ** 2, (n - 1) / n
        for accelerated in (False, True):
            vectors = 2 if accelerated else 1
            eta, moves = 1 / (2 * np.sqrt(chi_1 * chi_2)), np.array([0.5, 0.5 * np.sqrt(chi_1 / chi_2)])[:vectors]
            mixing = np.kron(eta * np.array([[-1, 1], [1, -1]]) if accelerated else np.zeros((1, 1)), np.eye(n))
            one = np.eye(vectors * n)
            generator = np.kron(mixing, one) + np.kron(one, mixing)
            for i, j in edges:
                difference = np.eye(n)[i] - np.eye(n)[j]
                jump = one - np.outer(np.kron(moves, difference), np.kron(np.eye(vectors)[0], difference))
                generator += rate * (np.kron(jump, jump) - np.eye(len(generator)))
            off_mean = np.kron(np.eye(vectors), np.eye(n) - 1 / n)
            both = np.kron(off_mean, off_mean)
            values = np.linalg.eigvals(both @ generator @ both).real
            slowest = -values[np.abs(values) > 1e-9].max()
            self.assertAlmostEqual(moments.decay_rate("torus2d", n, accelerated) / slowest, 1, places=7)

    def test_stationary_distances(self):
        rows = self.rows("cycle_stationary_exact.json")
        self.assertGreaterEqual(len(rows), 8)
        for row in rows:
            setting = [row[key] for key in ("n", "gamma", "h", "sigma", "tau")]
            for accelerated, key in ((False, "consensus_baseline"), (True, "consensus_acid")):
                value = moments.stationary_consensus(*setting, accelerated, row["rate"])
                self.assertAlmostEqual(value / row[key], 1, places=9)

    def test_steps_of_the_theorem_are_the_largest_allowed(self):
        from acidsim_experiment import read_experiment
        from acidsim_closed_forms import CLOSED_FORMS

        sweep = read_experiment(ROOT / "experiments/paper/theorem.json")["sweep"]
        (rows,) = (rows for key, rows in sweep.items() if "learning_rate" in key)
        self.assertEqual(len(rows), 16)
        for family, n, method, step, _, _ in rows:
            chi_1, chi_2 = (getattr(CLOSED_FORMS[family], chi)(n) for chi in ("chi_1", "chi_2"))
            chi = chi_1 if method == claims.GOSSIP else np.sqrt(chi_1 * chi_2)
            self.assertAlmostEqual(step * 16 * theory.SMOOTHNESS * (1 + chi), 1, places=4)


if __name__ == "__main__":
    unittest.main()

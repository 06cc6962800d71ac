"""scripts/acidsim_timing_claims.py: verdicts on results whose truth is known."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
import acidsim_findings as findings
import acidsim_results as results
import acidsim_timing_claims as claims
from made_sweeps import MadeSweeps, level

HOLDS, FAILS, UNDECIDED = findings.HOLDS, findings.FAILS, findings.UNDECIDED


class Made(MadeSweeps):
    def test_regions(self):
        def judged(**factors):
            """Rounds that take `factors` times what theory says, with a scatter of 0.1 %; pairs that take 4200."""
            settings = [(name, 1, exact * factors.get(name, 1), size) for name, (exact, size) in claims.REGIONS.items()]
            runs = []
            for name, rate, duration, size in [*settings, ("async_gossip", 0.1, 4200 / 200, 1000)]:
                repeats = [{"time": 200 * duration * (1 + 1e-3 * (k - 1)), "bytes_sent": 200 * size - 1} for k in range(3)]
                config = {"algorithm": {"name": name}, "topology": {"family": "complete"},
                          "timing": {"communication_rate": rate}}
                runs.append(results.Run(self.folder, {"config": config, "repeats": repeats}))
            return [finding.verdict for finding in claims.judge_regions(runs)]

        self.assertEqual(judged(), [HOLDS] * 4)
        self.assertEqual(judged(noloco=1.05), [HOLDS, HOLDS, FAILS, HOLDS])
        self.assertEqual(judged(diloco=0.8), [HOLDS, FAILS, HOLDS, FAILS])

    def test_pairing(self):
        def judged(acid, scatter=1e-3):
            cells = {}
            for pairing in ("edge_clocks", "fifo", "call"):
                for law in ("constant", "gamma", "exponential"):
                    for name, rate, value in (("a2cid2", 1, acid), ("async_gossip", 2, 1.0)):
                        values = {"topology.family": "cycle", "timing.pairing": pairing, "algorithm.name": name,
                                  "timing.gradient_duration": {"distribution": law}, "timing.communication_rate": rate}
                        cells[f"{pairing}{law}{name}"] = (values, {"metrics": {"consensus_distance": level(value, scatter)}})
            return self.verdicts(claims.judge_pairing, cells)

        self.assertEqual(judged(0.8), [HOLDS] * 9)
        self.assertEqual(judged(1.3), [FAILS] * 9)
        self.assertEqual(judged(0.99, scatter=0.3), [UNDECIDED] * 9)

    def test_pairing_workers(self):
        cells = {}
        for n in (8, 32, 128, 256):
            for pairing in ("edge_clocks", "fifo", "call"):
                for name, rate, value in (("a2cid2", 1, 1.5 if n == 8 else 0.7), ("async_gossip", 2, 1.0)):
                    values = {"topology.family": "cycle", "topology.workers": n, "timing.pairing": pairing,
                              "algorithm.name": name, "timing.communication_rate": rate}
                    cells[f"{n}{pairing}{name}"] = (values, {"workers": n, "rows": 5,
                                                             "metrics": {"consensus_distance": level(value)}})
        self.assertEqual(self.verdicts(claims.judge_pairing_workers, cells), [FAILS] * 3 + [HOLDS] * 9)

    def stragglers(self, slowest=1.0, pairs=50.0):
        cells = {}
        for law in ("constant", "gamma", "exponential"):
            for name, barrier, round_time, target in (
                    ("all_reduce_sgd", "global", claims.SLOWEST * slowest, 100.0),
                    ("d_psgd", "global", claims.SLOWEST, 100.0), ("d_psgd", "local", 2.35, 80.0), ("a2cid2", None, 1.0, pairs)):
                values = {"algorithm.name": name, "timing.barrier": barrier, "timing.gradient_duration": {"distribution": law},
                          "timing.gradient_rate": 1}
                metrics = {"rounds": lambda time, repeat, each=round_time: time / each * (1 + 1e-3 * repeat),
                           "mean_distance_to_optimum": lambda time, repeat, at=target: 0.05 * at / max(time, 1e-3)}
                cells[f"{law}{name}{barrier}"] = (values, {"metrics": metrics, "stop": 400.0, "rows": 401, "target": {
                    "metric": "mean_distance_to_optimum", "below": 0.05}})
        return self.verdicts(claims.judge_stragglers, cells)

    def test_stragglers(self):
        self.assertEqual(self.stragglers(), [HOLDS] * 6)
        self.assertEqual(self.stragglers(slowest=1.1)[:3], [FAILS, HOLDS, HOLDS])
        self.assertEqual(self.stragglers(pairs=150.0)[3:], [FAILS] * 3)

    def test_churn(self):
        def judged(kept, lost):
            cells = {}
            for name, churn, value in (("calm", None, 1.0), ("kept", "kept", kept), ("lost", "lost", lost)):
                churn = churn and {"mean_present": 20, "mean_away": 5, "on_return": churn}
                cells[name] = ({"algorithm.name": "a2cid2", "algorithm.chi": "oracle", "timing.churn": churn},
                               {"metrics": {"consensus_distance": level(value)}})
            return self.verdicts(claims.judge_churn, cells)

        self.assertEqual(judged(kept=1.3, lost=2.0), [HOLDS, HOLDS])  # at most 0.8⁻² = 1.56
        self.assertEqual(judged(kept=2.0, lost=0.5), [FAILS, FAILS])


if __name__ == "__main__":
    unittest.main()

"""scripts/acidsim_network_claims.py: verdicts on results whose truth is known."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
import acidsim_findings as findings
import acidsim_network_claims as claims
from made_sweeps import MadeSweeps, level

HOLDS, FAILS, UNDECIDED = findings.HOLDS, findings.FAILS, findings.UNDECIDED


class Made(MadeSweeps):
    def test_single_worker(self):
        def judged(**accuracies):
            values = {"softmax_regression20": 0.842, "mlp20": 0.88, "lenet6": 0.893, "lenet8": 0.908} | accuracies
            cells = {f"{name}{epochs}": ({"objective.name": name, "stop.epochs": epochs},
                                         {"metrics": {"test_accuracy": level(values[f"{name}{epochs}"], 1e-4)}})
                     for name, epochs in claims.BANDS}
            return self.verdicts(claims.judge_single_worker, cells)

        self.assertEqual(judged(), [HOLDS] * 4)
        self.assertEqual(judged(mlp20=0.86, lenet8=0.89), [HOLDS, FAILS, HOLDS, FAILS])

    def test_ring64(self):
        def judged(acid, gossip=1.5, scatter=1e-3):
            cells = {}
            for name, rate, value in (("async_gossip", 1, gossip), ("async_gossip", 2, 1.0), ("a2cid2", 1, acid)):
                metrics = {metric: level(value, scatter) for metric in ("loss", "test_loss", "consensus_distance")}
                cells[f"{name}{rate}"] = ({"algorithm.name": name, "timing.communication_rate": rate}, {"metrics": metrics})
            return self.verdicts(claims.judge_ring64_network, cells)

        self.assertEqual(judged(0.9), [HOLDS] * 3)
        self.assertEqual(judged(1.2), [FAILS] * 3)
        self.assertEqual(judged(0.9, gossip=0.95), [UNDECIDED] * 3)

    def test_accuracy(self):
        def judged(ring, complete):
            cells = {}
            for scheme in ("shared", "dirichlet"):
                for family, name, rate, value in (
                        ("cycle", "async_gossip", 1, 0.80), ("cycle", "async_gossip", 2, 0.85), ("cycle", "a2cid2", 1, ring),
                        ("complete", "async_gossip", 1, 0.86), ("complete", "a2cid2", 1, complete)):
                    values = {"objective.partition": {"scheme": scheme}, "topology.family": family, "topology.workers": 64,
                              "algorithm.name": name, "timing.communication_rate": rate}
                    cells[f"{scheme}{family}{name}{rate}"] = (values, {"metrics": {"test_accuracy": level(value, 1e-4)}})
            return self.verdicts(claims.judge_accuracy, cells)

        self.assertEqual(judged(0.852, 0.861), [HOLDS, HOLDS, HOLDS] * 2)
        self.assertEqual(judged(0.82, 0.88), [HOLDS, FAILS, FAILS] * 2)
        self.assertEqual(judged(0.79, 0.86), [FAILS, FAILS, HOLDS] * 2)


if __name__ == "__main__":
    unittest.main()

"""The JSON Schema of experiments (`acidsim list schema`) takes what acidsim takes and refuses what acidsim refuses.

schema_corpus puts every kind of value at every field and writes down what acidsim's own check says.
"""

import json
import os
import re
import subprocess
import unittest
from pathlib import Path

import jsonschema

ROOT = Path(__file__).resolve().parents[2]

GOOD = r"""
{}
{"$schema": "schema.json", "name": null, "seed": 18446744073709551615, "repeats": 100000}
{"topology": {"file": "a.txt", "rates": "explicit"}}
{"topology": {"family": "torus2d", "rows": 3, "cols": null}}
{"timing": {"gradient_rate": [0, 1, 2.5]}}
{"timing": {"gradient_rate": {"slow": 0, "distribution": "two_speed"}}}
{"timing": {"gradient_rate": {"sigma": 1}}}
{"timing": {"model": "trace", "file": "t.csv"}}
{"algorithm": {"name": "async_gossip", "alpha": 0.25}}
{"algorithm": {"eta": 0.5}}
{"objective": {"name": "softmax_regression", "data": {"dataset": "csv", "file": "x", "target": 3}}}
{"objective": {"name": "softmax_regression", "data": {"dataset": "csv", "file": "x", "target": "y"}}}
{"optimizer": {"schedule": {"milestones": [0.1], "name": "goyal", "scale": "auto"}}}
{"stop": {"target": {"metric": "loss", "below": -1}}}
{"record": {"metrics": []}, "sweep": {"anything": "goes"}}
{"tune": {"optimizer.learning_rate": {"log_range": [0.1, 1, 3], "by": "largest_stable", "below": null}}}
{"repeats": {"until": {"metric": "loss"}, "at_most": 50}, "experiments": {"a": {}}}
""".split("\n")[1:-1]

BAD = r"""
[]
3
{"sede": 1}
{"seed": -1}
{"seed": 1.5}
{"seed": "1"}
{"repeats": 0}
{"topology": "cycle"}
{"topology": {"family": "ring"}}
{"topology": {"family": "cycle", "degree": 4}}
{"topology": {"degree": 4}}
{"topology": {"family": "cycle", "file": "a.txt"}}
{"topology": {"file": 4}}
{"timing": {"gradient_rate": [1, -1]}}
{"timing": {"gradient_rate": [1, "fast"]}}
{"timing": {"gradient_rate": null}}
{"timing": {"gradient_rate": {"distribution": "uniform", "sigma": 1}}}
{"timing": {"model": "trace"}}
{"timing": {"model": "poisson", "file": "t.csv"}}
{"algorithm": {"name": "async_gossip", "eta": 1}}
{"algorithm": {"eta": "automatic"}}
{"algorithm": {"eta": -0.5}}
{"objective": {"dimension": 0}}
{"objective": {"name": "softmax_regression", "data": {"dataset": "csv"}}}
{"objective": {"name": "softmax_regression", "data": {"dataset": "csv", "file": "x", "target": 1.5}}}
{"optimizer": {"clip_norm": 0}}
{"optimizer": {"schedule": "linear"}}
{"optimizer": {"schedule": {"name": "step", "milestones": [0.5, -2]}}}
{"stop": {"target": {"metric": "loss"}}}
{"stop": {"target": {"metric": "lost", "below": 1}}}
{"record": {"every": 0}}
{"record": {"metrics": "loss"}}
{"record": {"metrics": ["loss", 3]}}
{"record": {"events": 1}}
{"sweep": []}
{"tune": {"optimizer.learning_rate": 0.1}}
{"tune": {"optimizer.learning_rate": {"log_range": [0.1, 1, 3], "by": "luck"}}}
{"tune": {"optimizer.learning_rate": {"rnage": [0.1, 1, 3]}}}
{"repeats": {"at_most": 50}}
{"repeats": {"until": {"metric": "loss", "relative_half_width": 0}}}
{"experiments": 3}
""".split("\n")[1:-1]


def without_comments(text):
    return re.sub(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', lambda match: match[1] or "", text, flags=re.S)


class Schema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        schema = json.loads(subprocess.check_output([os.environ["ACIDSIM_PROGRAM"], "list", "schema"]))
        jsonschema.Draft7Validator.check_schema(schema)
        cls.validator = jsonschema.Draft7Validator(schema)

    def agree(self, verdict):
        errors = [f"/{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
                  for error in self.validator.iter_errors(verdict["document"])]
        self.assertEqual(verdict["good"], not errors,
                         f"{json.dumps(verdict['document'])}\nacidsim: {verdict['problem']}\nschema: {errors}")

    def test_agrees_with_acidsim_on_every_kind_of_value_at_every_field(self):
        lines = subprocess.run([os.environ["ACIDSIM_SCHEMA_CORPUS"]], input="\n".join(GOOD + BAD), text=True,
                               capture_output=True, check=True).stdout.splitlines()
        verdicts = [json.loads(line) for line in lines]
        self.assertEqual([verdict["good"] for verdict in verdicts[:len(GOOD + BAD)]],
                         [True] * len(GOOD) + [False] * len(BAD))
        for verdict in verdicts:
            self.agree(verdict)
        # So many that the whole grammar was visited, and neither judge said the same to everything.
        accepted = sum(verdict["good"] for verdict in verdicts)
        self.assertGreater(len(verdicts), 2000)
        self.assertGreater(accepted, 500)
        self.assertLess(accepted, len(verdicts) / 2)

    def test_takes_every_shipped_experiment(self):
        files = [path for path in (ROOT / "experiments").rglob("*.json") if path.name != "schema.json"]
        self.assertGreaterEqual(len(files), 5)
        for path in files:
            with self.subTest(file=path.name):
                self.validator.validate(json.loads(without_comments(path.read_text(encoding="utf-8"))))


if __name__ == "__main__":
    unittest.main()

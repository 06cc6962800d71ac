"""Kept verdicts: what shortened runs may say, the table of results, and a few items from end to end."""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import acidsim_claims as claims
import acidsim_findings as findings
import acidsim_verdicts as verdicts

HOLDS, FAILS, UNDECIDED, UNTESTED = findings.HOLDS, findings.FAILS, findings.UNDECIDED, findings.UNTESTED


class Shortened(unittest.TestCase):
    def test_only_what_is_exact_is_decided(self):
        made = [findings.Finding("", "", HOLDS), findings.Finding("", "", FAILS), findings.Finding("", "", FAILS, exact=True),
                findings.Finding("", "", HOLDS, exact=True), findings.Finding("", "", UNTESTED)]
        self.assertEqual([finding.verdict for finding in findings.of_shortened_run(made)], [UNDECIDED, UNDECIDED, FAILS, HOLDS, UNTESTED])

    def test_what_cannot_be_tested_decides_nothing(self):
        of = lambda *verdict: findings.overall([findings.Finding("", "", one) for one in verdict])  # noqa: E731
        self.assertEqual([of(HOLDS, UNTESTED), of(FAILS, UNTESTED), of(UNTESTED)], [HOLDS, FAILS, UNDECIDED])


class Table(unittest.TestCase):
    def test_is_fresh(self):
        """RESULTS.md is what the items, their experiments and the kept records give: else run scripts/reproduce --results."""
        records = verdicts.known_records()
        self.assertEqual(verdicts.TABLE.read_text(encoding="utf-8"), verdicts.table(claims.ITEMS, records))
        self.assertLessEqual(set(records), set(claims.ITEMS))
        for name in claims.ITEMS:
            self.assertIn(f"**{name}**", verdicts.TABLE.read_text(encoding="utf-8"))

    def test_every_measurement_has_its_criterion(self):
        for name, kept in verdicts.known_records().items():
            for row in kept["findings"]:
                self.assertTrue(row["criterion"] or "rounds to" in row["measured"], f"{name}: {row['measured']}")

    def test_records_and_rows(self):
        item = claims.ITEMS["topologies16"]
        kept = verdicts.record(item, [findings.Finding("a gap (of x) (criterion: at most 1 (or so))", "0.5 [0.4, 0.6]", HOLDS)])
        self.assertEqual(kept["findings"], [{"measured": "a gap (of x)", "value": "0.5 [0.4, 0.6]", "criterion": "at most 1 (or so)", "verdict": HOLDS}])
        table = verdicts.table({"topologies16": item}, {"topologies16": kept})
        self.assertIn("|  | a gap (of x) | 0.5 [0.4, 0.6] | at most 1 (or so) | holds |", table)
        self.assertIn("| **holds** |", table)
        self.assertIn("**holds (of an earlier version of the experiment)**",
                      verdicts.table({"topologies16": item}, {"topologies16": {**kept, "experiment": "0"}}))
        self.assertIn("**not run yet**", verdicts.table({"topologies16": item}, {}))

    def test_collects_what_was_run_and_keeps_what_is_known(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "b").mkdir()
            (Path(folder) / "b/findings.json").write_text('{"verdict": "new"}')
            found = verdicts.collect({"a": 0, "b": 0, "c": 0}, Path(folder), {"a": {"verdict": "old"}, "b": {"verdict": "old"}, "gone": {}})
        self.assertEqual(found, {"a": {"verdict": "old"}, "b": {"verdict": "new"}})


class Items(unittest.TestCase):
    def test_all_of_the_papers_items_are_there(self):
        wanted = ("ring64", "timelines", "topologies16", "rates_table", "complete_n", "workers", "accuracy", "rates", "wall_clock", "heatmaps",
                  "gossip_decay", "heterogeneity_bias", "exchange_orders", "optimal_rates", "acceleration", "where_not", "theorem", "model_and_code")
        self.assertLessEqual(set(wanted), set(claims.ITEMS))

    def test_the_list_says_how_long_each_takes(self):
        done = subprocess.run([ROOT / "scripts/reproduce", "--list"], capture_output=True, text=True, check=True)
        lines = done.stdout.splitlines()
        self.assertEqual([line.split()[0] for line in lines], list(claims.ITEMS))
        for line in lines:
            self.assertRegex(line, r"about \d+ (s|min|h)|hours|days")

    def test_cheap_items_from_end_to_end(self):
        """A shortened run draws, writes a report, and decides what is exact alone."""
        with tempfile.TemporaryDirectory() as folder:
            program = os.environ["ACIDSIM_PROGRAM"]
            done = subprocess.run([ROOT / "scripts/reproduce", "topologies16", "timelines", "model_and_code", "--quick"], cwd=folder,
                                  capture_output=True, text=True, check=False, env={**os.environ, "ACIDSIM": program})
            self.assertEqual(done.returncode, 0, done.stderr)
            base = Path(folder) / "results/reproduce-quick"
            found = {name: json.loads((base / name / "findings.json").read_text()) for name in ("topologies16", "timelines", "model_and_code")}
            self.assertEqual({name: kept["verdict"] for name, kept in found.items()},
                             {"topologies16": HOLDS, "timelines": UNDECIDED, "model_and_code": UNDECIDED})
            self.assertTrue((base / "timelines/plots/timelines_claim.pdf").exists())
            report = (base / "report.md").read_text()
            self.assertEqual(len(re.findall(r"^## ", report, re.MULTILINE)), 3)


if __name__ == "__main__":
    unittest.main()

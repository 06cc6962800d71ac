"""scripts/report: the page as a text, and in headless Chromium what its controls do, against metrics.csv."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
from made_results import write_run, write_sweep

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))
import acidsim_report as gather
import acidsim_report_page as report
import acidsim_results as results
import acidsim_statistics as statistics
from acidsim_selection import has_value

HOSTILE = "</script><img src=x onerror=alert(1)> $6$ 名前 _&"
MISSING = report.missing_library()
try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys
    CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
except ImportError:
    CHROMIUM = DRIVER = None


def write_report(*folders, program="no program"):
    with mock.patch.dict(os.environ, {"ACIDSIM": program}):
        text = report.page([Path(folder) for folder in folders], results.load_all(folders))
    page = Path(folders[0]) / "report.html"
    page.write_text(text, encoding="utf-8")
    return page


def decaying(time, repeat):
    return np.exp(-0.05 * time) * (1 + 0.1 * repeat) + 1e-3


class Folder(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)


class Gathered(Folder):
    def test_equal_arrays_are_written_once(self):
        pool = gather.Pool()
        self.assertEqual([pool.put([1.0, 2]), pool.put([3.0]), pool.put(np.array([1.0, 2]))], [0, 1, 0])
        self.assertEqual(len(pool.texts), 2)

    def test_repeats_that_diverged_are_counted_and_not_averaged(self):
        folder = write_run(self.folder / "run", repeats=4, metrics={"loss": lambda time, repeat: 1e9 if repeat == 1 else 1.0 + repeat})
        info = json.loads((folder / "run.json").read_text())
        info["repeats"][1]["stop_reason"] = "diverged"
        (folder / "run.json").write_text(json.dumps(info))
        runs = results.load(folder)
        interval, _ = gather.final_table(runs, ["loss"])[0]["loss"]
        self.assertAlmostEqual(interval.value, (1 + 3 + 4) / 3)
        (cell,) = gather.cells(runs, ["loss"], gather.Pool(), {})
        self.assertEqual((cell["repeats"], cell["diverged"]), (4, 1))

    def test_equal_communications_are_one_graph(self):
        runs = results.load(write_sweep(self.folder / "sweep", {name: ({"algorithm.name": name}, {}) for name in "abc"}))
        pool = gather.Pool()
        with mock.patch.dict(os.environ, {"ACIDSIM": "no program"}):
            (graph,), left_out = gather.graphs(runs, gather.cells(runs, ["loss"], pool, {}), pool)
        self.assertEqual(left_out, 0)
        self.assertEqual((graph["cells"], graph["workers"], set(graph["values"])), ([0, 1, 2], 16, {"rate", "traffic"}))


    def test_graphs_that_are_too_many_are_counted(self):
        runs = results.load(write_sweep(self.folder / "sweep", {str(k): ({"seed": k}, {"seed": k}) for k in range(4)}))
        pool = gather.Pool()
        with mock.patch.dict(os.environ, {"ACIDSIM": "no program"}), mock.patch.object(gather, "MOST_GRAPHS", 3):
            drawn, left_out = gather.graphs(runs, gather.cells(runs, ["loss"], pool, {}), pool)
        self.assertEqual((len(drawn), left_out), (3, 1))

    def test_values_in_words_are_those_that_where_reads(self):
        for value in (0.1234567890123, 3, True, None, "a b", {"p": [1, "é"]}, 1e-9):
            self.assertTrue(has_value(value, gather.text_of(value)), value)
        self.assertFalse(has_value(True, "1"))


class Markdown(unittest.TestCase):
    def test_what_reproduce_writes(self):
        html = report.markdown("# T\n\n| a | b |\n|---|---|\n| x \\| y | holds |\n\nA <b> `c` & d.")
        self.assertIn("<td>x | y</td>", html)
        self.assertIn('<span class="holds">holds</span>', html)
        self.assertIn("<p>A &lt;b&gt; <code>c</code> &amp; d.</p>", html)


class Library(Folder):
    def test_says_what_to_run_where_it_is_missing(self):
        with mock.patch.object(report, "UPLOT", self.folder):
            self.assertIn("run scripts/setup report", report.missing_library())

    def test_lock_file_pins_it(self):
        lock = json.loads((report.OWN / "package-lock.json").read_text())
        package = json.loads((report.OWN / "package.json").read_text())
        pinned = lock["packages"]["node_modules/uplot"]
        self.assertEqual(package["dependencies"], {"uplot": pinned["version"]})
        self.assertTrue(pinned["integrity"].startswith("sha512-"))


@unittest.skipIf(MISSING, MISSING)
class Page(Folder):
    def test_is_self_contained_and_shows_names_as_they_are(self):
        page = write_report(write_run(self.folder / "run", name=HOSTILE)).read_text()
        self.assertEqual(re.findall(r'(?:src|href)\s*=\s*"(?!#|data:)[^"]*"', page.split("<script>")[0]), [])
        self.assertIn("default-src 'none'", page)
        self.assertIn("Permission is hereby granted", page)
        self.assertNotIn("<img", page)
        self.assertIn("&lt;/script&gt;&lt;img src=x", page)
        self.assertEqual(page.count("</script>"), 2)

    def test_table_shows_repeats_and_diverged(self):
        page = write_report(write_run(self.folder / "run", repeats=3)).read_text()
        self.assertIn("<td>3</td><td>0</td>", page)
        self.assertIn("Student&#x27;s t", page)

    def test_a_target_is_reported_with_censoring(self):
        run = write_run(self.folder / "run", repeats=3, target={"metric": "loss", "below": 0.125})
        self.assertIn("2 of 3 reached, median", write_report(run).read_text())

    def test_verdicts_of_reproduce(self):
        run = write_run(self.folder / "run")
        (run / "report.md").write_text("## ring: holds\n\n| measured | verdict |\n|---|---|\n| a | holds |\n")
        self.assertIn('<section id="verdicts">', write_report(run).read_text())

    def test_explanation_of_the_program(self):
        program = self.folder / "acidsim"
        program.write_text('#!/bin/sh\n[ "$1" = explain ] && echo "algorithm <gossip>" && echo "resolved {}" || exit 2\n')
        program.chmod(0o755)
        page = write_report(write_run(self.folder / "run"), program=str(program)).read_text()
        self.assertIn('<pre id="explanation">algorithm &lt;gossip&gt;</pre>', page)

    def test_command(self):
        run, other = write_run(self.folder / "run"), write_run(self.folder / "other")
        done = subprocess.run([SCRIPTS / "report", run, other, "--out", self.folder / "new/page.html", "--where", "experiment=other"],
                              capture_output=True, text=True, check=False, env={**os.environ, "ACIDSIM": "no program"})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("1 run, 3 repeats", (self.folder / "new/page.html").read_text())
        self.assertEqual([path.name for path in (self.folder / "new").iterdir()], ["page.html"])

    def test_no_page_of_bad_input(self):
        done = subprocess.run([SCRIPTS / "report", self.folder], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("neither run.json nor sweep.json", done.stderr)
        self.assertEqual(list(self.folder.iterdir()), [])


@unittest.skipIf(MISSING, MISSING)
@unittest.skipUnless(CHROMIUM and DRIVER, "no Chromium with its driver — scripts/setup browser")
class Browser(Folder):
    @classmethod
    def setUpClass(cls):
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for flag in ("--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1300,1000"):
            options.add_argument(flag)
        if os.geteuid() == 0:
            options.add_argument("--no-sandbox")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        cls.driver = webdriver.Chrome(service=Service(DRIVER), options=options)
        cls.addClassCleanup(cls.driver.quit)

    def open(self, page):
        self.driver.get(page.as_uri())

    def tearDown(self):
        self.assertEqual(self.driver.get_log("browser"), [])

    def js(self, code):
        return self.driver.execute_script("return " + code)

    def element(self, name):
        return self.driver.find_element("id", name)

    def choose(self, name, value):
        self.driver.execute_script("const e = document.getElementById(arguments[0]); e.value = arguments[1];"
                                   "e.dispatchEvent(new Event(e.type === 'search' ? 'input' : 'change'));", name, value)

    def shown(self):
        return self.js("acidsimReport.shown()")

    def painted(self):
        """By cell the points as they were painted, turned back from pixels into values."""
        return self.js("""acidsimReport.chart().painted.map(({cell, points}) => {
            const {plot} = acidsimReport.chart();
            return [cell, points.filter(Boolean).map(([x, y]) => [plot.posToVal(x, 'x', true), plot.posToVal(y, 'y', true)])]; })""")

    def sweep(self):
        return write_sweep(self.folder / "sweep", {
            f"{name}{rate}": ({"algorithm.name": name, "timing.communication_rate": rate},
                              {"repeats": 6, "rate": rate, "seed": rate, "metrics": {
                                  "loss": lambda time, repeat, rate=rate: decaying(time * rate, repeat),
                                  "consensus_distance": lambda time, repeat: (repeat + 1) * time}})
            for name in ("a2cid2", "async_gossip") for rate in (1, 2)})

    def assert_shows(self, shown, table, x, metric):
        """What is shown of a cell is the mean of metrics.csv, with its interval."""
        wide = table.pivot(index="time", columns="repeat", values=metric)
        np.testing.assert_allclose(shown["mean"], wide.mean(axis=1), rtol=1e-12)
        np.testing.assert_allclose(shown["x"], table.groupby("time")[x].mean(), rtol=1e-12)
        _, low, high = statistics.mean_bands(wide.to_numpy().T)
        np.testing.assert_allclose([shown["low"], shown["high"]], [low, high], rtol=1e-12)

    def test_curves_are_those_of_metrics_csv_on_every_axis_and_scale(self):
        sweep = self.sweep()
        self.open(write_report(sweep))
        tables = [pd.read_csv(sweep / cell / "metrics.csv") for cell in ("a2cid21", "a2cid22", "async_gossip1", "async_gossip2")]
        for axis in ("time", "gradients", "communications"):
            for metric in ("loss", "consensus_distance"):
                self.choose("metric", metric)
                self.choose("axis", axis)
                shown = self.shown()
                self.assertEqual(len(shown), 4)
                for one, table in zip(shown, tables):
                    self.assert_shows(one, table, axis, metric)
        self.choose("metric", "loss")
        self.choose("axis", "time")
        for log in (True, False):
            if self.element("log-y").is_selected() != log:
                self.element("log-y").click()
            for (_, points), one in zip(self.painted(), self.shown()):
                np.testing.assert_allclose(points, np.transpose([one["x"], one["mean"]]), rtol=1e-6, atol=1e-6)
        self.assertGreater(self.js("(() => { const c = document.querySelector('#chart canvas'), d = c.getContext('2d')"
                                   ".getImageData(0, 0, c.width, c.height).data; return new Set(new Uint32Array(d.buffer)).size; })()"), 8)

    def test_cells_are_switched_and_filtered(self):
        self.open(write_report(self.sweep()))
        buttons = self.driver.find_elements("css selector", "#cells button")
        buttons[1].send_keys(Keys.SPACE)
        self.assertEqual([one["cell"] for one in self.shown()], [0, 2, 3])
        self.assertEqual([button.get_attribute("aria-pressed") for button in self.driver.find_elements("css selector", "#cells button")],
                         ["true", "false", "true", "true"])
        self.element("every").click()
        self.element("filter").send_keys("rate=2 gossip")
        self.assertEqual([one["label"] for one in self.shown()], ["gossip, rate = 2"])
        rows = self.driver.find_elements("css selector", "#results tbody tr")
        self.assertEqual([row.is_displayed() for row in rows], [False, False, False, True])
        self.assertIn("--where timing.communication_rate=2", self.element("command").text)
        self.choose("filter", "nothing like it")
        self.assertEqual((self.shown(), self.element("count").text[:6]), ([], "0 of 4"))

    def test_the_command_draws_what_is_shown(self):
        sweep = self.sweep()
        self.open(write_report(sweep))
        self.choose("filter", "algorithm.name=a2cid2")
        self.element("log-y").click()
        words = self.element("command").text.split()
        done = subprocess.run([SCRIPTS / "plot", *words[1:]], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual({path.stem for path in (sweep / "plots").iterdir()}, {"loss_against_time"})

    def test_zoom_by_mouse_and_keyboard(self):
        self.open(write_report(self.sweep()))
        whole = self.js("acidsimReport.chart().ranges()")
        over = self.driver.find_element("css selector", ".u-over")
        width = over.size["width"]
        ActionChains(self.driver).move_to_element_with_offset(over, -100, 0).click_and_hold().move_by_offset(200, 3).release().perform()
        near = self.js("acidsimReport.chart().ranges()")
        middle = np.mean(whole["x"])
        np.testing.assert_allclose(near["x"], [middle - 100 / width * 100, middle + 100 / width * 100], atol=0.5)
        self.assertLess(near["y"][1], whole["y"][1])  # the values follow the window
        inside = [x for one in self.shown() for x in one["x"]]
        self.assertTrue(near["x"][0] <= min(inside) <= max(inside) <= near["x"][1])
        chart = self.element("chart")
        chart.send_keys("0")
        self.assertEqual(self.js("acidsimReport.chart().ranges()"), whole)
        chart.send_keys("+")
        np.testing.assert_allclose(self.js("acidsimReport.chart().ranges().x"), [25, 75])
        chart.send_keys(Keys.ARROW_RIGHT)
        np.testing.assert_allclose(self.js("acidsimReport.chart().ranges().x"), [37.5, 87.5])
        self.element("reset").click()
        self.element("log-x").click()
        np.testing.assert_allclose(self.js("acidsimReport.chart().ranges().x"), [5, 100])  # no time 0 on a log axis

    def test_data_shown_as_csv(self):
        self.open(write_report(self.sweep()))
        self.choose("filter", "rate=1")
        self.element("chart").send_keys("+")
        rows = list(csv.DictReader(io.StringIO(self.js("acidsimReport.csv()"))))
        shown = self.shown()
        self.assertEqual([row["cell"] for row in rows], [one["label"] for one in shown for _ in one["x"]])
        self.assertEqual([float(row["loss"]) for row in rows], [value for one in shown for value in one["mean"]])
        self.assertEqual([float(row["high"]) for row in rows], [value for one in shown for value in one["high"]])

    def test_theory_beside_measurement(self):
        run = write_run(self.folder / "run", repeats=6, metrics={"loss": decaying})
        times = np.linspace(0, 100, 21)
        pd.DataFrame({"time": times, "metric": "loss", "expected": np.exp(-0.05 * times)}).to_csv(run / "theory.csv", index=False)
        self.open(write_report(run))
        drawn = "acidsimReport.chart().painted[0].theory"
        self.assertTrue(self.js(drawn))
        self.element("theory").click()
        self.assertFalse(self.js(drawn))
        self.assertIn("share of |z| > 2", self.element("theory-section").text)

    def test_graph_heat_map_and_timeline(self):
        run = write_run(self.folder / "run", workers=6)
        pd.DataFrame({"begin": [0, 0.5, 1], "end": [0.5, 1, 1], "worker": [0, 1, 2], "what": ["computing", "away", "communication"],
                      "partner": [np.nan, np.nan, 3]}).to_csv(run / "timeline.csv", index=False)
        self.open(write_report(run))
        counts = pd.read_csv(run / "communication_counts.csv").groupby(["i", "j"])["count"].sum()
        self.choose("graph-by", "traffic")
        edges = self.driver.find_elements("css selector", "#graph-drawing polyline title")
        told = {edge.get_attribute("textContent") for edge in edges}
        self.assertEqual(told, {f"{i} – {j}: {count}" for (i, j), count in counts.items()})
        self.assertEqual(self.element("graph-command").text, f"scripts/plot {run}")
        self.choose("graph-by", "rate")
        self.assertEqual(self.element("graph-command").text, f"scripts/plot --topology {run}/run.json --edges-by rate")
        pixels = self.js("Array.from(document.querySelector('.map').getContext('2d').getImageData(0, 0, 6, 6).data).filter((_, k) => k % 4 === 3)")
        opaque = {(k // 6, k % 6) for k, alpha in enumerate(pixels) if alpha}
        self.assertEqual(opaque, {*counts.index, *((j, i) for i, j in counts.index)})
        what = [one.get_attribute("data-what") for one in self.driver.find_elements("css selector", "#timeline-drawing [data-what]")]
        self.assertEqual(what, ["computing", "away", "communication"])

    def test_table_sorts(self):
        self.open(write_report(self.sweep()))
        (head,) = [one for one in self.driver.find_elements("css selector", "#results th button") if one.text == "loss"]
        values = lambda: [float(cell.get_attribute("data-value"))  # noqa: E731
                          for cell in self.driver.find_elements("css selector", "#results td:nth-child(5)")]
        head.click()
        self.assertEqual(values(), sorted(values()))
        head.click()
        self.assertEqual(values(), sorted(values(), reverse=True))

    def test_half_a_million_points_stay_smooth_and_keep_their_extremes(self):
        count = 500_000
        values = 1 + np.random.default_rng(1).random(count)
        values[123_456], values[345_678] = 30.0, 0.01
        run = write_run(self.folder / "run", repeats=1, rows=2)
        pd.DataFrame({"run": "made", "repeat": 0, "time": np.arange(count), "gradients": np.arange(count), "communications": 0,
                      "loss": values}).to_csv(run / "metrics.csv", index=False)
        self.open(write_report(run))
        ((_, points),) = self.painted()
        self.assertLess(len(points), 8000)
        heights = [y for _, y in points]
        np.testing.assert_allclose([min(heights), max(heights)], [0.01, 30], rtol=1e-9)
        took = self.js("Math.min(...Array.from({length: 5}, () => { const begun = performance.now(); acidsimReport.chart().build();"
                       "return performance.now() - begun; }))")
        self.assertLess(took, 1000)  # milliseconds: some 30 on an idle processor

    def test_two_hundred_cells(self):
        sweep = write_sweep(self.folder / "sweep", {f"c{k}": ({"seed": k}, {"repeats": 2, "seed": 1}) for k in range(200)})
        self.open(write_report(sweep))
        self.assertEqual((len(self.shown()), self.element("count").text[:18]), (16, "16 of 200 curves d"))
        self.element("all").click()
        self.assertEqual(len(self.shown()), 200)
        self.choose("filter", "seed=199")
        self.assertEqual([one["cell"] for one in self.shown()], [199])

    def test_dark_and_print(self):
        self.open(write_report(self.sweep()))
        colour = "getComputedStyle(document.body).backgroundColor"
        for scheme, background in (("light", "rgb(255, 255, 255)"), ("dark", "rgb(20, 23, 27)")):
            self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
            self.assertEqual(self.js(colour), background)
        self.js("dispatchEvent(new Event('beforeprint'))")
        self.assertEqual(self.js(colour), "rgb(255, 255, 255)")
        self.js("dispatchEvent(new Event('afterprint'))")
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        self.assertFalse(self.element("csv").is_displayed())
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})

    def test_everything_has_a_name_and_nothing_is_asked_of_a_network(self):
        self.open(write_report(write_run(self.folder / "run", name=HOSTILE)))
        nameless = self.js("[...document.querySelectorAll('button, select, input, [tabindex]')].filter((e) => e.offsetParent && "
                           "!e.textContent.trim() && !e.labels?.length && !e.getAttribute('aria-label')).map((e) => e.outerHTML)")
        self.assertEqual(nameless, [])
        self.assertEqual(self.js("performance.getEntriesByType('resource').length"), 0)
        self.assertEqual(self.driver.find_element("css selector", "h1").text, HOSTILE)


if __name__ == "__main__":
    unittest.main()

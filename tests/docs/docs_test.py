"""The documentation: the site builds without a warning, says all that the program says, and has no link that leads nowhere."""

import html.parser
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import zlib
from functools import cache
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "sim" / "docs"
sys.path.insert(0, str(DOCS))
import acidsim_docs_commands as commands
import acidsim_docs_comments as comments
import acidsim_docs_cpp as cpp
import acidsim_docs_docstrings as docstrings
import acidsim_docs_readmes as readmes
import acidsim_docs_registry as registry

PROGRAM = os.environ["ACIDSIM_PROGRAM"]
BUILD = Path(os.environ["ACIDSIM_BUILD"])
SITE = BUILD / "docs"
PACKAGE = BUILD / "python" if list((BUILD / "python/acidsim").glob("_acidsim*.so")) else None
MODULES = ("sphinx", "furo", "myst_parser", "breathe", "nbconvert", "ipykernel", "pandas", "scipy", "matplotlib", "networkx")
MISSING = [name for name in MODULES if importlib.util.find_spec(name) is None] + [name for name in ("doxygen",) if not shutil.which(name)]


@cache
def asked(*words):
    return commands.ask(PROGRAM, *words)


class Page(html.parser.HTMLParser):
    """What a page links to, what it loads, and its places."""

    def __init__(self, path):
        super().__init__()
        self.links, self.loaded, self.ids = [], [], set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if values.get("id"):
            self.ids.add(values["id"])
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])
        if tag in ("img", "script", "iframe") and values.get("src"):
            self.loaded.append(values["src"])
        if tag == "link" and values.get("rel") in ("stylesheet", "icon", "preload"):
            self.loaded.append(values["href"])


class Text(html.parser.HTMLParser):
    """What is to be read in a page, by the place that it follows."""

    def __init__(self, path):
        super().__init__()
        self.place, self.texts = "", {"": ""}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        if place := dict(attributes).get("id"):
            self.place = place
            self.texts.setdefault(place, "")

    def handle_data(self, data):
        self.texts[self.place] += data

    def whole(self):
        return " ".join("".join(self.texts.values()).split())

    def entries(self, prefix):
        """From each place that starts with the prefix up to the next one."""
        found, current = {}, ""
        for place, text in self.texts.items():
            if place.startswith(prefix):
                current = place
            found[current] = " ".join((found.get(current, "") + text).split()) + " "
        return found


@unittest.skipIf(MISSING, f"not installed: {', '.join(MISSING)} — scripts/setup docs")
class Site(unittest.TestCase):
    """Built once, warnings being errors."""

    @classmethod
    def setUpClass(cls):
        command = ["/usr/bin/python3", "-B", DOCS / "acidsim_docs.py", "--program", PROGRAM, "--out", SITE]
        command += ["--package", PACKAGE] if PACKAGE else []
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=500)
        if done.returncode != 0:
            raise AssertionError(f"acidsim_docs: code {done.returncode}\n{done.stdout}{done.stderr}")
        cls.pages = {path.relative_to(SITE / "html"): Page(path) for path in (SITE / "html").rglob("*.html")}

    def test_links_lead_to_pages_and_places_that_are_there(self):
        followed = 0
        for name, page in self.pages.items():
            for link in page.links:
                if re.match(r"[a-z]+:", link):
                    continue
                target, _, place = unquote(link).partition("#")
                path = Path(os.path.normpath(name.parent / target)) if target else name
                followed += 1
                with self.subTest(page=str(name), link=link):
                    self.assertTrue((SITE / "html" / path).is_file())
                    if place and path in self.pages:
                        self.assertIn(place, self.pages[path].ids)
        self.assertGreater(followed, 1000)

    def test_nothing_is_loaded_from_a_network(self):
        for name, page in self.pages.items():
            for source in page.loaded:
                with self.subTest(page=str(name), source=source):
                    self.assertNotRegex(source, r"^([a-z]+:)?//")
                    self.assertTrue((SITE / "html" / name.parent / unquote(source.split("?")[0])).is_file())

    def test_every_page_can_be_reached_from_the_first(self):
        reached, ahead = set(), [Path("index.html")]
        while ahead:
            name = ahead.pop()
            if name in reached or name not in self.pages:
                continue
            reached.add(name)
            ahead += [Path(os.path.normpath(name.parent / unquote(link.split("#")[0]))) for link in self.pages[name].links
                      if not re.match(r"[a-z]+:|#", link)]
        self.assertEqual(set(self.pages) - reached, {Path("genindex.html"), Path("search.html")})  # by the search field

    def test_every_readme_is_a_page(self):
        tracked = [path.relative_to(ROOT) for top in readmes.FOLDERS for path in (ROOT / top).rglob("README.md")]
        self.assertGreater(len(tracked), 40)
        for path in [*tracked, Path("README.md")]:
            with self.subTest(readme=str(path)):
                self.assertIn(path.with_suffix(".html"), self.pages)

    def test_every_row_of_the_registry_has_its_entry_with_its_parameters(self):
        rows = fields = 0
        for kind in re.findall(r"^(\w+) — ", asked("list"), re.MULTILINE)[1:]:
            entries = Text(SITE / "html" / "registry" / f"{kind}.html").entries(f"{kind}-")
            for line in asked("list", kind).splitlines()[1:]:
                words = line.split()
                if re.match(r"  \S", line):
                    rows += 1
                    entry = entries.get(f"{kind}-{words[0]}".lower().replace("_", "-"), "")
                    with self.subTest(kind=kind, row=words[0]):
                        self.assertIn(" ".join(words[1:5]).rstrip(";:,"), entry)
                elif re.match(r" {6,}[a-z]\w* .*\((null|string|number|integer|boolean|array|object)\b.*\)$", line):
                    fields += 1
                    with self.subTest(kind=kind, field=line):
                        self.assertRegex(entry, rf"[ .]{words[0]} +{re.escape(words[1])} ")
        self.assertGreater(rows, 150)
        self.assertGreater(fields, 300)

    def test_every_field_of_a_configuration_is_there(self):
        text = Text(SITE / "html" / "registry" / "configuration.html").whole()
        names = re.findall(r"^ +([a-z$]\w*) +(?:required|\{…\}|[\"\[\w-])", asked("list", "configuration"), re.MULTILINE)
        self.assertGreater(len(names), 80)
        for name in names:
            self.assertRegex(text, rf"[ .]{re.escape(name)}[ #]")

    def test_every_type_and_function_of_the_stable_headers_is_there(self):
        inventory = (SITE / "html" / "objects.inv").read_bytes().split(b"zlib.\n", 1)[1]
        known = set(re.findall(r"^acidsim::(\w+)(?:\(| |$)", zlib.decompress(inventory).decode(), re.MULTILINE))
        seen = 0
        for name in cpp.headers(ROOT):
            text = (ROOT / name).read_text(encoding="utf-8")
            for symbol in re.findall(r"^(?:struct|class|enum class) (\w+) .*\{", text, re.MULTILINE):
                seen += 1
                with self.subTest(header=name, symbol=symbol):
                    self.assertTrue(symbol in known)
            for symbol in re.findall(r"^(?! )[\w:<>, ]+ (\w+)\([^;{]*\);", text, re.MULTILINE):
                seen += 1
                with self.subTest(header=name, symbol=symbol):
                    self.assertTrue(symbol in known)
        self.assertGreater(seen, 80)

    @unittest.skipUnless(PACKAGE, "the Python package is not built — scripts/setup python")
    def test_every_name_of_the_python_package_is_there(self):
        ids = self.pages[Path("python.html")].ids
        names = re.search(r"__all__ = \[(.*?)\]", (ROOT / "sim/python/acidsim/__init__.py").read_text(encoding="utf-8"), re.DOTALL)[1]
        names = re.findall(r'"(\w+)"', names)
        self.assertGreater(len(names), 10)
        for name in [*names, "list"]:  # which is none of __all__, as it would hide Python's
            self.assertTrue(f"acidsim.{name}" in ids, name)
        self.assertIn("acidsim.Result.metrics", ids)

    @unittest.skipUnless(PACKAGE, "the Python package is not built — scripts/setup python")
    def test_tutorials_are_executed_checks_and_all(self):
        """A cell that raises has failed the build; here is that none was left out, and what they show."""
        for path in sorted((DOCS / "tutorials").glob("*.ipynb")):
            with self.subTest(tutorial=path.stem):
                given = json.loads(path.read_text(encoding="utf-8"))["cells"]
                done = json.loads((SITE / "notebooks" / path.stem / path.name).read_text(encoding="utf-8"))["cells"]
                self.assertEqual(["".join(cell["source"]) for cell in given], ["".join(cell["source"]) for cell in done])
                code = [cell for cell in done if cell["cell_type"] == "code"]
                self.assertEqual([cell["execution_count"] for cell in code], list(range(1, len(code) + 1)))
                self.assertGreaterEqual("".join(code[-1]["source"]).count("assert "), 3)
                outputs = [output for cell in code for output in cell["outputs"]]
                self.assertGreaterEqual(sum("image/png" in output.get("data", {}) for output in outputs), 2)
                said = ["".join(output["text"]).strip() for output in outputs if output.get("name") == "stderr"]
                self.assertEqual("".join(said), "")  # progress, which is wiped out, and no warning
                self.assertGreaterEqual(len(self.pages[Path(f"tutorials/{path.stem}.html")].loaded), 2)


@cache
def all_commands():
    return commands.read_all(PROGRAM)


class ManPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.text = commands.man_page(all_commands(), "1.2.3", "2001-02-03")

    def formatted(self):
        command = ["groff", "-man", "-Kutf8", "-Tutf8", "-P-c", "-P-bou", "-ww", "-rLL=500n"]
        done = subprocess.run(command, input=self.text, capture_output=True, text=True, check=True)
        self.assertEqual(done.stderr, "")
        return done.stdout

    @unittest.skipUnless(shutil.which("groff"), "no groff — scripts/setup docs")
    def test_every_command_and_option_of_help_is_in_it(self):
        sections = re.split(r"^   (\w+)$", self.formatted(), flags=re.MULTILINE)
        told = dict(zip(sections[1::2], sections[2::2], strict=True))
        offered = re.findall(r"^  (\w+)  +", asked("--help").split("Subcommands:")[1], re.MULTILINE)
        self.assertEqual(list(told), offered)
        self.assertGreater(len(offered), 10)
        for command in offered:
            for option in re.findall(r"^  (\S+)", asked(command, "--help"), re.MULTILINE):
                for name in option.split(","):
                    with self.subTest(command=command, option=name):
                        self.assertRegex(told[command], rf"(?m)^ +(.*, )?{re.escape(name)}\b")

    @unittest.skipUnless(shutil.which("groff"), "no groff — scripts/setup docs")
    def test_meanings_are_whole(self):
        said = " ".join(self.formatted().split())
        for command in all_commands():
            for item in command.options + command.positionals:
                with self.subTest(command=command.name, item=item.name):
                    self.assertIn(" ".join(item.what.split()), said)
        for words in ("ACIDSIM(1)", "acidsim 1.2.3", "2001-02-03", "EXIT STATUS 0 done"):
            self.assertIn(words, said)

    @unittest.skipUnless(shutil.which("mandoc"), "no mandoc — scripts/setup docs")
    def test_mandoc_has_nothing_to_say(self):
        done = subprocess.run(["mandoc", "-Tlint", "-Wstyle"], input=self.text, capture_output=True, text=True, check=False)
        self.assertEqual((done.stdout, done.returncode), ("", 0))


class Reading(unittest.TestCase):
    """What is read wrongly would be written wrongly."""

    LISTING = """configuration — every field with its default
  seed                   1            everything random follows (integer, ≥ 0)
  topology               {…}          the graph (object)
      family                 "cycle"      name of the family (string)
      … and what `acidsim list topologies` shows for the chosen family

topologies — graph families (topology.family)
  cycle                  a ring, in [0, 1] [Boyd 2006]
      sends x (always)
      workers                64           number of workers; 1 = alone (integer, ≥ 1)
      a_name_longer_than_22_letters ["a b",2] two | words (array)
  plain                  accuracy, in [0, 1]
"""

    def test_rows_sources_facts_and_fields(self):
        configuration, kind = registry.read(self.LISTING)
        self.assertEqual([(item.name, item.default) for item in configuration.fields],
                         [("seed", "1"), ("topology", "{…}"), ("family", '"cycle"')])
        self.assertEqual(configuration.fields[1].variants, ("topologies", "family"))
        cycle, plain = kind.rows
        self.assertEqual((kind.name, kind.where), ("topologies", "topology.family"))
        self.assertEqual((cycle.summary, cycle.source, cycle.facts), ("a ring, in [0, 1]", "Boyd 2006", ["sends x (always)"]))
        self.assertEqual([(item.name, item.default, item.what, item.types) for item in cycle.fields],
                         [("workers", "64", "number of workers; 1 = alone", "integer, ≥ 1"),
                          ("a_name_longer_than_22_letters", '["a b",2]', "two | words", "array")])
        self.assertEqual((plain.summary, plain.source), ("accuracy, in [0, 1]", ""))

    def test_what_is_not_understood_is_refused(self):
        with self.assertRaisesRegex(ValueError, "not understood"):
            registry.read("configuration — all\n  seed one (integer)\n")
        with self.assertRaisesRegex(ValueError, "not understood"):
            commands.read("run", "what\nUsage: acidsim run\n\nOptions:\n --odd\n")

    def test_nothing_of_the_listing_is_lost(self):
        kinds = registry.read(asked("list"))
        lines = [line for line in asked("list").splitlines() if line]
        variants = sum("… and what" in line for line in lines)
        kept = sum(1 + len(kind.fields) + sum(1 + len(row.facts) + len(row.fields) for row in kind.rows) for kind in kinds)
        self.assertEqual(kept + variants, len(lines))
        chosen = sum(item.variants is not None for kind in kinds for item in [*kind.fields, *(f for row in kind.rows for f in row.fields)])
        self.assertEqual(chosen, variants)

    def test_tutorials_are_kept_without_outputs(self):
        paths = sorted((DOCS / "tutorials").glob("*.ipynb"))
        self.assertEqual(len(paths), 3)
        for path in paths:
            notebook = json.loads(path.read_text(encoding="utf-8"))
            for cell in notebook["cells"]:
                self.assertFalse(cell.get("outputs") or cell.get("execution_count"), path.name)

    def test_docstrings_become_restructured_text(self):
        text = ("What *x* does with `y`:\n\n    code * 2\n\nname      its meaning,\n          which goes on\nf(a, b)\n          another\n"
                "other, names\n          more")
        self.assertEqual(docstrings.as_rst(text.splitlines()), [
            "What \\*x\\* does with ``y``:", "", "::", "", "    code * 2", "", "``name``", "    its meaning,",
            "    which goes on", "``f(a, b)``",
            "    another", "``other, names``", "    more", ""])

    def test_comments_of_headers_become_documentation(self):
        text = comments.documented("// All of it.\n#pragma once\n\n// --- Heading\n\n// What <S> is: `code`.\nstruct S {\n"
                                   "  int n = 0;  // of %s\n  R r{.t = 2};\n};\n")
        self.assertEqual(text.splitlines(), ["/// \\file", "/// All of it.", "#pragma once", "", "", "", "/// What \\<S\\> is: <tt>code</tt>.",
                                             "struct S {",
                                             "  int n = 0;  ///< of \\%s", "  R r;", "};"])

    def test_a_link_of_a_readme_that_leads_nowhere_is_refused(self):
        with tempfile.TemporaryDirectory() as scratch:
            root = Path(scratch) / "tree"
            for folder in ("sim/a", "tests"):
                (root / folder).mkdir(parents=True)
            (root / "README.md").write_text("[a](sim/a/README.md) [web](https://example.org)")
            (root / "CHANGELOG.md").write_text("")
            (root / "sim/a/README.md").write_text("[up](../../README.md#x) ![picture](p.png)")
            with self.assertRaisesRegex(readmes.BrokenLink, r"sim/a/README.md: links to p.png"):
                readmes.mirror(root, Path(scratch) / "site")
            (root / "sim/a/p.png").write_bytes(b"")
            readmes.mirror(root, Path(scratch) / "site")
            self.assertTrue((Path(scratch) / "site/sim/a/p.png").is_symlink())


if __name__ == "__main__":
    unittest.main()

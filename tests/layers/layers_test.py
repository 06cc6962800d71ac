"""The layers of sim/ and topologies/: who may include whom, and who may use which library.

The folders form a DAG, and each third-party library is confined to one folder (or two), so that it can be replaced there.
"""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# folder: the folders that it may include, besides itself
ALLOWED = {
    "topologies": {"sim/core"},
    "topologies/families": {"sim/core", "topologies"},
    "topologies/files": {"sim/core", "topologies"},
    "topologies/spectrum": {"sim/core", "topologies"},
    "topologies/rates": {"sim/core", "topologies", "topologies/spectrum"},
    "sim/system": set(),
    "sim/core": set(),
    "sim/timing/network": {"sim/core"},
    "sim/timing": {"sim/core", "sim/timing/network"},
    "sim/networks": {"sim/core"},
    "sim/objectives": {"sim/core", "sim/networks"},
    "sim/torch": {"sim/core", "sim/networks", "sim/objectives"},
    "sim/torch/plugin": {"sim/torch"},
    "sim/data": {"sim/core"},
    "sim/optimizers": {"sim/core"},
    "sim/algorithms/codecs": {"sim/core"},
    "sim/algorithms": {"sim/core", "sim/algorithms/codecs"},
    "sim/metrics": {"sim/core", "sim/objectives"},
    "sim/theory": {"sim/core", "sim/algorithms"},
}
RUN = {"sim/core", "sim/timing", "sim/timing/network", "sim/algorithms", "sim/algorithms/codecs", "sim/optimizers", "sim/objectives",
       "sim/metrics"}
ALLOWED["sim/engine"] = RUN
ALLOWED["sim/mpi"] = RUN | {"sim/engine"}
ALLOWED["sim/live"] = RUN | {"sim/engine", "sim/mpi"}
TOPOLOGIES = {folder for folder in ALLOWED if folder.startswith("topologies")}
# A typed description and what runs it: it knows no configuration, prints nothing and catches no signal.
ALLOWED["sim/experiment"] = RUN | TOPOLOGIES | {"sim/networks", "sim/theory", "sim/torch", "sim/system", "sim/engine", "sim/mpi",
                                                "sim/live"}
ALLOWED["sim"] = set(ALLOWED)  # the umbrella header
ALLOWED["sim/app/registry"] = RUN | TOPOLOGIES | {"sim/networks", "sim/data", "sim/experiment"}
ALLOWED["sim/app/json"] = {"sim/core", "sim/metrics", "sim/experiment", "sim/app/registry"}
ALLOWED["sim/app/output"] = set(ALLOWED)
ALLOWED["sim/app/runner"] = set(ALLOWED)
ALLOWED["sim/app/contracts"] = set(ALLOWED)
ALLOWED["sim/app/commands"] = set(ALLOWED)
ALLOWED["sim/app"] = {"sim/app/commands"}
ALLOWED["sim/python"] = set(ALLOWED)

# how a library's headers begin: the folders that may include them
CONFINED = {
    "nlohmann/": {"sim/app/registry", "sim/experiment", "topologies/files"},
    "CLI/": {"sim/app/commands"},
    "spdlog/": {"sim/app/commands", "sim/app/runner", "sim/python"},
    "pybind11/": {"sim/python"},
    "openssl/": {"sim/system"},
    "boost/": TOPOLOGIES,
    "Spectra/": {"topologies/spectrum"},
    "metis.h": {"topologies", "topologies/spectrum"},
    "expat.h": {"topologies/files"},
    "torch/": {"sim/torch/plugin"},
    "ATen/": {"sim/torch/plugin"},
    "LBFGS": {"sim/objectives", "topologies/rates"},
    "zlib.h": {"sim/data", "topologies/files"},
    "omp.h": {"sim/engine"},
    "mpi.h": {"sim/live", "sim/mpi"},
    "Random123/": {"sim/core"},
    "unsupported/Eigen/": {"sim/algorithms"},
    "fmt/": set(ALLOWED),
    "Eigen/": set(ALLOWED),
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def sources():
    for folder in ALLOWED:
        for path in sorted((ROOT / folder).glob("*")):
            if path.suffix in (".hpp", ".cpp"):
                yield folder, path, path.read_text(encoding="utf-8")


def include_circles():
    """The groups of file pairs (a.hpp and a.cpp are one) that reach each other, each sorted."""
    includes = {}
    for _, path, text in sources():
        pair = str(path.relative_to(ROOT).with_suffix(""))
        names = [name for kind, name in INCLUDE.findall(text) if kind == '"']
        includes.setdefault(pair, set()).update(str(pathlib.PurePosixPath(name).with_suffix("")) for name in names)

    def reached(pair):
        found, ahead = set(), [pair]
        while ahead:
            new = includes.get(ahead.pop(), set()) - found
            found |= new
            ahead.extend(new)
        return found

    reach = {pair: reached(pair) - {pair} for pair in includes}
    circles = {tuple(sorted({pair} | {p for p in reach[pair] if pair in reach.get(p, set())})) for pair in reach}
    return {circle for circle in circles if len(circle) > 1}


class Version(unittest.TestCase):
    def test_the_version_of_the_project_is_cited_and_has_its_changes(self):
        def found(file, pattern):
            return re.search(pattern, (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE).group(1)

        version = found("CMakeLists.txt", r"^project\(acidsim VERSION (\S+)")
        self.assertEqual(found("CITATION.cff", r"^version: (\S+)$"), version)
        self.assertEqual(found("CHANGELOG.md", r"^## (\S+)"), version)  # the newest is on top
        self.assertEqual(found("pyproject.toml", r'^version = "(\S+)"$'), version)
        self.assertEqual(found("sim/python/acidsim/__init__.py", r'^__version__ = "(\S+)"$'), version)


class Layers(unittest.TestCase):
    def test_no_file_pairs_include_each_other_in_a_circle(self):
        self.assertEqual(include_circles(), set())

    def test_allowed_folders_form_a_dag(self):
        done = set()
        while len(done) < len(ALLOWED):
            ready = {f for f, needs in ALLOWED.items() if needs <= done} - done
            self.assertTrue(ready, f"a cycle among {set(ALLOWED) - done}")
            done |= ready

    def test_every_folder_with_sources_is_known(self):
        found = {str(p.parent.relative_to(ROOT)) for top in ("sim", "topologies") for p in (ROOT / top).rglob("*.[ch]pp")}
        self.assertEqual(found, set(ALLOWED))

    def test_includes_keep_to_the_layers(self):
        seen = 0
        for folder, path, text in sources():
            for kind, name in INCLUDE.findall(text):
                if kind == "<":
                    continue
                seen += 1
                target = str(pathlib.PurePosixPath(name).parent)
                with self.subTest(file=path.name, include=name):
                    self.assertTrue((ROOT / name).is_file(), "not a path from the repository's root")
                    self.assertIn(target, ALLOWED[folder] | {folder})
        self.assertGreater(seen, 100)

    def test_libraries_keep_to_their_folders(self):
        used = set()
        for folder, path, text in sources():
            for kind, name in INCLUDE.findall(text):
                if kind == '"':
                    continue
                for begin, folders in CONFINED.items():
                    if name.startswith(begin):
                        used.add(begin)
                        with self.subTest(file=path.name, include=name):
                            self.assertIn(folder, folders)
                if "/" in name and not name.startswith("sys/"):
                    with self.subTest(file=path.name, include=name):
                        self.assertTrue(any(name.startswith(begin) for begin in CONFINED), "a library without a home here")
        self.assertLessEqual({"nlohmann/", "boost/", "zlib.h", "fmt/", "Eigen/"}, used)

    def test_one_source_has_headers_of_torch(self):
        """They take half a minute to compile."""
        having = {path.name for folder, path, _ in sources() if folder == "sim/torch/plugin" and path.suffix == ".cpp"}
        self.assertEqual(having, {"plugin.cpp"})

    def test_only_the_engine_uses_openmp(self):
        pragmas = 0
        for folder, path, text in sources():
            for line in text.splitlines():
                if re.match(r"\s*#\s*pragma\s+omp\b|.*_Pragma\(\"omp", line):
                    pragmas += 1
                    with self.subTest(file=path.name):
                        self.assertEqual(folder, "sim/engine")
        self.assertGreater(pragmas, 0)


class Headers(unittest.TestCase):
    def test_headers_guard_themselves(self):
        for _, path, text in sources():
            if path.suffix == ".hpp":
                with self.subTest(file=path.name):
                    self.assertEqual(text.count("#pragma once"), 1)

    def test_each_source_includes_its_own_header_first(self):
        """So that compiling the source shows that the header needs nothing before it; the rest are in header_check."""
        for _, path, text in sources():
            header = path.with_suffix(".hpp")
            if path.suffix == ".cpp" and header.is_file():
                with self.subTest(file=path.name):
                    self.assertEqual(INCLUDE.findall(text)[0], ('"', str(header.relative_to(ROOT))))

    def test_every_folder_has_a_readme(self):
        for folder in ALLOWED:
            with self.subTest(folder=folder):
                lines = (ROOT / folder / "README.md").read_text(encoding="utf-8").splitlines()
                most = 60 if folder == "sim/engine" else 30  # which draws its pictures in one place
                self.assertTrue(3 <= len(lines) <= most, f"{len(lines)} lines")


if __name__ == "__main__":
    unittest.main()

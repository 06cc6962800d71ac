#!/usr/bin/python3
"""Builds the documentation: gathers its sources in OUT/source, the site in OUT/html and the man page OUT/acidsim.1."""

import argparse
import datetime
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
import acidsim_docs_commands as commands
import acidsim_docs_cpp as cpp
import acidsim_docs_notebooks as notebooks
import acidsim_docs_readmes as readmes
import acidsim_docs_registry as registry
from acidsim_docs_text import write

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["index.md", "python.md"]
DOCSTRINGS = """
```{eval-rst}
.. automodule:: acidsim
   :members:
   :undoc-members:

.. autofunction:: acidsim.list

.. autodata:: acidsim.EVENT
   :no-value:

.. autodata:: acidsim.KINDS
   :no-value:
```
"""
NO_DOCSTRINGS = """
:::{warning}
This site was built without the Python package, so its docstrings are missing. `scripts/docs` shows them where the package can be built
(`scripts/setup python`).
:::
"""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="docs", description=__doc__)
    parser.add_argument("--program", type=Path, required=True, help="acidsim, which is asked for its commands and its registry")
    parser.add_argument("--package", type=Path, help="folder that the Python package acidsim is imported from; without it: no docstrings, "
                        "and tutorials are not executed")
    parser.add_argument("--out", type=Path, default=ROOT / "build/docs", help="default: build/docs")
    return parser.parse_args()


def newest_change() -> str:
    """The date on the man page: that of the last commit, or of the change log where there is no history."""
    asked = subprocess.run(["git", "log", "-1", "--format=%cs"], cwd=ROOT, capture_output=True, text=True, check=False)
    if asked.returncode == 0 and asked.stdout.strip():
        return asked.stdout.strip()
    return datetime.date.fromtimestamp((ROOT / "CHANGELOG.md").stat().st_mtime).isoformat()


def gather(options: argparse.Namespace, known_commands: list[commands.Command]) -> None:
    """The sources of the site. What was there before and no longer belongs is taken out."""
    source = options.out / "source"
    pages = readmes.mirror(ROOT, source)
    text = {f"registry/{name}": page for name, page in registry.pages(commands.ask(str(options.program), "list")).items()}
    text |= {f"cpp/{name}": page for name, page in cpp.pages(ROOT, options.out / "xml").items()}
    text["command_line.md"] = commands.page(known_commands)
    text["inside.md"] = readmes.inside_page([page for page in pages if str(page) != "experiments/README.md"])
    text |= {name: (ROOT / "sim/docs" / name).read_text(encoding="utf-8") for name in PAGES}
    text["python.md"] += DOCSTRINGS if options.package else NO_DOCSTRINGS
    for name, page in text.items():
        write(source / name, page)
    tutorials = notebooks.notebooks(ROOT)
    ready = notebooks.execute(tutorials, options.out / "notebooks", options.package.resolve()) if options.package else tutorials
    notebooks.write_pages(ready, source / "tutorials", executed=options.package is not None)
    wanted = {source / name for name in [*text, *pages]} | {source / "tutorials" / f"{path.stem}.md" for path in tutorials}
    for path in source.rglob("*.md"):
        if path not in wanted:
            path.unlink()


def run_sphinx(options: argparse.Namespace, version: str) -> int:
    """Its exit code; warnings are errors. Pages of an earlier build that no longer are do not stay."""
    shutil.rmtree(options.out / "html", ignore_errors=True)
    environment = {**os.environ, "ACIDSIM_DOCS_VERSION": version, "ACIDSIM_DOCS_XML": str(options.out / "xml"),
                   "PYTHONPATH": str(options.package.resolve()) if options.package else "", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-W", "--keep-going", "-q", "-E", "-j", "auto", "-c", str(ROOT / "sim/docs"),
               "-d", str(options.out / "doctrees"), str(options.out / "source"),
               str(options.out / "html")]
    return subprocess.run(command, env=environment, check=False).returncode


def main() -> int:
    options = arguments()
    options.out = options.out.resolve()
    options.out.mkdir(parents=True, exist_ok=True)
    options.program = Path(shutil.which(options.program) or options.program).resolve()
    version = re.search(r"\d\S*", commands.ask(str(options.program), "--version"))[0]
    known_commands = commands.read_all(str(options.program))
    write(options.out / "acidsim.1", commands.man_page(known_commands, version, newest_change()))
    try:
        cpp.run_doxygen(ROOT, cpp.headers(ROOT), options.out)
        gather(options, known_commands)
    except (readmes.BrokenLink, notebooks.ExecutionFailed) as error:
        print(f"docs: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"docs: {error.cmd[0]} failed", file=sys.stderr)
        return 1
    return run_sphinx(options, version)


if __name__ == "__main__":
    sys.exit(main())

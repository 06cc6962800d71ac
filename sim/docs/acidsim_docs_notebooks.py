"""The tutorials: notebooks without outputs, executed by nbconvert, and written as pages with their outputs."""

import base64
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from acidsim_docs_text import write

NOT_EXECUTED = """
:::{warning}
This page was built without the Python package, so that nothing here was executed: there are no outputs.
`scripts/docs` executes it where the package can be built.
:::
"""
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class ExecutionFailed(Exception):
    pass


def notebooks(root: Path) -> list[Path]:
    return sorted((root / "sim/docs/tutorials").glob("*.ipynb"))


def execute(paths: list[Path], folder: Path, package: Path) -> list[Path]:
    """Each in a process and an empty folder of its own, all at once; the executed notebooks. `package`: where acidsim is imported
    from."""
    environment = {**os.environ, "PYTHONPATH": str(package), "PYTHONDONTWRITEBYTECODE": "1",
                   "MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    running = []
    for path in paths:
        place = folder / path.stem
        place.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "nbconvert", "--execute", "--to", "notebook", "--ExecutePreprocessor.timeout=120",
                   "--output-dir", str(place), str(path)]
        running.append((place / path.name, subprocess.Popen(command, cwd=place, env=environment, stdout=subprocess.PIPE,
                                                            stderr=subprocess.STDOUT, text=True)))
    failed = []
    for path, process in running:
        output, _ = process.communicate(timeout=300)
        if process.returncode != 0:
            failed.append(f"{path.name}: {COLOURS.sub('', output)[-3000:]}")
    if failed:
        raise ExecutionFailed("\n".join(failed))
    return [path for path, _ in running]


def fenced(language: str, text: str) -> str:
    fence = "`" * max(3, 1 + max((len(run) for run in text.split() if set(run) == {"`"}), default=0))
    return f"{fence}{{code-block}} {language}\n{text.rstrip()}\n{fence}\n\n"


def raw_html(text: str) -> str:
    return f"````{{raw}} html\n<div class=\"output\">{text}</div>\n````\n\n"


def output_text(output: dict, name: str, folder: Path) -> str:
    """One output of a cell; pictures become files `name` in the folder."""
    kind = output["output_type"]
    if kind == "stream":
        return fenced("none", "".join(output["text"])) if "".join(output["text"]).strip() else ""
    if kind == "error":
        return fenced("none", "\n".join(output["traceback"]))
    data = output["data"]
    if "image/png" in data:
        (folder / f"{name}.png").write_bytes(base64.b64decode("".join(data["image/png"])))
        return f"![]({name}.png)\n\n"
    if "image/svg+xml" in data:
        return raw_html("".join(data["image/svg+xml"]))
    if "text/html" in data:
        return raw_html("".join(data["text/html"]))
    return fenced("none", "".join(data.get("text/plain", "")))


def page(notebook: Path, folder: Path, executed: bool) -> str:
    """The notebook as Markdown; its pictures go into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    text = ""
    for index, cell in enumerate(json.loads(notebook.read_text(encoding="utf-8"))["cells"]):
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            text += source + "\n\n"
            continue
        text += fenced("python", source)
        for number, output in enumerate(cell["outputs"]):
            text += output_text(output, f"{notebook.stem}-{index}-{number}", folder)
    heading, _, rest = text.partition("\n")
    return f"{heading}\n{'' if executed else NOT_EXECUTED}{rest}"


def write_pages(paths: list[Path], folder: Path, executed: bool) -> None:
    for path in paths:
        write(folder / f"{path.stem}.md", page(path, folder, executed))

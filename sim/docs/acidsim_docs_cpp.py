"""The stable C++ API: the headers that sim/acidsim.hpp gathers, by Doxygen, and a page for each by Breathe."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from acidsim_docs_comments import documented
from acidsim_docs_text import escaped, table, write

UMBRELLA = "sim/acidsim.hpp"
# What these hold or ask for, by name.
FURTHER = ["sim/algorithms/dynamics.hpp", "sim/algorithms/row.hpp", "topologies/graph.hpp"]

INCLUDE = re.compile(r'^#include "([^"]+)"', re.MULTILINE)


def named(umbrella: str) -> list[str]:
    """The headers that its comment names: (experiment/experiment.hpp, sources.hpp), the second in the folder of the first."""
    found = []
    for names in re.findall(r"^//.*\(([\w/]+\.hpp(?:, [\w/]+\.hpp)*)\)", umbrella, re.MULTILINE):
        folder = ""
        for name in names.split(", "):
            folder = name.rpartition("/")[0] or folder
            found.append(f"sim/{folder}/{name.rpartition('/')[2]}")
    return found


def headers(root: Path) -> list[str]:
    """The stable ones, by path: those for an experiment first."""
    umbrella = (root / UMBRELLA).read_text(encoding="utf-8")
    return sorted({*INCLUDE.findall(umbrella), *named(umbrella), *FURTHER}, key=lambda name: (not name.startswith("sim/experiment/"), name))


def first_sentence(text: str) -> str:
    """Of the comment that a header begins with."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("//"):
            break
        lines.append(line.removeprefix("//").strip())
    return re.split(r"(?<=[.:]) ", " ".join(lines))[0].rstrip(":.")


def run_doxygen(root: Path, names: list[str], folder: Path) -> None:
    """XML into folder/xml. Raises CalledProcessError where Doxygen warns."""
    inputs = folder / "headers"
    for name in names:
        write(inputs / name, documented((root / name).read_text(encoding="utf-8")))
    settings = (root / "sim/docs/Doxyfile").read_text(encoding="utf-8")
    settings += f'OUTPUT_DIRECTORY = "{folder}"\nSTRIP_FROM_PATH = "{inputs}"\n'
    settings += "INPUT = " + " ".join(f'"{inputs / name}"' for name in names) + "\n"
    subprocess.run(["doxygen", "-"], input=settings, text=True, check=True, cwd=folder)


@dataclass
class Symbol:
    line: int
    directive: str
    name: str  # with its parameters, where several functions have it


def of_header(location: ElementTree.Element | None, name: str) -> bool:
    return location is not None and location.get("file") == name


def classes(xml: Path, name: str) -> list[Symbol]:
    """Those that a header defines at namespace scope."""
    found = []
    for path in sorted([*xml.glob("struct*.xml"), *xml.glob("class*.xml")]):
        compound = ElementTree.parse(path).getroot().find("compounddef")
        full_name = compound.findtext("compoundname")
        if of_header(compound.find("location"), name) and full_name.count("::") == 1:
            found.append(Symbol(int(compound.find("location").get("line")), f"doxygen{compound.get('kind')}", full_name))
    return found


def members(xml: Path, name: str) -> list[Symbol]:
    """Functions, types and constants of a header."""
    all_members = list(ElementTree.parse(xml / "namespaceacidsim.xml").getroot().iter("memberdef"))
    names = [member.findtext("name") for member in all_members]
    found = []
    for member in all_members:
        if of_header(member.find("location"), name):
            symbol = f"acidsim::{member.findtext('name')}"
            if names.count(member.findtext("name")) > 1:
                types = ["".join(parameter.find("type").itertext()) for parameter in member.findall("param")]
                symbol += f"({', '.join(types)})"
            found.append(Symbol(int(member.find("location").get("line")), f"doxygen{member.get('kind')}", symbol))
    return found


def page(name: str, xml: Path) -> str:
    """In the order of the header."""
    text = f'# {name}\n```cpp\n#include "{name}"\n```\n\n```{{doxygenfile}} {name}\n:sections: briefdescription detaileddescription\n```\n'
    for symbol in sorted(classes(xml, name) + members(xml, name), key=lambda symbol: symbol.line):
        options = ":members:\n:undoc-members:\n" if symbol.directive in ("doxygenstruct", "doxygenclass") else ""
        text += f"\n```{{{symbol.directive}}} {symbol.name}\n{options}```\n"
    return text


def pages(root: Path, xml: Path) -> dict[str, str]:
    """File name → Markdown, with `index.md`; `xml` is what run_doxygen() made."""
    names = headers(root)
    text = "# C++\nWhat `find_package(acidsim)` and `#include <sim/acidsim.hpp>` give to a program that links `acidsim::acidsim`:\n"
    text += "the headers that are stable, with the comments that stand in them. [The front page](../README.md) has an example.\n\n"
    result, rows, entries = {}, [], []
    for name in names:
        stem = name.removesuffix(".hpp").replace("/", "-")
        result[f"{stem}.md"] = page(name, xml)
        rows.append([f"[{name}]({stem}.md)", escaped(first_sentence((root / name).read_text(encoding="utf-8")))])
        entries.append(f"{name.removesuffix('.hpp')} <{stem}>")
    text += table(["header", "what is in it"], rows)
    result["index.md"] = text + "\n```{toctree}\n:hidden:\n" + "\n".join(entries) + "\n```\n"
    return result

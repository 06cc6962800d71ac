"""Docstrings of the Python package as reStructuredText: they are plain text with `code`, indented examples, and names with meanings in
columns."""

import re
import sys
from pathlib import Path

COLUMNS = re.compile(r"(\S+(?:, \S+)*) {2,}(\S.*)")
SPECIAL = re.compile(r"([\\*_|])")


def inline(text: str) -> str:
    """`code` as code, and all else as it stands."""
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(f"`{part}`" if part.startswith("`") and len(part) > 2 else SPECIAL.sub(r"\\\1", part.replace("`", r"\`"))
                   for part in parts)


def blocks(lines: list[str]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return [block for block in found if block]


def is_columns(block: list[str]) -> bool:
    """Lines of names and meanings, which may go on in indented lines, or begin in the line below a name."""
    return any(map(COLUMNS.fullmatch, block)) or (len(block) > 1 and block[1].startswith("    "))


def definitions(block: list[str]) -> list[str]:
    result: list[str] = []
    for line in block:
        if line.startswith("  "):
            result.append("    " + inline(line.strip()))
            continue
        name, meaning = match.groups() if (match := COLUMNS.fullmatch(line)) else (line, "")
        if result and not result[-1].startswith("    "):
            result.append("    \\ ")  # a name without a meaning
        result.append(f"``{name}``")
        if meaning:
            result.append("    " + inline(meaning))
    return result if result[-1].startswith("    ") else [*result, "    \\ "]


def as_rst(lines: list[str]) -> list[str]:
    result: list[str] = []
    for block in blocks(lines):
        if len(block) > 1 and re.match(r"\S.*:$", block[0]) and (block[1].startswith("    ") or is_columns(block[1:])):
            result += [inline(block[0]), ""]
            block = block[1:]
        if block[0].startswith("    "):
            result += ["::", "", *block, ""]
        elif is_columns(block):
            result += [*definitions(block), ""]
        else:
            result += [*map(inline, block), ""]
    return result


def comment_above(name: str, folder: Path) -> list[str]:
    """The lines `#: …` above a constant of the package: whoever imports it from there does not find them."""
    for path in sorted(folder.glob("*.py")):
        if match := re.search(rf"((?:^#: ?.*\n)+)^{name}\b[:= ]", path.read_text(encoding="utf-8"), re.MULTILINE):
            return [line.removeprefix("#:").strip() for line in match[1].splitlines()]
    return []


def process(app, what, name, item, options, lines: list[str]) -> None:
    """For Sphinx's event autodoc-process-docstring."""
    found = comment_above(name.rpartition(".")[2], Path(sys.modules["acidsim"].__file__).parent) if what == "data" else lines
    lines[:] = as_rst(found)

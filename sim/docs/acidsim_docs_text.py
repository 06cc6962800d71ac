"""Plain text as Markdown (MyST), and files that are written only where they change."""

import re
from pathlib import Path

SPECIAL = re.compile(r"([\\*_\[\]<>{}|#$~^@&])")


def escaped(text: str) -> str:
    """The text as it stands, whatever Markdown makes of its characters; `code` stays code."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") and len(part) > 1 else SPECIAL.sub(r"\\\1", part.replace("`", r"\`")) for part in parts)


def in_table(text: str) -> str:
    """Markdown for a cell of a table: | divides cells within code, too."""
    return re.sub(r"(?<!\\)\|", r"\\|", text)


def code(text: str) -> str:
    return f"`{text}`" if text else ""


def table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join("| " + " | ".join(in_table(cell) for cell in line) + " |\n" for line in lines)


def boxed(style: str, text: str) -> str:
    """With a class of static/acidsim.css."""
    return f":::{{container}} {style}\n{text}:::\n"


def write(path: Path, text: str) -> None:
    """Sphinx reads anew what has changed since."""
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

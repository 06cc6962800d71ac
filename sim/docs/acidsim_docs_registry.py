"""The registry as pages: what `acidsim list` prints, read and written as Markdown."""

import json
import re
from dataclasses import dataclass, field

from acidsim_docs_text import boxed, code, escaped, table

INDENT = 4  # of the fields of a field
PARAMETER = re.compile(r"( *)([a-z$]\w*) +(.+) \((\w+(?: or \w+)*(?:, .*)?)\)")
VARIANTS = re.compile(r" *… and what `acidsim list (\w+)` shows for the chosen (\w+)")
SOURCE = re.compile(r"(.*\S) \[([^][]*[A-Za-z]{3}[^][]*)\]")  # intervals of numbers are none


@dataclass
class Field:
    depth: int
    name: str
    default: str  # as JSON, or "required", or "{…}"
    what: str
    types: str  # with range and choices
    variants: tuple[str, str] | None = None  # the kind that has further fields, and the field that chooses among them


@dataclass
class Row:
    name: str
    summary: str
    source: str = ""
    facts: list[str] = field(default_factory=list)
    fields: list[Field] = field(default_factory=list)


@dataclass
class Kind:
    name: str
    summary: str
    where: str = ""  # the path in a configuration
    rows: list[Row] = field(default_factory=list)
    fields: list[Field] = field(default_factory=list)  # of `configuration` alone


def default_and_what(text: str) -> tuple[str, str] | None:
    """Splits what follows a field's name; nothing where no default stands there."""
    for word in ("required", "{…}"):
        if text.startswith(word + " "):
            return word, text[len(word) :].strip()
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except ValueError:
        return None
    return (text[:end], text[end:].strip()) if text[end : end + 1] == " " else None


def read_field(line: str) -> Field | None:
    if not (match := PARAMETER.fullmatch(line)):
        return None
    spaces, name, rest, types = match.groups()
    split = default_and_what(rest)
    return split and Field(len(spaces), name, *split, types)


def read_field_line(line: str, fields: list[Field]) -> bool:
    """Whether the line is a field, or says which kind has a field's others; it is added then."""
    if match := VARIANTS.fullmatch(line):
        depth = len(line) - len(line.lstrip()) - INDENT
        next(above for above in reversed(fields) if above.depth == depth).variants = match.groups()
        return True
    if found := read_field(line):
        fields.append(found)
        return True
    return False


def read_row(line: str) -> Row:
    name, _, summary = line.strip().partition(" ")
    summary = summary.strip()
    if match := SOURCE.fullmatch(summary):
        return Row(name, *match.groups())
    return Row(name, summary)


def read(text: str) -> list[Kind]:
    """The kinds that `acidsim list` has printed, `configuration` first."""
    kinds: list[Kind] = []
    for line in text.splitlines():
        if not line:
            continue
        if not line.startswith(" "):
            name, _, rest = line.partition(" — ")
            match = re.fullmatch(r"(.*) \(([^()]*)\)", rest)
            kinds.append(Kind(name, *(match.groups() if match else (rest,))))
        elif kinds[-1].name == "configuration":
            if not read_field_line(line, kinds[-1].fields):
                raise ValueError(f"acidsim list: not understood: {line}")
        elif not line.startswith("   "):
            kinds[-1].rows.append(read_row(line))
        else:
            row = kinds[-1].rows[-1]
            if not read_field_line(line, row.fields):
                row.facts.append(line.strip())
    return kinds


def linked(text: str, kinds: set[str]) -> str:
    """`acidsim list KIND` as a link to the kind's page."""
    parts = re.split(r"(`acidsim list \w+`)", text)

    def link(part: str) -> str:
        match = re.fullmatch(r"`acidsim list (\w+)`", part)
        return f"[{part}]({match[1]}.md)" if match and match[1] in kinds else escaped(part)

    return "".join(link(part) for part in parts)


def meaning(item: Field, kinds: set[str]) -> str:
    text = linked(item.what, kinds)
    if item.variants:
        kind, chosen_by = item.variants
        text += f"; with the fields of the chosen `{chosen_by}` ([{kind}]({kind}.md))"
    return text


def type_text(item: Field) -> str:
    """A bound stays beside its sign; words of which one is chosen are code."""
    parts = re.sub(r"([≥≤>]) ", "\\1\u00a0", item.types).split(", ")
    return ", ".join(", ".join(map(code, part.split(" | "))) if " | " in part else escaped(part) for part in parts)


def field_table(fields: list[Field], kinds: set[str]) -> str:
    """Fields of fields by their paths."""
    path: list[tuple[int, str]] = []
    rows = []
    for item in fields:
        while path and path[-1][0] >= item.depth:
            path.pop()
        path.append((item.depth, item.name))
        name = code(".".join(part for _, part in path))
        rows.append([name, code(item.default) if item.default != "required" else "*required*", meaning(item, kinds), type_text(item)])
    return boxed("fields", table(["field", "default", "meaning", "type and range"], rows))


def row_text(kind: Kind, row: Row, kinds: set[str]) -> str:
    text = f"({kind.name}-{row.name})=\n## {escaped(row.name)}\n{linked(row.summary, kinds)}\n"
    if row.source:
        text += f"\n*Source:* {escaped(row.source)}\n"
    if row.facts:
        text += "\n" + "".join(f"- {escaped(fact)}\n" for fact in row.facts)
    if row.fields:
        text += "\n" + field_table(row.fields, kinds)
    return text + "\n"


def configuration_text(kind: Kind, kinds: set[str]) -> str:
    """One section for the fields on top, and one for each object."""
    groups: list[list[Field]] = []
    for item in kind.fields:
        if item.depth == 2:
            groups.append([])
        groups[-1].append(item)
    plain = [item for group in groups if len(group) == 1 and group[0].default != "{…}" for item in group]
    text = "# The configuration\nA configuration is one JSON object. "
    text += f"Here is {escaped(kind.summary)}; dotted paths name fields of fields.\n\n"
    text += field_table(plain, kinds)
    for group in groups:
        if group[0] in plain:
            continue
        head = group[0]
        text += f"\n(configuration-{head.name})=\n## {escaped(head.name)}\n{meaning(head, kinds)}"
        text += f" ({escaped(head.types)}; default {code(head.default)}).\n" if head.default != "{…}" else ".\n"
        if group[1:]:
            text += "\n" + field_table(group[1:], kinds)
    return text


def kind_text(kind: Kind, kinds: set[str]) -> str:
    summary = linked(kind.summary, kinds)
    text = f"# {kind.name.capitalize()}\n{summary[:1].upper()}{summary[1:]}, chosen by `{kind.where}` (`acidsim list {kind.name}`).\n\n"
    return text + "".join(row_text(kind, row, kinds) for row in kind.rows)


def pages(listing: str) -> dict[str, str]:
    """File name → Markdown, of all kinds, with `index.md`."""
    kinds = read(listing)
    names = {kind.name for kind in kinds}
    result = {"configuration.md": configuration_text(kinds[0], names)}
    index = "# What can be chosen\nWhat `acidsim list` prints: every field of a configuration, and everything that its names choose.\n\n"
    rows = [["[configuration](configuration.md)", escaped(kinds[0].summary), ""]]
    for kind in kinds[1:]:
        result[f"{kind.name}.md"] = kind_text(kind, names)
        links = ", ".join(f"[{escaped(row.name)}]({kind.name}-{row.name})" for row in kind.rows)
        rows.append([f"[{kind.name}]({kind.name}.md)", f"{escaped(kind.summary)}: {code(kind.where)}", links])
    index += table(["kind", "what", "names"], rows)
    entries = "\n".join(kind.name for kind in kinds)
    result["index.md"] = f"{index}\n```{{toctree}}\n:hidden:\n{entries}\n```\n"
    return result

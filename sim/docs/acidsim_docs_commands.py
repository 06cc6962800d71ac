"""The command line as a page and as the man page acidsim.1, from what `acidsim --help` and `acidsim COMMAND --help` print."""

import re
import subprocess
import textwrap
from dataclasses import dataclass, field

from acidsim_docs_text import boxed, code, escaped, table

ENTRY = re.compile(r"  (\S.*?)(?: {2,}(\S.*))?")
CONTINUED = re.compile(r" {20,}(\S.*)")

# What --help does not tell: it is on the man page alone.
DESCRIPTION = (
    "An experiment is one JSON file: a graph of workers, the times of their gradients and communications, a method, an objective. "
    "acidsim runs it, tells beforehand what it will do, and compares it with exact theory."
)
EXAMPLES = [
    ("acidsim run experiments/quickstart.json --out results/quickstart", "gossip and A²CiD² on a ring of 64 workers"),
    ("acidsim explain experiments/quickstart.json --set topology.workers=32", "what it will do, before anything runs"),
    ("acidsim topology --family torus2d --workers 64", "χ1, χ2 and the constants of A²CiD²"),
    ("mpirun -np 4 acidsim run experiments/nodes.json --backend live", "asynchronous training in wall-clock time"),
]


@dataclass
class Item:
    """An option, an argument or a command."""

    name: str  # "-h,--help"
    argument: str  # "TEXT", "INT:INT in [1 - 4096]", or nothing
    what: str


@dataclass
class Command:
    name: str
    what: str
    usage: str
    positionals: list[Item] = field(default_factory=list)
    options: list[Item] = field(default_factory=list)
    subcommands: list[Item] = field(default_factory=list)
    footer: str = ""


def read_item(line: str, what: str) -> Item:
    """`--jobs INT:INT in [1 - 4096]` for example, or `FILE TEXT ... REQUIRED`."""
    name, _, argument = line.partition(" ")
    return Item(name, re.sub(r"\b(\w+):\1\b", r"\1", argument).strip(), what)


def read(name: str, text: str) -> Command:
    """One --help."""
    lines = text.splitlines()
    usage = next(index for index, line in enumerate(lines) if line.startswith("Usage: "))
    command = Command(name, " ".join(lines[:usage]).strip(), lines[usage].removeprefix("Usage: "))
    places = {"Positionals:": command.positionals, "Options:": command.options, "Subcommands:": command.subcommands}
    place: list[Item] | None = None
    for line in lines[usage + 1 :]:
        if line in places:
            place = places[line]
        elif not line:
            place = None
        elif place is None:
            command.footer = line
        elif match := CONTINUED.fullmatch(line):
            place[-1].what = f"{place[-1].what} {match[1]}".strip()
        elif match := ENTRY.fullmatch(line):
            place.append(read_item(match[1], match[2] or ""))
        else:
            raise ValueError(f"acidsim {name} --help: not understood: {line}")
    return command


def ask(program: str, *words: str) -> str:
    return subprocess.run([program, *words], check=True, capture_output=True, text=True, timeout=60).stdout


def read_all(program: str) -> list[Command]:
    """The program itself, then each of its commands."""
    main = read("", ask(program, "--help"))
    return [main, *(read(item.name, ask(program, item.name, "--help")) for item in main.subcommands)]


# --- The page.


def item_table(head: str, items: list[Item]) -> str:
    rows = [[code(item.name.replace(",", ", ")), escaped(item.argument), escaped(item.what)] for item in items]
    return "\n" + boxed("options", table([head, "value", "meaning"], rows)) if items else ""


def page(commands: list[Command]) -> str:
    main = commands[0]
    text = f"# The command line\n{escaped(main.what)}.\n\n```text\n{main.usage}\n```\n"
    text += "\n" + table(["command", "what it does"], [[f"[{code(c.name)}](command-{c.name})", escaped(c.what)] for c in commands[1:]])
    text += item_table("option", main.options) + f"\n{escaped(main.footer)}\n"
    text += "\nThe same as a man page: `man acidsim`, where acidsim is installed with it.\n"
    for command in commands[1:]:
        text += f"\n(command-{command.name})=\n## acidsim {command.name}\n{escaped(command.what)}\n\n```text\n{command.usage}\n```\n"
        text += item_table("argument", command.positionals) + item_table("option", command.options)
    return text


# --- The man page, in the macros of man(7).


def roff(text: str) -> str:
    """The text as it stands, in short lines: no escapes, no requests, hyphens that can be copied."""
    for sign, escape in {"\\": "\\e", "-": "\\-", "`": "\\(ga", "'": "\\(aq", "^": "\\(ha", "~": "\\(ti", '"': "\\(dq"}.items():
        text = text.replace(sign, escape)
    lines = textwrap.wrap(text, 72, break_long_words=False, break_on_hyphens=False)
    return "\n".join("\\&" + line if line.startswith(".") else line for line in lines)


def roff_item(item: Item) -> str:
    names = ", ".join(f"\\fB{roff(name)}\\fR" for name in item.name.split(","))
    argument = f" \\fI{roff(item.argument)}\\fR" if item.argument else ""
    return f".TP\n{names}{argument}\n{roff(item.what)}\n"


def roff_command(command: Command) -> str:
    words = command.usage.split()
    usage = f"\\fB{roff(' '.join(words[:2]))}\\fR {roff(' '.join(words[2:]))}".strip()
    text = f".SS {roff(command.name)}\n{usage}\n.PP\n{roff(command.what)}.\n"
    return text + "".join(roff_item(item) for item in command.positionals + command.options)


def man_page(commands: list[Command], version: str, date: str) -> str:
    main = commands[0]
    name, _, what = main.what.partition(": ")
    text = f'.TH ACIDSIM 1 "{date}" "acidsim {version}" "User Commands"\n'
    text += f".SH NAME\n{name} \\- {roff(what)}\n"
    text += ".SH SYNOPSIS\n.B acidsim\n\\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n"
    text += f".SH DESCRIPTION\n{roff(DESCRIPTION)}\n"
    text += f".SH OPTIONS\n{''.join(roff_item(item) for item in main.options)}"
    text += f".SH COMMANDS\n{''.join(roff_command(command) for command in commands[1:])}"
    label, _, codes = main.footer.partition(": ")
    text += f".SH EXIT STATUS\n{''.join(roff_exit_code(part) for part in codes.rstrip('.').split('; '))}"
    text += ".SH EXAMPLES\n" + "".join(f".TP\n.B {roff(line)}\n{roff(meaning)}\n" for line, meaning in EXAMPLES)
    return text


def roff_exit_code(part: str) -> str:
    number, _, meaning = part.partition(" ")
    return f".TP\n.B {number}\n{roff(meaning)}\n"

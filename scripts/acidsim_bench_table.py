"""Writes the table of scripts/bench, with the facts of the machine that it was measured on."""

from __future__ import annotations

import csv
import datetime
import os
import platform
import re
import subprocess
from importlib import metadata
from pathlib import Path

from acidsim_bench import Row, quantity
from acidsim_bench_peers import PEER_NAMES, PROBLEM_NAMES, Race, goal


def _first(pattern: str, path: Path) -> str:
    """The first match's group in a file; nothing where the file or the match is missing."""
    try:
        found = re.search(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return ""
    return found[1].strip() if found else ""


def _says(*command: str | Path) -> str:
    """The first line that a command prints."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.partition("\n")[0].strip()


def _size(number: int) -> str:
    return f"{number // 1024} KiB" if number < 1 << 20 else f"{number // (1 << 20)} MiB"


def _version(package: str) -> str:
    try:
        return f"{package} {metadata.version(package)}"
    except metadata.PackageNotFoundError:
        return f"no {package}"


def processor() -> str:
    return _first(r"^model name\s*:(.*)$", Path("/proc/cpuinfo")) or platform.machine()


def compiler(build: Path) -> str:
    for path in sorted(build.glob("CMakeFiles/*/CMakeCXXCompiler.cmake")):
        name, version = (_first(rf'^set\(CMAKE_CXX_COMPILER_{part} "(.*)"\)$', path) for part in ("ID", "VERSION"))
        return f"{'GCC' if name == 'GNU' else name} {version}"
    return ""


def machine(binary: Path, context: dict) -> dict[str, str]:
    """Facts by name. context: that of Google Benchmark's JSON; binary: in its build folder."""
    build = binary.parent
    caches = [f"L{one['level']} {one['type'].lower()} {_size(one['size'])}" + (f" for {one['num_sharing']} cores"
              if one["num_sharing"] > 1 else "") for one in context.get("caches", [])]
    kilobytes = _first(r"^MemTotal:\s*(\d+)", Path("/proc/meminfo"))
    facts = {
        "processor": processor(),
        "cores": str(os.cpu_count()),
        "caches": ", ".join(caches),
        "memory": f"{int(kilobytes) / 2**20:.1f} GiB" if kilobytes else "",
        "system": ", ".join(filter(None, [_first(r'^PRETTY_NAME="?([^"\n]*)', Path("/etc/os-release")),
                                          f"{platform.system()} {platform.release()}"])),
        "compiler": compiler(build),
        "flags": _first(r"^build CMakeFiles/acidsim_engine\S+\.o:(?:.*\n)*?  FLAGS = (.*)$", build / "build.ninja"),
        "version": _says(build / "acidsim", "--version"),
        "peers": f"Python {platform.python_version()}, {_version('numba')}, {_version('numpy')}",
        "date": datetime.date.today().isoformat(),
    }
    return {name: fact for name, fact in facts.items() if fact}


def summary(rows: list[Row]) -> str:
    stated = [row for row in rows if row.of_goal is not None]
    errors = sum(bool(row.error) for row in rows)
    text = f"goals met: {sum(row.of_goal >= 1 for row in stated)} of {len(stated)}"
    return text + (f", cases that failed: {errors}" if errors else "")


def _races(races: list[Race], rounds: int) -> list[str]:
    peers = list(races[0].best)
    lines = ["## Beside hand-written loops", "",
             "Ring of 64 workers, A²CiD², float64, one thread, drawing the events included. Events per second of CPU "
             f"time, best of {rounds}, in turns. *Numba*: the loop as one writes it, that of the goals; *tuned*: as "
             "fast as we could make it (`tests/bench/peers/`).", "",
             f"| | d | {' | '.join(PEER_NAMES[name] for name in peers)} | over Numba | goal | of goal | over tuned |",
             "|---" * (len(peers) + 6) + "|"]
    for race in races:
        cells = [PROBLEM_NAMES[race.problem], f"{race.d:,}", *(quantity(speed) for speed in race.best.values()),
                 f"×{race.over('numba_plain'):.3g}", f"×{goal(race.problem, race.d):g}",
                 f"{race.row().of_goal:.2f}", f"×{race.over('numba_tuned'):.3g}"]
        lines.append("| " + " | ".join(cells) + " |")
    return lines + [""]


def markdown(facts: dict[str, str], rows: list[Row], races: list[Race], rounds: int, note: str) -> str:
    lines = ["# Benchmarks", "", "| machine | |", "|---|---|"]
    lines += [*(f"| {name} | {fact} |" for name, fact in facts.items()), ""]
    lines += [note, ""] if note else []
    lines += _races(races, rounds) if races else []
    lines += ["## Every case", "", f"{summary(rows).capitalize()}. *Of goal* is the measured value over the goal, or "
              "the goal over the measured value where less is better: 1 or more is met.", "",
              "| case | measured | goal | of goal | met | notes |", "|---|---|---|---|---|---|"]
    for row in rows:
        cells = [f"`{row.case}`", "" if row.value is None else quantity(row.value, row.unit),
                 "" if row.goal is None else quantity(row.goal, row.unit),
                 "" if row.of_goal is None else f"{row.of_goal:.2f}",
                 row.met, "; ".join(filter(None, [row.error, *row.notes])).replace("|", "\\|")]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def write(folder: Path, text: str, rows: list[Row]) -> None:
    """benchmarks.md and benchmarks.csv, each to a temporary file that is then renamed."""
    partial = folder / ".benchmarks.part"
    partial.write_text(text, encoding="utf-8")
    partial.replace(folder / "benchmarks.md")
    with partial.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["case", "value", "unit", "goal", "of_goal", "met", "notes"])
        for row in rows:
            numbers = ["" if number is None else f"{number:.6g}" for number in (row.goal, row.of_goal)]
            table.writerow([row.case, "" if row.value is None else f"{row.value:.6g}", row.unit, *numbers, row.met,
                            "; ".join(filter(None, [row.error, *row.notes]))])
    partial.replace(folder / "benchmarks.csv")

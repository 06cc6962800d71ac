"""Reads what a script must know of an experiment's file before acidsim does. acidsim itself says what is wrong with it."""

from __future__ import annotations

import json
import re
from pathlib import Path


def read_experiment(file: Path | str) -> dict:
    """The configuration in a file, comments left out. Raises OSError, ValueError."""
    text = Path(file).read_text(encoding="utf-8-sig")
    return json.loads(re.sub(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', lambda match: match[1] or "", text, flags=re.S))


def experiment_name(file: str, options: list[str]) -> str:
    """The name of the experiment in a configuration file, as `--set name=…` may change it."""
    for flag, value in zip(options, options[1:]):
        if flag == "--set" and value.startswith("name="):
            return value.removeprefix("name=").strip('"')
    try:
        return str(read_experiment(file)["name"])
    except (OSError, ValueError, KeyError, TypeError):
        return Path(file).stem

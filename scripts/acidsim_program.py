"""Runs the program acidsim."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class ProgramError(Exception):
    """The program failed; `code` is its exit code and the message is what it said."""

    def __init__(self, message: str, code: int):
        super().__init__(message)
        self.code = code


def program() -> Path:
    """The program: that of the environment variable ACIDSIM, else build/release/acidsim, built where it is missing."""
    if chosen := os.environ.get("ACIDSIM"):
        return Path(chosen)
    built = ROOT / "build/release/acidsim"
    if not built.exists():
        for command in ([ROOT / "scripts/setup", "build"], [ROOT / "scripts/build", "release", "acidsim"]):
            if code := subprocess.run(command, check=False, stdout=sys.stderr).returncode:
                raise ProgramError(f"{command[0].name} ended with exit code {code}", 1)
    return built


def present() -> Path | None:
    """The program where it is there already; nothing is built."""
    chosen = Path(os.environ.get("ACIDSIM") or ROOT / "build/release/acidsim")
    return chosen if os.access(chosen, os.X_OK) else None


def answer(*arguments: str | Path, seconds: float = 60) -> str | None:
    """What the program prints; None where it is not there, fails, or takes too long."""
    if (chosen := present()) is None:
        return None
    try:
        done = subprocess.run([chosen, *arguments], capture_output=True, encoding="utf-8", errors="backslashreplace",
                              check=False, timeout=seconds)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def topology_command(*arguments: str | Path) -> dict:
    """What `acidsim topology … --json` prints; its notices go on to standard error. Raises ProgramError."""
    try:
        command = [program(), "topology", *arguments, "--json"]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="backslashreplace", check=False)
    except OSError as error:
        raise ProgramError(f"{program()}: cannot be run ({error.strerror})", 2) from None
    if done.returncode:
        raise ProgramError(done.stderr.strip() or f"acidsim topology ended with exit code {done.returncode}",
                           done.returncode)
    sys.stderr.write(done.stderr)
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise ProgramError(f"{program()}: printed no JSON — is it acidsim?", 1) from None

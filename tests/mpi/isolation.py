"""Runs a test program in namespaces of its own: processes, network, host name, mounts.

Whatever it starts — daemons, ranks, interfaces, temporary files below RUN — is gone when it ends, even by SIGKILL, and
nothing outside sees it. Where the machine does not permit this, the program says why and ends with code 77: skipped.
"""

import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

RUN = Path("/run")  # a file system in memory, this program's alone
SKIPPED = 77
INSIDE = "ACIDSIM_TEST_ISOLATED"


def skip(reason: str):
    print(f"skipped: {reason}", flush=True)
    sys.exit(SKIPPED)


def need(*programs: str) -> None:
    """Skips the whole program where one of the programs is missing."""
    for name in programs:
        if not shutil.which(name):
            skip(f"{name} is not installed")


def enter() -> None:
    """Starts this program once more inside the namespaces, and returns there only."""
    need("unshare", "mount", "ip")
    if os.environ.get(INSIDE) != str(os.getppid()) or os.getpid() != 1:
        command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--net", "--uts", "--ipc"]
        if os.geteuid() != 0:
            command += ["--user", "--map-root-user"]
        tried = subprocess.run([*command, "mount", "-t", "tmpfs", "tmpfs", RUN], capture_output=True, text=True, check=False)
        if tried.returncode:
            skip(f"namespaces are not permitted here ({tried.stderr.strip()})")
        os.environ[INSIDE] = "0"  # what getppid() says to the first process of a process namespace
        os.execvp(command[0], [*command, sys.executable, "-B", *sys.argv])
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512m", "tmpfs", RUN], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for folder in ("netns", "tmp", "lock"):
        (RUN / folder).mkdir()
    os.environ["TMPDIR"] = str(RUN / "tmp")
    os.chdir(RUN)


def main() -> None:
    """unittest's main, with code 77 where every test was skipped."""
    result = unittest.main(verbosity=2, exit=False).result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(SKIPPED if result.testsRun and len(result.skipped) == result.testsRun else 0)

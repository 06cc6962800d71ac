"""Hosts on one machine: network namespaces with host names and addresses of their own, joined by a link.

Plain links are veth pairs on a bridge. A slow link is made by netem where the kernel has it, and otherwise by relay.py,
which carries the frames from host to host, delays them, paces them and loses some. To be used inside isolation.enter().
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from isolation import RUN

HERE = Path(__file__).resolve().parent
NETWORK = "10.77.0"


@dataclass(frozen=True)
class Link:
    """What every frame meets on its way out of a host."""

    name: str
    latency_ms: float = 0.0
    megabits: float = 0.0  # per second; 0: as fast as the machine
    loss: float = 0.0  # probability

    @property
    def plain(self) -> bool:
        return self == Link(self.name)

    def __str__(self) -> str:
        parts = [f"{self.latency_ms:g} ms"] * bool(self.latency_ms) + [f"{self.megabits:g} Mbit/s"] * bool(self.megabits)
        return ", ".join(parts + [f"{self.loss:.1%} lost"] * bool(self.loss)) or "none"


def ip(*words) -> None:
    done = subprocess.run(["ip", *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"ip {' '.join(map(str, words))}: {done.stderr.strip()}")


def has_netem() -> bool:
    ip("link", "add", "try0", "type", "veth", "peer", "name", "try1")
    try:
        return not subprocess.run(["tc", "qdisc", "add", "dev", "try0", "root", "netem", "delay", "1ms"],
                                  capture_output=True, check=False).returncode
    except FileNotFoundError:
        return False
    finally:
        ip("link", "del", "try0")


class Hosts:
    """`names` on one link, as a context. A host is reached by its name from every other."""

    def __init__(self, names: list[str], link: Link):
        self.names, self.link = names, link
        self.relay: subprocess.Popen | None = None
        self.how = "veth" if link.plain else "netem" if has_netem() else "relay"

    def address(self, name: str) -> str:
        return f"{NETWORK}.{self.names.index(name) + 1}"

    def __enter__(self):
        table = RUN / "hosts"
        table.write_text("127.0.0.1 localhost\n" + "".join(f"{self.address(name)} {name}\n" for name in self.names))
        subprocess.run(["mount", "--bind", table, "/etc/hosts"], check=True)
        for name in self.names:
            ip("netns", "add", name)
        if self.how == "relay":
            self._start_relay()
        else:
            self._start_bridge()
        for name in self.names:
            ip("-n", name, "address", "add", f"{self.address(name)}/24", "dev", "eth0")
            for device in ("lo", "eth0"):
                ip("-n", name, "link", "set", device, "up")
        self._write_agent()
        return self

    def _start_bridge(self) -> None:
        ip("link", "add", "switch", "type", "bridge")
        ip("link", "set", "switch", "up")
        for name in self.names:
            ip("link", "add", f"to_{name}", "type", "veth", "peer", "name", "eth0", "netns", name)
            ip("link", "set", f"to_{name}", "master", "switch", "up")
            if self.how == "netem":
                rules = ["delay", f"{self.link.latency_ms}ms", "limit", "10000"]
                rules += ["rate", f"{self.link.megabits}mbit"] * bool(self.link.megabits)
                rules += ["loss", f"{100 * self.link.loss}%"] * bool(self.link.loss)
                subprocess.run(["ip", "netns", "exec", name, "tc", "qdisc", "add", "dev", "eth0", "root", "netem", *rules],
                               check=True)

    def _start_relay(self) -> None:
        self.relay = subprocess.Popen(
            [sys.executable, "-B", HERE / "relay.py", str(self.link.latency_ms), str(self.link.megabits), str(self.link.loss),
             *self.names], stdout=subprocess.PIPE, text=True)
        if self.relay.stdout.readline() != "ready\n":
            raise RuntimeError("the relay did not start")
        for name in self.names:
            ip("link", "set", f"to_{name}", "netns", name, "name", "eth0")

    def _write_agent(self) -> None:
        """What Open MPI calls in place of ssh: agent HOST COMMAND…"""
        self.agent = RUN / "agent"
        self.agent.write_text('#!/bin/sh\nhost=$1\nshift\n'
                              'exec ip netns exec "$host" unshare --uts sh -c "hostname $host && $*"\n')
        self.agent.chmod(0o755)

    def command(self, host: str, *words) -> list[str]:
        """The command that runs `words` on `host`."""
        return ["ip", "netns", "exec", host, "unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"', host,
                *map(str, words)]

    def mpirun(self, ranks: dict[str, int], *words) -> list[str]:
        """The command that runs `words` on ranks of hosts, over TCP alone; mpirun itself is on the first host."""
        where = ",".join(f"{host}:{count}" for host, count in ranks.items())
        network = f"{NETWORK}.0/24"
        return self.command(
            next(iter(ranks)), "mpirun", "--host", where, "--mca", "plm", "rsh", "--mca", "plm_rsh_agent", self.agent,
            "--mca", "ras", "^slurm", "--mca", "btl", "tcp,self", "--mca", "pml", "ob1",
            "--mca", "btl_tcp_if_include", network, "--mca", "oob_tcp_if_include", network, "--bind-to", "none", *words)

    def __exit__(self, *_):
        if self.relay:
            self.relay.kill()
            self.relay.communicate()
        for name in self.names:
            ip("netns", "del", name)
        if self.how != "relay":
            ip("link", "del", "switch")
        subprocess.run(["umount", "/etc/hosts"], check=True)


def mpi_environment() -> dict[str, str]:
    """Open MPI refuses root without being told; its sanitised programs report what it leaks at the end."""
    return {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
            "ASAN_OPTIONS": "detect_leaks=0"}

"""A slow, lossy link in user space: relay.py LATENCY_MS MEGABITS LOSS HOST...

Makes one TAP interface to_HOST per host, says "ready", and carries Ethernet frames between them as a switch does. A frame is
lost with probability LOSS; else it leaves its host at MEGABITS per second, behind those before it, and arrives LATENCY_MS
after that. A queue of a quarter of a second stands before each link; what finds it full is lost, as in a router.
"""

import fcntl
import heapq
import os
import random
import select
import struct
import sys
import time

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
LONGEST_QUEUE = 0.25  # seconds
BROADCAST = 1  # the bit of a hardware address that says: to many


def open_tap(name: str) -> int:
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TAP | IFF_NO_PI))
    return tap


def deliver(tap: int, frame: bytes) -> None:
    try:
        os.write(tap, frame)
    except OSError:  # the interface is not up
        pass


def main() -> None:
    latency, megabits, loss = float(sys.argv[1]) / 1000, float(sys.argv[2]), float(sys.argv[3])
    taps = [open_tap(f"to_{host}") for host in sys.argv[4:]]
    print("ready", flush=True)
    seconds_per_byte = 8 / (megabits * 1e6) if megabits else 0.0
    chance = random.Random(1)
    port_of: dict[bytes, int] = {}  # hardware address → interface
    free = dict.fromkeys(taps, 0.0)  # when the last frame of a host has left it
    under_way: list[tuple[float, int, int, bytes]] = []
    number = 0
    while True:
        pause = max(0.0, under_way[0][0] - time.monotonic()) if under_way else None
        ready, _, _ = select.select(taps, [], [], pause)
        now = time.monotonic()
        for tap in ready:
            for _ in range(64):
                try:
                    frame = os.read(tap, 65536)
                except OSError:  # read empty, or not up yet
                    break
                port_of[frame[6:12]] = tap
                if chance.random() < loss or free[tap] - now > LONGEST_QUEUE:
                    continue
                free[tap] = max(free[tap], now) + len(frame) * seconds_per_byte
                known = None if frame[0] & BROADCAST else port_of.get(frame[:6])
                for port in taps if known is None else [known]:
                    if port != tap:
                        number += 1
                        heapq.heappush(under_way, (free[tap] + latency, number, port, frame))
        now = time.monotonic()
        while under_way and under_way[0][0] <= now:
            _, _, port, frame = heapq.heappop(under_way)
            deliver(port, frame)


if __name__ == "__main__":
    main()

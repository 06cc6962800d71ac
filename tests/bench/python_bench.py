"""How fast the Python package is: seconds to import it, events as arrays, gradients by callback. Each line with its goal.
Times are the processor's.

    PYTHONPATH=build/release/python /usr/bin/python3 tests/bench/python_bench.py
"""

import statistics
import subprocess
import sys
import time

import numpy as np

import acidsim


def seconds(work, repeats=5):
    """Of the processor, the least of several: other programs do not count."""
    times = []
    for _ in range(repeats):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def import_seconds(modules):
    code = f"import time; began = time.process_time(); import {modules}; print(time.process_time() - began)"
    return statistics.median(float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)
                             for _ in range(7))


def events_per_second():
    config = {"topology": {"family": "cycle", "workers": 1024}, "objective": {"name": "quadratic"}, "stop": {"time": 10000}}
    found = []
    took = seconds(lambda: found.append(len(acidsim.events(config))), repeats=3)
    return found[-1] / took


class Counting(acidsim.Objective):
    """A gradient that costs little more than its call."""

    dimension = 10
    calls = 0

    def __init__(self, draws):
        self.draws = draws

    def gradient(self, worker, index, x, rng):
        self.calls += 1
        return rng.standard_normal(10) if self.draws else x


def callback_seconds(draws, threads):
    """Seconds per gradient beyond what the same calls take in a loop of Python."""
    config = {"topology": {"family": "cycle", "workers": 16}, "algorithm": {"name": "local_only"}, "stop": {"time": 5000},
              "record": {"every": 5000, "metrics": ["consensus_distance"]}, "repeats": threads}
    objective = Counting(draws)
    took = seconds(lambda: acidsim.run(config, objective=objective, progress=False, threads=threads), repeats=3)
    calls = objective.calls // 3
    x, rng, function = np.zeros(10), np.random.default_rng(0), objective.gradient

    def alone():
        for index in range(100000):
            function(1, index, x, rng)

    return took / calls - seconds(alone) / 100000


def main():
    print(f"import              {import_seconds('numpy, pandas, acidsim') - import_seconds('numpy, pandas'):8.3f} s beyond NumPy and pandas"
          "   (goal ≤ 0.3)")
    print(f"events              {events_per_second():8.3g} per second   (goal ≥ 2e7)")
    for draws in (False, True):
        print(f"gradient callback   {1e6 * callback_seconds(draws, 1):8.3g} µs beyond the function{', which draws' if draws else ''}   (goal ≤ 5)")
    print(f"on four threads     {1e6 * callback_seconds(False, 4):8.3g} µs")


if __name__ == "__main__":
    main()

"""acidsim: simulate asynchronous decentralized optimization from Python.

    import acidsim
    result = acidsim.run({"topology": {"family": "cycle", "workers": 64}, "algorithm": {"name": "a2cid2"},
                          "objective": {"name": "quadratic", "noise": 0.1}, "stop": {"time": 200}})
    result.metrics          # a DataFrame: one row per repeat and record
    result.info             # run.json, with `state_digest` of each repeat
    result.plot()

Runs are those of the program `acidsim`, by the same code: configurations, messages, results and digests are equal.
"""

from acidsim.configuration import Experiment, explain, list_choices as list, schema, theory, validate
from acidsim.dynamics import Dynamics
from acidsim.errors import AcidsimWarning, InputError
from acidsim.events import EVENT, KINDS, events
from acidsim.methods import Method
from acidsim.objectives import Objective
from acidsim.randomness import generator
from acidsim.results import Result, load
from acidsim.running import run
from acidsim.simulation import Simulation
from acidsim.topologies import Topology, topology

__version__ = "0.1.0"
__all__ = ["AcidsimWarning", "Dynamics", "EVENT", "Experiment", "InputError", "KINDS", "Method", "Objective", "Result", "Simulation",
           "Topology", "events", "explain", "generator", "load", "run", "schema", "theory", "topology", "validate"]

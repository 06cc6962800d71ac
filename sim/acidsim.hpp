// acidsim as a library. Find it with find_package(acidsim), link acidsim::acidsim, or make a plug-in of sources by
// acidsim_add_plugin(name sources...). What is stable, within a minor version:
//
//   Experiment   what is to be run, as a value                  (experiment/experiment.hpp, sources.hpp)
//   run          from there to Results                          (experiment/run.hpp)
//   Graph, …     families, files, sequences, rates, spectra     (topologies/)
//   InputError   bad input: place, problem, value, hint         (core/error.hpp)
//   add_rows     methods, objectives, topologies and timing models of one's own, by name: Extension with AlgorithmRow and
//                Dynamics, OwnObjective, OwnTopology, OwnTiming  (experiment/extension.hpp)
//     what these derive from: Objective, SimpleObjective         (objectives/objective.hpp, simple_objective.hpp)
//                             EventSource                        (timing/source_schedule.hpp)
//     and draw by: Stream, Draws, Purpose                        (core/random.hpp)
//   load_plugin  the rows of a shared library; its entry is ACIDSIM_EXTENSION  (experiment/plugin.hpp, plugin_entry.hpp)
//
// The other headers are installed because these need them, and change freely. Nothing of sim/app is: it reads JSON, and is
// the program's own.
#pragma once

#include "sim/algorithms/table.hpp"
#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/data/fashion_mnist.hpp"
#include "sim/data/partition.hpp"
#include "sim/data/readers.hpp"
#include "sim/data/synthetic.hpp"
#include "sim/experiment/plugin.hpp"
#include "sim/experiment/plugin_entry.hpp"
#include "sim/experiment/run.hpp"
#include "sim/metrics/metric.hpp"
#include "topologies/families/families.hpp"
#include "topologies/families/sequences.hpp"
#include "topologies/files/files.hpp"
#include "topologies/rates/rates.hpp"
#include "topologies/spectrum/spectrum.hpp"

// acidsim as a library: what is stable. Find it with find_package(acidsim), link acidsim::acidsim.
//
//   Experiment   what is to be run, as a value               (experiment/experiment.hpp, sources.hpp)
//   run          from there to Results                       (experiment/run.hpp)
//   Graph, …     families, files, sequences, rates, spectra  (topologies/)
//   InputError   bad input: place, problem, value, hint      (core/error.hpp)
#pragma once

#include "sim/algorithms/table.hpp"
#include "sim/core/error.hpp"
#include "sim/data/fashion_mnist.hpp"
#include "sim/data/partition.hpp"
#include "sim/data/readers.hpp"
#include "sim/data/synthetic.hpp"
#include "sim/experiment/run.hpp"
#include "sim/metrics/metric.hpp"
#include "topologies/families/families.hpp"
#include "topologies/families/sequences.hpp"
#include "topologies/files/files.hpp"
#include "topologies/rates/rates.hpp"
#include "topologies/spectrum/spectrum.hpp"

// L-BFGS as the optimisation of rates uses it.
#pragma once

#include <functional>

#include "sim/core/types.hpp"

namespace acidsim {

// f(x), with ∇f(x) written to the second argument.
using RateFunction = std::function<double(const Vector<double>&, Vector<double>&)>;

// Descends on f from x until f changes by less than `change` in `past` iterations, `iterations` are done, or
// rounding hides any descent. The last x need not be the best one: f must keep the best point itself.
void descend(const RateFunction& f, Vector<double> x, int iterations, double change, int past);

}  // namespace acidsim

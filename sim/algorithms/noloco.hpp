// NoLoCo: local steps, and an outer step with one random partner instead of an all-reduce.
#pragma once

#include "sim/algorithms/row.hpp"

namespace acidsim {

// Kolehmainen, Blagoev, Donaghy, Ersoy, Nies, "NoLoCo: No-all-reduce Low Communication Training Method for Large
// Models", 2025, arXiv 2506.10911, as in its authors' code (sparse_optimizer_c.py). In each round, with a
// partner j that is drawn anew,
//
//     H times   x_i ← x_i − γ ∇F_i(x_i, ξ)
//     then      Δ_i = x_i − φ_i,   m_i ← α m_i + β (Δ_i + Δ_j)/2 + β ((φ_i + φ_j)/2 − φ_i),
//               φ_i ← φ_i + m_i,   x_i ← φ_i
//
//     x_i   model of worker i, in R^d        φ_i   its slow model
//     m_i   its momentum                     H     local_steps
//     γ     learning rate                    β     outer_learning_rate,  α   outer_momentum
//
// Partners are neighbours in the graph. Whoever finds none is its own partner.
Dynamics noloco_dynamics(int local_steps, double outer_learning_rate, double outer_momentum);

AlgorithmRow noloco_row();

}  // namespace acidsim

#include "sim/algorithms/exact_diffusion.hpp"

#include "sim/algorithms/linear_forms.hpp"

namespace acidsim {
namespace {

// What the three rows share.
AlgorithmRow with_diffusion(AlgorithmRow row, double mixed_share, DiffusionStart start) {
  row.parameters = {mixing_parameter()};
  row.dynamics = [=](const Values&) { return exact_diffusion_dynamics(mixed_share, start); };
  row.one_matrix_because = "a round undoes a part of what W did in the round before";
  row.fixed_point = "exact: Σ_i ∇f_i(x) = 0";
  row.step_limit = [](const Values&, const StepFacts& facts) { return two_over_smoothness(facts); };
  return row;
}

}  // namespace

Dynamics exact_diffusion_dynamics(double mixed_share, DiffusionStart start) {
  const LinearForms symbols(3, 1);
  const Form x = symbols.vector(0), psi = symbols.vector(1), g = symbols.vector(2);
  const Form corrected = 2 * x - g - psi;
  Dynamics dynamics{
      .vectors = {"x", "psi", "gamma_g"},
      .initial = Eigen::Vector3d(1, 1, 0),
      .point = Eigen::Vector3d(1, 0, 0),
      .gradient = symbols.gradient({x, psi, symbols.step()}),
      .rounds = {symbols.round({corrected}, {(1 - mixed_share) * corrected + mixed_share * symbols.mixed(0),
                                             x - g, symbols.zero()})},
      .program = {Verb::gradient, Verb::round}};
  if (start == DiffusionStart::unmixed)
    dynamics.opening = {symbols.round({}, {x - g, x - g, symbols.zero()})};
  return dynamics;
}

AlgorithmRow exact_diffusion_row() {
  return with_diffusion(
      {.name = "exact_diffusion",
       .summary = "exact diffusion, in rounds: exact under heterogeneous data, one vector per message",
       .source = "Yuan et al. 2019",
       .equations = {"x¹ = W̃ (x⁰ − γg⁰), W̃ = (I + W)/2", "x^{k+1} = W̃ (2x^k − x^{k−1} − γ (g^k − g^{k−1}))"},
       .dynamics = {},
       .sends = "one vector to each neighbour"},
      0.5, DiffusionStart::mixed);
}

AlgorithmRow nids_row() {
  return with_diffusion(
      {.name = "nids",
       .summary = "NIDS, in rounds: exact under heterogeneous data, one vector per message",
       .source = "Li, Shi, Yan 2019",
       .equations = {"x¹ = x⁰ − γg⁰", "x^{k+1} = W̃ (2x^k − x^{k−1} − γ (g^k − g^{k−1})), W̃ = (I + W)/2"},
       .dynamics = {},
       .sends = "one vector to each neighbour, and none in the first round"},
      0.5, DiffusionStart::unmixed);
}

AlgorithmRow d2_row() {
  return with_diffusion(
      {.name = "d2",
       .summary = "D², in rounds: exact under heterogeneous data; needs λ_n(W) > −1/3",
       .source = "Tang et al. 2018",
       .equations = {"x¹ = W (x⁰ − γg⁰)", "x^{k+1} = W (2x^k − x^{k−1} − γ (g^k − g^{k−1}))"},
       .dynamics = {},
       .least_eigenvalue = -1.0 / 3,
       .sends = "one vector to each neighbour"},
      1, DiffusionStart::mixed);
}

}  // namespace acidsim

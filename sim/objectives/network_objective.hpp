// Neural networks (sim/networks) as objectives: f_i is the mean loss over the rows of worker i.
#pragma once

#include <memory>

#include "sim/networks/architecture.hpp"
#include "sim/objectives/network_model.hpp"
#include "sim/objectives/regression.hpp"

namespace acidsim {

// Of a sample: cross_entropy: log Σ_c exp(z_c) − z_label. squared: ½‖z − y‖², y = 1 at the label and 0 elsewhere, or the
// sample's target.
enum class NetworkLoss { cross_entropy, squared };

// The statistics that batch normalisation evaluates a model with. recomputed: from the model itself, each time, as the mean
// over 20 batches of 256 rows that are drawn by their numbers. running: the exponential means that each worker keeps while
// it trains, x̄ by those of worker 0, as in AdelNabli/ACiD. mean: the mean of those over all workers.
enum class NormStatistics { recomputed, running, mean };

// Gradients are taken in training passes: batch normalisation by the batch's own statistics, dropout. Everything else
// evaluates the model: without dropout, and with other statistics of normalisation. ∇f of a network with batch normalisation
// is no function of x alone; full_gradient() takes the mean over batches of 256 consecutive rows.
struct NetworkSettings {
  Architecture architecture;
  NetworkLoss loss = NetworkLoss::cross_entropy;
  NormStatistics normalisation = NormStatistics::recomputed;
};

// parameters.l2 is not used. Throws InputError where data and architecture do not fit.
template <class Scalar>
std::unique_ptr<Objective<Scalar>> make_network_objective(const NetworkSettings& settings,
                                                          RegressionParameters<Scalar> parameters);

// As make_network_objective, of a network that is there. Several objectives may share it.
template <class Scalar>
std::unique_ptr<ModelObjective<Scalar>> make_model_objective(
    std::shared_ptr<const NetworkModel<Scalar>> network, NetworkLoss loss,
    RegressionParameters<Scalar> parameters, NormStatistics normalisation = NormStatistics::recomputed);

// Throws InputError where such data are not what a network with this loss learns from.
template <class Scalar>
void check_network_data(NetworkLoss loss, const RegressionParameters<Scalar>& parameters);

}  // namespace acidsim

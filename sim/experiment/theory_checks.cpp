// Where theory is exact: which experiments, and their quadratics.
#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/experiment/theory_problem.hpp"

namespace acidsim {
namespace {

[[noreturn]] void no_theory(const std::string& place, const std::string& why, const std::string& value,
                            const std::string& hint) {
  throw InputError(place, "there is no exact theory " + why, value, hint);
}

void check_method(const Plan& plan) {
  const Dynamics& dynamics = plan.dynamics;
  const std::string& name = plan.algorithm().name;
  const auto refuse = [&](const std::string& why) {
    no_theory("/algorithm/name", why, name,
              "a method of pairs such as async_gossip, a2cid2, ad_psgd or gossip_tracking");
  };
  if (dynamics.mixes_in_rounds()) refuse("of rounds, which end at random times");
  if (dynamics.has_server()) refuse("of methods with a server");
  if (dynamics.sends()) refuse("of messages that are sent one way");
  if (dynamics.dual || dynamics.dual_gradients) refuse("of methods that exchange gradients of conjugates");
  if (plan.experiment.algorithm.compression)
    no_theory("/algorithm/compression", "of compressed messages, which are not linear", "", "leave it out");
  if (plan.algorithm().follows_dynamics && !plan.algorithm().follows_dynamics(plan.constants))
    no_theory("/algorithm/exchange_order", "of this order, which is not that of the equations", "",
              "\"sde\"");
  if (plan.network->changes())
    no_theory("/topology", "of graphs that change over time", plan.network->graph.name,
              "a fixed graph without failures");
}

void check_clocks(const Plan& plan) {
  const Timing& timing = plan.experiment.timing;
  if (timing.model != TimingModel::poisson)
    no_theory("/timing/model", "of other clocks than Poisson's", "", "\"poisson\"");
  if (timing.churn) no_theory("/timing/churn", "of workers that leave and return", "", "leave it out");
  if (timing.read == GradientRead::at_start)
    no_theory("/timing/gradient/read", "of gradients that are read early", "\"at_start\"", "\"at_step\"");
  if (plan.experiment.objective.has_gradients() &&
      plan.gradient_rates(plan.seed_of(0)) != plan.gradient_rates(plan.seed_of(1)))
    no_theory("/timing/gradient_rate", "of rates that each repeat draws anew", "", "a list of rates");
}

void check_optimizer(const Plan& plan) {
  if (!plan.experiment.objective.has_gradients()) return;
  const OptimizerParameters parameters = plan.optimizer();
  const auto* sgd = std::get_if<SgdParameters>(&parameters);
  if (sgd == nullptr) no_theory("/optimizer/name", "of optimizers that are not linear", "", "\"sgd\"");
  if (!sgd->learning_rate.is_constant())
    no_theory("/optimizer/schedule", "of learning rates that change", name_of(sgd->learning_rate.kind),
              "\"constant\"");
  if (sgd->clip_norm)
    no_theory("/optimizer/clip_norm", "of clipped gradients, which are not linear", "", "null");
  if (!sgd->decay_excludes.empty())
    no_theory("/optimizer/decay_excludes", "where weight decay leaves out coordinates", "", "[]");
}

bool equal_forms(const QuadraticForm& a, const QuadraticForm& b) {
  return a.hessian.size() == b.hessian.size() && a.hessian == b.hessian && a.pull == b.pull;
}

// By what numbers stand out from draws of N(0, 1), told by the largest draw.
double scale_of(const Vector<double>& numbers, const Vector<double>& draws) {
  Index largest = 0;
  draws.cwiseAbs().maxCoeff(&largest);
  return std::abs(numbers[largest] / draws[largest]);
}

// What draws are addressed by is known, so that one gradient, less what it is without noise, tells the noise.
template <class Scalar>
double noise_of(const Objective<Scalar>& objective, const QuadraticForm& form, std::uint64_t seed) {
  Vector<Scalar> gradient;
  const auto scratch = objective.scratch();
  objective.gradient(0, 0, Vector<Scalar>::Zero(objective.dimension()), gradient, *scratch);
  Vector<double> draws(objective.dimension());
  Stream(seed, Purpose::gradient_noise, 0)
      .visit_normals(0, static_cast<std::size_t>(draws.size()),
                     [&](std::size_t first, std::span<const float> some) {
                       for (std::size_t k = 0; k < some.size(); ++k)
                         draws[static_cast<Index>(first + k)] = some[k];
                     });
  return scale_of(gradient.template cast<double>() + form.pull, draws);
}

// The same of centres: pull = A b.
template <class Scalar>
double drawn_of(const QuadraticForm& form, bool diagonal, std::uint64_t seed) {
  Vector<Scalar> draws(form.pull.size());
  Stream(seed, Purpose::problem, 0)
      .normals(0, std::span<Scalar>(draws.data(), static_cast<std::size_t>(draws.size())));
  const Vector<double> b = draws.template cast<double>();
  const Vector<double> pull =
      diagonal ? Vector<double>(form.hessian.col(0).cwiseProduct(b)) : form.hessian * b;
  return scale_of(form.pull, pull);
}

template <class Scalar>
std::optional<KnownQuadratics> quadratics_of(const Plan& plan, Resources& resources) {
  const ObjectiveSource& source = plan.experiment.objective;
  if (source.data && source.batch_size > 0)
    no_theory("/objective/batch_size", "of minibatches", fmt::format("{}", source.batch_size), "0, all rows");
  const std::uint64_t seed = plan.seed_of(0), other_seed = plan.seed_of(1);
  const auto objective = plan.make_objective<Scalar>(resources, seed);
  if (!objective) return std::nullopt;
  constexpr double most_numbers = 1e7;
  const auto refuse_size = [&](double numbers) {
    if (plan.workers() * numbers > most_numbers)
      throw InputError("/topology/workers",
                       "exact theory would take too many numbers of the workers' quadratics",
                       fmt::format("{} workers, {} coordinates", plan.workers(), objective->dimension()),
                       "fewer workers or coordinates");
  };
  refuse_size(static_cast<double>(objective->dimension()));
  const auto first = objective->quadratic_form(0);
  if (!first)
    no_theory("/objective/name", "of an objective that is no quadratic", source.name, "\"quadratic\"");
  refuse_size(static_cast<double>(first->hessian.size()));
  KnownQuadratics known{.diagonal = first->hessian.cols() == 1,
                        .pulls = Matrix<double>(objective->dimension(), plan.workers())};
  for (Worker i = 0; i < plan.workers(); ++i) {
    const auto form = objective->quadratic_form(i);
    known.hessians.push_back(form->hessian);
    known.pulls.col(i) = form->pull;
  }
  if (source.noise) known.noise = noise_of<Scalar>(*objective, *first, seed);
  const auto other = plan.make_objective<Scalar>(resources, other_seed);
  if (source.varies == Varies::with_repeats && !equal_forms(*first, *other->quadratic_form(0))) {
    if (source.data)
      no_theory("/objective/partition", "of rows that each repeat deals out anew", "",
                "give the partition a seed");
    known.drawn = drawn_of<Scalar>(*first, known.diagonal, seed);
  }
  if (objective->no_minimiser_reason().empty()) known.minimiser = objective->minimiser().point;
  return known;
}

}  // namespace

void check_theory(const Plan& plan) {
  check_method(plan);
  check_clocks(plan);
  check_optimizer(plan);
  if (plan.experiment.initial.kind == InitialKind::network)
    no_theory("/initial/kind", "of random starts of networks", "\"network\"", "\"zero\" or \"normal\"");
}

std::optional<KnownQuadratics> known_quadratics(const Plan& plan, Resources& resources) {
  return plan.single_precision() ? quadratics_of<float>(plan, resources)
                                 : quadratics_of<double>(plan, resources);
}

}  // namespace acidsim

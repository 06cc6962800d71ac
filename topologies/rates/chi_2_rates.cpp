#include "topologies/rates/chi_2_rates.hpp"

#include <algorithm>

#include "topologies/spectrum/spectrum.hpp"

namespace acidsim {
namespace {

// From equal rates the largest R_e is above its optimum by a factor of about 1 + log(m/(n − 1))/k after k
// iterations, so some tens serve for large graphs and small ones can have many.
int most_iterations(Index edges) { return static_cast<int>(std::clamp<Index>(1'000'000 / edges, 40, 4000)); }

}  // namespace

RateSolution minimise_chi_2(const RateProblem& problem, double gap) {
  const double optimum = static_cast<double>(problem.workers - 1) / problem.budget;  // of max R_e
  Vector<double> w =
      Vector<double>::Constant(problem.size(), problem.budget / static_cast<double>(problem.size()));
  RateSolution best;
  best.lower_bound = 0.5 * optimum;
  double least = infinity;
  std::vector<Edge> edges = problem.edges;
  for (int k = 0; k < most_iterations(problem.size()) && !(least <= (1.0 + gap) * optimum); ++k) {
    for (std::size_t e = 0; e < edges.size(); ++e) edges[e].rate = w[static_cast<Index>(e)];
    const Spectrum s = spectrum(problem.workers, edges, {.all_resistances = true});
    const Eigen::Map<const Vector<double>> resistances(s.resistances.data(), w.size());
    if (resistances.maxCoeff() < least) {
      least = resistances.maxCoeff();
      best.rates = w;
    }
    w = w.cwiseProduct(resistances).eval();
    w *= problem.budget / w.sum();
  }
  return best;
}

}  // namespace acidsim

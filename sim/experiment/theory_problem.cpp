#include "sim/experiment/theory_problem.hpp"

#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <map>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

constexpr Worker most_known_workers = 20000;  // whose products of known numbers are summed pair by pair

// Where the workers start, along each coordinate: known points plus N(0, scale²) of their own or in common.
struct TheoryStart {
  Matrix<double> known;        // d × n
  double own = 0, common = 0;  // variances
};

TheoryStart start_of(const Plan& plan, Index dimension) {
  const InitialSettings& initial = plan.experiment.initial;
  const Index n = plan.workers();
  TheoryStart start{Matrix<double>::Zero(dimension, n)};
  const double variance = initial.scale * initial.scale;
  if (initial.kind == InitialKind::points)
    start.known = plan.initial_points->cols() > 1 ? *plan.initial_points
                                                  : plan.initial_points->col(0).replicate(1, n).eval();
  if (initial.kind == InitialKind::common_normal) start.common = variance;
  if (initial.kind == InitialKind::normal) start.own = variance;
  if (!initial.average) return start;
  start.known = start.known.rowwise().mean().replicate(1, n).eval();
  start.common += start.own / static_cast<double>(n);
  start.own = 0;
  return start;
}

// Turns coordinates so that all Hessians are diagonal, where some rotation does.
void diagonalise(KnownQuadratics& known, TheoryStart& start) {
  if (known.diagonal) return;
  const Index d = known.pulls.rows();
  Matrix<double> mixed = Matrix<double>::Zero(d, d);
  double scale = 0;
  for (std::size_t i = 0; i < known.hessians.size();
       ++i) {  // irrational weights: no eigenvalues meet by chance
    mixed += (1 + 0.1 * std::sin(static_cast<double>(i + 1))) * known.hessians[i];
    scale = std::max(scale, known.hessians[i].norm());
  }
  const Matrix<double> basis = Eigen::SelfAdjointEigenSolver<Matrix<double>>(mixed).eigenvectors();
  std::vector<Matrix<double>> diagonals;
  for (const Matrix<double>& hessian : known.hessians) {
    Matrix<double> turned = basis.transpose() * hessian * basis;
    diagonals.emplace_back(turned.diagonal());
    turned.diagonal().setZero();
    if (turned.norm() > 1e-12 * scale) return;
  }
  known.hessians = std::move(diagonals);
  known.diagonal = true;
  known.pulls = (basis.transpose() * known.pulls).eval();
  start.known = (basis.transpose() * start.known).eval();
  if (known.minimiser.size() > 0) known.minimiser = (basis.transpose() * known.minimiser).eval();
}

class ProblemBuilder {
 public:
  ProblemBuilder(const Plan& plan, std::optional<KnownQuadratics> known, double step_scale)
      : plan_(plan),
        known_(std::move(known)),
        start_(start_of(plan, plan.expected.dimension)),
        edges_(plan.averaging_edges()),
        origin_(moves_with_origin(plan.dynamics)) {
    if (!known_) return;
    rates_ = plan.gradient_rates(plan.experiment.seed);
    const OptimizerParameters parameters = plan.optimizer();
    const auto& sgd = std::get<SgdParameters>(parameters);
    step_ = {step_scale * sgd.learning_rate.base, sgd.momentum, sgd.nesterov, sgd.weight_decay};
    diagonalise(*known_, start_);
  }

  TheoryProblem build() {
    if (!known_) return {{gossip_system()}, false};
    TheoryProblem problem;
    problem.has_minimiser = centred_ = known_->minimiser.size() > 0;
    if (!problem.has_minimiser) known_->minimiser = Vector<double>::Zero(known_->pulls.rows());
    if (known_->diagonal) {
      for (const auto& [hessian, coordinates] : alike())
        problem.systems.push_back(separate_system(hessian, coordinates));
    } else {
      problem.systems.push_back(coupled_system());
    }
    return problem;
  }

 private:
  Worker workers() const { return plan_.workers(); }

  std::shared_ptr<const Pairs> pairs(bool alike) {
    if (alike && workers() <= most_known_workers) {
      if (!differences_) differences_ = pairs_by_difference(workers(), edges_);
      if (differences_) return differences_;
    }
    constexpr Worker most = 550;  // 300000 pairs
    if (workers() > most)
      throw InputError(
          "/topology/workers", "exact theory would take a number for every pair of workers",
          fmt::format("{}", workers()),
          fmt::format(
              "at most {}, or a cycle, torus, hypercube or circulant graph whose workers are all alike",
              most));
    if (!all_) all_ = all_pairs(workers(), edges_);
    return all_;
  }

  TheorySystem gossip_system() {
    check_size(1, 0, *pairs(true));
    const MomentEquations equations = moment_equations(plan_.dynamics, {}, {}, {}, 1, 0);
    TheorySystem system{equations, pairs(true), StartMoments(1, *pairs(true)), Matrix<double>::Zero(1, 1)};
    for (Index k = 0; k < start_.known.rows(); ++k) system.start.add(start_.known.row(k).transpose());
    const auto d = static_cast<double>(start_.known.rows());
    system.start.add(Matrix<double>::Constant(1, 1, d * start_.own),
                     Matrix<double>::Constant(1, 1, d * start_.common));
    return system;
  }

  // Curvatures along a coordinate, of each worker or of all, and the coordinates that have them.
  std::map<std::vector<double>, std::vector<Index>> alike() const {
    std::map<std::vector<double>, std::vector<Index>> groups;
    for (Index k = 0; k < known_->pulls.rows(); ++k) {
      std::vector<double> curvatures;
      for (const Matrix<double>& hessian : known_->hessians) curvatures.push_back(hessian(k, 0));
      if (std::equal(curvatures.begin() + 1, curvatures.end(), curvatures.begin())) curvatures.resize(1);
      groups[curvatures].push_back(k);
    }
    return groups;
  }

  bool equal_rates() const { return std::equal(rates_.begin() + 1, rates_.end(), rates_.begin()); }

  // u of each worker: its pull, and the minimiser where the method does not move with the origin.
  TheorySystem separate_system(const std::vector<double>& h, const std::vector<Index>& coordinates) {
    const bool alike = h.size() == 1 && equal_rates();
    const Index unchanging = !origin_ ? 2 : pulled(h, coordinates) ? 1 : 0;
    check_size(1, unchanging, *pairs(alike));
    std::vector<LinearGradient> gradients;
    std::vector<double> rates = rates_;
    if (alike) rates.resize(1);
    // Moments are those of all these coordinates together, as in add_start().
    const double noise = known_->noise * std::sqrt(static_cast<double>(coordinates.size()));
    for (std::size_t i = 0; i < rates.size(); ++i) {
      Matrix<double> pull = Matrix<double>::Zero(1, unchanging);
      if (unchanging > 0) pull(0, 0) = 1;
      gradients.push_back({Matrix<double>::Constant(1, 1, h[h.size() == 1 ? 0 : i]), pull, noise});
    }
    MomentEquations equations = moment_equations(plan_.dynamics, step_, gradients, rates, 1, unchanging);
    if (!origin_) equations.model(0, equations.vectors - 1) = -1;
    double mean = 0;
    for (const double own : h) mean += own / static_cast<double>(h.size());
    TheorySystem system{equations, pairs(alike), StartMoments(1 + unchanging, *pairs(alike)),
                        Matrix<double>::Constant(1, 1, mean)};
    // Seen from the minimiser, Σ_i pull_i = 0, but for weight decay that pulls elsewhere.
    if (unchanging == 1 && centred_ && step_.weight_decay == 0) system.centred = equations.vectors - 1;
    for (const Index k : coordinates) add_start(h, k, system.start);
    return system;
  }

  // What a coordinate starts from, given its centres' pulls and its minimiser: x_0, pull (and x*).
  Matrix<double> numbers(const std::vector<double>& h, const Vector<double>& x_0, const Vector<double>& pull,
                         double minimiser) const {
    const Index n = workers();
    Matrix<double> all(n, origin_ ? 2 : 3);
    all.col(0) = x_0;
    all.col(1) = pull;
    if (!origin_) {
      all.col(2).setConstant(minimiser);
      return all;
    }
    all.col(0).array() -= minimiser;
    for (Index i = 0; i < n; ++i)
      all(i, 1) -= (h[h.size() == 1 ? 0 : static_cast<std::size_t>(i)] + step_.weight_decay) * minimiser;
    return all;
  }

  // Whether anything pulls a worker away from the origin along these coordinates.
  bool pulled(const std::vector<double>& h, const std::vector<Index>& coordinates) const {
    if (known_->drawn > 0) return true;
    const Vector<double> none = Vector<double>::Zero(workers());
    return std::any_of(coordinates.begin(), coordinates.end(), [&](Index k) {
      return !numbers(h, none, known_->pulls.row(k).transpose(), known_->minimiser[k]).col(1).isZero(0);
    });
  }

  void add_start(const std::vector<double>& h, Index k, StartMoments& start) const {
    const Index numbers_of = start.numbers();
    Matrix<double> own = Matrix<double>::Zero(numbers_of, numbers_of), common = own;
    own(0, 0) = start_.own;
    common(0, 0) = start_.common;
    const Vector<double> x_0 = start_.known.row(k).transpose(), none = Vector<double>::Zero(workers());
    if (known_->drawn == 0) {
      start.add(numbers(h, x_0, known_->pulls.row(k).transpose(), known_->minimiser[k]).leftCols(numbers_of));
    } else {
      if (!x_0.isZero(0)) start.add(numbers(h, x_0, none, 0));
      if (h.size() == 1)
        add_drawn_alike(h[0], own, common);
      else
        add_drawn(h, start);
    }
    start.add(own, common);
  }

  // Centres b_i of variance τ², with the minimiser b̄ and pulls h b_i, less (h + decay) b̄ where that is the origin.
  void add_drawn_alike(double h, Matrix<double>& own, Matrix<double>& common) const {
    const double variance = known_->drawn * known_->drawn, of_mean = variance / workers();
    own(1, 1) += h * h * variance;
    if (!origin_) {
      common(2, 2) += of_mean;
      common(1, 2) += h * of_mean;
      common(2, 1) += h * of_mean;
      return;
    }
    const double moved = h + step_.weight_decay;
    common(1, 1) += (moved * moved - 2 * h * moved) * of_mean;
    common(0, 0) += of_mean;
    common(0, 1) += (moved - h) * of_mean;
    common(1, 0) += (moved - h) * of_mean;
  }

  // The same where curvatures differ: the part of each worker's centre by itself.
  void add_drawn(const std::vector<double>& h, StartMoments& start) const {
    double sum = 0;
    for (const double own : h) sum += own;
    const Vector<double> none = Vector<double>::Zero(workers());
    for (Index i = 0; i < static_cast<Index>(workers()); ++i) {
      const double own = known_->drawn * h[static_cast<std::size_t>(i)];
      start.add(numbers(h, none, own * Vector<double>::Unit(workers(), i), sum > 0 ? own / sum : 0));
    }
  }

  // u = 1 for all workers, through which pulls act.
  TheorySystem coupled_system() {
    const Index d = known_->pulls.rows();
    if (known_->drawn > 0)
      throw InputError(
          "/objective/seed",
          "there is no exact theory of centres that each repeat draws anew, where matrices do not commute",
          "null", "a number, or give the centers");
    check_size(d, 1, *pairs(false));
    std::vector<LinearGradient> gradients;
    Matrix<double> curvature = Matrix<double>::Zero(d, d);
    const Vector<double>& minimiser = known_->minimiser;
    for (Index i = 0; i < static_cast<Index>(workers()); ++i) {
      const Matrix<double>& hessian = known_->hessians[static_cast<std::size_t>(i)];
      Vector<double> pull = known_->pulls.col(i);
      if (origin_) pull -= hessian * minimiser + step_.weight_decay * minimiser;
      gradients.push_back({hessian, pull, known_->noise});
      curvature += hessian / static_cast<double>(workers());
    }
    MomentEquations equations = moment_equations(plan_.dynamics, step_, gradients, rates_, d, 1);
    if (!origin_) equations.model.col(equations.vectors - 1) = -minimiser;
    TheorySystem system{equations, pairs(false), StartMoments(d + 1, *pairs(false)), curvature};
    Matrix<double> known(workers(), d + 1), own = Matrix<double>::Zero(d + 1, d + 1), common = own;
    known.leftCols(d) = start_.known.transpose();
    if (origin_) known.leftCols(d).rowwise() -= minimiser.transpose();
    known.col(d).setOnes();
    system.start.add(known);
    own.topLeftCorner(d, d).diagonal().setConstant(start_.own);
    common.topLeftCorner(d, d).diagonal().setConstant(start_.common);
    system.start.add(own, common);
    return system;
  }

  // Of one system, before any of it is made. Numbers of a worker besides the method's vectors: momentum and `unchanging`.
  void check_size(Index coordinates, Index unchanging, const Pairs& pairs) const {
    const auto momentum = static_cast<Index>(known_ && step_.momentum != 0);
    const auto vectors = static_cast<double>((plan_.dynamics.size() + momentum) * coordinates + unchanging);
    const double total = vectors * vectors * static_cast<double>(pairs.size());
    constexpr double most = 6e5;
    if (total > most)
      throw InputError(
          "/topology/workers", "exact theory would take too many numbers", fmt::format("{:.3g}", total),
          fmt::format("at most {:g}: fewer workers or coordinates, or a cycle, torus, hypercube or "
                      "circulant graph whose workers are all alike",
                      most));
  }

  const Plan& plan_;
  std::optional<KnownQuadratics> known_;
  TheoryStart start_;
  std::vector<Edge> edges_;
  bool origin_;  // the minimiser is the origin
  bool centred_ = false;
  std::vector<double> rates_;
  StepRule step_;
  std::shared_ptr<const Pairs> differences_, all_;
};

}  // namespace

TheoryProblem theory_problem(const Plan& plan, Resources& resources, double step_scale) {
  check_theory(plan);
  return ProblemBuilder(plan, known_quadratics(plan, resources), step_scale).build();
}

}  // namespace acidsim

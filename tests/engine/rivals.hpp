// The problem of the independently computed trajectories (tests/data/rivals).
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/algorithms/generic_kernel.hpp"
#include "tests/engine/runs.hpp"
#include "tests/reference/explicit_quadratic.hpp"

namespace acidsim {

using nlohmann::json;

inline json rivals(const std::string& file) {
  std::ifstream in(ACIDSIM_TEST_DATA "/rivals/" + file);
  return json::parse(in);
}

inline Vector<double> vector_of(const json& values) {
  const auto numbers = values.get<std::vector<double>>();
  return Eigen::Map<const Vector<double>>(numbers.data(), static_cast<Index>(numbers.size()));
}

constexpr Worker rival_workers = 8;

// Eight quadratics in R³ without noise, γ = 1/8 by default, all workers at x_0.
struct Problem {
  std::unique_ptr<Kernel<double>> kernel;
  std::unique_ptr<reference::ExplicitQuadratic> objective;
  Sgd<double> optimizer;

  explicit Problem(const Dynamics& dynamics, const SgdParameters& steps = {.learning_rate = {.base = 0.125}})
      : kernel(make_generic_kernel<double>(dynamics, rival_workers + dynamics.has_server(), 3)),
        optimizer(steps, kernel->workers(), 3) {
    const json file = rivals("problem.json");
    std::vector<Matrix<double>> a;
    std::vector<Vector<double>> b;
    for (const json& rows : file["A"]) {
      Matrix<double> matrix(3, 3);
      for (int i = 0; i < 3; ++i) matrix.row(i) = vector_of(rows[static_cast<std::size_t>(i)]);
      a.push_back(matrix);
    }
    for (const json& values : file["b"]) b.push_back(vector_of(values));
    objective = std::make_unique<reference::ExplicitQuadratic>(std::move(a), std::move(b));
    for (Worker i = 0; i < kernel->workers(); ++i) kernel->initialise(i, vector_of(file["x0"]));
    if (dynamics.has_server()) kernel->serve(rival_workers);
  }

  Simulation<double> on(const Schedule& schedule, StopRules stop) {
    return {.schedule = schedule,
            .kernel = *kernel,
            .objective = objective.get(),
            .optimizer = &optimizer,
            .edges = 64,
            .stop = stop,
            .observe = {.every = infinity}};
  }

  // The models, one a column, at the times 0, 1, 2, …: where round k happens at time k, after each round.
  template <class Run>
  std::vector<Matrix<double>> models_after_rounds(const Schedule& schedule, const Run& run) {
    std::vector<Matrix<double>> models;
    Simulation<double> simulation = on(schedule, {});
    simulation.observe.every = 1;
    simulation.observe.on_record = [&](const Record<double>& record) {
      Matrix<double> x(3, rival_workers);
      for (Worker i = 0; i < rival_workers; ++i) record.states.read(i, the_model, {x.col(i).data(), 3});
      models.push_back(x);
      return false;
    };
    run(simulation);
    return models;
  }
};

inline const auto serially = [](const Simulation<double>& simulation) { return run_serial(simulation); };
inline const auto on_three_threads = [](const Simulation<double>& simulation) {
  return run_openmp(simulation, 3, Sharing::always);
};

// The mixing matrix of the file as a group of all workers.
inline Group group_of(const json& matrix) {
  Group group;
  group.first = {0};
  for (Worker i = 0; i < rival_workers; ++i) {
    group.members.push_back(i);
    for (Worker j = 0; j < rival_workers; ++j) {
      const double weight = matrix[i][j];
      if (i == j || weight == 0) continue;
      group.neighbours.push_back(j);
      group.weights.push_back(weight);
      if (i < j) group.edges.push_back(static_cast<std::uint32_t>(group.edges.size()));
    }
    group.first.push_back(static_cast<std::uint32_t>(group.neighbours.size()));
  }
  return group;
}

}  // namespace acidsim

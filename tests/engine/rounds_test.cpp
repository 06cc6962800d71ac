// Methods of synchronous rounds through whole runs, against trajectories, contraction factors and limits that were
// computed independently (tests/data/rivals): eight quadratics in R³ without noise.
#include <gtest/gtest.h>

#include "sim/algorithms/all_reduce_sgd.hpp"
#include "sim/algorithms/d_psgd.hpp"
#include "sim/algorithms/diloco.hpp"
#include "sim/algorithms/exact_diffusion.hpp"
#include "sim/algorithms/extra.hpp"
#include "sim/algorithms/gradient_tracking.hpp"
#include "sim/algorithms/local_sgd.hpp"
#include "sim/algorithms/noloco.hpp"
#include "sim/algorithms/qg_dsgdm.hpp"
#include "tests/engine/rivals.hpp"

namespace acidsim {
namespace {

struct Rival {
  std::string name;  // in the files
  Dynamics dynamics;
  double learning_rate;
  double momentum = 0;   // of the local optimizer
  int rounds_ahead = 0;  // rounds of the file that come before the first event
};

std::vector<Rival> rivals_of_rounds() {
  return {
      {"allreduce_sgd", all_reduce_sgd_dynamics(), 1.0 / 8},
      {"dpsgd_cta", d_psgd_dynamics(MixingOrder::combine_then_adapt), 1.0 / 8},
      {"dpsgd_atc", d_psgd_dynamics(MixingOrder::adapt_then_combine), 1.0 / 8},
      {"dsgd_momentum", d_psgd_dynamics(MixingOrder::adapt_then_combine), 1.0 / 32, 0.875},
      {"qg_dsgdm", qg_dsgdm_dynamics(0.875), 1.0 / 32},
      {"gt_diging", gradient_tracking_dynamics(TrackingVariant::diging), 1.0 / 16},
      {"gt_semi_atc", gradient_tracking_dynamics(TrackingVariant::semi_atc), 1.0 / 16},
      {"gt_atc", gradient_tracking_dynamics(TrackingVariant::atc), 1.0 / 16},
      {"extra", extra_dynamics(), 1.0 / 8},
      {"d2", exact_diffusion_dynamics(1, DiffusionStart::mixed), 1.0 / 8},
      {"exact_diffusion", exact_diffusion_dynamics(0.5, DiffusionStart::mixed), 1.0 / 8},
      {"nids", exact_diffusion_dynamics(0.5, DiffusionStart::unmixed), 1.0 / 8, 0, 1},
      {"local_sgd", local_sgd_dynamics(4), 1.0 / 8},
      {"diloco", diloco_dynamics(4, 0.75, 0.5), 1.0 / 8},
      {"noloco", noloco_dynamics(4, 0.75, 0.5), 1.0 / 8},
  };
}

class RoundsOfRivals : public ::testing::TestWithParam<Rival> {};
INSTANTIATE_TEST_SUITE_P(Methods, RoundsOfRivals, ::testing::ValuesIn(rivals_of_rounds()),
                         [](const auto& test) { return test.param.name; });

// The groups of a run: all workers with the mixing matrix of the file, all workers, and the pairs of NoLoCo: those of
// even rounds, then those of odd ones.
std::vector<Group> groups_of_rivals() {
  std::vector<Group> groups{group_of(rivals("problem.json")["W_chords"])};
  groups.push_back({.members = groups.front().members, .mean_of_all = true});
  for (Worker shift = 0; shift < 2; ++shift)
    for (const auto& [a, b] : {std::pair(0u, 4u), std::pair(1u, 3u), std::pair(2u, 6u), std::pair(5u, 7u)}) {
      const auto [i, j] = std::minmax((a + shift) % workers, (b + shift) % workers);
      groups.push_back({.members = {i, j}, .first = {0, 1, 2}, .neighbours = {1, 0}, .weights = {0.5, 0.5}});
    }
  return groups;
}

// The events of so many rounds: round k happens at time k.
std::vector<Event> events_of(const Dynamics& dynamics, int rounds) {
  std::vector<Event> events;
  for (int k = 1; k <= rounds; ++k) {
    std::uint16_t number = 0;
    for (const Verb verb : dynamics.program) {
      for (Worker i = 0; verb != Verb::round && i < workers; ++i)
        events.push_back({double(k), i, i, i, verb});
      if (verb != Verb::round) continue;
      const Company company = dynamics.rounds[number].company;
      const std::uint32_t first = company == Company::neighbours ? 0
                                  : company == Company::everyone ? 1
                                  : k % 2 == 1                   ? 2
                                                                 : 6;
      for (std::uint32_t group = first; group < first + (company == Company::partner ? 4 : 1); ++group)
        events.push_back({double(k), 0, 0, group, Verb::round, 0, number});
      ++number;
    }
  }
  return events;
}

// The models after each round; entry 0 is before the first.
template <class Run>
std::vector<Matrix<double>> models_of(const Rival& rival, int rounds, const Vector<double>& start,
                                      const Run& run) {
  ListSchedule schedule(events_of(rival.dynamics, rounds));
  schedule.set_groups(groups_of_rivals());
  Problem problem(rival.dynamics,
                  {.learning_rate = {.base = rival.learning_rate}, .momentum = rival.momentum});
  for (Worker i = 0; i < workers; ++i) problem.kernel->initialise(i, start);
  std::vector<Matrix<double>> models;
  Simulation<double> simulation = problem.on(schedule, {});
  simulation.observe.every = 1;
  simulation.observe.on_record = [&](const Record<double>& record) {
    Matrix<double> x(3, workers);
    for (Worker i = 0; i < workers; ++i) record.states.read(i, the_model, {x.col(i).data(), 3});
    models.push_back(x);
    return false;
  };
  run(simulation);
  return models;
}

// 1e-12: the two computations of each number differ by at most 1e-14.
TEST_P(RoundsOfRivals, FollowTheTrajectory) {
  const Rival& rival = GetParam();
  const json expected = rivals("rounds.json")[rival.name]["x"];
  const Vector<double> start = vector_of(rivals("problem.json")["x0"]);
  const int rounds = static_cast<int>(expected.size()) - 1 - rival.rounds_ahead;
  const auto models = models_of(rival, rounds, start, serially);
  ASSERT_EQ(models.size(), static_cast<std::size_t>(rounds) + 1);
  for (std::size_t k = 0; k < models.size(); ++k)
    for (Worker i = 0; i < workers; ++i)
      EXPECT_LT((models[k].col(i) - vector_of(expected[k + static_cast<std::size_t>(rival.rounds_ahead)][i]))
                    .cwiseAbs()
                    .maxCoeff(),
                1e-12)
          << "round " << k << " worker " << i;
  EXPECT_EQ(models_of(rival, rounds, start, on_three_threads), models);
}

// They contract as their linear map does, and end where theory says, from another start too. The factor is that of the
// distance to the end between two rounds; oscillations of complex modes change it by less than 4 %.
TEST_P(RoundsOfRivals, ContractToTheLimit) {
  const Rival& rival = GetParam();
  const json expected = rivals("rates.json")[rival.name];
  const double radius = expected["spectral_radius"];
  if (!expected.contains("limit_mse_to_x_star")) GTEST_SKIP() << "its pairs change from round to round";
  const int rounds = static_cast<int>(std::log(1e-14) / std::log(radius)) + 40;
  const Vector<double> optimum = vector_of(rivals("problem.json")["x_star"]);
  for (const Vector<double>& start :
       {vector_of(rivals("problem.json")["x0"]), Vector<double>(Vector<double>::Constant(3, -2.0))}) {
    const auto models = models_of(rival, rounds, start, serially);
    const double mse = (models.back().colwise() - optimum).squaredNorm() / workers;
    EXPECT_NEAR(mse, expected["limit_mse_to_x_star"], 1e-9);
    const auto distance = [&](int k) { return (models[static_cast<std::size_t>(k)] - models.back()).norm(); };
    const int early = rounds / 4, late = 3 * rounds / 5;
    EXPECT_NEAR(std::pow(distance(late) / distance(early), 1.0 / (late - early)), radius, 0.04 * radius);
  }
}

}  // namespace
}  // namespace acidsim

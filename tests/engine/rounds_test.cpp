// Methods of synchronous rounds through whole runs, against trajectories, contraction factors and limits that were
// computed independently (tests/data/rivals): eight quadratics in R³ without noise.
#include <gtest/gtest.h>

#include "sim/algorithms/adom_plus.hpp"
#include "sim/algorithms/all_reduce_sgd.hpp"
#include "sim/algorithms/chebyshev_gossip.hpp"
#include "sim/algorithms/choco_sgd.hpp"
#include "sim/algorithms/d_psgd.hpp"
#include "sim/algorithms/diloco.hpp"
#include "sim/algorithms/exact_diffusion.hpp"
#include "sim/algorithms/extra.hpp"
#include "sim/algorithms/gasloc.hpp"
#include "sim/algorithms/gradient_tracking.hpp"
#include "sim/algorithms/local_sgd.hpp"
#include "sim/algorithms/msda.hpp"
#include "sim/algorithms/noloco.hpp"
#include "sim/algorithms/qg_dsgdm.hpp"
#include "tests/engine/rivals.hpp"
#include "topologies/spectrum/mixing_spectrum.hpp"

namespace acidsim {
namespace rounds_test {

constexpr Worker workers = rival_workers;

struct Rival {
  std::string name;  // in the files
  Dynamics dynamics;
  double learning_rate = 1;
  double momentum = 0;     // of the local optimizer
  bool laplacian = false;  // it mixes with I − Λ/|E|, all rates 1, instead of the Metropolis weights
};

// The graph of a matrix, with the mixing matrix I − Λ/|E|.
Group laplacian_group(const json& pattern) {
  Group group = group_of(pattern);
  const auto edges = static_cast<double>(group.edges.size());
  for (double& weight : group.weights) weight = 1 / edges;
  return group;
}
Chebyshev chebyshev_of(const Group& group) {
  const MixingConstants found = mixing_constants(group);
  return Chebyshev::of(found.lambda_2, found.lambda_n);
}
Dynamics msda_of_the_file() {
  const json file = rivals("problem.json");
  const Chebyshev chebyshev = chebyshev_of(laplacian_group(file["W_chords"]));
  return msda_dynamics(MsdaParameters::of(file["L"], file["mu"], chebyshev), chebyshev);
}
Dynamics adom_plus_of_the_file(bool multiple) {
  const json file = rivals("problem.json");
  const MixingConstants found = mixing_constants(laplacian_group(file["W_chords"]));
  const double chi = (1 - found.lambda_n) / (1 - found.lambda_2);
  const int steps = multiple ? static_cast<int>(std::ceil(chi * std::log(2.0))) : 1;
  return adom_plus_dynamics(AdomParameters::of(file["L"], file["mu"], multiple ? 2 : chi), 1 - found.lambda_n,
                            steps);
}

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
      {"nids", exact_diffusion_dynamics(0.5, DiffusionStart::unmixed), 1.0 / 8},
      {"local_sgd", local_sgd_dynamics(4), 1.0 / 8},
      {"diloco", diloco_dynamics(4, 0.75, 0.5), 1.0 / 8},
      {"noloco", noloco_dynamics(4, 0.75, 0.5), 1.0 / 8},
      {"gasloc_unverified", gasloc_dynamics(4, 1, 1, 0.25), 1.0 / 8},
      {.name = "msda", .dynamics = msda_of_the_file(), .laplacian = true},
      {.name = "adom_plus", .dynamics = adom_plus_of_the_file(false), .laplacian = true},
      {.name = "adom_plus_multi", .dynamics = adom_plus_of_the_file(true), .laplacian = true},
  };
}

class RoundsOfRivals : public ::testing::TestWithParam<Rival> {};
INSTANTIATE_TEST_SUITE_P(Methods, RoundsOfRivals, ::testing::ValuesIn(rivals_of_rounds()),
                         [](const auto& test) { return test.param.name; });

// The groups of a run: all workers with the mixing matrix of the file, all workers, and the pairs of NoLoCo: those of
// even rounds, then those of odd ones.
std::vector<Group> groups_of(const Rival& rival) {
  const json matrix = rivals("problem.json")["W_chords"];
  std::vector<Group> groups{rival.laplacian ? laplacian_group(matrix) : group_of(matrix)};
  groups.push_back({.members = groups.front().members, .mean_of_all = true});
  for (Worker shift = 0; shift < 2; ++shift)
    for (const auto& [a, b] : {std::pair(0u, 4u), std::pair(1u, 3u), std::pair(2u, 6u), std::pair(5u, 7u)}) {
      const auto [i, j] = std::minmax({(a + shift) % workers, (b + shift) % workers});
      groups.push_back({.members = {i, j}, .first = {0, 1, 2}, .neighbours = {1, 0}, .weights = {0.5, 0.5}});
    }
  return groups;
}

// The events of so many rounds: round k happens at time k.
std::vector<Event> events_of(const Dynamics& dynamics, int rounds) {
  std::vector<Event> events;
  for (int k = 1; k <= rounds; ++k) {
    auto number = static_cast<std::uint16_t>(k == 1 ? dynamics.opening.size() : 0);
    for (const Verb verb : dynamics.program) {
      for (Worker i = 0; verb != Verb::round && i < workers; ++i)
        events.push_back({double(k), i, i, i, verb});
      if (verb != Verb::round) continue;
      const Company company = dynamics.mixing(number).company;
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
  schedule.set_groups(groups_of(rival));
  Problem problem(rival.dynamics,
                  {.learning_rate = {.base = rival.learning_rate}, .momentum = rival.momentum});
  for (Worker i = 0; i < workers; ++i) problem.kernel->initialise(i, start);
  return problem.models_after_rounds(schedule, run);
}

// 1e-12: the two computations of each number differ by at most 1e-14.
TEST_P(RoundsOfRivals, FollowTheTrajectory) {
  const Rival& rival = GetParam();
  const json expected = rivals("rounds.json")[rival.name]["x"];
  const Vector<double> start = vector_of(rivals("problem.json")["x0"]);
  const int rounds = static_cast<int>(expected.size()) - 1;
  const auto models = models_of(rival, rounds, start, serially);
  ASSERT_EQ(models.size(), static_cast<std::size_t>(rounds) + 1);
  for (std::size_t k = 0; k < models.size(); ++k)
    for (Worker i = 0; i < workers; ++i)
      EXPECT_LT((models[k].col(i) - vector_of(expected[k][i])).cwiseAbs().maxCoeff(), 1e-12)
          << "round " << k << " worker " << i;
  EXPECT_EQ(models_of(rival, rounds, start, on_three_threads), models);
}

// Long vectors are mixed piece by piece: each coordinate as if it were part of a short one.
TEST_P(RoundsOfRivals, MixEachCoordinateAlone) {
  const Rival& rival = GetParam();
  ListSchedule schedule(events_of(rival.dynamics, 3));
  schedule.set_groups(groups_of(rival));
  const Index vectors = rival.dynamics.size(), d = 3000;
  // The vectors of all workers after the rounds, without gradients, of coordinates first … first + count − 1.
  const auto ends = [&](Index first, Index count, const auto& run) {
    const auto kernel = make_generic_kernel<double>(rival.dynamics, workers, count);
    Matrix<double> start(d, vectors), all(count, vectors * Index{workers});
    for (Worker i = 0; i < workers; ++i) {
      Stream(5, Purpose::initial_state, i)
          .normals<double>(0, {start.data(), static_cast<std::size_t>(start.size())});
      const Matrix<double> part = start.middleRows(first, count);
      kernel->restore(i, 0.0, {part.data(), static_cast<std::size_t>(part.size())});
    }
    run(Simulation<double>{.schedule = schedule, .kernel = *kernel, .edges = 64});
    for (Worker i = 0; i < workers; ++i)
      kernel->save(i, {all.col(vectors * Index{i}).data(), static_cast<std::size_t>(count * vectors)});
    return all;
  };
  const Matrix<double> whole = ends(0, d, serially);
  EXPECT_EQ(ends(0, d, on_three_threads), whole);
  for (Index first = 0; first < d; first += 500)
    EXPECT_EQ(ends(first, 500, serially), whole.middleRows(first, 500)) << first;
  EXPECT_NE(whole, ends(0, d, [](const auto&) {}));
}

// They contract as their linear map does, and end where theory says, from another start too. The factor is that of the
// distance to the end between two rounds; oscillations of complex modes change it by less than 4 %.
TEST_P(RoundsOfRivals, ContractToTheLimit) {
  const Rival& rival = GetParam();
  const json expected = rivals("rates.json")[rival.name];
  const double radius = expected["spectral_radius"];
  if (!expected.contains("limit_mse_to_x_star")) GTEST_SKIP() << "the file tells no limit";
  const int precise = static_cast<int>(std::log(1e-14) / std::log(radius)), rounds = precise + 40;
  const Vector<double> optimum = vector_of(rivals("problem.json")["x_star"]);
  for (const Vector<double>& start :
       {vector_of(rivals("problem.json")["x0"]), Vector<double>(Vector<double>::Constant(3, -2.0))}) {
    const auto models = models_of(rival, rounds, start, serially);
    const double mse = (models.back().colwise() - optimum).squaredNorm() / workers;
    EXPECT_NEAR(mse, expected["limit_mse_to_x_star"], 1e-9);
    const auto distance = [&](int k) { return (models[static_cast<std::size_t>(k)] - models.back()).norm(); };
    const int early = precise / 4, late = 3 * precise / 5;
    EXPECT_NEAR(std::pow(distance(late) / distance(early), 1.0 / (late - early)), radius, 0.04 * radius);
  }
}

// Accelerated gossip from x_i = b_i on the ring: entry K of the file is what K exchanges make of it.
TEST(ChebyshevGossip, AveragesLikeTheFile) {
  const json file = rivals("problem.json"), expected = rivals("rounds.json")["chebyshev_gossip"]["x"];
  json ring = file["W_chords"];
  for (Worker i = 0; i < workers; ++i)
    for (Worker j = 0; j < workers; ++j)
      ring[i][j] = (i + 1) % workers == j || (j + 1) % workers == i ? 1.0 : 0.0;
  const Group group = laplacian_group(ring);
  Chebyshev chebyshev = chebyshev_of(group);
  for (int steps = 1; steps < static_cast<int>(expected.size()); ++steps) {
    chebyshev.steps = steps;
    const auto kernel = make_generic_kernel<double>(chebyshev_gossip_dynamics(chebyshev), workers, 3);
    for (Worker i = 0; i < workers; ++i) kernel->initialise(i, vector_of(file["b"][i]));
    std::vector<Event> events;
    for (int k = 0; k < steps; ++k)
      events.push_back({1, 0, 0, 0, Verb::round, 0, static_cast<std::uint16_t>(k)});
    ListSchedule schedule(events);
    schedule.set_groups({group});
    run_serial(Simulation<double>{.schedule = schedule, .kernel = *kernel});
    std::vector<double> x(3);
    for (Worker i = 0; i < workers; ++i) {
      kernel->model(i, 1, x);
      for (std::size_t k = 0; k < 3; ++k)
        EXPECT_NEAR(x[k], expected[static_cast<std::size_t>(steps)][i][k], 1e-12);
    }
  }
}

// Where one exchange averages, as on the complete graph, the theory takes one.
TEST(ChebyshevGossip, OneExchangeOnTheCompleteGraph) {
  const Chebyshev chebyshev = Chebyshev::of(-0.5, -0.5);
  EXPECT_EQ(chebyshev.steps, 1);
  EXPECT_DOUBLE_EQ(chebyshev.c3 * 1.5, 1);
}

// The draws of the file: of round t, worker i and coordinate c, with denominator 2^20.
double draw_of_the_file(std::int64_t t, std::int64_t i, std::int64_t c) {
  std::int64_t s = (t * 1000003 + i * 10007 + c * 101 + 12345) % (std::int64_t{1} << 31);
  for (int k = 0; k < 3; ++k) s = (1103515245 * s + 12345) % (std::int64_t{1} << 31);
  return static_cast<double>(s >> 11) / (1 << 20);
}

class CodecOfTheFile final : public MessageCodec<double> {
 public:
  CodecOfTheFile(const std::string& name, const Values& values)
      : codec_(std::find_if(all_codecs().begin(), all_codecs().end(), [&](const CodecRow& row) {
                 return row.name == name;
               })->make(values)) {}
  void apply(Worker place, double time, int, std::span<double> vector) const override {
    codec_->apply(vector, [&](Index c) { return draw_of_the_file(std::int64_t(time) - 1, place, c); });
  }

 private:
  std::shared_ptr<const Codec> codec_;
};

struct Compressed {
  std::string name;
  ChocoOrder order;
  std::string codec;
  Values values;
};

// CHOCO-SGD with γ = 1/16 and ε = 0.4 from x̂_0 = x_0, and CHOCO-gossip from x_i = b_i and x̂ = 0.
TEST(Choco, FollowsTheTrajectories) {
  const json file = rivals("compression.json"), problem_file = rivals("problem.json");
  const Values one{{"k", std::int64_t{1}}}, four{{"levels", std::int64_t{4}}, {"unbiased", true}};
  for (const auto& [name, order, codec_name, values] :
       {Compressed{"choco_top1_paper", ChocoOrder::paper, "top_k", one},
        Compressed{"choco_top1_code", ChocoOrder::published_code, "top_k", one},
        Compressed{"choco_qsgd4_paper", ChocoOrder::paper, "qsgd", four},
        Compressed{"choco_gossip_top1", ChocoOrder::paper, "top_k", one}}) {
    SCOPED_TRACE(name);
    const bool gossip = name == "choco_gossip_top1";
    const json& expected = file[name];
    const int rounds = static_cast<int>(expected.size()) - 1;
    Dynamics dynamics = choco_sgd_dynamics(order, 0.4);
    if (!gossip) dynamics.initial = Vector<double>::Ones(3);
    ListSchedule schedule(events_of(dynamics, rounds));
    schedule.set_groups({group_of(problem_file["W_chords"])});
    Problem problem(dynamics, {.learning_rate = {.base = gossip ? 0.0 : 1.0 / 16}});
    const CodecOfTheFile codec(codec_name, values);
    problem.kernel->use(codec);
    for (Worker i = 0; gossip && i < workers; ++i)
      problem.kernel->initialise(i, vector_of(problem_file["b"][i]));
    const auto models = problem.models_after_rounds(schedule, serially);
    ASSERT_EQ(models.size(), expected.size());
    for (std::size_t k = 0; k < models.size(); ++k)
      for (Worker i = 0; i < workers; ++i)
        EXPECT_LT((models[k].col(i) - vector_of(expected[k][i])).cwiseAbs().maxCoeff(), 1e-12)
            << "round " << k << " worker " << i;
  }
}

}  // namespace rounds_test
}  // namespace acidsim

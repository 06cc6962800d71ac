// CHOCO on pairwise events: compressed exchanges with public copies for each edge.
#include "sim/algorithms/choco_pairwise.hpp"

#include <gtest/gtest.h>

#include "sim/timing/poisson_schedule.hpp"
#include "tests/engine/test_codec.hpp"

namespace acidsim {
namespace choco_pairwise_test {

constexpr Worker workers = 8;
constexpr Index dimension = 5;

EdgeClocks clocks_of(const std::vector<Edge>& edges) {
  EdgeClocks clocks{.most = 2};
  for (Worker i = 0; i < workers; ++i) {
    for (std::uint32_t e = 0; e < edges.size(); ++e)
      if (edges[e].i == i || edges[e].j == i) clocks.clocks.push_back(workers + e);
    clocks.first.push_back(clocks.clocks.size());
  }
  return clocks;
}

// On the ring, all workers at normal points of their own; `step`: ε, or α of gossip.
OwnedRun<double> run_of(const TestCodec* codec, bool trains, const AlgorithmRow& row, double step = 0.5) {
  auto kernel = make_kernel<double>(row, with_defaults(row.parameters, {{row.parameters[0].name, step}}),
                                    workers, dimension);
  if (codec != nullptr) kernel->use(*codec, clocks_of(ring_edges(workers)));
  std::unique_ptr<Objective<double>> objective;
  const QuadraticParameters problem{
      .dimension = dimension, .curvature_max = 2, .noise = 1, .heterogeneity = 1};
  if (trains)
    objective =
        std::make_unique<Quadratic<double>>(problem, workers, draw_centres<double>(problem, workers, 7), 8);
  return {std::move(kernel), std::move(objective), {.learning_rate = {.base = 0.1}}};
}

Vector<double> sum_of_models(const OwnedRun<double>& run, double time) {
  Vector<double> sum = Vector<double>::Zero(dimension), x(dimension);
  for (Worker i = 0; i < workers; ++i) {
    run.kernel->model(i, time, {x.data(), static_cast<std::size_t>(dimension)});
    sum += x;
  }
  return sum;
}

double disagreement(const OwnedRun<double>& run, double time) {
  const Vector<double> mean = sum_of_models(run, time) / workers;
  Vector<double> x(dimension);
  double sum = 0;
  for (Worker i = 0; i < workers; ++i) {
    run.kernel->model(i, time, {x.data(), static_cast<std::size_t>(dimension)});
    sum += (x - mean).squaredNorm();
  }
  return sum;
}

// Where all coordinates travel the copies are the models, but for their rounding.
TEST(ChocoPairwise, IsGossipWhereAllCoordinatesTravel) {
  const PoissonSchedule schedule(1, ones(workers), ring_edges(workers));
  const TestCodec all("top_k", coordinates(dimension));
  OwnedRun<double> gossip = run_of(nullptr, true, async_gossip_row()),
                   copies = run_of(&all, true, choco_pairwise_row()),
                   plain = run_of(nullptr, true, choco_pairwise_row());
  for (OwnedRun<double>* run : {&gossip, &copies, &plain}) run_serial(run->on(schedule, until(50)));
  const auto expected = gossip.states(50), found = copies.states(50), uncompressed = plain.states(50);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t k = 0; k < expected.size(); ++k) {
    EXPECT_NEAR(found[k], expected[k], 1e-12);
    EXPECT_NEAR(uncompressed[k], expected[k], 1e-12);
  }
  EXPECT_NE(found, expected) << "another kernel rounds otherwise: this one had copies";
}

// One exchange by hand: x_0 = (4, 1, 0, 0, 0), x_1 = (0, 0, 2, 0, 0), the largest coordinate travels.
TEST(ChocoPairwise, ExchangesDifferencesToPublicCopies) {
  const TestCodec one("top_k", coordinates(1));
  const OwnedRun<double> run = run_of(&one, false, choco_pairwise_row());
  run.kernel->initialise(0, Vector<double>{{4, 1, 0, 0, 0}});
  run.kernel->initialise(1, Vector<double>{{0, 0, 2, 0, 0}});
  const auto expect_models = [&](const Vector<double>& x_0, const Vector<double>& x_1) {
    Vector<double> x(dimension);
    run.kernel->model(0, 1, {x.data(), 5});
    EXPECT_EQ(x, x_0);
    run.kernel->model(1, 1, {x.data(), 5});
    EXPECT_EQ(x, x_1);
  };
  const Event meeting = communication_event(1, 0, 1, workers);
  run.kernel->communicate({&meeting, 1});  // copies: (4, 0, 0 …) and (0, 0, 2 …)
  expect_models(Vector<double>{{2, 1, 1, 0, 0}}, Vector<double>{{2, 0, 1, 0, 0}});
  run.kernel->communicate(
      {&meeting, 1});  // differences (−2, 1, 1 …) and (2, 0, −1 …): copies (2, 0, 0 …), (2, 0, 2 …)
  expect_models(Vector<double>{{2, 1, 2, 0, 0}}, Vector<double>{{2, 0, 0, 0, 0}});
}

// Worker 1 has other copies with worker 2 than with worker 0: on an edge that was never used they are 0.
TEST(ChocoPairwise, HasCopiesForEachEdge) {
  const TestCodec one("top_k", coordinates(1));
  const OwnedRun<double> run = run_of(&one, false, choco_pairwise_row());
  for (Worker i = 0; i < 3; ++i) run.kernel->initialise(i, Vector<double>{{8, 0, 0, 0, 0}} * i);
  std::vector<double> told(dimension);
  for (const std::uint32_t edge : {0u, 1u}) {
    run.kernel->tell_along(workers + edge, 1, 1, told);
    EXPECT_EQ(told[0], 8) << edge;
  }
  const Event meeting = communication_event(1, 0, 1, workers, 0);
  run.kernel->communicate({&meeting, 1});  // both at 4, copies 0 and 8
  run.kernel->tell_along(workers + 0, 1, 1, told);
  EXPECT_EQ(told[0], 4 - 8);
  run.kernel->tell_along(workers + 1, 1, 1, told);
  EXPECT_EQ(told[0], 4);
}

// Copies that follow slowly need a small ε: with ½ two random coordinates of five diverge.
struct Compression {
  std::string codec;
  Values values;
  double step = 0.5;
};

class EveryCodec : public ::testing::TestWithParam<Compression> {};
INSTANTIATE_TEST_SUITE_P(ChocoPairwise, EveryCodec,
                         ::testing::Values(Compression{"top_k", coordinates(2)},
                                           Compression{"random_k", coordinates(2), 0.2},
                                           Compression{"qsgd", {{"levels", std::int64_t{4}}}},
                                           Compression{"sign", {}}),
                         [](const auto& test) { return test.param.codec; });

// 1e-11: some 8·200 communications, each of which rounds numbers of order 10.
TEST_P(EveryCodec, KeepsTheSumAndReachesConsensus) {
  const TestCodec codec(GetParam().codec, GetParam().values);
  const PoissonSchedule schedule(1, ones(workers), ring_edges(workers));
  OwnedRun<double> run = run_of(&codec, false, choco_pairwise_row(), GetParam().step);
  const Vector<double> sum = sum_of_models(run, 0);
  const double before = disagreement(run, 0);
  const Outcome outcome = run_serial(run.on(schedule, until(400)));
  EXPECT_GT(outcome.counts.communications, 1000u);
  EXPECT_LT((sum_of_models(run, 400) - sum).cwiseAbs().maxCoeff(), 1e-11);
  EXPECT_LT(disagreement(run, 400), 1e-8 * before);
}

TEST_P(EveryCodec, RunsAlikeOnThreads) {
  const TestCodec codec(GetParam().codec, GetParam().values);
  const PoissonSchedule schedule(1, ones(workers), ring_edges(workers));
  OwnedRun<double> alone = run_of(&codec, true, choco_pairwise_row()),
                   shared = run_of(&codec, true, choco_pairwise_row());
  run_serial(alone.on(schedule, until(50)));
  run_openmp(shared.on(schedule, until(50)), 3, Sharing::always);
  EXPECT_EQ(shared.states(50), alone.states(50));
}

// What is saved midway and restored into another kernel goes on to the same bits.
TEST_P(EveryCodec, GoesOnFromWhatIsSaved) {
  const TestCodec codec(GetParam().codec, GetParam().values);
  OwnedRun<double> whole = run_of(&codec, false, choco_pairwise_row()),
                   resumed = run_of(&codec, false, choco_pairwise_row());
  std::vector<Event> events;
  const PoissonSchedule schedule(1, ones(workers), ring_edges(workers));
  const auto cursor = schedule.from(0);
  for (auto block = cursor->next(); events.size() < 200; block = cursor->next())
    events.insert(events.end(), block.begin(), block.end());
  const std::span<const Event> first = std::span(events).first(100), rest = std::span(events).subspan(100);
  whole.kernel->communicate(first);
  std::vector<double> stored(whole.kernel->stored_size());
  EXPECT_EQ(stored.size(), 5u + 2 * 2 * 5);
  for (Worker i = 0; i < workers; ++i) {
    const double time = whole.kernel->save(i, stored);
    resumed.kernel->restore(i, time, stored);
  }
  whole.kernel->communicate(rest);
  resumed.kernel->communicate(rest);
  EXPECT_EQ(resumed.states(events.back().time), whole.states(events.back().time));
}

}  // namespace choco_pairwise_test
}  // namespace acidsim

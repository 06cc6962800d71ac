// Means of compressed changes through whole runs: the trajectories that were computed independently (tests/data/rivals),
// the limits of theory, the laws of the memories, and what is sent.
#include "sim/algorithms/compressed_mean.hpp"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>

#include "sim/algorithms/all_reduce_sgd.hpp"
#include "sim/algorithms/diloco.hpp"
#include "sim/engine/tally.hpp"
#include "tests/engine/rivals.hpp"
#include "tests/engine/test_codec.hpp"

namespace acidsim {
namespace compressed_mean_test {

constexpr Worker workers = rival_workers;

constexpr Index dimension = 3;

// So many rounds of all workers, round k at time k.
ListSchedule rounds_of(const Dynamics& dynamics, int rounds) {
  std::vector<Event> events;
  for (int k = 1; k <= rounds; ++k)
    for (const Verb verb : dynamics.program) {
      for (Worker i = 0; verb != Verb::round && i < workers; ++i)
        events.push_back({double(k), i, i, i, verb});
      if (verb == Verb::round)
        events.push_back(
            {double(k), 0, 0, 0, verb, 0, static_cast<std::uint16_t>(k == 1 ? dynamics.opening.size() : 0)});
    }
  ListSchedule schedule(events);
  Group everyone{.mean_of_all = true};
  for (Worker i = 0; i < workers; ++i) everyone.members.push_back(i);
  schedule.set_groups({everyone});
  return schedule;
}

// The models after each round; entry 0 is before the first.
template <class Run>
std::vector<Matrix<double>> models_of(const Dynamics& dynamics, const MessageCodec<double>* codec,
                                      double learning_rate, int rounds, const Run& run) {
  const ListSchedule schedule = rounds_of(dynamics, rounds);
  Problem problem(dynamics, {.learning_rate = {.base = learning_rate}});
  if (codec != nullptr) problem.kernel->use(*codec);
  return problem.models_after_rounds(schedule, run);
}

Vector<double> optimum() { return vector_of(rivals("problem.json")["x_star"]); }

double error_of(const Matrix<double>& models) { return (models.colwise() - optimum()).cwiseAbs().maxCoeff(); }

// 1e-12: the two computations of each number differ by at most 1e-14.
TEST(CompressedMean, FollowsTheTrajectories) {
  const json file = rivals("compression.json");
  const TestCodec top_1("top_k", coordinates(1));
  for (const auto& [name, feedback, learning_rate] :
       {std::tuple("ef14_top1", ErrorFeedback::ef14, 1.0 / 8),
        std::tuple("ef21_top1", ErrorFeedback::ef21, file["ef21_gamma"].get<double>())}) {
    const Dynamics dynamics = all_reduce_sgd_dynamics(feedback);
    const json& expected = file[name];
    const int rounds = static_cast<int>(expected.size()) - 1;
    const auto models = models_of(dynamics, &top_1, learning_rate, rounds, serially);
    ASSERT_EQ(models.size(), expected.size());
    for (std::size_t k = 0; k < models.size(); ++k)
      EXPECT_LT((models[k].colwise() - vector_of(expected[k])).cwiseAbs().maxCoeff(), 1e-12)
          << name << " round " << k;
    EXPECT_EQ(models_of(dynamics, &top_1, learning_rate, rounds, on_three_threads), models);
  }
}

// L_f of the mean of the Hessians, and the root of the mean of the squares of the L_i.
ObjectiveConstants constants_of_the_problem() {
  Matrix<double> mean = Matrix<double>::Zero(dimension, dimension);
  double squares = 0, largest = 0;
  const auto smoothness_of = [](const Matrix<double>& hessian) {
    return Eigen::SelfAdjointEigenSolver<Matrix<double>>(hessian).eigenvalues().maxCoeff();
  };
  const json problem = rivals("problem.json");
  for (const json& rows : problem["A"]) {
    Matrix<double> hessian(dimension, dimension);
    for (Index k = 0; k < dimension; ++k) hessian.row(k) = vector_of(rows[static_cast<std::size_t>(k)]);
    const double smoothness = smoothness_of(hessian);
    largest = std::max(largest, smoothness);
    squares += smoothness * smoothness / workers;
    mean += hessian / workers;
  }
  return {
      .smoothness = largest, .mean_smoothness = smoothness_of(mean), .rms_smoothness = std::sqrt(squares)};
}

double ef21_step(const ObjectiveConstants& constants, double alpha) {
  return ef21_step_limit({.objective = constants, .contraction = alpha})->value;
}

TEST(CompressedMean, StepOfEf21IsThatOfTheTheory) {
  const ObjectiveConstants constants = constants_of_the_problem();
  EXPECT_NEAR(ef21_step(constants, 1.0 / 3), rivals("compression.json")["ef21_gamma"], 1e-15);
  EXPECT_DOUBLE_EQ(ef21_step(constants, 1), 1 / *constants.mean_smoothness) << "gradient descent";
  // L bounds what is not known.
  EXPECT_LT(ef21_step({.smoothness = constants.smoothness}, 1.0 / 3), ef21_step(constants, 1.0 / 3));
  EXPECT_FALSE(ef21_step_limit({.objective = constants, .contraction = 0})) << "no contraction";
}

struct Compression {
  std::string codec;
  Values values;
};

class EveryContraction : public ::testing::TestWithParam<Compression> {};
INSTANTIATE_TEST_SUITE_P(
    CompressedMean, EveryContraction,
    ::testing::Values(Compression{"top_k", coordinates(1)}, Compression{"random_k", coordinates(1)},
                      Compression{"qsgd", {{"levels", std::int64_t{4}}}},
                      Compression{"qsgd", {{"levels", std::int64_t{1}}, {"unbiased", false}}},
                      Compression{"sign", {}}),
    [](const auto& test) { return test.param.codec + std::to_string(test.index); });

// With the step of the theory EF21 ends at x*, whatever compresses: what it tells gets small.
TEST_P(EveryContraction, Ef21IsExact) {
  const TestCodec codec(GetParam().codec, GetParam().values);
  const double step = ef21_step(constants_of_the_problem(), codec.codec().contraction(dimension));
  const auto models = models_of(all_reduce_sgd_dynamics(ErrorFeedback::ef21), &codec, step, 1500, serially);
  EXPECT_GT(error_of(models.front()), 0.1);
  EXPECT_LT(error_of(models.back()), 2e-15) << "a few roundings";
}

// EF14 and compression without feedback wander around a point beside x*, with the data of the workers as unequal as here.
TEST(CompressedMean, OnlyEf21IsExact) {
  const TestCodec top_1("top_k", coordinates(1));
  const auto worst_of = [&](ErrorFeedback feedback) {
    const auto models = models_of(all_reduce_sgd_dynamics(feedback), &top_1, 1.0 / 8, 800, serially);
    double worst = 0;
    for (std::size_t k = 300; k < models.size(); ++k) worst = std::max(worst, error_of(models[k]));
    return worst;
  };
  EXPECT_GT(worst_of(ErrorFeedback::ef14), 0.08);
  EXPECT_GT(worst_of(ErrorFeedback::none), 0.19);
}

struct Method {
  std::string name;
  int local_steps;
  Dynamics plain;
  std::function<Dynamics(ErrorFeedback)> compressed;
};

std::vector<Method> methods() {
  return {
      {"all_reduce_sgd", 1, all_reduce_sgd_dynamics(), [](auto how) { return all_reduce_sgd_dynamics(how); }},
      {"local_sgd", 3, local_sgd_dynamics(3), [](auto how) { return local_sgd_dynamics(3, how); }},
      {"diloco", 3, diloco_dynamics(3, 0.75, 0.5),
       [](auto how) { return diloco_dynamics(3, 0.75, 0.5, how); }}};
}

// Where all coordinates travel nothing is lost, and all feedback is the method itself, but for roundings.
TEST(CompressedMean, IsThePlainMethodWhereAllCoordinatesTravel) {
  const TestCodec all("top_k", coordinates(dimension));
  for (const Method& method : methods()) {
    const auto expected = models_of(method.plain, nullptr, 1.0 / 8, 12, serially);
    for (const ErrorFeedback feedback : {ErrorFeedback::none, ErrorFeedback::ef14, ErrorFeedback::ef21}) {
      const auto found = models_of(method.compressed(feedback), &all, 1.0 / 8, 12, serially);
      for (std::size_t k = 0; k < expected.size(); ++k)
        EXPECT_LT((found[k] - expected[k]).cwiseAbs().maxCoeff(), 1e-14) << method.name << " round " << k;
    }
  }
}

// Without a codec too, as where a kernel is given none.
TEST(CompressedMean, IsThePlainMethodWithoutACodec) {
  for (const Method& method : methods()) {
    const auto expected = models_of(method.plain, nullptr, 1.0 / 8, 12, serially);
    const auto found = models_of(method.compressed(ErrorFeedback::ef14), nullptr, 1.0 / 8, 12, serially);
    EXPECT_LT((found.back() - expected.back()).cwiseAbs().maxCoeff(), 1e-14) << method.name;
  }
}

// The same rounds as loops over the workers: local steps, top-1 of the change and of what was lost, the outer step.
std::vector<Vector<double>> loops(int local_steps, bool feeds_back, double outer_rate, double outer_momentum,
                                  double learning_rate, int rounds) {
  const json file = rivals("problem.json");
  Vector<double> theta = vector_of(file["x0"]), u = Vector<double>::Zero(dimension);
  Matrix<double> lost = Matrix<double>::Zero(dimension, workers);
  std::vector<Vector<double>> models{theta};
  for (int k = 0; k < rounds; ++k) {
    Vector<double> mean = Vector<double>::Zero(dimension);
    for (Worker i = 0; i < workers; ++i) {
      Matrix<double> hessian(dimension, dimension);
      for (Index c = 0; c < dimension; ++c)
        hessian.row(c) = vector_of(file["A"][i][static_cast<std::size_t>(c)]);
      Vector<double> x = theta;
      for (int h = 0; h < local_steps; ++h) x -= learning_rate * (hessian * (x - vector_of(file["b"][i])));
      const Vector<double> meant = theta - x + lost.col(i);
      Index largest = 0;
      meant.cwiseAbs().maxCoeff(&largest);
      Vector<double> told = Vector<double>::Zero(dimension);
      told[largest] = meant[largest];
      if (feeds_back) lost.col(i) = meant - told;
      mean += told / workers;
    }
    u = outer_momentum * u + mean;
    theta -= outer_rate * (mean + outer_momentum * u);
    models.push_back(theta);
  }
  return models;
}

TEST(CompressedMean, OfLocalStepsIsTheLoopOfThePapers) {
  const TestCodec top_1("top_k", coordinates(1));
  for (const bool feeds_back : {false, true}) {
    const ErrorFeedback feedback = feeds_back ? ErrorFeedback::ef14 : ErrorFeedback::none;
    for (const Method& method : methods()) {
      const bool outer = method.name == "diloco";
      const auto expected =
          loops(method.local_steps, feeds_back, outer ? 0.75 : 1, outer ? 0.5 : 0, 1.0 / 16, 12);
      const auto found = models_of(method.compressed(feedback), &top_1, 1.0 / 16, 12, serially);
      ASSERT_EQ(found.size(), expected.size());
      for (std::size_t k = 0; k < expected.size(); ++k)
        EXPECT_LT((found[k].colwise() - expected[k]).cwiseAbs().maxCoeff(), 1e-12)
            << method.name << " round " << k;
    }
  }
}

// Vector a of all workers, one a column.
Matrix<double> vectors_of(const Kernel<double>& kernel, int a) {
  Matrix<double> all(dimension, workers);
  for (Worker i = 0; i < workers; ++i) kernel.read(i, a, 100, {all.col(i).data(), dimension});
  return all;
}

// Every worker's ḡ is the mean of all g_i.
TEST(CompressedMean, WorkersKnowTheMeanOfWhatIsKnown) {
  const TestCodec codec("random_k", coordinates(1));
  const Dynamics dynamics = all_reduce_sgd_dynamics(ErrorFeedback::ef21);
  const ListSchedule schedule = rounds_of(dynamics, 20);
  Problem problem(dynamics, {.learning_rate = {.base = 1.0 / 16}});
  problem.kernel->use(codec);
  run_serial(problem.on(schedule, {}));
  const Matrix<double> known = vectors_of(*problem.kernel, 2), mean = vectors_of(*problem.kernel, 3);
  EXPECT_GT((known.colwise() - known.col(0)).norm(), 0.1);
  EXPECT_LT((mean.colwise() - known.rowwise().mean()).cwiseAbs().maxCoeff(), 1e-15);
}

// n messages in a round, each of the codec's bits; the first one of EF21 holds whole vectors, here of 8 bytes a number.
TEST(CompressedMean, CountsTheBytesOfEveryMessage) {
  const TestCodec top_1("top_k", coordinates(1));
  const std::uint64_t bytes = 5;  // 32 + 2 bits
  for (const ErrorFeedback feedback : {ErrorFeedback::none, ErrorFeedback::ef14, ErrorFeedback::ef21}) {
    const Dynamics dynamics = all_reduce_sgd_dynamics(feedback);
    const ListSchedule schedule = rounds_of(dynamics, 7);
    Problem problem(dynamics);
    problem.kernel->use(top_1);
    Simulation<double> simulation = problem.on(schedule, {});
    simulation.meter = Meter(dynamics, dimension, 8, workers, true, &top_1.codec());
    const Outcome outcome = run_serial(simulation);
    EXPECT_EQ(outcome.counts.rounds, 7u);
    EXPECT_EQ(outcome.counts.vectors_sent, 7u * workers);
    const std::uint64_t first = feedback == ErrorFeedback::ef21 ? 8 * dimension : bytes;
    EXPECT_EQ(outcome.counts.bytes_sent, workers * (first + 6 * bytes));
  }
}

}  // namespace compressed_mean_test
}  // namespace acidsim

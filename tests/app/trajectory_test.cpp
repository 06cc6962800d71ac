// Runs of two workers on a trace, through the program, against the same trajectory computed here from the
// formulas: what the configuration says of schedule, clipping, decay, momentum, l2 and sampling must arrive.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <numbers>
#include <numeric>
#include <optional>
#include <span>

#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

using Point = std::array<double, 2>;
constexpr double end = 8, base = 0.3, l2 = 0.25;
// Least squares: features a, b and target y.
constexpr std::array<std::array<double, 3>, 4> table = {
    {{1, 0.5, 2}, {-0.5, 1.5, 1}, {2, -1, 0.5}, {0, 1, -3}}};
constexpr int both = -1;  // a communication of the two workers
struct Step {
  double time;
  int worker;
};
constexpr std::array<Step, 10> steps = {{{0.5, 0},
                                         {0.75, 1},
                                         {1.5, both},
                                         {2.5, 0},
                                         {3.25, 0},
                                         {4.5, 1},
                                         {5.5, both},
                                         {6.25, 1},
                                         {7.5, 0},
                                         {7.75, both}}};

// γ as a function of time, of the fraction of the run, and of the worker's gradients so far.
using Gamma = std::function<double(double time, double progress, double gradients)>;
struct Case {
  const char* name;
  Json changes;
  Gamma gamma = [](double, double, double) { return base; };
  double momentum = 0, decay = 0;
  std::optional<double> clip = {};
  double eta = 0, alpha = 0.5, alpha_tilde = 0.5;
};

double dot(const Point& a, const Point& b) { return a[0] * b[0] + a[1] * b[1]; }

double loss(const Point& x) {
  double sum = 0;
  for (const auto& [a, b, y] : table) sum += std::pow(a * x[0] + b * x[1] - y, 2) / 2;
  return sum / table.size() + l2 / 2 * dot(x, x);
}

// One algorithm for both: with η = 0 the momentum x̃ never reaches x, which is gossip.
class ByHand {
 public:
  explicit ByHand(const Case& which) : case_(which) {}

  void apply(const Step& step) {
    flow(step.time);
    if (step.worker != both) return gradient(step);
    for (std::size_t k = 0; k < 2; ++k) {
      const double difference = x_[0][k] - x_[1][k];
      x_[0][k] -= case_.alpha * difference;
      x_[1][k] += case_.alpha * difference;
      tilde_[0][k] -= case_.alpha_tilde * difference;
      tilde_[1][k] += case_.alpha_tilde * difference;
    }
  }

  // dx = η(x̃ − x) dt, dx̃ = η(x − x̃) dt: the sum stays, the difference falls as e^{−2ηt}.
  void flow(double time) {
    const double kept = std::exp(-2 * case_.eta * (time - now_));
    for (std::size_t i = 0; i < 2; ++i)
      for (std::size_t k = 0; k < 2; ++k) {
        const double middle = (x_[i][k] + tilde_[i][k]) / 2, half = (x_[i][k] - tilde_[i][k]) / 2;
        x_[i][k] = middle + kept * half;
        tilde_[i][k] = middle - kept * half;
      }
    now_ = time;
  }

  Point mean() const { return {(x_[0][0] + x_[1][0]) / 2, (x_[0][1] + x_[1][1]) / 2}; }
  double consensus() const {
    const Point difference = {x_[0][0] - x_[1][0], x_[0][1] - x_[1][1]};
    return dot(difference, difference) / 4;
  }

 private:
  void gradient(const Step& step) {
    const auto i = static_cast<std::size_t>(step.worker);
    Point& x = x_[i];
    Point g = {l2 * x[0], l2 * x[1]};
    for (const auto& [a, b, y] : table) {
      const double residual = (a * x[0] + b * x[1] - y) / table.size();
      g[0] += residual * a;
      g[1] += residual * b;
    }
    const double norm = std::sqrt(dot(g, g));
    const double shrink = case_.clip && norm > *case_.clip ? *case_.clip / norm : 1;
    const double gamma = case_.gamma(step.time, step.time / end, gradients_[i]++);
    for (std::size_t k = 0; k < 2; ++k) {
      buffer_[i][k] = case_.momentum * buffer_[i][k] + shrink * g[k] + case_.decay * x[k];
      tilde_[i][k] -= gamma * buffer_[i][k];
    }
    for (std::size_t k = 0; k < 2; ++k) x[k] -= gamma * buffer_[i][k];
  }

  const Case& case_;
  std::array<Point, 2> x_{}, tilde_{}, buffer_{};
  std::array<double, 2> gradients_{};
  double now_ = 0;
};

std::string trace_of(std::span<const Step> events) {
  std::string text = "index,time,kind,i,j\n";
  for (std::size_t k = 0; k < events.size(); ++k)
    text += events[k].worker == both
                ? fmt::format("{},{},communication,0,1\n", k, events[k].time)
                : fmt::format("{},{},gradient,{},-1\n", k, events[k].time, events[k].worker);
  return text;
}

const Json experiment = {
    {"name", "by_hand"},
    {"topology", {{"family", "path"}, {"workers", 2}}},
    {"timing", {{"model", "trace"}, {"file", "trace.csv"}}},
    {"algorithm", {{"name", "async_gossip"}}},
    {"objective",
     {{"name", "linear_regression"},
      {"data", {{"dataset", "csv"}, {"file", "table.csv"}, {"test_fraction", 0}, {"bias", false}}},
      {"batch_size", 0},
      {"l2", l2}}},
    {"optimizer", {{"learning_rate", base}}},
    {"stop", {{"time", end}}},
    {"record", {{"every", 1}, {"metrics", {"loss", "consensus_distance"}}}}};

Table run_traced(const Json& source, std::span<const Step> events, const std::string& rows) {
  const Scratch scratch;
  scratch.write("trace.csv", trace_of(events));
  scratch.write("table.csv", rows);
  scratch.write("by_hand.json", source.dump());
  succeed(scratch, {"run", "by_hand.json", "--out", "out", "--quiet"});
  return read_table(scratch / "out/metrics.csv");
}

class Trajectory : public ::testing::TestWithParam<Case> {};

TEST_P(Trajectory, IsTheOneByHand) {
  std::string rows = "a,b,y\n";
  for (const auto& [a, b, y] : table) rows += fmt::format("{},{},{}\n", a, b, y);
  const Table metrics = run_traced(changed(experiment, GetParam().changes), steps, rows);
  ASSERT_EQ(metrics.rows.size(), 9u);
  // Single precision: some ten steps, each with a few roundings of 6e-8. Double: as many of 1.1e-16.
  const bool single = GetParam().changes.contains("precision");
  ByHand by_hand(GetParam());
  std::size_t next = 0;
  for (std::size_t r = 0; r < metrics.rows.size(); ++r) {
    const double time = metrics.number(r, "time");
    while (next < steps.size() && steps[next].time <= time) by_hand.apply(steps[next++]);
    by_hand.flow(time);
    const double f = loss(by_hand.mean()), distance = by_hand.consensus();
    EXPECT_NEAR(metrics.number(r, "loss"), f, (single ? 3e-6 : 1e-14) * f) << "time " << time;
    // Its error is relative to the squares of the states, which are of order 1.
    EXPECT_NEAR(metrics.number(r, "consensus_distance"), distance, single ? 3e-6 : 1e-14) << "time " << time;
  }
  EXPECT_EQ(next, steps.size());
}

double cosine(double turn_half) { return std::cos(std::numbers::pi * turn_half); }

const std::vector<Case> cases = {
    {"Plain", Json::object()},
    {"Single", {{"precision", "single"}}},
    {"Alpha", {{"algorithm.alpha", 0.3}}, [](double, double, double) { return base; }, 0, 0, {}, 0, 0.3},
    {"A2cid2",
     {{"algorithm", {{"name", "a2cid2"}, {"eta", 0.4}, {"alpha", 0.5}, {"alpha_tilde", 0.8}}}},
     [](double, double, double) { return base; },
     0,
     0,
     {},
     0.4,
     0.5,
     0.8},
    {"InverseTime",
     {{"optimizer.schedule", {{"name", "inverse_time"}, {"decay", 0.5}}}},
     [](double time, double, double) { return base / (1 + 0.5 * time); }},
    {"Step",
     {{"optimizer.schedule", {{"name", "step"}, {"milestones", {0.25, 0.625}}, {"factor", 0.3}}}},
     [](double, double p, double) { return base * (p >= 0.25 ? 0.3 : 1) * (p >= 0.625 ? 0.3 : 1); }},
    {"Cosine",
     {{"optimizer.schedule", {{"name", "cosine"}, {"final_fraction", 0.2}}}},
     [](double, double p, double) { return base * (0.2 + 0.8 * (1 + cosine(p)) / 2); }},
    {"Goyal",
     {{"optimizer.schedule",
       {{"name", "goyal"}, {"scale", 2}, {"warmup", 0.5}, {"milestones", {0.75}}, {"factor", 0.1}}}},
     [](double, double p, double) { return base * (1 + std::min(1.0, p / 0.5)) * (p >= 0.75 ? 0.1 : 1); }},
    // 64 rows of 4 are all of them; scale = 64 · 2 / 256 = ½.
    {"GoyalWithItsOwnScale",
     {{"objective.batch_size", 64},
      {"objective.sampling", "without_replacement"},
      {"optimizer.schedule", {{"name", "goyal"}, {"warmup", 0.5}, {"milestones", Json::array()}}}},
     [](double, double p, double) { return base * (1 - 0.5 * std::min(1.0, p / 0.5)); }},
    // The workers' rates are 1, whatever the trace holds: 16 gradients in 8 units of time, k · 2 of them
    // done.
    {"LocalSteps",
     {{"optimizer.schedule", {{"name", "cosine"}, {"clock", "local_steps"}}}},
     [](double, double, double k) { return base * (1 + cosine(2 * k / 16)) / 2; }},
    {"Momentum", {{"optimizer.momentum", 0.6}}, [](double, double, double) { return base; }, 0.6},
    {"WeightDecay", {{"optimizer.weight_decay", 0.7}}, [](double, double, double) { return base; }, 0, 0.7},
    {"Clip", {{"optimizer.clip_norm", 0.5}}, [](double, double, double) { return base; }, 0, 0, 0.5},
    {"Together",
     {{"optimizer.momentum", 0.5},
      {"optimizer.weight_decay", 0.4},
      {"optimizer.clip_norm", 0.6},
      {"optimizer.schedule", {{"name", "inverse_time"}, {"decay", 0.25}}}},
     [](double time, double, double) { return base / (1 + 0.25 * time); },
     0.5,
     0.4,
     0.6},
};
INSTANTIATE_TEST_SUITE_P(OfTwoWorkers, Trajectory, ::testing::ValuesIn(cases),
                         [](const auto& test) { return test.param.name; });

// Feature 1 and targets 8^k: with γ = 1 a gradient step sets x to the mean of its batch, so the octal digits
// of (batch size · x) say how often each row was drawn. Worker 1 stays at 0: the consensus distance is x²/4.
std::vector<std::array<int, 8>> rows_drawn(const char* sampling) {
  constexpr int batch = 4, gradients = 6;
  std::string rows = "a,y\n";
  for (int k = 0; k < 8; ++k) rows += fmt::format("1,{}\n", 1 << 3 * k);
  std::vector<Step> events;
  for (int k = 0; k < gradients; ++k) events.push_back({k + 0.5, 0});
  const Table metrics = run_traced(changed(experiment, {{"objective.batch_size", batch},
                                                        {"objective.sampling", sampling},
                                                        {"objective.l2", 0},
                                                        {"optimizer.learning_rate", 1},
                                                        {"stop.time", gradients}}),
                                   events, rows);
  std::vector<std::array<int, 8>> drawn;
  for (std::size_t r = 1; r < metrics.rows.size(); ++r) {
    auto sum = static_cast<std::int64_t>(
        std::llround(batch * 2 * std::sqrt(metrics.number(r, "consensus_distance"))));
    for (int& times : drawn.emplace_back()) {
      times = static_cast<int>(sum % 8);
      sum /= 8;
    }
  }
  EXPECT_EQ(drawn.size(), static_cast<std::size_t>(gradients));
  return drawn;
}

TEST(SamplingThroughTheProgram, EpochVisitsEveryRowOnceInTwoHalves) {
  const auto drawn = rows_drawn("epoch");
  for (std::size_t g = 0; g + 1 < drawn.size(); g += 2)
    for (std::size_t k = 0; k < 8; ++k) EXPECT_EQ(drawn[g][k] + drawn[g + 1][k], 1) << g << ", row " << k;
}

TEST(SamplingThroughTheProgram, WithoutReplacementDrawsFourDistinctRowsAndNoEpochs) {
  const auto drawn = rows_drawn("without_replacement");
  bool epochs = true;
  for (std::size_t g = 0; g < drawn.size(); ++g) {
    int rows = 0;
    for (std::size_t k = 0; k < 8; ++k) {
      EXPECT_LE(drawn[g][k], 1);
      rows += drawn[g][k];
      if (g % 2 == 1) epochs &= drawn[g - 1][k] + drawn[g][k] == 1;
    }
    EXPECT_EQ(rows, 4);
  }
  EXPECT_FALSE(epochs) << "by chance once in 70³ seeds";
}

TEST(SamplingThroughTheProgram, WithReplacementDrawsFourRowsAndSomeTwice) {
  const auto drawn = rows_drawn("with_replacement");
  int most = 0;
  for (const auto& batch : drawn) {
    EXPECT_EQ(std::accumulate(batch.begin(), batch.end(), 0), 4);
    most = std::max(most, *std::max_element(batch.begin(), batch.end()));
  }
  EXPECT_GE(most, 2) << "distinct in all six batches: by chance once in 20 000 seeds";
}

}  // namespace
}  // namespace acidsim::testing

// The contracts of rows: all hold for rows that are right, and each mistake breaks the one that is about it.
#include "sim/app/contracts/contracts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "tests/extensions/rows.hpp"

namespace acidsim::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// The contracts that do not hold; what a check throws is a breach.
std::vector<std::string> broken(RowKind kind, const std::string& name) {
  std::vector<std::string> what;
  for (const Contract& contract : contracts_of(kind, name)) {
    try {
      if (contract.check().holding != Holding::no) continue;
    } catch (const std::exception&) {
    }
    what.push_back(contract.what);
  }
  return what;
}

template <class Own>
std::string added(Own row) {
  std::string name = row.name;
  Extension extension;
  extension.add(std::move(row));
  add_to_registry(std::move(extension));
  return name;
}

class Contracts : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { add_renamed_rows(); }
};

TEST_F(Contracts, HoldForWhatIsRight) {
  const std::vector<std::string> none;
  EXPECT_EQ(broken(RowKind::method, "my_a2cid2"), none);
  EXPECT_EQ(broken(RowKind::objective, "my_quadratic"), none);
  EXPECT_EQ(broken(RowKind::objective, "my_softmax"), none);
  EXPECT_EQ(broken(RowKind::topology, "my_cycle"), none);
  EXPECT_EQ(broken(RowKind::timing, "my_poisson"), none);
}

// Of acidsim's own rows, those whose contracts say something else than that of the others.
TEST_F(Contracts, HoldForRowsOfAcidsim) {
  const std::vector<std::string> none;
  for (const char* method : {"dadao", "d_psgd", "relay_sgd", "push_sum"})
    EXPECT_EQ(broken(RowKind::method, method), none) << method;
  for (const char* objective : {"logistic_regression", "linear_regression"})
    EXPECT_EQ(broken(RowKind::objective, objective), none) << objective;
  for (const char* family : {"complete_bipartite", "directed_exponential", "named"})
    EXPECT_EQ(broken(RowKind::topology, family), none) << family;
}

// f_i(x) = ½ ‖x − 1‖², with something wrong about it.
enum class Mistake { none, slope, bias, counted, constants, minimiser };
template <class Scalar, Mistake mistake>
class Mistaken final : public SimpleObjective<Scalar> {
 public:
  Mistaken(const ObjectiveInput<Scalar>& input, const Values& values)
      : SimpleObjective<Scalar>(values.whole("dimension"), input.workers),
        least_{Vector<double>::Constant(this->dimension(), mistake == Mistake::minimiser ? 2 : 1), 0, 0} {}
  double worker_loss(Worker, const Vector<Scalar>& x) const override {
    return 0.5 * (x.array() - 1).matrix().template cast<double>().squaredNorm();
  }
  void worker_gradient(Worker, const Vector<Scalar>& x, Vector<Scalar>& g) const override {
    g = (mistake == Mistake::slope ? Scalar{1.01f} : Scalar{1}) * (x.array() - 1);
  }
  void gradient(Worker worker, std::uint64_t, const Vector<Scalar>& x, Vector<Scalar>& g,
                GradientScratch&) const override {
    worker_gradient(worker, x, g);
    if (mistake == Mistake::bias) g.array() += Scalar{0.01f};
    if (mistake == Mistake::counted) g *= ++asked_ % 2 == 0 ? Scalar{1.5f} : Scalar{0.5f};
  }
  ObjectiveConstants constants() const override {
    const double smoothness = mistake == Mistake::constants ? 0.9 : 1.0;
    return {.smoothness = smoothness, .strong_convexity = smoothness};
  }
  std::string no_minimiser_reason() const override { return {}; }
  const Minimiser& minimiser() const override { return least_; }

 private:
  Minimiser least_;
  mutable std::atomic<int> asked_ = 0;
};

template <Mistake mistake>
std::vector<std::string> broken_with(const char* name) {
  return broken(RowKind::objective,
                added(OwnObjective{
                    .name = name,
                    .summary = "a quadratic with a mistake",
                    .parameters = {dimension_parameter(3)},
                    .make = [](const ObjectiveChoice& choice) {
                      ObjectiveSource source;
                      source.dimension = choice.values.whole("dimension");
                      source.make = ByPrecision<MakeObjective>(
                          [values = choice.values]<class Scalar>(
                              const ObjectiveInput<Scalar>& input) -> std::unique_ptr<Objective<Scalar>> {
                            return std::make_unique<Mistaken<Scalar, mistake>>(input, values);
                          });
                      return source;
                    }}));
}

TEST_F(Contracts, FindMistakesOfObjectives) {
  EXPECT_EQ(broken_with<Mistake::none>("without_mistake"), std::vector<std::string>{});
  EXPECT_THAT(broken_with<Mistake::slope>("wrong_slope"), Contains("∇f against differences of f"));
  EXPECT_EQ(broken_with<Mistake::bias>("biased_draws"),
            std::vector<std::string>{"stochastic gradients have the mean ∇f_i"});
  EXPECT_THAT(broken_with<Mistake::counted>("counted_draws"),
              Contains("draws are addressed by worker and number"));
  EXPECT_EQ(broken_with<Mistake::constants>("wrong_constants"), std::vector<std::string>{"L and μ hold"});
  EXPECT_EQ(broken_with<Mistake::minimiser>("wrong_minimiser"), std::vector<std::string>{"its minimiser"});
}

std::vector<std::string> broken_graph(const char* name, std::function<void(Graph&)> spoil) {
  return broken(RowKind::topology,
                added(OwnTopology{.name = name,
                                  .summary = "a ring with a mistake",
                                  .parameters = {workers_parameter(8)},
                                  .make = [spoil](const Values& values) {
                                    Graph graph = cycle(static_cast<Worker>(values.whole("workers")));
                                    spoil(graph);
                                    return graph;
                                  }}));
}

TEST_F(Contracts, FindMistakesOfTopologies) {
  EXPECT_THAT(broken_graph("in_two", [](Graph& graph) { graph.edges.resize(graph.edges.size() / 2); }),
              Contains("connected"));
  // Refused as it is made, so that nothing can be said of it.
  EXPECT_THAT(broken_graph("one_more",
                           [](Graph& graph) {
                             graph.edges.push_back({0, graph.workers++, 1}), normalise(graph);
                           }),
              AllOf(Contains("connected"), Contains("gossip brings the workers together")));
  EXPECT_THAT(
      broken_graph("one_way", [](Graph& graph) { graph.directions.assign(graph.edges.size(), both_ways); }),
      Contains("directed as its row says"));
  std::atomic<int> made = 0;
  EXPECT_THAT(broken_graph("never_alike", [&](Graph& graph) { graph.edges[0].rate = ++made; }),
              Contains("the same graph again"));
}

std::vector<std::string> broken_timing(const char* name,
                                       std::function<std::unique_ptr<EventSource>(const TimingInput&)> make) {
  return broken(
      RowKind::timing,
      added(OwnTiming{.name = name,
                      .summary = "clocks with a mistake",
                      .make = [make](const Values&, const TimingInput& input) { return make(input); }}));
}

TEST_F(Contracts, FindMistakesOfTimingModels) {
  EXPECT_EQ(broken_timing("too_fast",
                          [](TimingInput input) {
                            for (double& rate : input.gradient_rates) rate *= 1.5;
                            return poisson_clocks(input);
                          }),
            std::vector<std::string>{"workers and edges have their rates"});
  std::atomic<std::uint64_t> made = 0;
  const auto drawn_anew = broken_timing("drawn_anew", [&](TimingInput input) {
    input.seed = ++made;
    return poisson_clocks(input);
  });
  EXPECT_THAT(drawn_anew, Contains("the same events again, in order"));
  EXPECT_THAT(drawn_anew, Contains("from a time on: the tail of the whole"));
  EXPECT_THAT(drawn_anew, Contains(HasSubstr("the same bits again")));
  class Backwards final : public EventSource {
    std::optional<SourceEvent> next() override { return gradient_at(time_ -= 1, 0); }
    double time_ = 3;
  };
  EXPECT_THAT(broken_timing("backwards", [](const TimingInput&) { return std::make_unique<Backwards>(); }),
              Contains("the same events again, in order"));
}

TEST_F(Contracts, FindMistakesOfMethods) {
  AlgorithmRow row = row_named(all_algorithms(), "async_gossip");
  row.name = "misshapen";
  row.dynamics = [](const Values&) {
    Dynamics dynamics = row_named(all_algorithms(), "async_gossip").dynamics({{"alpha", 0.5}});
    dynamics.gradient.landing = Eigen::Vector2d(1, 1);
    return dynamics;
  };
  row.fused = {};
  EXPECT_THAT(broken(RowKind::method, added(row)), Contains("its declaration has the right shapes"));
  // The kernel of another method than the declaration's.
  row = row_named(all_algorithms(), "async_gossip");
  row.name = "other_kernel";
  row.dynamics = [](const Values&) {
    return row_named(all_algorithms(), "async_gossip").dynamics({{"alpha", 0.2}});
  };
  EXPECT_EQ(broken(RowKind::method, added(row)),
            std::vector<std::string>{"its kernel has the exact moments of its declaration"});
}

TEST_F(Contracts, FindMistakesOfWords) {
  OwnTopology row = renamed_cycle();
  row.name = "wordy";
  row.summary = "A sentence.";
  row.parameters.push_back({.name = "family", .default_value = 1.0, .what = "the name of what is there"});
  row.parameters.push_back({.name = "low", .default_value = -1.0, .what = "out of its range", .minimum = 0});
  row.parameters.push_back({.name = "silent", .default_value = 1.0});
  const std::string name = added(row);
  const Verdict found = contracts_of(RowKind::topology, name)[0].check();
  EXPECT_EQ(found.holding, Holding::no);
  for (const char* problem : {"full stop", "wordy.family has the name of a field",
                              "its default is refused: wordy.low", "wordy.silent is not explained"})
    EXPECT_THAT(found.found, HasSubstr(problem));
  OwnTiming asking = renamed_poisson();
  asking.name = "asking";
  asking.parameters = {{.name = "given", .what = "without a default", .required = true}};
  EXPECT_THAT(broken(RowKind::timing, added(asking)), Contains("all parameters have defaults"));
}

}  // namespace
}  // namespace acidsim::testing

// Methods against trajectories that were computed independently, from the equations alone and as products of
// matrices (tests/data/rivals): eight workers with quadratics in R³ and no noise, the kernels driven verb by
// verb.
#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "sim/algorithms/a2cid2.hpp"
#include "sim/algorithms/ad_psgd.hpp"
#include "sim/algorithms/async_gossip.hpp"
#include "sim/algorithms/continuized.hpp"
#include "sim/algorithms/d_psgd.hpp"
#include "sim/algorithms/dadao.hpp"
#include "sim/algorithms/generic_kernel.hpp"
#include "sim/algorithms/gossip_tracking.hpp"
#include "sim/algorithms/push_sum.hpp"
#include "sim/algorithms/swarm_sgd.hpp"
#include "tests/reference/explicit_quadratic.hpp"

namespace acidsim {
namespace rivals_test {

using nlohmann::json;

constexpr double tolerance = 1e-12;      // the two computations of each number differ by at most 1.3e-13
constexpr double few_roundings = 1e-14;  // of sums of eight numbers below 10
constexpr double gamma = 0.125;

json read(const std::string& file) {
  std::ifstream in(ACIDSIM_TEST_DATA "/rivals/" + file);
  return json::parse(in);
}

Vector<double> vector_of(const json& values) {
  const auto numbers = values.get<std::vector<double>>();
  return Eigen::Map<const Vector<double>>(numbers.data(), static_cast<Index>(numbers.size()));
}

Matrix<double> matrix_of(const json& rows) {
  Matrix<double> matrix(rows.size(), rows[0].size());
  for (std::size_t i = 0; i < rows.size(); ++i) matrix.row(static_cast<Index>(i)) = vector_of(rows[i]);
  return matrix;
}

struct Problem {
  json file = read("problem.json");
  reference::ExplicitQuadratic objective = made(file);
  Vector<double> start = vector_of(file["x0"]);
  Matrix<double> mixing = matrix_of(file["W_chords"]);

  static reference::ExplicitQuadratic made(const json& file) {
    std::vector<Matrix<double>> a;
    std::vector<Vector<double>> b;
    for (const json& worker : file["A"]) a.push_back(matrix_of(worker));
    for (const json& worker : file["b"]) b.push_back(vector_of(worker));
    return {std::move(a), std::move(b)};
  }
};

const Problem& problem() {
  static const Problem problem;
  return problem;
}

TEST(ExplicitQuadratic, HasTheMinimiserOfTheFile) {
  EXPECT_LT((problem().objective.minimiser().point - vector_of(problem().file["x_star"])).norm(), tolerance);
  EXPECT_LT(problem().objective.minimiser().gradient_norm, tolerance);
}

// x = b_i + A_i⁻¹ z.
class Oracle final : public DualOracle<double> {
 public:
  void conjugate_gradient(Worker i, const Vector<double>& z, Vector<double>& x) const override {
    const json& file = problem().file;
    x = vector_of(file["b"][i]) + matrix_of(file["A"][i]).llt().solve(z);
  }
};

// A kernel, its verbs called one by one with gradients of the problem.
class Driven {
 public:
  Driven(std::unique_ptr<Kernel<double>> kernel, const Dynamics& dynamics)
      : kernel_(std::move(kernel)), dynamics_(dynamics), scratch_(problem().objective.scratch()) {
    if (kernel_->dual()) kernel_->use(oracle_);
    for (Worker i = 0; i < kernel_->workers(); ++i) {
      kernel_->initialise(i, problem().start);
      if (!kernel_->has_gradient_at_start()) continue;
      kernel_->model(i, 0.0, span(x_));
      compute(i);
      kernel_->land_at_start(i, gamma, g_);
    }
  }

  const Kernel<double>& kernel() const { return *kernel_; }

  // γ of gradient events.
  void set_learning_rate(double rate) { learning_rate_ = rate; }

  void gradient(Worker i, double time) {
    kernel_->begin_gradient(i, time, span(x_));
    compute(i);
    kernel_->step(i, time, learning_rate_, g_);
  }

  // i calls j: an exchange, or a message of a method that sends.
  void communicate(Worker i, Worker j, double time) {
    std::vector<double> from_i(kernel_->message_size()), from_j(from_i.size());
    if (dynamics_.sends()) {
      kernel_->send(i, time, from_i);
      kernel_->receive(j, time, from_i);
      return;
    }
    kernel_->tell(i, time, from_i);
    kernel_->tell(j, time, from_j);
    kernel_->hear(i, time, from_i, from_j);
    kernel_->hear(j, time, from_j, from_i);
  }

  void round(double time) {
    const Worker n = kernel_->workers();
    std::vector<Vector<double>> begun(n);
    for (const Verb verb : dynamics_.program) {
      if (verb == Verb::round) {
        mix(time);
        continue;
      }
      for (Worker i = 0; i < n; ++i) {
        if (verb == Verb::gradient) {
          gradient(i, time);
        } else if (verb == Verb::read) {
          kernel_->begin_gradient(i, time, span(x_));
          compute(i);
          begun[i] = g_;
        } else {
          kernel_->step(i, time, gamma, begun[i]);
        }
      }
    }
  }

  Vector<double> vector(Worker i, int a, double time) const {
    Vector<double> out(kernel_->dimension());
    kernel_->read(i, a, time, span(out));
    return out;
  }
  Vector<double> model(Worker i, double time) const {
    Vector<double> out(kernel_->dimension());
    kernel_->model(i, time, span(out));
    return out;
  }
  Vector<double> sum(int a, double time) const {
    Vector<double> total = Vector<double>::Zero(kernel_->dimension());
    for (Worker i = 0; i < kernel_->workers(); ++i) total += vector(i, a, time);
    return total;
  }

 private:
  static std::span<double> span(Vector<double>& v) { return {v.data(), static_cast<std::size_t>(v.size())}; }

  void compute(Worker i) { problem().objective.gradient(i, 0, x_, g_, *scratch_); }

  void mix(double time) {
    const Worker n = kernel_->workers();
    std::vector<std::vector<double>> told(n, std::vector<double>(kernel_->message_size()));
    for (Worker i = 0; i < n; ++i) kernel_->tell_in_round(i, 0, time, told[i]);
    for (Worker i = 0; i < n; ++i) {
      std::vector<Letter<double>> letters;
      for (Worker j = 0; j < n; ++j)
        if (j != i && problem().mixing(i, j) != 0) letters.push_back({problem().mixing(i, j), told[j]});
      kernel_->mix(i, 0, time, {told[i], letters});
    }
  }

  std::unique_ptr<Kernel<double>> kernel_;
  const Dynamics& dynamics_;
  std::unique_ptr<GradientScratch> scratch_;
  Oracle oracle_;
  double learning_rate_ = gamma;
  Vector<double> x_ = Vector<double>::Zero(3), g_;
};

// Calls check(driven) for the kernel that the row runs on and for the generic one.
template <class Check>
void on_each_kernel(const AlgorithmRow& row, const Values& values, const Check& check) {
  const Dynamics dynamics = row.dynamics(values);
  const Worker n = problem().objective.workers();
  {
    SCOPED_TRACE(row.name + ", generic kernel");
    Driven driven(make_generic_kernel<double>(dynamics, n, 3), dynamics);
    check(driven);
  }
  if (!row.fused) return;
  SCOPED_TRACE(row.name + ", fused kernel");
  Driven driven(make_kernel<double>(row, values, n, 3), dynamics);
  check(driven);
}

// What a snapshot calls the vectors of a kernel, and by what to divide them.
struct Shown {
  std::string name;
  int vector;
  double divisor = 1;
};

// Carries out the events of the file; calls after(driven, event) after each.
template <class After>
void run_events(Driven& driven, const json& file, const std::string& method, const std::vector<Shown>& shown,
                const After& after) {
  auto snapshot = file[method].begin();
  for (const json& event : file["events"]) {
    const auto time = event[0].get<double>();
    const auto i = event[2].get<Worker>();
    if (event[1] == "g")
      driven.gradient(i, time);
    else
      driven.communicate(i, event[3].get<Worker>(), time);
    after(driven, time);
    if (snapshot == file[method].end() || (*snapshot)["time"] != time) continue;
    for (const Shown& vector : shown)
      for (Worker worker = 0; worker < driven.kernel().workers(); ++worker)
        EXPECT_LT((driven.vector(worker, vector.vector, time) / vector.divisor -
                   vector_of((*snapshot)[vector.name][worker]))
                      .cwiseAbs()
                      .maxCoeff(),
                  tolerance)
            << vector.name << " of worker " << worker << " at time " << time;
    ++snapshot;
  }
  EXPECT_EQ(snapshot, file[method].end()) << "a snapshot was not met";
}

void run_events(Driven& driven, const json& file, const std::string& method,
                const std::vector<Shown>& shown) {
  run_events(driven, file, method, shown, [](const Driven&, double) {});
}

TEST(Rivals, AsyncGossip) {
  const json file = read("events.json");
  on_each_kernel(async_gossip_row(), {{"alpha", 0.5}}, [&](Driven& driven) {
    run_events(driven, file, "async_gossip", {{"x", 0}});
  });
}

TEST(Rivals, A2cid2) {
  const json file = read("events.json");
  const json& constants = file["a2cid2_constants"];
  const Values values = {{"eta", constants["eta"].get<double>()},
                         {"alpha", 0.5},
                         {"alpha_tilde", constants["alpha~"].get<double>()},
                         {"exchange_order", std::string("sde")}};
  on_each_kernel(a2cid2_row(), values, [&](Driven& driven) {
    run_events(driven, file, "a2cid2", {{"x", 0}, {"x~", 1}});
  });
}

TEST(Rivals, AdPsgd) {
  const json file = read("events.json");
  for (const auto& [read_time, method] :
       {std::pair("after_step", "ad_psgd"), std::pair("before_step", "ad_psgd_read_before_own_step")})
    on_each_kernel(ad_psgd_row(), {{"read", std::string(read_time)}},
                   [&file, method = method](Driven& driven) {
                     run_events(driven, file, method, {{"x", 0}});
                   });
}

TEST(Rivals, SwarmSgd) {
  const json file = read("events.json");
  on_each_kernel(swarm_sgd_row(), {{"variant", std::string("non_blocking")}, {"local_steps", 1.0}},
                 [&](Driven& driven) {
                   run_events(driven, file, "swarm_nonblocking", {{"x", 0}, {"s", 1}});
                 });
  on_each_kernel(swarm_sgd_row(), {{"variant", std::string("blocking")}, {"local_steps", 1.0}},
                 [&](Driven& driven) {
                   run_events(driven, file, "async_gossip", {{"x", 0}});
                 });
}

// Σ_i y_i = Σ_i l_i after every event.
TEST(Rivals, GossipTracking) {
  const json file = read("events.json");
  on_each_kernel(gossip_tracking_row(), {}, [&](Driven& driven) {
    run_events(driven, file, "gossip_tracking", {{"x", 0}, {"y", 1, gamma}},
               [](const Driven& after, double time) {
                 EXPECT_LT((after.sum(1, time) - after.sum(2, time)).cwiseAbs().maxCoeff(), few_roundings)
                     << "time " << time;
               });
  });
}

// Weights are sums of powers of two, so that Σ_i w_i = n and the weights themselves hold to the bit.
TEST(Rivals, PushSum) {
  const json file = read("events.json");
  on_each_kernel(push_sum_row(), with_defaults(push_sum_row().parameters, {}), [&](Driven& driven) {
    auto snapshot = file["push_sum"].begin();
    run_events(driven, file, "push_sum", {{"x", 0}}, [&](const Driven& after, double time) {
      const Worker n = after.kernel().workers();
      double total = 0;
      for (Worker i = 0; i < n; ++i) total += after.kernel().weight(i);
      EXPECT_EQ(total, n) << "time " << time;
      if (snapshot == file["push_sum"].end() || (*snapshot)["time"] != time) return;
      for (Worker i = 0; i < n; ++i)
        EXPECT_EQ(after.kernel().weight(i), (*snapshot)["w"][i][0].get<double>());
      ++snapshot;
    });
  });
}

// The automatic constants, of the ring with each of its edges at this rate, beside the file's.
GraphConstants ring_at_rate(const json& file, double rate) {  // the file's χ's are at rate ½
  const json& constants = file["a2cid2_constants"];
  return {constants["chi1"].get<double>() * 0.5 / rate, constants["chi2"].get<double>() * 0.5 / rate};
}

ObjectiveConstants constants_of_the_problem() {
  return {problem().file["L"].get<double>(), problem().file["mu"].get<double>()};
}

TEST(Rivals, Dadao) {
  const json file = read("events.json");
  const json& constants = file["dadao_constants"];
  const AlgorithmRow row = dadao_row();
  Values values = with_defaults(row.parameters, {});
  const double total = constants["total_communication_rate"];
  const GraphConstants graph = ring_at_rate(file, total / problem().objective.workers());
  const ObjectiveConstants objective = constants_of_the_problem();
  EXPECT_NEAR(2 * graph.chi_1 * graph.chi_2, 1, tolerance);
  row.resolve(values, {&graph, &objective});
  for (const auto& [name, theirs] :
       {std::pair("nu", "nu"), std::pair("eta", "eta"), std::pair("alpha", "alpha"),
        std::pair("alpha_tilde", "alpha~"), std::pair("theta", "theta"), std::pair("beta", "beta"),
        std::pair("beta_tilde", "beta~"), std::pair("delta", "delta+delta~"), std::pair("gamma", "gamma"),
        std::pair("gamma_tilde", "gamma~")})
    EXPECT_NEAR(values.number(name), constants[theirs].get<double>(), tolerance) << name;
  on_each_kernel(row, values, [&](Driven& driven) {
    driven.set_learning_rate(1);
    run_events(driven, file, "dadao", {{"x", 0}, {"x~", 1}, {"y", 2}, {"y~", 3}, {"z", 4}, {"z~", 5}},
               [](const Driven& after, double time) {
                 EXPECT_LT(after.sum(4, time).cwiseAbs().maxCoeff(), few_roundings) << "time " << time;
               });
  });
}

// The events' edges ring at total rate 1 for the file's constants.
TEST(Rivals, Continuized) {
  const json file = read("events.json");
  const json& constants = file["continuized_constants"];
  const AlgorithmRow row = continuized_row();
  const GraphConstants graph = ring_at_rate(file, 1.0 / problem().objective.workers());
  const ObjectiveConstants objective = constants_of_the_problem();
  for (const auto& [eta, theirs, method] :
       {std::tuple("theory", "eta", "continuized"),
        std::tuple("published_code", "eta_in_DADAO_code", "continuized_eta_of_DADAO_code")}) {
    Values values = with_defaults(row.parameters, {{"eta", std::string(eta)}});
    row.resolve(values, {&graph, &objective});
    EXPECT_NEAR(values.number("mixing_rate"), constants[theirs].get<double>(), tolerance);
    EXPECT_NEAR(values.number("gamma"), constants["gamma"].get<double>(), tolerance);
    EXPECT_NEAR(values.number("gamma_tilde"), constants["gamma~"].get<double>(), tolerance);
    on_each_kernel(row, values, [&file, method = method](Driven& driven) {
      auto snapshot = file[method].begin();
      run_events(driven, file, method, {{"y", 0}, {"z", 1}}, [&](const Driven& after, double time) {
        EXPECT_LT(after.sum(0, time).cwiseAbs().maxCoeff(), few_roundings) << "time " << time;
        if (snapshot == file[method].end() || (*snapshot)["time"] != time) return;
        for (Worker i = 0; i < after.kernel().workers(); ++i)
          EXPECT_LT((after.model(i, time) - vector_of((*snapshot)["model"][i])).cwiseAbs().maxCoeff(),
                    tolerance)
              << "model of worker " << i << " at time " << time;
        ++snapshot;
      });
    });
  }
}

void expect_rounds(const std::string& order) {
  const json rounds = read("rounds.json")["dpsgd_" + order]["x"];
  on_each_kernel(d_psgd_row(), {{"order", order}}, [&](Driven& driven) {
    for (std::size_t k = 0; k < rounds.size(); ++k) {
      const auto time = static_cast<double>(k);
      if (k > 0) driven.round(time);
      for (Worker i = 0; i < driven.kernel().workers(); ++i)
        EXPECT_LT((driven.vector(i, 0, time) - vector_of(rounds[k][i])).cwiseAbs().maxCoeff(), tolerance)
            << "worker " << i << " after round " << k;
    }
  });
}

TEST(Rivals, DPsgdAdaptsThenCombines) { expect_rounds("atc"); }
TEST(Rivals, DPsgdCombinesThenAdapts) { expect_rounds("cta"); }

}  // namespace rivals_test
}  // namespace acidsim

// The rivals of A²CiD² on a ring of 64 workers, on quadratics without noise: whole runs, schedule included, without
// records, on one thread. What is compared takes turns.
// Goals: DADAO and gossip tracking at least half of A²CiD²'s events per second for each vector that an event
// touches; A²CiD² on the generic kernel 0.3 of the fused one; a round of D-PSGD at d = 10⁴ 0.8 of the yardstick, an
// in-place read-modify-write of as many numbers as a round makes and uses: x after the gradient, the direction, the
// message, x after the mixing (`of_states_alone`: without direction and message); DADAO on a star of 300
// workers 1000 times the 580 … 880 events/s of its authors' program at d = 10.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>

#include "sim/algorithms/a2cid2.hpp"
#include "sim/algorithms/d_psgd.hpp"
#include "sim/algorithms/dadao.hpp"
#include "sim/algorithms/generic_kernel.hpp"
#include "sim/algorithms/gossip_tracking.hpp"
#include "sim/objectives/explicit_quadratic.hpp"
#include "sim/timing/poisson_schedule.hpp"
#include "tests/bench/goal.hpp"
#include "tests/bench/rounds.hpp"
#include "topologies/families/families.hpp"

namespace acidsim {
namespace {

constexpr Worker workers = 64;
constexpr A2cid2Parameters a2cid2{.eta = 0.035, .alpha = 0.5, .alpha_tilde = 7.26};

std::vector<Edge> at_rate(std::vector<Edge> edges, double rate) {
  for (Edge& edge : edges) edge.rate = rate;
  return edges;
}

// Centres that differ keep every state away from 0, where processors are slow.
QuadraticParameters quadratic(Index d) {
  return {.dimension = d, .curvature_min = 0.5, .curvature_max = 1, .heterogeneity = 1};
}

double events_of(const Outcome& outcome) { return static_cast<double>(outcome.events); }

// Events per second of processor time of a run from its beginning.
double events_per_second(Kernel<double>& kernel, const Schedule& schedule, const Objective<double>& objective,
                         Index edges, double time) {
  for (Worker i = 0; i < kernel.workers(); ++i)
    kernel.initialise(i, Vector<double>::Constant(kernel.dimension(), i % 17));
  Sgd<double> optimizer({.learning_rate = {.base = 0.05}}, kernel.workers(), kernel.dimension());
  Simulation<double> simulation{schedule, kernel};
  simulation.objective = &objective;
  simulation.optimizer = &optimizer;
  simulation.edges = edges;
  simulation.stop.time = time;
  simulation.stop.diverged_above = infinity;
  simulation.observe.every = infinity;
  const double start = cpu_seconds();
  const double events = events_of(run_serial(simulation));
  return events / (cpu_seconds() - start);
}

// ⅔ gradient events, ⅓ communications, as many for both kernels.
void beside_a2cid2(benchmark::State& state, const Dynamics& dynamics, double goal) {
  const Index d = state.range(0);
  const PoissonSchedule schedule(1, std::vector<double>(workers, 1.0), at_rate(cycle(workers).edges, 0.5));
  const auto objective = make_quadratic<double>(quadratic(d), workers, 1, 1);
  const auto fused = make_a2cid2_kernel<double>(a2cid2, workers, d);
  const auto rival = make_generic_kernel<double>(dynamics, workers, d);
  const double time = 2e6 / static_cast<double>(96 * std::max<Index>(d / 10, 1));
  double fused_rate = 0, rival_rate = 0;
  for (auto _ : state) {
    fused_rate = std::max(fused_rate, events_per_second(*fused, schedule, *objective, workers, time));
    rival_rate = std::max(rival_rate, events_per_second(*rival, schedule, *objective, workers, time));
  }
  state.counters["events"] = rival_rate;
  state.counters["a2cid2_events"] = fused_rate;
  state_goal_ratio(state, rival_rate * rival->vectors() / (fused_rate * fused->vectors()), goal);
}
void dadao(benchmark::State& state) {
  DadaoParameters parameters = dadao_parameters(0.25, 1, 1);
  parameters.beta_tilde = parameters.beta;  // stable at any rate of communications
  beside_a2cid2(state, dadao_dynamics(parameters), 0.5);
}
void gossip_tracking(benchmark::State& state) { beside_a2cid2(state, gossip_tracking_dynamics(), 0.5); }
void generic_a2cid2(benchmark::State& state) { beside_a2cid2(state, a2cid2_dynamics(a2cid2), 0.3); }

// Its goal against NumPy: peers.
void d_psgd(benchmark::State& state) {
  const Index d = state.range(0);
  const RingRounds ring(workers, d);
  const auto rounds = static_cast<std::uint64_t>(10000000 / (workers * d));
  double seconds = 0;
  for (auto _ : state) {
    const double spent =
        ring.seconds(d_psgd_dynamics(MixingOrder::adapt_then_combine), rounds, 1, cpu_seconds);
    seconds += spent;
  }
  state.counters["rate"] = static_cast<double>(state.iterations() * rounds) / seconds;
}

void d_psgd_bandwidth(benchmark::State& state) {
  const Index d = state.range(0);
  const RingRounds ring(workers, d);
  constexpr std::uint64_t rounds = 100;
  Vector<double> yardstick = Vector<double>::Ones(workers * d);
  double round = infinity, pass = infinity;  // seconds, the fastest
  for (auto _ : state) {
    const double spent =
        ring.seconds(d_psgd_dynamics(MixingOrder::adapt_then_combine), rounds, 1, cpu_seconds);
    round = std::min(round, spent / rounds);
    const double start = cpu_seconds();
    for (std::uint64_t k = 0; k < rounds; ++k) {
      yardstick.array() = 0.999999 * yardstick.array() + 1e-6;
      benchmark::DoNotOptimize(yardstick.data());
      benchmark::ClobberMemory();
    }
    pass = std::min(pass, (cpu_seconds() - start) / rounds);
  }
  state.counters["rounds_per_s"] = 1 / round;
  state.counters["of_states_alone"] = 2 * pass / round;
  state_goal_ratio(state, 4 * pass / round, 0.8);
}

// As experiments/studies/star300.json: 2χ1χ2 = 1, full matrices, one communication for each gradient.
void dadao_on_the_star(benchmark::State& state) {
  constexpr Worker many = 300;
  constexpr double rate = 1.9933333333333334;
  const Index d = state.range(0);
  const Graph graph = star(many);
  const double edge_rate = rate / 2 * many / static_cast<double>(graph.edges.size());
  const PoissonSchedule schedule(1, std::vector<double>(many, 1.0), at_rate(graph.edges, edge_rate));
  std::vector<Matrix<double>> matrices;
  for (Worker i = 0; i < many; ++i) {
    const Vector<double> direction = Vector<double>::LinSpaced(d, 1.0, 1.0 + 0.01 * i);
    matrices.push_back(Matrix<double>::Identity(d, d) +
                       direction * direction.transpose() / direction.squaredNorm());
  }
  const Matrix<double> centres =
      Vector<double>::Ones(d) * Vector<double>::LinSpaced(many, 0, 500).transpose();
  const ExplicitQuadratic<double> objective(matrices, centres, 0, 1);
  const auto kernel =
      make_generic_kernel<double>(dadao_dynamics(dadao_parameters(0.5, 2, 1 / edge_rate)), many, d);
  double best = 0;
  for (auto _ : state)
    best = std::max(
        best, events_per_second(*kernel, schedule, objective, static_cast<Index>(graph.edges.size()), 1000));
  state.counters["events"] = best;
  state.counters["goal"] = 1000 * 880;
  state.counters["of_goal"] = best / (1000 * 880);
  state.counters["of_580_thousand"] = best / (1000 * 580);
}

#define ACIDSIM_TURNS ->Unit(benchmark::kMillisecond)->Iterations(5)
BENCHMARK(dadao)->Name("rivals/dadao/d") ACIDSIM_TURNS->Arg(100)->Arg(10000);
BENCHMARK(gossip_tracking)->Name("rivals/gossip_tracking/d") ACIDSIM_TURNS->Arg(100)->Arg(10000);
BENCHMARK(generic_a2cid2)->Name("rivals/generic_a2cid2/d") ACIDSIM_TURNS->Arg(100)->Arg(10000);
BENCHMARK(d_psgd_bandwidth)->Name("rivals/d_psgd/yardstick/d") ACIDSIM_TURNS->Arg(10000);
BENCHMARK(dadao_on_the_star)->Name("rivals/dadao/star300/d") ACIDSIM_TURNS->Arg(2)->Arg(10);
#undef ACIDSIM_TURNS
BENCHMARK(d_psgd)->Name("run/d_psgd/d")->Unit(benchmark::kMillisecond)->Arg(100)->Arg(10000);

}  // namespace
}  // namespace acidsim

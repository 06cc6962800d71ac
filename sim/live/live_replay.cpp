#include "sim/live/live_replay.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <memory>
#include <unordered_map>
#include <utility>

#include "sim/live/collected_states.hpp"
#include "sim/live/live_worker.hpp"
#include "sim/metrics/largest_coordinate.hpp"

namespace acidsim {
namespace {

// The states of a kernel, each worker's at a time of its own.
template <class Scalar>
class OwnTimeStates final : public StateView<Scalar> {
 public:
  OwnTimeStates(const Kernel<Scalar>& kernel, const std::vector<double>& times)
      : kernel_(kernel), times_(times) {}
  Worker workers() const override { return kernel_.workers(); }
  Index dimension() const override { return kernel_.dimension(); }
  int vectors() const override { return kernel_.vectors(); }
  void read(Worker worker, int vector, std::span<Scalar> out) const override {
    kernel_.read(worker, vector, times_[worker], out);
  }

 private:
  const Kernel<Scalar>& kernel_;
  const std::vector<double>& times_;
};

template <class Scalar>
class Replayer {
 public:
  Replayer(const LiveReplay<Scalar>& replay, const Simulation<Scalar>& simulation)
      : replay_(replay),
        simulation_(simulation),
        kernel_(simulation.kernel),
        workers_(kernel_.workers()),
        times_(workers_, 0.0),
        states_(kernel_, times_),
        steps_(merged(replay.trace, replay.place)),
        model_(kernel_.dimension()),
        directions_(workers_, Vector<Scalar>(kernel_.dimension())),
        learning_rates_(workers_, 0.0) {
    if (simulation.objective != nullptr) scratch_ = simulation.objective->scratch();
    Counts& counts = outcome_.counts;
    counts.worker_gradients.assign(workers_, 0);
    counts.edge_communications.assign(replay.edges.size(), 0);
    for (std::size_t e = 0; e < replay.edges.size(); ++e)
      edge_.emplace(key(replay.edges[e].i, replay.edges[e].j), e);
    for (const LiveStep& step : steps_) total_gradients_ += step.operation->kind == LiveKind::step;
  }

  Outcome run(const StateVisit& final_states) {
    if (replay_.average_at_start) {
      const Vector<Scalar> start = mean();
      for (Worker worker = 0; worker < workers_; ++worker) kernel_.initialise(worker, start);
    }
    for (const LiveStep& step : steps_) {
      advance_to(std::min(step.wall, simulation_.stop.time));
      if (!ended_ && step.wall > simulation_.stop.time) end(StopReason::time);
      if (!ended_ && cut_by_gradients()) end(StopReason::gradients);
      if (!ended_) look_around();
      if (ended_) break;
      apply(step);
    }
    const bool whole = !ended_;
    if (whole) outcome_.reason = StopReason::schedule_end;
    if (whole && simulation_.stop.time < infinity) {
      advance_to(simulation_.stop.time);
      if (!ended_) outcome_.reason = StopReason::time;
    }
    if (outcome_.reason != StopReason::interrupted) look_for_divergence();
    if (recorded_at_ != outcome_.time) record();
    outcome_.wall_seconds = elapsed();
    if (final_states) visit_final(whole, final_states);
    if (simulation_.edges == 0) outcome_.counts.edge_communications.clear();
    return std::move(outcome_);
  }

 private:
  using Clock = std::chrono::steady_clock;

  // What the two sides of an exchange told, until both have heard.
  struct Told {
    std::array<std::vector<Scalar>, 2> values;  // of the smaller and of the larger worker
    int heard = 0;
  };

  static std::uint64_t key(Worker a, Worker b) {
    return (std::uint64_t{std::min(a, b)} << 32) | std::max(a, b);
  }

  Vector<Scalar> mean() const {
    OrderedMean<Scalar> sum(kernel_.dimension());
    std::vector<Scalar> x(static_cast<std::size_t>(kernel_.dimension()));
    for (Worker worker = 0; worker < workers_; ++worker) {
      states_.read(worker, 0, x);
      sum.add(x);
    }
    return sum.mean();
  }

  // Makes the records that are due before `wall`, and stands there.
  void advance_to(double wall) {
    while (!ended_ && next_record() < wall) {
      outcome_.time = next_record();
      ++records_;
      record();
    }
    if (!ended_) outcome_.time = wall;
  }
  double next_record() const { return static_cast<double>(records_) * simulation_.record_every; }

  bool cut_by_gradients() const {
    return simulation_.stop.gradients && outcome_.counts.gradients >= *simulation_.stop.gradients &&
           outcome_.counts.gradients < total_gradients_;
  }

  void apply(const LiveStep& step) {
    const Worker worker = step.worker;
    const LiveOperation& operation = *step.operation;
    times_[worker] = operation.time;
    switch (operation.kind) {
      case LiveKind::read:
        return compute(worker, operation.time);
      case LiveKind::step:
        kernel_.step(worker, operation.time, learning_rates_[worker], directions_[worker]);
        ++outcome_.counts.worker_gradients[worker];
        ++outcome_.counts.gradients;
        return;
      case LiveKind::offer:
        return;
      case LiveKind::tell: {
        std::vector<Scalar>& values = told_[operation.exchange].values[worker > operation.peer];
        values.resize(static_cast<std::size_t>(kernel_.dimension()));
        return kernel_.tell(worker, operation.time, values);
      }
      case LiveKind::hear:
        return hear(worker, operation);
    }
  }

  // The gradient is evaluated when it begins, as only then the model is what it was.
  void compute(Worker worker, double time) {
    const std::uint64_t index = outcome_.counts.worker_gradients[worker];
    kernel_.read(worker, 0, time, {model_.data(), static_cast<std::size_t>(model_.size())});
    Vector<Scalar>& direction = directions_[worker];
    simulation_.objective->gradient(worker, index, model_, direction, *scratch_);
    simulation_.optimizer->direction(worker, model_, direction);
    learning_rates_[worker] = live_learning_rate(*simulation_.optimizer, index, workers_, replay_.horizon);
  }

  void hear(Worker worker, const LiveOperation& operation) {
    const auto found = told_.find(operation.exchange);
    Told& told = found->second;
    const std::size_t own = worker > operation.peer;
    kernel_.hear(worker, operation.time, told.values[own], told.values[1 - own]);
    if (++told.heard < 2) return;
    told_.erase(found);
    ++outcome_.counts.communications;
    if (const auto edge = edge_.find(key(worker, operation.peer)); edge != edge_.end())
      ++outcome_.counts.edge_communications[edge->second];
  }

  void look_around() {
    if (simulation_.interrupt != nullptr && simulation_.interrupt->load(std::memory_order_relaxed))
      return end(StopReason::interrupted);
    const double now = elapsed();
    if (simulation_.stop.wall_seconds && now > *simulation_.stop.wall_seconds) end(StopReason::wall_seconds);
    if (simulation_.on_progress && now > last_progress_ + 0.05) {
      last_progress_ = now;
      simulation_.on_progress(outcome_.time, outcome_.counts);
    }
  }

  void look_for_divergence() {
    const LargestCoordinate found = largest_coordinate(states_);
    const double allowed = simulation_.stop.diverged_above;
    if (found.finite && found.largest <= allowed) return;
    outcome_.detail =
        fmt::format("worker {}: |x| = {:.2g} at time {:g}", found.worker, found.largest, outcome_.time);
    outcome_.reason = StopReason::diverged;
  }

  void record() {
    recorded_at_ = outcome_.time;
    const bool reached =
        simulation_.on_record && simulation_.on_record({outcome_.time, outcome_.counts, states_});
    if (reached && !ended_) end(StopReason::target);
  }

  void visit_final(bool whole, const StateVisit& visit) {
    const int vectors = kernel_.vectors();
    const WorkerMemory<Scalar>& kept = simulation_.optimizer->memory();
    const auto memory = [&](Worker worker) { return kept.bytes(worker); };
    if (whole) return for_each_averaged_vector<Scalar>(mean(), vectors, workers_, memory, visit);
    std::vector<Scalar> state(static_cast<std::size_t>(kernel_.dimension()));
    for (Worker worker = 0; worker < workers_; ++worker) {
      for (int a = 0; a < vectors; ++a) {
        states_.read(worker, a, state);
        visit(std::as_bytes(std::span(state)));
      }
      if (!kept.empty()) visit(kept.bytes(worker));
    }
  }

  void end(StopReason reason) {
    outcome_.reason = reason;
    ended_ = true;
  }

  double elapsed() const { return std::chrono::duration<double>(Clock::now() - started_).count(); }

  const LiveReplay<Scalar>& replay_;
  const Simulation<Scalar>& simulation_;
  Kernel<Scalar>& kernel_;
  Worker workers_;
  std::vector<double> times_;  // per worker: of its last operation, on its own clock
  OwnTimeStates<Scalar> states_;
  std::vector<LiveStep> steps_;
  Vector<Scalar> model_;
  std::vector<Vector<Scalar>> directions_;               // per worker: of the gradient under way
  std::vector<double> learning_rates_;                   // likewise
  std::unique_ptr<GradientScratch> scratch_;             // null without an objective
  std::unordered_map<std::uint64_t, Told> told_;         // by exchange
  std::unordered_map<std::uint64_t, std::size_t> edge_;  // by pair
  std::uint64_t total_gradients_ = 0;
  Outcome outcome_;
  bool ended_ = false;
  std::uint64_t records_ = 0;
  double recorded_at_ = -1;
  Clock::time_point started_ = Clock::now();
  double last_progress_ = 0;
};

}  // namespace

template <class Scalar>
Outcome replay_live(const LiveReplay<Scalar>& replay, const Simulation<Scalar>& simulation,
                    const StateVisit& final_states) {
  return Replayer<Scalar>(replay, simulation).run(final_states);
}
template Outcome replay_live<float>(const LiveReplay<float>&, const Simulation<float>&, const StateVisit&);
template Outcome replay_live<double>(const LiveReplay<double>&, const Simulation<double>&, const StateVisit&);

}  // namespace acidsim

#include "sim/mpi/replay.hpp"

#include <algorithm>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>

#ifdef ACIDSIM_MPI
#include "sim/mpi/agreement.hpp"
#include "sim/mpi/replay_engine.hpp"
#endif
#include "sim/engine/run_loop.hpp"

namespace acidsim {

#ifdef ACIDSIM_MPI

namespace {

// The states of all workers at a time, for rank 0.
template <class Scalar>
class AllWorkers final : public StateView<Scalar> {
 public:
  AllWorkers(SharedStates<Scalar>& states, const Simulation<Scalar>& simulation, Worker workers,
             const ReadTimes& times)
      : states_(states),
        kernel_(simulation.kernel),
        memory_bytes_(simulation.optimizer != nullptr ? simulation.optimizer->memory().size() : 0),
        workers_(workers),
        times_(times) {}
  Worker workers() const override { return workers_; }
  Index dimension() const override { return kernel_.dimension(); }
  int vectors() const override { return kernel_.vectors(); }
  void read(Worker worker, int vector, std::span<Scalar> out) const override {
    states_.read(worker, vector, times_.of(worker), out);
  }
  double weight(Worker worker) const override {
    std::vector<Scalar> stored(kernel_.stored_size());
    states_.save(worker, stored);
    return weight_of<Scalar>(kernel_, stored);
  }
  void statistics(Worker worker, std::span<double> out) const override {
    std::vector<std::byte> memory(memory_bytes_);
    states_.memory(worker, memory);
    std::memcpy(out.data(), memory.data(), out.size_bytes());
  }

 private:
  SharedStates<Scalar>& states_;
  const Kernel<Scalar>& kernel_;
  std::size_t memory_bytes_;
  Worker workers_;
  ReadTimes times_;
};

// Thrown on all ranks at the same event: they have run ahead of a divergence.
struct RanTooFar {};

// Ranks pass the same points of the schedule, and at each tell what they know: their own workers have
// diverged, the user wants to stop. What comes of it is heard at the next point, so that nobody waits there.
// All that calls for an answer of all ranks depends on those answers alone.
template <class Scalar>
class ReplayExecutor final : public Executor<Scalar> {
 public:
  ReplayExecutor(const Simulation<Scalar>& simulation, MpiWorld& world, const Ownership& ownership,
                 SharedStates<Scalar>& states, std::size_t slots, bool runs_ahead)
      : Executor<Scalar>(simulation),
        world_(world),
        ownership_(ownership),
        states_(states),
        engine_(simulation, world, ownership, slots),
        runs_ahead_(runs_ahead) {}

  bool start() override { return engine_.start(); }

  void apply(std::span<const Event> piece, Counts& counts) override {
    engine_.add(piece, counts);
    passed_ += piece.size();
  }

  std::size_t max_piece() const override { return static_cast<std::size_t>(next_point_ - passed_); }

  bool record(double time, const Counts& counts) override {
    if (!simulation_.observe.on_record) return false;
    const double under_way = this->weight_under_way();
    gather_losses();
    return observe([&] {
      const AllWorkers<Scalar> all(states_, simulation_, ownership_.workers(), this->times_at(time));
      return simulation_.observe.on_record({time, counts, all, under_way});
    });
  }

  void checkpoint(const Position& position, const Counts& counts) override {
    const std::vector<Parcel<Scalar>> all = mail();
    gather_losses();
    observe([&] {
      simulation_.checkpoints.write(position, counts, all);
      return false;
    });
  }

  std::optional<Stop> check_divergence(double time, bool last) override {
    engine_.settle();
    const LargestCoordinate own = judge(time);
    if (!runs_ahead_ || last) {
      hear_all();
      return divergence_of_all(own, time);
    }
    own_diverged_ = this->divergence(own, time).has_value();
    looked_ = true;
    next_point_ = passed_;
    return {};
  }

  std::optional<Stop> asked_to_stop(double wall_seconds) override {
    wall_seconds_ = wall_seconds;
    if (passed_ == next_point_) pass_point();
    return stop_;
  }

  bool checkpoint_is_due(double wall_seconds) override {
    wants_checkpoint_ = !checkpoint_due_ && wall_seconds > simulation_.checkpoints.every_seconds;
    return std::exchange(checkpoint_due_, false);
  }

  // At the end of the run.
  RankReport finish() {
    engine_.settle();
    hear_all();
    return engine_.report();
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::uint64_t shortest = 16, longest = 1 << 16;  // events between points

  void pass_point() {
    engine_.settle(point_mark_);
    point_mark_ = engine_.added();
    hear();
    tell();
    next_point_ = passed_ + interval_;
  }

  void tell() {
    Agreement::Values own{};
    own[Agreement::diverged] = own_diverged_;
    own[Agreement::interrupted] = simulation_.observe.interrupt != nullptr &&
                                  simulation_.observe.interrupt->load(std::memory_order_relaxed);
    if (world_.rank() == 0) {  // one clock for all
      const auto now = Clock::now();
      const auto spent = now - point_passed_;
      point_passed_ = now;
      std::uint64_t next = interval_;
      if (spent < std::chrono::milliseconds(50)) next = std::min(2 * next, longest);
      if (spent > std::chrono::milliseconds(200)) next = std::max(next / 2, shortest);
      own[Agreement::interval] = next;
      own[Agreement::out_of_time] =
          simulation_.stop.wall_seconds && wall_seconds_ > *simulation_.stop.wall_seconds;
      own[Agreement::checkpoint] = wants_checkpoint_ && !checkpoint_due_;
    }
    looked_ = false;
    agreement_.start(own);
  }

  void hear() {
    if (!agreement_.under_way()) return;
    engine_.wait_until([&] { return agreement_.done(); });
    const Agreement::Values all = agreement_.take();
    interval_ = all[Agreement::interval];
    if (all[Agreement::diverged] != 0) {
      engine_.settle();  // no message stays under way
      throw RanTooFar();
    }
    if (all[Agreement::interrupted] != 0) {
      stop_ = Stop{StopReason::interrupted};
    } else if (all[Agreement::out_of_time] != 0) {
      stop_ = Stop{StopReason::wall_seconds};
    }
    if (all[Agreement::checkpoint] != 0) checkpoint_due_ = true;
  }

  // Hears all that ranks have to tell up to here.
  void hear_all() {
    hear();
    if (!looked_) return;
    tell();
    hear();
  }

  // Rank 0 gets the losses of all workers; the others keep their own.
  void gather_losses() {
    MinibatchLosses* const losses = simulation_.losses;
    if (losses == nullptr) return;
    engine_.settle();
    std::string own;
    for (const Worker worker : ownership_.own) losses->save(worker, own);
    const std::vector<std::string> all = world_.gather(own);
    if (all.empty()) return;
    std::vector<std::size_t> at(all.size(),
                                0);  // read of each rank's text: it has its workers in ascending order
    for (Worker worker = 0; worker < ownership_.workers(); ++worker) {
      const auto rank = static_cast<std::size_t>(ownership_.rank_of[worker]);
      losses->restore(worker, all[rank].data() + at[rank]);
      at[rank] += MinibatchLosses::saved;
    }
  }

  // The messages under way on all ranks, at rank 0; elsewhere nothing.
  std::vector<Parcel<Scalar>> mail() override {
    engine_.settle();
    std::string own;
    const auto add = [&](std::span<const std::byte> bytes) {
      own.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    };
    for (const Parcel<Scalar>& parcel : engine_.in_flight().mail.save()) {
      add(std::as_bytes(std::span(&parcel.clock, 1)));
      own += parcel.upwards ? '\1' : '\0';
      own += static_cast<char>(parcel.needed);
      add(std::as_bytes(std::span(parcel.values)));
    }
    const std::size_t size = simulation_.kernel.message_size();
    std::vector<std::vector<Parcel<Scalar>>> ranks;
    for (const std::string& text : world_.gather(own)) {
      std::vector<Parcel<Scalar>>& parcels = ranks.emplace_back();
      for (std::size_t at = 0; at < text.size();) {
        Parcel<Scalar>& parcel = parcels.emplace_back();
        std::memcpy(&parcel.clock, text.data() + at, sizeof(parcel.clock));
        at += sizeof(parcel.clock);
        parcel.upwards = text[at++] != 0;
        parcel.needed = static_cast<std::uint8_t>(text[at++]);
        parcel.values.resize(size);
        std::memcpy(parcel.values.data(), text.data() + at, size * sizeof(Scalar));
        at += size * sizeof(Scalar);
      }
    }
    return joined(ranks);
  }

  template <class Act>
  bool observe(const Act& act) {
    engine_.settle();
    hear_all();
    const auto since = Clock::now();
    const bool answer = states_.at_root(act);
    engine_.report().observing += std::chrono::duration<double>(Clock::now() - since).count();
    return answer;
  }

  // The largest coordinate of the own workers, by their numbers in the whole run; nothing where a bound says
  // that all is well.
  LargestCoordinate judge(double time) const {
    if (simulation_.kernel.bound() <= simulation_.stop.diverged_above) return {};
    std::vector<double> own;  // times by place in the kernel
    const ReadTimes times = this->times_at(time);
    if (!times.own.empty())
      for (const Worker worker : ownership_.own) own.push_back(times.of(worker));
    LargestCoordinate found =
        largest_coordinate(KernelStates<Scalar>(simulation_.kernel, ReadTimes{time, own}));
    found.worker = ownership_.own[found.worker];
    return found;
  }

  // As if one rank had looked at all workers in order. All ranks wait for each other.
  std::optional<Stop> divergence_of_all(const LargestCoordinate& own, double time) {
    std::vector<LargestCoordinate> all(static_cast<std::size_t>(world_.size()));
    MPI_Request request;
    MPI_Iallgather(&own, sizeof(LargestCoordinate), MPI_BYTE, all.data(), sizeof(LargestCoordinate), MPI_BYTE,
                   communicator_.get(), &request);
    engine_.wait_until([&] {
      int there = 0;
      MPI_Test(&request, &there, MPI_STATUS_IGNORE);
      return there != 0;
    });
    LargestCoordinate found = all[0];
    for (const LargestCoordinate& other : all) {
      const bool first = other.worker < found.worker;
      if (other.finite != found.finite ? !other.finite
          : found.finite ? other.largest > found.largest || (other.largest == found.largest && first)
                         : first)
        found = other;
    }
    return this->divergence(found, time);
  }

  using Executor<Scalar>::simulation_;
  MpiWorld& world_;
  const Ownership& ownership_;
  SharedStates<Scalar>& states_;
  ReplayEngine<Scalar> engine_;
  Communicator communicator_;
  Agreement agreement_;
  bool runs_ahead_;
  std::uint64_t passed_ = 0;      // events of the schedule
  std::uint64_t next_point_ = 0;  // in those
  std::uint64_t interval_ = 64;   // from the next point to the one after
  std::uint64_t point_mark_ = 0;  // own events taken up at the last point
  Clock::time_point point_passed_ = Clock::now();
  double wall_seconds_ = 0;
  bool looked_ = false, own_diverged_ = false;  // at the last look; not told yet
  bool wants_checkpoint_ = false, checkpoint_due_ = false;
  std::optional<Stop> stop_;
};

std::vector<RankReport> gather(MpiWorld& world, const RankReport& own) {
  const std::string line =
      fmt::format("{} {} {} {} {} {} {} {} {} {}", own.rank, own.workers, own.gradients, own.communications,
                  own.messages, own.bytes, own.seconds, own.waiting, own.observing, own.host);
  std::vector<RankReport> reports;
  for (const std::string& text : world.gather(line)) {
    RankReport& report = reports.emplace_back();
    std::istringstream words(text);
    words >> report.rank >> report.workers >> report.gradients >> report.communications >> report.messages >>
        report.bytes >> report.seconds >> report.waiting >> report.observing >> report.host;
  }
  return reports;
}

std::string in_words(const std::vector<RankReport>& reports) {
  double seconds = 0, waiting = 0;
  std::uint64_t messages = 0;
  for (const RankReport& report : reports) {
    seconds += report.seconds;
    waiting += report.waiting;
    messages += report.messages;
  }
  return fmt::format("{} ranks: {} messages, {:.0f} % of the time waiting for them", reports.size(), messages,
                     seconds > 0 ? 100 * waiting / seconds : 0.0);
}

}  // namespace

template <class Scalar>
ReplayOutcome run_mpi(const Simulation<Scalar>& simulation, MpiWorld& world, const Ownership& ownership,
                      SharedStates<Scalar>& states, const ReplayOptions& options) {
  Simulation<Scalar> own = simulation;
  own.workers = ownership.workers();
  if (world.rank() != 0) {
    own.observe.on_progress = {};
    own.observe.on_events = {};
  }
  const std::size_t slots =
      options.slots > 0
          ? options.slots
          : ReplayEngine<Scalar>::usual_slots(simulation.kernel.message_size(), ownership, world.size());
  constexpr std::size_t smallest_piece = 64;
  for (bool runs_ahead = static_cast<bool>(simulation.resume.restart);; runs_ahead = false) {
    ReplayExecutor<Scalar> executor(own, world, ownership, states, slots, runs_ahead);
    try {
      ReplayOutcome result;
      result.outcome = RunLoop<Scalar>(own, smallest_piece, executor).run();
      RankReport report = executor.finish();
      report.seconds = result.outcome.wall_seconds -
                       (own.resume.position != nullptr ? own.resume.position->wall_seconds : 0.0);
      result.reports = gather(world, report);
      if (world.rank() == 0) result.outcome.decision = in_words(result.reports);
      return result;
    } catch (const RanTooFar&) {
      simulation.resume.restart();
    }
  }
}

#else

template <class Scalar>
ReplayOutcome run_mpi(const Simulation<Scalar>&, MpiWorld&, const Ownership&, SharedStates<Scalar>&,
                      const ReplayOptions&) {
  throw std::logic_error("built without MPI");
}

#endif

std::string table_of(const std::vector<RankReport>& reports) {
  std::size_t widest = 4;
  for (const RankReport& report : reports) widest = std::max(widest, report.host.size());
  std::string text = fmt::format(
      "rank  {:{}}  workers   gradients  exchanges here   messages  MB sent  seconds  "
      "computing  waiting  observing\n",
      "host", widest);
  for (const RankReport& report : reports) {
    const auto share = [&](double seconds) {
      return report.seconds > 0 ? 100 * seconds / report.seconds : 0.0;
    };
    text += fmt::format(
        "{:4}  {:{}}  {:7}  {:10}  {:14}  {:9}  {:7.1f}  {:7.2f}  {:7.1f} %  {:5.1f} %  {:7.1f} %\n",
        report.rank, report.host, widest, report.workers, report.gradients, report.communications,
        report.messages, static_cast<double>(report.bytes) * 1e-6, report.seconds,
        share(report.seconds - report.waiting - report.observing), share(report.waiting),
        share(report.observing));
  }
  return text;
}

std::vector<StateHash> gather_hashes(MpiWorld& world, const std::vector<StateHash>& own) {
  static_assert(std::is_trivially_copyable_v<StateHash>);
  std::vector<StateHash> all;
  const std::string bytes(reinterpret_cast<const char*>(own.data()), own.size() * sizeof(StateHash));
  for (const std::string& text : world.gather(bytes)) {
    const std::size_t before = all.size();
    all.resize(before + text.size() / sizeof(StateHash));
    std::copy(text.begin(), text.end(), reinterpret_cast<char*>(all.data() + before));
  }
  std::sort(all.begin(), all.end(), [](const StateHash& a, const StateHash& b) {
    return std::tuple(a.event, a.worker) < std::tuple(b.event, b.worker);
  });
  return all;
}

template ReplayOutcome run_mpi<float>(const Simulation<float>&, MpiWorld&, const Ownership&,
                                      SharedStates<float>&, const ReplayOptions&);
template ReplayOutcome run_mpi<double>(const Simulation<double>&, MpiWorld&, const Ownership&,
                                       SharedStates<double>&, const ReplayOptions&);

}  // namespace acidsim

// Live runs that pause to be saved, and go on: in the same process or in another one.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "sim/live/live_forecast.hpp"
#include "tests/live/live_case.hpp"

namespace acidsim {
namespace {

// All that is saved of a run in a pause.
template <class Scalar>
struct SavedRun {
  struct Part {
    double time;
    std::vector<Scalar> stored;
    std::vector<std::byte> memory;
  };
  LiveHistory history;
  std::vector<Part> workers = {};

  void restore(OwnedRun<Scalar>& run) const {
    for (Worker worker = 0; worker < workers.size(); ++worker) {
      const Part& part = workers[worker];
      run.kernel->restore(worker, part.time, part.stored);
      std::copy(part.memory.begin(), part.memory.end(), run.optimizer.memory().bytes(worker).begin());
    }
  }
};

template <class Scalar>
std::function<void(LiveRun<Scalar>&)> saving_to(std::vector<SavedRun<Scalar>>& saved) {
  return [&saved](LiveRun<Scalar>& run) {
    run.control.save_every = 0.004;
    run.save = [&saved](const LiveHistory& history, const auto& each_worker) {
      SavedRun<Scalar>& here = saved.emplace_back(SavedRun<Scalar>{history});
      each_worker([&](double time, std::span<const Scalar> stored, std::span<const std::byte> memory) {
        here.workers.push_back({time, {stored.begin(), stored.end()}, {memory.begin(), memory.end()}});
      });
    };
  };
}

// The operations but the offers: those that found no partner before a pause are made again after it.
std::vector<LiveOperation> without_offers(std::vector<LiveOperation> list) {
  std::erase_if(list, [](const LiveOperation& operation) { return operation.verb == Verb::offer; });
  return list;
}

void expect_goes_on_from(const LiveHistory& before, const LiveHistory& after) {
  EXPECT_GE(after.wall_seconds, before.wall_seconds);
  for (Worker worker = 0; worker < after.trace.workers.size(); ++worker) {
    const auto earlier = without_offers(before.trace.workers[worker]);
    const auto all = without_offers(after.trace.workers[worker]);
    ASSERT_GE(all.size(), earlier.size());
    EXPECT_TRUE(std::equal(earlier.begin(), earlier.end(), all.begin())) << "worker " << worker;
    if (all.size() > earlier.size()) {
      EXPECT_GE(all[earlier.size()].wall, before.wall_seconds);
    }
    for (const LiveOperation& operation : all) EXPECT_LE(operation.wall, after.wall_seconds);
  }
}

template <class Scalar>
void expect_saved_and_replayed(const std::string& method, double rate, bool fixed) {
  SCOPED_TRACE(method + " rate " + std::to_string(rate) + (fixed ? " fixed" : ""));
  const Worker n = 6;
  const std::vector<Edge> edges = edges_of("cycle", n);
  LiveProtocol protocol = protocol_of(edges, n, rate);
  protocol.gradients = 400;
  if (fixed) {
    protocol.pairing = PairingRule::fixed;
    protocol.averagings = AveragingCount::deterministic;
  }
  const auto expect_whole = [&](LiveCase<Scalar>& live, const LiveResult<Scalar>& result) {
    EXPECT_EQ(result.reason, StopReason::gradients);
    EXPECT_EQ(measured_course(result.trace, protocol.edges).total_gradients(), 400u);
    LiveCase<Scalar> again(method, n, 0.05, 0.9);
    again.replay(through_file(result.trace, edges), edges);
    EXPECT_EQ(again.final_states, live.final_states);
  };
  std::vector<SavedRun<Scalar>> saved;
  LiveCase<Scalar> live(method, n, 0.05, 0.9);
  const LiveResult<Scalar> result = live.live(protocol, true, {}, saving_to(saved));
  ASSERT_GE(saved.size(), 2u) << "400 gradients of 0.2 ms by 6 workers take 13 ms at least";
  expect_whole(live, result);
  for (const SavedRun<Scalar>& part : saved) expect_goes_on_from(part.history, result);
  // As in another process: from the second pause, with further ones.
  const SavedRun<Scalar> second = saved[1];
  LiveCase<Scalar> resumed(method, n, 0.05, 0.9);
  second.restore(resumed.owned);
  const LiveResult<Scalar> rest = resumed.live(protocol, true, {}, [&](LiveRun<Scalar>& run) {
    saving_to(saved)(run);
    run.before = second.history;
    run.on_start = [](const StateView<Scalar>&) { ADD_FAILURE() << "it begins anew"; };
  });
  expect_whole(resumed, rest);
  expect_goes_on_from(second.history, rest);
}

TEST(LivePauses, TheWholeRunReplaysToTheBit) {
  for (const Method& method : pairwise_methods()) {
    if (!method.dynamics.exchanges() || method.dynamics.dual) continue;
    expect_saved_and_replayed<double>(method.name, 1.0, false);
    expect_saved_and_replayed<float>(method.name, 0.5, true);
  }
  expect_saved_and_replayed<double>("a2cid2 sde", 0.0, false);
  expect_saved_and_replayed<double>("a2cid2 sde", 3.0, false);
}

// On a cycle a worker meets its two neighbours in turn, and pays two averagings for each gradient: no pause
// lets it begin anew, or forgives what is due.
TEST(LivePauses, PartnersAndDebtsGoOnWhereTheyStood) {
  const Worker n = 6;
  const std::vector<Edge> edges = edges_of("cycle", n);
  LiveProtocol protocol = protocol_of(edges, n, 2.0);
  protocol.gradients = 600;
  protocol.pairing = PairingRule::fixed;
  protocol.averagings = AveragingCount::deterministic;
  std::vector<SavedRun<double>> saved;
  LiveCase<double> live("a2cid2 sde", n, 0.05, 0.0);
  const LiveResult<double> result = live.live(protocol, true, {}, saving_to(saved));
  ASSERT_GE(saved.size(), 3u);
  for (const auto& list : result.trace.workers) {
    std::vector<Worker> partners;
    std::uint64_t gradients = 0;
    for (const LiveOperation& operation : list) {
      if (operation.verb == Verb::receive) partners.push_back(operation.peer);
      gradients += operation.verb == Verb::step;
    }
    for (std::size_t k = 1; k < partners.size(); ++k) EXPECT_NE(partners[k], partners[k - 1]);
    // Two gradients may be computed at a pause whose averagings stay due, and one more before the end.
    EXPECT_LE(2 * gradients, partners.size() + 6);
    EXPECT_LE(partners.size(), 2 * gradients);
  }
}

TEST(LivePauses, AnInterruptedRunIsSaved) {
  const Worker n = 6;
  const std::vector<Edge> edges = edges_of("cycle", n);
  LiveProtocol protocol = protocol_of(edges, n, 1.0);
  protocol.gradients = 1000000;
  std::atomic<bool> interrupt = false;
  LiveControl control;
  control.interrupt = &interrupt;
  control.on_progress = [&](double, std::uint64_t) { interrupt = true; };
  std::vector<SavedRun<double>> saved;
  LiveCase<double> live("a2cid2 sde", n, 0.05, 0.5);
  const LiveResult<double> result = live.live(protocol, true, control, [&](LiveRun<double>& run) {
    saving_to(saved)(run);
    run.control.save_every = infinity;
  });
  EXPECT_EQ(result.reason, StopReason::interrupted);
  ASSERT_EQ(saved.size(), 1u);
  EXPECT_EQ(saved[0].history.trace, result.trace);
  EXPECT_EQ(saved[0].history.wall_seconds, result.wall_seconds);
}

TEST(LivePauses, WallSecondsCountTheWholeRun) {
  const Worker n = 6;
  LiveProtocol protocol = protocol_of(edges_of("cycle", n), n, 1.0);
  protocol.gradients.reset();
  protocol.wall_seconds = 1000.05;
  LiveCase<double> live("a2cid2 sde", n, 0.05, 0.0);
  const LiveResult<double> result = live.live(protocol, true, {}, [&](LiveRun<double>& run) {
    run.before = {1000.0, {std::vector<std::vector<LiveOperation>>(n)}};
  });
  EXPECT_EQ(result.reason, StopReason::wall_seconds);
  EXPECT_GE(result.wall_seconds, 1000.05);
  for (const auto& list : result.trace.workers)
    for (const LiveOperation& operation : list) EXPECT_GE(operation.wall, 1000.0);
}

// However often it is to be saved.
TEST(LivePauses, ARunGetsOn) {
  const Worker n = 6;
  std::vector<SavedRun<double>> saved;
  LiveCase<double> live("a2cid2 sde", n, 0.05, 0.0);
  const LiveResult<double> result =
      live.live(protocol_of(edges_of("cycle", n), n, 1.0), true, {}, [&](LiveRun<double>& run) {
        saving_to(saved)(run);
        run.control.save_every = 1e-9;
      });
  EXPECT_EQ(result.reason, StopReason::gradients);
  EXPECT_GT(saved.size(), 1u);
  EXPECT_LE(saved.size(), 101u / n);
}

}  // namespace
}  // namespace acidsim

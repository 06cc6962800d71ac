// Runs with checkpoints that stop on their way and go on.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <limits>
#include <vector>

#include "tests/app/experiment.hpp"

namespace acidsim::testing {

constexpr std::size_t all_events = std::numeric_limits<std::size_t>::max();

struct Rerun {
  RepeatResult result;
  std::vector<Event> events;
};

// Runs what is left, to its end or until so many events of the schedule have happened.
inline Rerun go_on(Trial&& experiment, const std::filesystem::path& folder, std::size_t events,
                   const Execution& execution) {
  Rerun run;
  std::atomic<bool> interrupt = false;
  RunControl control;
  control.checkpoints.folder = folder;
  control.execution = execution;
  control.interrupt = &interrupt;
  control.on_events = [&](std::span<const Event> piece, std::span<const double>) {
    run.events.insert(run.events.end(), piece.begin(), piece.end());
    interrupt = run.events.size() >= events;
  };
  run.result = experiment.run(0, control);
  return run;
}

// Runs it in a process of its own, which is killed once so many events of the schedule have happened.
inline void run_killed_after(Trial&& experiment, const std::filesystem::path& folder, std::size_t events) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    std::size_t happened = 0;
    RunControl control;
    control.checkpoints.folder = folder;
    control.on_events = [&](std::span<const Event> piece, std::span<const double>) {
      happened += piece.size();
      if (happened >= events) raise(SIGKILL);
    };
    experiment.run(0, control);
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

inline void expect_same(const Rerun& a, const Rerun& b) {
  EXPECT_EQ(a.result.state_digest, b.result.state_digest);
  EXPECT_EQ(a.result.outcome.reason, b.result.outcome.reason);
  EXPECT_EQ(a.result.outcome.detail, b.result.outcome.detail);
  EXPECT_EQ(a.result.outcome.time, b.result.outcome.time);
  EXPECT_EQ(static_cast<const Tally&>(a.result.outcome.counts),
            static_cast<const Tally&>(b.result.outcome.counts));
  EXPECT_EQ(a.result.outcome.staleness, b.result.outcome.staleness);
  EXPECT_EQ(a.result.outcome.counts.staleness.counted(), b.result.outcome.counts.staleness.counted());
  EXPECT_EQ(a.result.outcome.counts.worker_gradients, b.result.outcome.counts.worker_gradients);
  EXPECT_EQ(a.result.outcome.counts.edge_communications, b.result.outcome.counts.edge_communications);
  EXPECT_EQ(a.events, b.events);
  ASSERT_EQ(a.result.records.size(), b.result.records.size());
  for (std::size_t r = 0; r < a.result.records.size(); ++r) {
    EXPECT_EQ(a.result.records[r].time, b.result.records[r].time);
    EXPECT_EQ(a.result.records[r].communications, b.result.records[r].communications);
    EXPECT_EQ(a.result.records[r].metrics, b.result.records[r].metrics) << "record " << r;
  }
}

}  // namespace acidsim::testing

// Live runs of the program and what they leave.
#pragma once

#include <gtest/gtest.h>

#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {

// 200 gradients of 0.2 ms at least, on a ring of 8.
inline Json live_experiment() {
  return changed(small_experiment(), {{"stop", {{"gradients", 200}}},
                                      {"initial.kind", "normal"},
                                      {"optimizer.momentum", 0.5},
                                      {"live.gradient_seconds", 2e-4}});
}

// The counts agree with each other, and the replay ends with the digest of the run.
inline void expect_sound(const Scratch& scratch, const std::string& out, long gradients) {
  const auto run = read_results(scratch / out / "run.json");
  const auto& repeat = run["repeats"][0];
  EXPECT_EQ(run["backend"], "live");
  EXPECT_EQ(repeat["gradients"], gradients);
  const long communications = repeat["communications"].get<long>();
  EXPECT_EQ(read_table(scratch / out / "communication_counts.csv").sum("count"), communications);
  const Table workers = read_table(scratch / out / "worker_counts.csv");
  EXPECT_EQ(workers.sum("gradients"), gradients);
  EXPECT_EQ(workers.sum("communications"), 2 * communications);
  long of_ranks = 0, of_workers = 0;
  for (const auto& rank : repeat["live"]["ranks"]) of_ranks += rank["gradients"].get<long>();
  for (const auto& worker : repeat["live"]["workers"]) of_workers += worker["gradients"].get<long>();
  EXPECT_EQ(of_ranks, gradients);
  EXPECT_EQ(of_workers, gradients);
  succeed(scratch, {"run", out + "/replay.json", "--out", out + "_again", "--quiet"});
  const auto replay = read_results(scratch / (out + "_again") / "run.json");
  EXPECT_EQ(replay["state_digest"], run["state_digest"]);
  EXPECT_EQ(replay["repeats"][0]["gradients"], gradients);
  for (const char* fact : {"vectors_sent", "bytes_sent", "staleness"})
    EXPECT_EQ(replay["repeats"][0][fact], repeat[fact]) << fact;
  EXPECT_EQ(repeat["vectors_sent"], 2 * communications);
  EXPECT_EQ(replay["repeats"][0]["final"], repeat["final"]);
  EXPECT_EQ(read_text(scratch / out / "communication_counts.csv"),
            read_text(scratch / (out + "_again") / "communication_counts.csv"));
}

}  // namespace acidsim::testing

#include "sim/experiment/live_report.hpp"

#include <fmt/format.h>

#include <sstream>
#include <utility>

#include "sim/mpi/ownership.hpp"

namespace acidsim {
namespace {

LiveCourse course_of(const Plan& plan, const LiveTrace& trace) {
  std::vector<WorkerPair> pairs;
  for (const Edge& edge : plan.network->edges) pairs.push_back({edge.i, edge.j});
  return measured_course(trace, pairs);
}

}  // namespace

std::vector<LiveReport::Rank> live_ranks(MpiWorld* world, Worker workers) {
  if (world == nullptr) return {{"", 0, workers}};
  std::vector<LiveReport::Rank> ranks;
  const Ownership ownership = own_blocks(workers, world->size(), world->rank());
  const std::string own = fmt::format("{} {} {}", ownership.own.front(), ownership.own.size(), world->host());
  for (const std::string& text : world->gather(own)) {
    std::istringstream words(text);
    LiveReport::Rank& rank = ranks.emplace_back();
    words >> rank.first >> rank.workers >> rank.host;
  }
  return ranks;
}

LiveReport live_report(const Plan& plan, LiveHistory history, std::vector<LiveReport::Rank> ranks) {
  LiveReport report;
  static_cast<LiveHistory&>(report) = std::move(history);
  report.course = course_of(plan, report.trace);
  report.ranks = std::move(ranks);
  return report;
}

Counts live_counts(const Plan& plan, const LiveTrace& trace, bool gradient_at_start) {
  LiveCourse course = course_of(plan, trace);
  Counts counts{course.total_gradients(), course.total_averagings(), std::move(course.gradients), {}};
  if (plan.experiment.record.communication_counts) counts.edge_communications = std::move(course.pairs);
  if (!gradient_at_start) return counts;
  for (std::uint64_t& count : counts.worker_gradients) ++count;
  counts.gradients += plan.workers();
  return counts;
}

Position live_position(double wall_seconds, const Counts& counts) {
  Position at;
  at.time = at.wall_seconds = wall_seconds;
  at.events = counts.gradients + counts.communications;
  return at;
}

}  // namespace acidsim

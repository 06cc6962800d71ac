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

// What was sent and how stale gradients were, as a replay counts them.
void count_events(const LiveSchedule& schedule, Worker workers, const Meter& meter, Counts& counts) {
  Tally tally;
  for (const Event& event : schedule.events()) {
    meter.add(event, {}, tally);
    if (!is_of_gradients(event.verb)) continue;
    counts.staleness.watch(event, tally.gradients, workers, meter.reads_early());
    tally.gradients += lands_gradient(event.verb);
  }
  counts.vectors_sent = tally.vectors_sent;
  counts.bytes_sent = tally.bytes_sent;
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

Counts live_counts(const Plan& plan, const LiveTrace& trace, const Meter& meter, bool gradient_at_start) {
  LiveCourse course = course_of(plan, trace);
  Counts counts;
  counts.gradients = course.total_gradients();
  counts.communications = course.total_averagings();
  counts.worker_gradients = std::move(course.gradients);
  if (plan.experiment.record.communication_counts) counts.edge_communications = std::move(course.pairs);
  count_events(*plan.live_schedule(trace, plan.place()), plan.workers(), meter, counts);
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

#include "sim/app/output/timeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "sim/app/output/files.hpp"
#include "sim/timing/schedule.hpp"

namespace acidsim {
namespace {

// Something that a worker does for a while, or a communication, at one time.
struct Bar {
  double begin, end;
  Worker worker;
  std::string_view what;
  Worker partner;  // of a communication; else the worker itself
};

// What every worker does, cut where its gradients land.
std::vector<Bar> bars_of(const Schedule& schedule, Worker workers, double until) {
  std::vector<Bar> bars;
  struct Doing {
    double since = 0;
    Occupation occupation = Occupation::computing;  // where the schedule says nothing nobody ever waits
  };
  std::vector<Doing> doing(workers);
  const auto cut = [&](Worker worker, double time) {
    Doing& own = doing[worker];
    if (time > own.since)
      bars.push_back(
          {own.since, time, worker, occupation_names[static_cast<std::size_t>(own.occupation)], worker});
    own.since = time;
  };
  std::vector<OccupationChange> changes;
  if (const auto cursor = schedule.occupations())
    while (cursor->reached() <= until) {
      const auto next = cursor->next();
      changes.insert(changes.end(), next.begin(), next.end());
    }
  auto change = changes.begin();
  const auto change_up_to = [&](double time) {
    for (; change != changes.end() && change->time <= time; ++change) {
      cut(change->worker, change->time);
      doing[change->worker].occupation = change->occupation;
    }
  };
  for (const Event& event : events_between(schedule, 0, until)) {
    change_up_to(std::nextafter(event.time, -infinity));
    if (lands_gradient(event.verb) && event.i < workers) cut(event.i, event.time);
    change_up_to(event.time);
    if (event.verb == Verb::exchange || event.completes != 0)
      bars.push_back(
          {event.time, event.time, std::min(event.i, event.j), "communication", std::max(event.i, event.j)});
  }
  change_up_to(until);
  for (Worker worker = 0; worker < workers; ++worker) cut(worker, until);
  std::stable_sort(bars.begin(), bars.end(), [](const Bar& a, const Bar& b) { return a.begin < b.begin; });
  return bars;
}

std::string trace_of(const std::vector<Bar>& bars, Worker workers) {
  std::string text = "{\"displayTimeUnit\": \"ms\", \"traceEvents\": [\n";
  for (Worker worker = 0; worker < workers; ++worker)
    text += fmt::format(
        "{{\"name\": \"thread_name\", \"ph\": \"M\", \"pid\": 0, \"tid\": {0}, \"args\": {{\"name\": "
        "\"worker {0}\"}}}},\n",
        worker);
  for (const Bar& bar : bars) {
    const bool lasts = bar.end > bar.begin;
    text += fmt::format("{{\"name\": \"{}\", \"ph\": \"{}\", \"pid\": 0, \"tid\": {}, \"ts\": {:.3f}",
                        bar.what, lasts ? "X" : "i", bar.worker, 1e6 * bar.begin);
    text += lasts ? fmt::format(", \"dur\": {:.3f}}},\n", 1e6 * (bar.end - bar.begin))
                  : fmt::format(", \"s\": \"t\", \"args\": {{\"with\": {}}}}},\n", bar.partner);
  }
  text.resize(text.size() - 2);  // the last comma
  return text + "\n]}\n";
}

}  // namespace

void write_timeline(const std::filesystem::path& folder, const Plan& plan, std::uint64_t seed, double until) {
  const std::vector<Bar> bars = bars_of(*plan.schedule(seed), plan.workers(), until);
  std::string table = "begin,end,worker,what,partner\n";
  for (const Bar& bar : bars)
    table += fmt::format("{},{},{},{},{}\n", bar.begin, bar.end, bar.worker, bar.what,
                         bar.partner == bar.worker ? std::string() : fmt::format("{}", bar.partner));
  write_file(folder / "timeline.csv", table);
  write_file(folder / "timeline.json", trace_of(bars, plan.workers()));
}

}  // namespace acidsim

// Verbs that meet other ranks in ways of their own: messages under way for long, gradients that land later, rounds of some
// workers and means of some. The bits are those of the serial run.
#include <gtest/gtest.h>

#include <map>
#include <numeric>

#include "sim/algorithms/async_gossip.hpp"
#include "sim/algorithms/d_psgd.hpp"
#include "sim/algorithms/generic_kernel.hpp"
#include "sim/algorithms/push_sum.hpp"
#include "sim/algorithms/push_tracking.hpp"
#include "sim/mpi/replay.hpp"
#include "sim/timing/local_round_schedule.hpp"
#include "tests/engine/runs.hpp"
#include "tests/mpi/ranks.hpp"

namespace acidsim {
namespace {

constexpr Worker workers = 12;
constexpr Index dimension = 6;

// All final states, at rank 0; `ownership` is null for a serial run.
std::vector<double> end_of(const Dynamics& dynamics, const Schedule& schedule, const Ownership* ownership) {
  std::vector<Worker> own(workers);
  std::iota(own.begin(), own.end(), Worker{0});
  if (ownership != nullptr) own = ownership->own;
  const auto held = static_cast<Worker>(own.size());
  const auto kernel = make_generic_kernel<double>(dynamics, held, dimension);
  const auto objective =
      make_quadratic<double>({.dimension = dimension, .noise = 0.3, .heterogeneity = 1}, workers, 1, 2);
  Sgd<double> optimizer({.learning_rate = {.base = 0.1}, .momentum = 0.5}, held, dimension);
  Vector<double> x(dimension);
  for (Worker place = 0; place < held; ++place) {
    Stream(9, Purpose::initial_state, own[place]).normals<double>(0, {x.data(), std::size_t{dimension}});
    kernel->initialise(place, x);
  }
  Simulation<double> simulation{.schedule = schedule, .kernel = *kernel};
  simulation.objective = objective.get();
  simulation.optimizer = &optimizer;
  simulation.workers = workers;
  std::vector<double> states;
  const StateVisit keep = [&](std::span<const std::byte> part) { append(part, states); };
  if (ownership == nullptr) {
    const Outcome outcome = run_serial(simulation);
    for_each_state_vector<double>(*kernel, &optimizer, ReadTimes{outcome.time}, keep);
    return states;
  }
  SharedStates<double> shared(*kernel, &optimizer, world(), *ownership);
  const ReplayOutcome replay = run_mpi(simulation, world(), *ownership, shared);
  shared.for_each_state_vector(ReadTimes{replay.outcome.time}, keep);
  return states;
}

void expect_serial_bits(const Dynamics& dynamics, const Schedule& schedule) {
  if (world().size() > static_cast<int>(workers)) return;
  // Blocks, and parts in which neighbours by number live apart.
  std::vector<int> dealt(workers);
  for (Worker i = 0; i < workers; ++i) dealt[i] = static_cast<int>(i) % world().size();
  for (const Ownership& ownership :
       {own_blocks(workers, world().size(), world().rank()), own_parts(dealt, world().rank())}) {
    const std::vector<double> found = end_of(dynamics, schedule, &ownership);
    if (world().rank() != 0) continue;
    EXPECT_EQ(found, end_of(dynamics, schedule, nullptr));
  }
}

// Gradients begun and landed, and messages sent and received, in random order; up to eight
// messages are under way and overtake one another.
std::vector<Event> scattered(bool directed, std::size_t count) {
  Draws draws(Stream(directed ? 4 : 5, Purpose::problem));
  std::vector<Event> events;
  std::vector<char> computing(workers, 0);
  struct Sent {
    Worker from, to;
    std::uint32_t clock, number;  // number: of its lane
  };
  std::vector<Sent> sent;
  std::map<std::uint32_t, std::uint32_t> sends;  // by lane, a sender and a receiver
  const auto lane_of = [](Worker from, Worker to) { return from * workers + to; };
  double time = 0;
  while (events.size() < count) {
    time += draws.exponential();
    const auto i = static_cast<Worker>(draws.below(workers));
    const auto j = static_cast<Worker>((i + 1 + draws.below(workers - 1)) % workers);
    const std::uint32_t clock = workers + std::min(i, j) * workers + std::max(i, j);
    if (draws.below(2) == 0) {
      events.push_back({time, i, i, i, computing[i] != 0 ? Verb::step : Verb::read});
      computing[i] ^= 1;
    } else if (!directed) {
      for (const auto& [a, b] : {std::pair(i, j), std::pair(j, i)})
        events.push_back({time, a, b, clock, Verb::send});
      for (const auto& [a, b] : {std::pair(i, j), std::pair(j, i)})
        events.push_back({time, a, b, clock, Verb::receive, static_cast<std::uint8_t>(a == j)});
    } else if (sent.size() < 8 && draws.below(2) == 0) {
      events.push_back({time, i, j, clock, Verb::send});
      sent.push_back({i, j, clock, ++sends[lane_of(i, j)]});
    } else if (!sent.empty()) {
      // Any message may land next; `number` counts all that its lane has sent since.
      const auto at = sent.begin() + static_cast<std::ptrdiff_t>(draws.below(sent.size()));
      const std::uint32_t lane = lane_of(at->from, at->to);
      const auto back = static_cast<std::uint16_t>(sends[lane] - at->number);
      events.push_back({time, at->to, at->from, at->clock, Verb::receive, 1, back});
      sent.erase(at);
    }
  }
  return events;
}

TEST(VerbsOnRanks, MessagesAndGradientsUnderWay) {
  expect_serial_bits(push_sum_dynamics(), ListSchedule(scattered(true, 900), 50));
  expect_serial_bits(async_gossip_dynamics({.alpha = 0.4}), ListSchedule(scattered(false, 900), 50));
}

Group ring_of(std::vector<Worker> members) {
  Group group;
  group.members = std::move(members);
  const auto n = static_cast<std::uint32_t>(group.members.size());
  group.first = {0};
  for (std::uint32_t k = 0; k < n; ++k) {
    const std::uint32_t before = (k + n - 1) % n, after = (k + 1) % n;
    for (const std::uint32_t neighbour : {std::min(before, after), std::max(before, after)}) {
      group.neighbours.push_back(neighbour);
      group.weights.push_back(0.25 + 0.01 * std::min(k, neighbour));
    }
    group.first.push_back(2 * (k + 1));
  }
  return group;
}

// Worker k hears k − 1 and k − 4, and is heard by others than it hears.
Group directed_ring_of(bool pushes) {
  Group group;
  group.first = {0};
  for (Worker k = 0; k < workers; ++k) {
    group.members.push_back(k);
    for (const Worker by : {1u, 4u}) {
      group.neighbours.push_back((k + workers - by) % workers);
      group.weights.push_back(pushes ? 0.25 : 0.3);
    }
    std::sort(group.neighbours.end() - 2, group.neighbours.end());
    group.own.push_back(pushes ? 0.5 : 0.4);
    group.first.push_back(2 * (k + 1));
  }
  return group;
}

TEST(VerbsOnRanks, RoundsAlongDirections) {
  for (const Dynamics& dynamics : {push_sum_in_rounds(0), push_diging_dynamics(), push_pull_dynamics()}) {
    std::vector<Event> events;
    double time = 0;
    for (int k = 0; k < 30; ++k) {
      for (Worker i = 0; i < workers; ++i) events.push_back({time += 0.1, i, i, i, Verb::gradient});
      for (std::uint16_t number = 0; number < dynamics.rounds.size(); ++number)
        events.push_back(
            {time += 0.1, 0, 0, dynamics.rounds[number].company == Company::pulled, Verb::round, 0, number});
    }
    ListSchedule schedule(events, 17);
    schedule.set_groups({directed_ring_of(true), directed_ring_of(false)});
    expect_serial_bits(dynamics, schedule);
  }
}

TEST(VerbsOnRanks, RoundsWithLocalBarriers) {
  RoundGroups groups;
  groups.first.neighbours = directed_ring_of(true);  // who is heard differs from who hears
  for (const Worker by : {1u, 4u})
    for (Worker k = 0; k < workers; ++k) {
      const std::pair<Worker, Worker> ends = std::minmax(k, (k + workers - by) % workers);
      groups.pairs.push_back({ends.first, ends.second, static_cast<std::uint32_t>(groups.pairs.size())});
    }
  std::vector<double> rates;
  for (Worker k = 0; k < workers; ++k) rates.push_back(0.4 + 0.2 * k);
  const LocalRoundSchedule local(3, rates, {{Verb::gradient}, {Verb::round}}, groups);
  ListSchedule schedule(events_between(local, 0, 25), 19);
  schedule.set_groups({local.groups().begin(), local.groups().end()});
  expect_serial_bits(d_psgd_dynamics(MixingOrder::adapt_then_combine), schedule);
}

TEST(VerbsOnRanks, RoundsAndMeansOfAllAndOfSome) {
  std::vector<Worker> all(workers);
  std::iota(all.begin(), all.end(), Worker{0});
  const auto mean_of = [](std::vector<Worker> members) {
    Group group;
    group.members = std::move(members);
    group.mean_of_all = true;
    return group;
  };
  std::vector<Event> events;
  double time = 0;
  for (int k = 0; k < 40; ++k) {
    for (Worker i = 0; i < workers; ++i) events.push_back({time += 0.1, i, i, i, Verb::gradient});
    const auto group = static_cast<std::uint32_t>(k % 4);
    events.push_back({time += 0.1, group < 2 ? 0u : 1u, group < 2 ? 0u : 1u, group, Verb::round});
  }
  ListSchedule schedule(events, 17);
  schedule.set_groups({ring_of(all), mean_of(all), ring_of({1, 3, 4, 9, 10}), mean_of({1, 2, 5, 8, 11})});
  expect_serial_bits(d_psgd_dynamics(MixingOrder::adapt_then_combine), schedule);
}

}  // namespace
}  // namespace acidsim

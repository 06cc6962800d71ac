// Workers that leave and return: when, what they do not do meanwhile, and what comes of the others.
#include "sim/timing/churn_schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "sim/core/error.hpp"
#include "sim/timing/availability_schedule.hpp"
#include "sim/timing/poisson_schedule.hpp"
#include "sim/timing/renewal_schedule.hpp"
#include "tests/timing/rings.hpp"

namespace acidsim {
namespace churn_schedule_test {
namespace {

std::shared_ptr<const Presence> presence(Worker n, Churn churn, std::uint64_t seed = 3) {
  return std::make_shared<const Presence>(seed, n, std::move(churn));
}
Churn absences(double present, double away, Return on_return = Return::kept) {
  return {.absences = Churn::Absences{present, away}, .on_return = on_return};
}

ChurnSchedule poisson(Worker n, const Churn& churn, std::uint64_t seed = 3) {
  return {seed,
          presence(n, churn),
          std::make_unique<PoissonSchedule>(seed, std::vector<double>(n, 1.0), ring_of(n, 0.5)),
          ChurnSchedule::Inner::nothing,
          ring_of(n, 0.5),
          std::vector<double>(n, 1.0)};
}

ChurnSchedule pairs(Worker n, const Churn& churn, PairingRule rule, GradientRead read = GradientRead::at_step,
                    bool takes_time = false) {
  AvailabilitySettings settings;
  settings.seed = 3;
  for (const Edge& edge : ring_of(n, 1)) settings.edges.push_back({edge.i, edge.j});
  settings.pairing = rule;
  settings.read = read;
  TransferSettings transfer;
  if (takes_time) transfer.links = {{0.2, infinity}};
  auto who = presence(n, churn);
  GradientDurations durations(3, std::vector<double>(n, 1.0), GammaDuration{4}, std::nullopt, who);
  return {3,
          who,
          std::make_unique<AvailabilitySchedule>(std::move(settings), std::move(durations),
                                                 Transfers(3, std::move(transfer), n)),
          ChurnSchedule::Inner::knows_all,
          ring_of(n, 1),
          std::vector<double>(n, 1.0)};
}

// Alternating renewal: a worker is there for mean_present / (mean_present + mean_away) of the time, in stretches that are
// exponential.
TEST(Churn, WorkersAreThereForTheirShareOfTheTime) {
  const Presence who(3, 2000, absences(4, 1));
  double there = 0, stretches = 0, squares = 0;
  const double end = 200;
  for (Worker worker = 0; worker < who.workers(); ++worker) {
    bool first = true;
    for (double time = 0; time < end;) {
      const double next = std::min(who.next_change(worker, time), end);
      ASSERT_GT(next, time);
      if (who.present(worker, time)) {
        EXPECT_TRUE(who.present(worker, 0.5 * (time + next)));
        there += next - time;
        if (!first && next < end) {
          ++stretches;
          squares += (next - time) * (next - time);
        }
      }
      first = false;
      time = next;
    }
  }
  // The variance of the time that a worker is there is nearly 2·mean_present²·mean_away²·T/(sum)³ = 51 here.
  EXPECT_NEAR(there / (2000 * end), 0.8, 5 * std::sqrt(2 * 16.0 / 125 / end / 2000));
  // E X² = 2·mean²; those that the end cuts off are the long ones, about 1 in 40.
  EXPECT_NEAR(squares / stretches, 32, 2.5);
}

TEST(Churn, NothingHappensToWhoIsAway) {
  for (const bool in_time : {false, true}) {
    const auto schedule =
        in_time ? pairs(12, absences(6, 2), PairingRule::call) : poisson(12, absences(6, 2));
    const Presence who(3, 12, absences(6, 2));
    std::map<Verb, int> count;
    for (const Event& event : events_between(schedule, 0, 2000)) {
      ++count[event.verb];
      if (event.verb == Verb::leave) {
        EXPECT_FALSE(who.present(event.i, event.time));
      }
      if (event.verb == Verb::gradient || event.verb == Verb::exchange) {
        EXPECT_TRUE(who.present(event.i, event.time)) << event.time;
        EXPECT_TRUE(who.present(event.j, event.time)) << event.time;
      }
    }
    // A cycle takes 8 on average, its variance is 36 + 4.
    EXPECT_NEAR(count[Verb::join], 12 * 2000 / 8.0, 5 * std::sqrt(12 * 2000 * 40 / 512.0));
    EXPECT_NEAR(count[Verb::leave], count[Verb::join], 12);
    EXPECT_EQ(count[Verb::restart], 0);
    EXPECT_GT(count[Verb::exchange], 3000);
  }
}

// Poisson clocks: gradients at rate ¾, exchanges of an edge at its rate times (¾)².
TEST(Churn, ClocksAreThinned) {
  const auto schedule = poisson(12, absences(6, 2));
  EXPECT_DOUBLE_EQ(schedule.gradient_rate(), 9);
  EXPECT_DOUBLE_EQ(schedule.communication_rate(), 6 * 9 / 16.0);
  double gradients = 0, exchanges = 0;
  const double end = 4000;
  for (const Event& event : events_between(schedule, 0, end)) {
    gradients += event.verb == Verb::gradient;
    exchanges += event.verb == Verb::exchange;
  }
  // Poisson noise, and that of the presence: 2·36·4/512 per unit time and worker.
  EXPECT_NEAR(gradients / end, 9, 5 * std::sqrt((9 + 12 * 0.5625) / end));
  EXPECT_NEAR(exchanges / end, 3.375, 5 * std::sqrt((3.375 + 12 * 0.5625) / end));
}

TEST(Churn, RunsFromAnyTimeOn) {
  for (const Return state : {Return::kept, Return::copied}) {
    const ChurnSchedule all[] = {
        poisson(9, absences(3, 1, state)),
        pairs(9, absences(3, 1, state), PairingRule::fifo, GradientRead::at_start, true)};
    for (const ChurnSchedule& schedule : all) {
      const std::vector<Event> whole = events_between(schedule, 0, 60);
      for (const std::size_t k : {std::size_t{0}, whole.size() / 3, whole.size() / 2}) {
        const auto first =
            std::lower_bound(whole.begin(), whole.end(), whole[k].time,
                             [](const Event& event, double time) { return event.time < time; });
        EXPECT_EQ(std::vector<Event>(first, whole.end()), events_between(schedule, whole[k].time, 60));
      }
    }
  }
}

// A gradient of duration 1 that is interrupted goes on afterwards, or is computed anew.
TEST(Churn, GradientsAreInterrupted) {
  for (const Return state : {Return::kept, Return::lost}) {
    const auto who = presence(50, absences(2, 1, state));
    const GradientDurations durations(3, std::vector<double>(50, 1.0), ConstantDuration{}, std::nullopt, who);
    for (Worker worker = 0; worker < 50; ++worker) {
      const double end = durations(worker, 0, 0);
      double there = 0, last = 0;
      for (double time = 0; time < end - 1e-9;) {
        const double next = std::min(who->next_change(worker, time), end);
        last = who->present(worker, time) ? next - time : 0;
        there += last;
        time = next;
      }
      EXPECT_NEAR(state == Return::kept ? there : last, 1, 1e-12);
    }
  }
}

TEST(Churn, SomeJoinLateAndSomeLeaveForGood) {
  Churn churn{.on_return = Return::copied};
  churn.join_at = {0, 5, 0, 0};
  churn.leave_at = {infinity, infinity, 7, infinity};
  for (const PairingRule rule : {PairingRule::fifo, PairingRule::call}) {
    const auto schedule = pairs(4, churn, rule, GradientRead::at_start);
    const std::vector<Event> events = events_between(schedule, 0, 300);
    EXPECT_GT(events.back().time, 299);
    std::vector<Event> of_presence;
    for (const Event& event : events) {
      if (is_of_presence(event.verb)) of_presence.push_back(event);
      if (event.verb == Verb::exchange) {
        EXPECT_TRUE(event.time >= 5 || (event.i != 1 && event.j != 1));
        EXPECT_TRUE(event.time < 7 || (event.i != 2 && event.j != 2));
      }
    }
    ASSERT_EQ(of_presence.size(), 4u);
    EXPECT_EQ(of_presence[0], (Event{0, 1, 1, 1, Verb::leave}));
    EXPECT_EQ(of_presence[1], (Event{5, 1, 1, 1, Verb::join}));
    EXPECT_EQ(of_presence[2].verb, Verb::restart);
    EXPECT_TRUE(of_presence[2].j == 0 || of_presence[2].j == 2);
    EXPECT_EQ(of_presence[3], (Event{7, 2, 2, 2, Verb::leave}));
  }
}

// Who has lost all its neighbours goes on alone; where nothing is left to do the schedule ends.
TEST(Churn, NobodyWaitsForThoseWhoHaveLeftForGood) {
  for (const PairingRule rule : {PairingRule::fifo, PairingRule::call})
    for (const bool absent : {false, true}) {
      Churn churn = absent ? absences(5, 1) : Churn{};
      churn.leave_at = {infinity, 20, infinity, infinity, infinity, 20};  // 0 is left alone
      const auto schedule = pairs(6, churn, rule);
      std::vector<double> last(6, 0);
      for (const Event& event : events_between(schedule, 0, 200))
        if (event.verb == Verb::gradient) last[event.i] = event.time;
      for (const Worker left : {1, 5}) EXPECT_LT(last[left], 20);
      for (const Worker stays : {0, 2, 3, 4}) EXPECT_GT(last[stays], 150);
      churn.leave_at.assign(6, 30);
      const auto all = pairs(6, churn, rule);
      const auto cursor = all.from(0);
      double end = 0;
      while (true) {
        const auto block = cursor->next();
        if (block.empty()) break;
        end = block.back().time;
      }
      EXPECT_LE(end, 30);
      EXPECT_GT(end, 25);
    }
}

// Clocks tick on, and schedules end where nobody is left for them; occupations go on without an end.
TEST(Churn, SchedulesEndWhereNobodyIsLeft) {
  Churn all = absences(5, 1);
  all.leave_at.assign(6, 30);
  const auto clocks = poisson(6, all);
  const ChurnSchedule edge_clocks(
      3, presence(6, all),
      std::make_unique<RenewalSchedule>(
          GradientDurations(3, std::vector<double>(6, 1.0), GammaDuration{4}, std::nullopt, presence(6, all)),
          std::make_unique<PoissonSchedule>(3, std::vector<double>(6, 0.0), ring_of(6, 0.5))),
      ChurnSchedule::Inner::gradients_alone, ring_of(6, 0.5), std::vector<double>(6, 1.0));
  for (const ChurnSchedule* schedule : {&clocks, &edge_clocks}) {
    const auto cursor = schedule->from(0);
    double end = 0;
    for (auto block = cursor->next(); !block.empty(); block = cursor->next()) end = block.back().time;
    EXPECT_LE(end, 30);
    EXPECT_GT(end, 25);
  }
  // Worker 0 stays and never computes; until 10⁷ nobody is there at all, which takes no time to pass.
  Churn late;
  late.join_at.assign(6, 1e7);
  late.leave_at = {infinity, 1e7 + 10, 1e7 + 10, 1e7 + 10, 1e7 + 10, 1e7 + 10};
  std::vector<double> rates(6, 1.0);
  rates[0] = 0;
  const ChurnSchedule joined(3, presence(6, late),
                             std::make_unique<PoissonSchedule>(3, rates, ring_of(6, 0.5)),
                             ChurnSchedule::Inner::nothing, ring_of(6, 0.5), rates);
  const auto cursor = joined.from(0);
  std::vector<Event> last;
  for (auto block = cursor->next(); !block.empty(); block = cursor->next())
    last.assign(block.begin(), block.end());
  ASSERT_FALSE(last.empty());
  EXPECT_GT(last.back().time, 1e7 + 5);
  Churn alone = absences(5, 1);
  alone.leave_at = {infinity, 5, infinity, 5};  // pure gossip among four of whom no two are left side by side
  AvailabilitySettings settings;
  for (const Edge& edge : ring_of(4, 1)) settings.edges.push_back({edge.i, edge.j});
  settings.trains = false;
  const auto who = presence(4, alone);
  const ChurnSchedule gossip(
      3, who,
      std::make_unique<AvailabilitySchedule>(
          std::move(settings),
          GradientDurations(3, std::vector<double>(4, 1.0), GammaDuration{4}, std::nullopt, who),
          Transfers(3, {}, 4)),
      ChurnSchedule::Inner::knows_all, ring_of(4, 1), {});
  Usage usage(gossip.occupations(), 4);
  usage.advance(2000);
  // Two have left for good, two are there for 5/6 of the time.
  EXPECT_NEAR(usage.shares()[static_cast<std::size_t>(Occupation::away)], 0.5 + 0.5 / 6, 0.02);
}

// What a worker computes is read after its restart, once more where it had begun before.
TEST(Churn, GradientsAreReadAfterARestart) {
  const auto schedule = pairs(6, absences(4, 1, Return::lost), PairingRule::fifo, GradientRead::at_start);
  std::vector<double> read(6, -1), restarted(6, -1);
  int steps = 0, again = 0;
  for (const Event& event : events_between(schedule, 0, 500)) {
    if (event.verb == Verb::restart) restarted[event.i] = event.time;
    if (event.verb == Verb::read) {
      again += read[event.i] >= 0;
      read[event.i] = event.time;
    }
    if (event.verb != Verb::step) continue;
    EXPECT_GE(read[event.i], restarted[event.i]);
    read[event.i] = -1;
    ++steps;
  }
  EXPECT_GT(steps, 1000);
  EXPECT_GT(again, 50);
}

TEST(Churn, DonorsAreNeighboursThatAreThere) {
  const auto schedule = poisson(8, absences(2, 2, Return::copied));
  const Presence who(3, 8, absences(2, 2));
  int lower = 0, upper = 0;
  for (const Event& event : events_between(schedule, 0, 4000)) {
    if (event.verb != Verb::restart) continue;
    const Worker below = (event.i + 7) % 8, above = (event.i + 1) % 8;
    const bool b = who.present(below, event.time), a = who.present(above, event.time);
    const bool possible = event.j == event.i ? !a && !b : (event.j == below && b) || (event.j == above && a);
    EXPECT_TRUE(possible);
    if (a && b) ++(event.j == below ? lower : upper);
  }
  // About 8·4000/4·¼ = 2000 draws of a fair coin.
  EXPECT_GT(lower + upper, 1500);
  EXPECT_NEAR(lower, upper, 5 * std::sqrt(lower + upper));
}

TEST(Churn, IsAwayInTheOccupations) {
  const auto schedule = pairs(10, absences(6, 2), PairingRule::fifo);
  Usage usage(schedule.occupations(), 10);
  const double end = 5000;
  usage.advance(end);
  // The variance of a worker's time away is 2·36·4/512 per unit time.
  EXPECT_NEAR(usage.shares()[static_cast<std::size_t>(Occupation::away)], 0.25,
              5 * std::sqrt(0.5625 / end / 10));
  double sum = 0;
  for (const double share : usage.shares()) sum += share;
  EXPECT_NEAR(sum, 1, 1e-9);
}

TEST(Churn, RefusesWhatCannotBe) {
  const auto place = [](const Churn& churn) -> std::string {
    try {
      Presence(3, 2, churn);
    } catch (const InputError& error) {
      return error.place();
    }
    return "";
  };
  EXPECT_EQ(place(absences(10, 1)), "");
  EXPECT_EQ(place(absences(1e6, 1)), "mean_away");
  EXPECT_EQ(place(absences(-1, 1)), "mean_present");
  EXPECT_EQ(place({.join_at = {1}}), "join_at");
  EXPECT_EQ(place({.join_at = {1, infinity}}), "join_at");
  EXPECT_EQ(place({.join_at = {1, 2}, .leave_at = {3, 2}}), "leave_at");
  EXPECT_THROW(GradientDurations(3, {1, 0.01}, ConstantDuration{}, std::nullopt,
                                 presence(2, absences(5, 1, Return::lost))),
               InputError);
}

}  // namespace
}  // namespace churn_schedule_test
}  // namespace acidsim

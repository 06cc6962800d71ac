#include "sim/timing/trace_schedule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/timing/poisson_schedule.hpp"

namespace acidsim {
namespace trace_schedule_test {

using ::testing::HasSubstr;

const std::string header = "index,time,kind,i,j\n";
const std::vector<Edge> edges = {{0, 1, 0.5}, {1, 2, 0.0}, {0, 3, 3.0}, {2, 3, 0.25}};
constexpr Worker workers = 4;

// A file that is there for one test.
class TraceFile : public ::testing::Test {
 protected:
  TraceFile()
      : file_(std::filesystem::path(::testing::TempDir()) /
              (std::string("acidsim_") + ::testing::UnitTest::GetInstance()->current_test_info()->name() +
               ".csv")) {}
  ~TraceFile() override { std::filesystem::remove(file_); }

  void write(const std::string& text) { std::ofstream(file_, std::ios::binary) << text; }
  TraceSchedule read() const { return read_trace(file_, workers, edges); }
  std::vector<Event> events_of(const std::string& text) {
    write(text);
    const TraceSchedule trace = read();
    return {trace.events().begin(), trace.events().end()};
  }
  void expect_refused(const std::string& text, int line, const std::string& message) {
    write(text);
    try {
      read();
      ADD_FAILURE() << "taken, instead of: " << message;
    } catch (const InputError& error) {
      EXPECT_EQ(error.place(), file_.string() + ":" + std::to_string(line));
      EXPECT_THAT(error.what(), HasSubstr(": " + message));
    }
  }

  std::filesystem::path file_;
};

std::string written(std::span<const Event> events) {
  std::ostringstream out;
  write_events_header(out);
  write_events(out, 0, events);
  return out.str();
}

TEST_F(TraceFile, OfPoissonEventsGivesThemBackBitForBit) {
  const std::vector<Edge> live = {{0, 1, 0.5}, {1, 2, 0.3}, {0, 3, 3.0}, {2, 3, 0.25}};
  const PoissonSchedule schedule(9, {1, 0.3, 2, 1}, live);
  for (const double start : {0.0, 1e6, 1e11}) {
    const auto events = events_between(schedule, start, start + 3000);
    ASSERT_GT(events.size(), 10000u);
    EXPECT_EQ(events_of(written(events)), events);
  }
}

TEST_F(TraceFile, ReadsTimesOfEverySize) {
  std::vector<Event> events;
  for (const double time :
       {0.0, 5e-324, 1e-300, 0.1, 1.0 / 3, 123456789012345680.0, 1e22, 1.7976931348623157e308})
    events.push_back({time, 2, 2, 2, Verb::gradient});
  EXPECT_EQ(events_of(written(events)), events);
}

TEST_F(TraceFile, AcceptsTheFormsThatAreDocumented) {
  const auto events = events_of(
      "index,time,kind,i,j\r\n0,0.5,gradient,1,-1\r\n1,0.5,gradient,2,\n\n7,1e0,gradient,3,3\n"
      "8,2,communication,3,0\n9,3,communication,0,3");
  const std::vector<Event> expected = {{0.5, 1, 1, 1, Verb::gradient},
                                       {0.5, 2, 2, 2, Verb::gradient},
                                       {1.0, 3, 3, 3, Verb::gradient},
                                       {2.0, 0, 3, 6, Verb::exchange},
                                       {3.0, 0, 3, 6, Verb::exchange}};
  EXPECT_EQ(events, expected);
}

TEST_F(TraceFile, PutsForcedTiesInOrderOfClock) {
  std::vector<Event> events = {{1.0, 3, 3, 3, Verb::gradient}};
  for (Worker i = 0; i < workers; ++i) events.push_back({2.0, i, i, i, Verb::gradient});
  for (std::uint32_t e = 0; e < edges.size(); ++e)
    events.push_back({2.0, edges[e].i, edges[e].j, workers + e, Verb::exchange});
  events.push_back({2.5, 0, 0, 0, Verb::gradient});
  Draws draws(Stream(4, Purpose::problem));
  for (int trial = 0; trial < 20; ++trial) {
    auto shuffled = events;
    draws.shuffle(std::span<Event>(shuffled).subspan(1, 8));
    EXPECT_EQ(events_of(written(shuffled)), events);
  }
}

TEST_F(TraceFile, RefusesOtherHeaders) {
  expect_refused("", 1, "the file is empty");
  expect_refused("time,kind,i,j\n", 1,
                 "wrong header (time,kind,i,j) — the first line is index,time,kind,i,j");
  expect_refused("0,1,gradient,0,-1\n", 1, "wrong header");
  expect_refused("\n", 1, "wrong header");
}

TEST_F(TraceFile, RefusesATraceWithoutEvents) {
  expect_refused(header, 1, "no events: nothing could ever happen");
  expect_refused(header + "\n\n", 3, "no events: nothing could ever happen");
}

TEST_F(TraceFile, RefusesWrongColumns) {
  expect_refused(header + "0,1,gradient,0\n", 2, "4 columns instead of 5 (0,1,gradient,0)");
  expect_refused(header + "0,1,gradient,0,-1,2\n", 2, "6 columns instead of 5");
  expect_refused(header + "x,1,gradient,0,-1\n", 2, "index is not a number of its kind (x)");
  expect_refused(header + "0,1,gradient,1.5,-1\n", 2, "worker is not a number of its kind (1.5)");
  expect_refused(header + "0,1,gradient,,-1\n", 2, "worker is not a number of its kind — ");
}

TEST_F(TraceFile, RefusesUnknownKinds) {
  expect_refused(header + "0,1,gradient,0,-1\n1,2,gradeint,0,-1\n", 3,
                 "unknown kind of event (gradeint) — did you mean \"gradient\"?");
  expect_refused(header + "0,1,xyz,0,-1\n", 2,
                 "unknown kind of event (xyz) — known: gradient, communication");
}

TEST_F(TraceFile, RefusesWorkersThatAreNotThere) {
  expect_refused(header + "0,1,gradient,4,-1\n", 2,
                 "no such worker (4) — there are 4 workers, counted from 0");
  expect_refused(header + "0,1,gradient,-1,-1\n", 2, "no such worker (-1)");
  expect_refused(header + "0,1,communication,0,-1\n", 2, "no such worker (-1)");
  expect_refused(header + "0,1,gradient,99999999999999999999,-1\n", 2, "worker is not a number of its kind");
  expect_refused(header + "0,1,gradient,4294967296,-1\n", 2, "no such worker (4294967296)");
}

TEST_F(TraceFile, RefusesPairsThatAreNotEdges) {
  expect_refused(header + "0,1,communication,0,2\n", 2, "not an edge of the topology (0-2)");
  expect_refused(header + "0,1,communication,2,2\n", 2, "a worker cannot communicate with itself");
  expect_refused(header + "0,1,gradient,2,3\n", 2, "a gradient event has one worker (3)");
}

TEST_F(TraceFile, RefusesTimesThatAreNotTimes) {
  for (const std::string time : {"nan", "inf", "-1", "-inf", "-0.001"})
    expect_refused(header + "0," + time + ",gradient,0,-1\n", 2, "time out of range (" + time + ")");
  expect_refused(header + "0,1e999,gradient,0,-1\n", 2, "time is not a number of its kind (1e999)");
  expect_refused(header + "0,,gradient,0,-1\n", 2, "time is not a number of its kind");
  expect_refused(header + "0,2,gradient,0,-1\n1,1.5,gradient,0,-1\n", 3, "time goes down (1.5)");
}

TEST_F(TraceFile, RefusesBinaryGarbage) {
  std::string garbage =
      "\x7f"
      "ELF" +
      std::string(3, '\0') + "\x80\xff\n";
  expect_refused(garbage, 1, "wrong header (?ELF");
  expect_refused(header + garbage, 2, "1 columns instead of 5 (?ELF");
  expect_refused(header + "0,1,gradient,0,-1" + std::string(1, '\0') + "\n", 2,
                 "worker is not a number of its kind (-1?)");
  expect_refused(header + std::string(1 << 20, 'x'), 2, "the line is too long");
}

TEST_F(TraceFile, RefusesFilesThatCannotBeRead) {
  for (const auto& path :
       {std::filesystem::path("/nonexistent/trace.csv"), std::filesystem::path(::testing::TempDir())}) {
    try {
      read_trace(path, workers, edges);
      ADD_FAILURE() << path;
    } catch (const InputError& error) {
      EXPECT_EQ(error.place(), path.string());
      EXPECT_THAT(error.what(), HasSubstr("cannot be read"));
    }
  }
}

std::vector<Event> three() {
  return {{1.0, 0, 0, 0, Verb::gradient}, {2.0, 0, 1, 4, Verb::exchange}, {4.0, 2, 2, 2, Verb::gradient}};
}

TEST(TraceSchedule, StartsAnywhereAndEnds) {
  const TraceSchedule trace(three());
  EXPECT_EQ(events_between(trace, 0, 100), three());
  EXPECT_EQ(events_between(trace, 2, 2), (std::vector<Event>{three()[1]}));
  EXPECT_EQ(events_between(trace, 2.5, 100), (std::vector<Event>{three()[2]}));
  const auto cursor = trace.from(5);
  EXPECT_TRUE(cursor->next().empty());
  EXPECT_TRUE(cursor->next().empty());
}

TEST(TraceSchedule, TellsItsMeanRates) {
  EXPECT_DOUBLE_EQ(TraceSchedule(three()).gradient_rate(), 0.5);
  EXPECT_DOUBLE_EQ(TraceSchedule(three()).communication_rate(), 0.25);
}

TEST(TraceSchedule, RefusesTimesOutOfOrder) {
  auto events = three();
  std::swap(events[0], events[2]);
  EXPECT_THROW(TraceSchedule{events}, InputError);
  events = three();
  events[2].time = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(TraceSchedule{events}, InputError);
  events[2].time = infinity;
  EXPECT_THROW(TraceSchedule{events}, InputError);
  events = three();
  events[0].time = -1;
  EXPECT_THROW(TraceSchedule{events}, InputError);
}

TEST(WriteEvents, CountsFromTheFirstIndexAndMarksGradients) {
  std::ostringstream out;
  write_events(out, 41, three());
  EXPECT_EQ(out.str(), "41,1,gradient,0,-1\n42,2,communication,0,1\n43,4,gradient,2,-1\n");
}

TEST(Verb, HasANameForEach) {
  EXPECT_EQ(name_of(Verb::gradient), "gradient");
  EXPECT_EQ(name_of(Verb::exchange), "communication");
}

}  // namespace trace_schedule_test
}  // namespace acidsim

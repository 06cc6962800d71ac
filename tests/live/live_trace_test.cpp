#include "sim/live/live_trace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "sim/core/error.hpp"
#include "sim/live/live_schedule.hpp"
#include "tests/topologies/expect_error.hpp"

namespace acidsim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Worker workers = 3;
const std::vector<Edge> edges = {{0, 1, 1.0}, {1, 2, 1.0}};

// Two exchanges on a path of three workers; worker 2 ends with an offer that nobody took.
const std::vector<std::string> lines = {
    "worker,kind,time,wall,peer,exchange,version",
    "0,read,0,0,,,0",
    "0,offer,0,0.25,,,",
    "0,step,0,1,,,",
    "0,send,0.5,1.5,1,0,",
    "0,receive,1,2,1,0,",
    "0,read,1.25,2.25,,,2",
    "0,step,2.25,3.25,,,",
    "1,read,0,0,,,0",
    "1,offer,0,0.5,,,",
    "1,step,0,0.75,,,",
    "1,send,0.25,1.125,0,0,",
    "1,receive,1.5,2.5,0,0,",
    "1,offer,0,2.625,,,",
    "1,send,2,2.75,2,1,",
    "1,receive,2.5,3,2,1,",
    "2,offer,0,0.125,,,",
    "2,send,0,2.875,1,1,",
    "2,receive,0,3.125,1,1,",
    "2,offer,0,3.5,,,",
    "end,19",
};

std::string text_of(const std::vector<std::string>& all) {
  std::string text;
  for (const std::string& line : all) text += line + "\n";
  return text;
}

class LiveTraceFile : public ::testing::Test {
 protected:
  LiveTraceFile()
      : file_(std::filesystem::path(::testing::TempDir()) /
              (std::string("acidsim_live_") +
               ::testing::UnitTest::GetInstance()->current_test_info()->name() + ".csv")) {}
  ~LiveTraceFile() override { std::filesystem::remove(file_); }

  LiveTrace read(const std::string& text) {
    std::ofstream(file_, std::ios::binary) << text;
    return read_live_trace(file_, workers, edges);
  }
  // The message for the trace with line `number` (from 1) replaced; an empty replacement takes it away.
  std::string refusal(std::size_t number, const std::string& replacement) {
    std::vector<std::string> changed = lines;
    if (replacement.empty())
      changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(number - 1));
    else
      changed[number - 1] = replacement;
    return input_error_of([&] { read(text_of(changed)); });
  }
  void expect_refused(std::size_t number, const std::string& replacement, const std::string& problem,
                      std::size_t told_at = 0) {
    const std::string message = refusal(number, replacement);
    EXPECT_THAT(message, HasSubstr(problem));
    EXPECT_THAT(message, HasSubstr(file_.string() + ":" + std::to_string(told_at ? told_at : number)));
  }

  std::filesystem::path file_;
};

TEST_F(LiveTraceFile, ReadsWhatItWrites) {
  const LiveTrace trace = read(text_of(lines));
  EXPECT_EQ(trace.operations(), 19u);
  const LiveOperation receive = trace.workers[1][4];
  EXPECT_EQ(receive, (LiveOperation{Verb::receive, 0, 1.5, 2.5, 0, 0}));
  EXPECT_EQ(trace.workers[0][5].version, 2u);
  std::ostringstream out;
  write_live_trace(trace, out);
  EXPECT_EQ(out.str(), text_of(lines));
}

TEST_F(LiveTraceFile, KeepsEveryBitOfItsTimes) {
  LiveTrace trace;
  trace.workers.resize(workers);
  trace.workers[0] = {{.verb = Verb::read, .time = 0.1 + 0.2, .wall = 1e-300},
                      {.verb = Verb::step, .time = 1.0 / 3.0, .wall = 123456789.123456789}};
  std::ostringstream out;
  write_live_trace(trace, out);
  EXPECT_EQ(read(out.str()), trace);
}

TEST_F(LiveTraceFile, RefusesWhatNoRunLeaves) {
  expect_refused(1, "worker,kind,time", "wrong header");
  expect_refused(3, "0,offer,0,0.25,,", "wrong number of columns");
  expect_refused(2, "3,read,0,0,,,0", "no such worker");
  expect_refused(2, "-1,read,0,0,,,0", "no such worker");
  expect_refused(3, "0,wait,0,0.25,,,", "unknown kind of operation");
  expect_refused(4, "0,step,nan,1,,,", "time out of range");
  expect_refused(4, "0,step,0,inf,,,", "wall out of range");
  expect_refused(4, "0,step,-1,1,,,", "time out of range");
  expect_refused(4, "0,step,0x1,1,,,", "time is not a number");
  expect_refused(4, "0,step,0,0.125,,,", "wall time goes down");
  expect_refused(6, "0,receive,0.25,2,1,0,", "time goes down");
}

TEST_F(LiveTraceFile, RefusesOperationsThatDoNotFollow) {
  expect_refused(4, "0,read,0,1,,,0", "a gradient begins before the last one has landed");
  expect_refused(2, "0,step,0,0,,,", "a gradient lands that never began");
  expect_refused(7, "0,read,1.25,2.25,,,1", "read at another version");
  expect_refused(4, "0,offer,0,1,,,", "an offer before the last one came to its end");
  expect_refused(3, "", "sends without an offer", 4);
  expect_refused(5, "0,receive,0.5,1.5,1,0,", "receives what is not the answer");
  expect_refused(6, "0,receive,1,2,1,1,", "receives what is not the answer");
  expect_refused(8, "", "the worker before ends with a gradient that never lands", 8);
}

TEST_F(LiveTraceFile, RefusesExchangesWhoseHalvesDoNotMatch) {
  EXPECT_THAT(refusal(5, "0,send,0.5,1.5,2,0,"), HasSubstr("not an edge of the topology"));
  std::vector<std::string> changed = lines;
  for (std::string& line : changed)  // worker 2 names another exchange than worker 1
    if (line.starts_with("2,") && line.ends_with(",1,1,")) line.replace(line.size() - 3, 3, ",7,");
  EXPECT_THAT(input_error_of([&] { read(text_of(changed)); }), HasSubstr("an exchange has one side only"));
  changed = lines;
  for (std::string& line : changed)  // worker 2 takes part in the exchange of 0 and 1
    if (line.starts_with("2,") && line.ends_with(",1,1,")) line.replace(line.size() - 3, 3, ",0,");
  EXPECT_THAT(input_error_of([&] { read(text_of(changed)); }), HasSubstr("third worker"));
}

TEST_F(LiveTraceFile, RefusesATraceOfAnotherTopology) {
  std::ofstream(file_, std::ios::binary) << text_of(lines);
  const std::vector<Edge> other = {{0, 1, 1.0}, {0, 2, 1.0}};
  EXPECT_THAT(input_error_of([&] { read_live_trace(file_, workers, other); }), HasSubstr("not an edge"));
  EXPECT_THAT(input_error_of([&] { read_live_trace(file_, 2, other); }), HasSubstr("no such worker"));
  EXPECT_THAT(input_error_of([&] { read_live_trace("missing.csv", workers, edges); }),
              HasSubstr("cannot be read"));
  EXPECT_THAT(input_error_of([&] { read_live_trace(::testing::TempDir(), workers, edges); }),
              HasSubstr("cannot be read"));
}

TEST_F(LiveTraceFile, RefusesEveryTruncation) {
  const std::string text = text_of(lines);
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(input_error_of([&] { read(text.substr(0, size)); }).empty()) << size;
  EXPECT_THAT(input_error_of([&] { read(text + "0,read,9,9,,,3\n"); }), HasSubstr("something follows"));
}

TEST_F(LiveTraceFile, RefusesEveryMissingDoubledOrSwappedLine) {
  for (std::size_t k = 0; k < lines.size(); ++k) {
    const auto at = static_cast<std::ptrdiff_t>(k);
    std::vector<std::string> without = lines, twice = lines, swapped = lines;
    without.erase(without.begin() + at);
    twice.insert(twice.begin() + at, lines[k]);
    EXPECT_FALSE(input_error_of([&] { read(text_of(without)); }).empty()) << lines[k];
    EXPECT_FALSE(input_error_of([&] { read(text_of(twice)); }).empty()) << lines[k];
    if (k + 1 == lines.size()) continue;
    std::swap(swapped[k], swapped[k + 1]);
    EXPECT_FALSE(input_error_of([&] { read(text_of(swapped)); }).empty()) << lines[k];
  }
}

// Whatever the bytes, it is read or refused; what is read can be put in order or is refused.
TEST_F(LiveTraceFile, OtherBytesAreReadOrRefused) {
  const std::string text = text_of(lines);
  int refused = 0;
  for (std::size_t k = 0; k < text.size(); ++k)
    for (const char c : {'\n', ',', '9'}) {
      std::string changed = text;
      changed[k] = c;
      try {
        static_cast<void>(merged(read(changed), "trace"));
      } catch (const InputError&) {
        ++refused;
      }
    }
  EXPECT_GT(refused, static_cast<int>(text.size()));
}

// Kind and worker of each step.
std::vector<std::pair<Worker, Verb>> order_of(const LiveTrace& trace) {
  std::vector<std::pair<Worker, Verb>> order;
  double wall = 0;
  for (const LiveStep& step : merged(trace, "trace")) {
    EXPECT_GE(step.wall, wall);
    wall = step.wall;
    order.emplace_back(step.worker, step.operation->verb);
  }
  return order;
}

TEST_F(LiveTraceFile, ReadsTheWordsOfOlderTraces) {
  std::string older = text_of(lines);
  for (const auto& [now, then] : {std::pair(",send,", ",tell,"), std::pair(",receive,", ",hear,")})
    for (std::size_t at; (at = older.find(now)) != std::string::npos;)
      older.replace(at, std::string_view(now).size(), then);
  EXPECT_EQ(read(older), read(text_of(lines)));
}

TEST_F(LiveTraceFile, BothSendsComeBeforeBothReceives) {
  const auto shifted = [&](double seconds) {  // a host whose clock is late
    LiveTrace trace = read(text_of(lines));
    for (LiveOperation& operation : trace.workers[0]) operation.wall += seconds;
    return trace;
  };
  for (const double seconds : {0.0, 1.0, 100.0}) {
    const LiveTrace trace = shifted(seconds);
    const auto order = order_of(trace);
    EXPECT_EQ(order.size(), 14u);  // no offers
    std::vector<int> told(2, 0);
    for (const LiveStep& step : merged(trace, "trace")) {
      const auto& operation = *step.operation;
      if (operation.verb == Verb::send) ++told[operation.exchange];
      if (operation.verb == Verb::receive) {
        EXPECT_EQ(told[operation.exchange], 2);
      }
    }
  }
  const LiveSchedule schedule(read(text_of(lines)), edges, "trace");
  std::vector<std::uint32_t> clocks;
  for (const Event& event : schedule.events())
    if (event.verb == Verb::step || event.completes != 0) clocks.push_back(event.clock);
  // An exchange is complete where its second side receives.
  EXPECT_THAT(clocks, ElementsAre(1u, 0u, 3u, 4u, 0u));
}

TEST(LiveTraceOrder, RefusesExchangesThatWaitForOneAnother) {
  const auto meets = [](Worker peer, std::uint64_t exchange, double wall) {
    return std::vector<LiveOperation>{
        {.verb = Verb::offer, .wall = wall},
        {.verb = Verb::send, .peer = peer, .wall = wall, .exchange = exchange},
        {.verb = Verb::receive, .peer = peer, .wall = wall, .exchange = exchange}};
  };
  LiveTrace trace;
  trace.workers.resize(2);
  for (const Worker worker : {0u, 1u})
    for (const std::uint64_t exchange : {worker, 1 - worker}) {
      const auto operations = meets(1 - worker, exchange, 1.0);
      trace.workers[worker].insert(trace.workers[worker].end(), operations.begin(), operations.end());
    }
  const std::string message = input_error_of([&] { merged(trace, "trace.csv"); });
  EXPECT_THAT(message, HasSubstr("trace.csv"));
  EXPECT_THAT(message, HasSubstr("exchanges wait for one another"));
}

}  // namespace
}  // namespace acidsim

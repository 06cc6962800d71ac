// Messages under way, counted by hand.
#include "sim/timing/flights.hpp"

#include <gtest/gtest.h>

#include "sim/timing/trace_schedule.hpp"

namespace acidsim {
namespace flights_test {

Event message(double time, Worker i, Worker j, std::uint32_t clock, Verb verb) {
  return {time, i, j, clock, verb};
}

// Workers 0 – 1 – 2 with the clocks 3 and 4. From 0 to 1 two messages overlap, between 1 and 2 one goes each way.
TEST(Flights, AreCountedFromTheSendToTheReceive) {
  const TraceSchedule schedule({message(1, 0, 1, 3, Verb::send),
                                message(2, 0, 1, 3, Verb::send),
                                {2.5, 2, 2, 2, Verb::gradient},
                                message(3, 1, 0, 3, Verb::receive),
                                message(4, 1, 2, 4, Verb::send),
                                message(4, 2, 1, 4, Verb::send),
                                message(5, 1, 0, 3, Verb::receive),
                                message(6, 1, 2, 4, Verb::receive),
                                message(7, 2, 1, 4, Verb::receive)});
  Flights flights(schedule.from(0), 3, 2, 4);
  EXPECT_EQ(flights.means().messages, 0);
  for (const auto& [time, messages, integral, busy] :
       {std::tuple(0.5, 0u, 0.0, 0.0), std::tuple(1.0, 1u, 0.0, 0.0), std::tuple(2.5, 2u, 2.0, 1.5),
        std::tuple(3.5, 1u, 3.5, 2.5), std::tuple(4.5, 3u, 5.5, 4.5), std::tuple(8.0, 0u, 10.0, 9.0)}) {
    flights.advance(time);
    EXPECT_EQ(flights.messages(), messages) << time;
    EXPECT_DOUBLE_EQ(flights.means().messages, integral / time);
    EXPECT_DOUBLE_EQ(flights.means().utilisation, busy / (4 * time));
  }
}

}  // namespace flights_test
}  // namespace acidsim

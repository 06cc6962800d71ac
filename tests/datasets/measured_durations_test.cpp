#include "sim/data/measured_durations.hpp"

#include <gmock/gmock.h>

#include "tests/datasets/files.hpp"

namespace acidsim {
namespace measured_durations_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class MeasuredDurationsTest : public FileTest {
 protected:
  std::vector<std::vector<double>> read(const std::string& content, Worker workers = 2) const {
    return read_durations(write("d.csv", content), workers, {});
  }
  std::string message(const std::string& content) const {
    return message_of([&] { read(content); });
  }
};

TEST_F(MeasuredDurationsTest, ReadsListsOfWorkersOrOneForAll) {
  EXPECT_THAT(read("worker,duration\n1,0.5\n0,2\n1,0.25\n"),
              ElementsAre(ElementsAre(2), ElementsAre(0.5, 0.25)));
  EXPECT_THAT(read("duration\n1.5\n2\n"), ElementsAre(ElementsAre(1.5, 2)));
  EXPECT_THAT(read("0.5\n0.25\n"), ElementsAre(ElementsAre(0.5, 0.25)));
}

TEST_F(MeasuredDurationsTest, ReadsTheGradientsOfALiveTrace) {
  EXPECT_THAT(read("worker,kind,time,wall,peer,exchange,version\n0,read,0,0.5,,,0\n1,read,0,0.75,,,0\n"
                   "0,offer,0,0.6,,,\n0,step,1,1.5,,,\n1,step,1,1.25,,,\n0,read,1,2,,,1\n0,step,2,2.5,,,\n"
                   "1,read,1,3,,,1\n"),
              ElementsAre(ElementsAre(1, 0.5), ElementsAre(0.5)));
}

TEST_F(MeasuredDurationsTest, RefusesWhatIsNoDuration) {
  EXPECT_THAT(message(""), HasSubstr("is empty"));
  EXPECT_THAT(message("worker,time\n0,1\n"), HasSubstr("is no header of durations"));
  EXPECT_THAT(message("duration\n0\n"), HasSubstr("d.csv:2: a duration is not positive (0)"));
  EXPECT_THAT(message("duration\nsoon\n"), HasSubstr("d.csv:2"));
  EXPECT_THAT(message("worker,duration\n0,1\n"), HasSubstr("gives no duration to a worker (worker 1)"));
  EXPECT_THAT(message("worker,duration\n2,1\n"), HasSubstr("names no worker (2)"));
  EXPECT_THAT(message("worker,kind,wall\n0,step,1\n"), HasSubstr("a step without a read before"));
}

}  // namespace measured_durations_test
}  // namespace acidsim

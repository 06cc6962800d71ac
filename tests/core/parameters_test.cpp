// Values held against what is declared of them.
#include "sim/core/parameters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

const std::vector<Parameter> declared = {
    {.name = "alpha",
     .default_value = 0.5,
     .what = "share",
     .automatic = true,
     .minimum = 0,
     .above_minimum = true,
     .maximum = 1},
    {.name = "steps",
     .kind = Parameter::Kind::whole,
     .default_value = std::int64_t{3},
     .what = "steps",
     .minimum = 1},
    {.name = "order", .kind = Parameter::Kind::text, .default_value = std::string("atc"), .what = "order"},
    {.name = "period",
     .kind = Parameter::Kind::number,
     .what = "a number that must be given",
     .required = true}};

std::string refusal(const Values& given) {
  try {
    checked(declared, given);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(CheckedValues, GetTheirDefaults) {
  const Values values = checked(declared, {{"period", 2.0}});
  EXPECT_TRUE(values.automatic("alpha"));
  EXPECT_EQ(values.whole("steps"), 3);
  EXPECT_EQ(values.text("order"), "atc");
  EXPECT_EQ(values.number("period"), 2.0);
}

TEST(CheckedValues, KeepWhatIsGivenInRange) {
  const Values values =
      checked(declared, {{"alpha", 1.0}, {"steps", std::int64_t{1}}, {"period", std::int64_t{-4}}});
  EXPECT_EQ(values.number("alpha"), 1.0);
  EXPECT_EQ(values.whole("steps"), 1);
  EXPECT_EQ(values.number("period"), -4.0);
}

TEST(CheckedValues, AreRefusedByName) {
  using ::testing::HasSubstr;
  EXPECT_THAT(refusal({}), HasSubstr("period: is missing"));
  EXPECT_THAT(refusal({{"period", 1.0}, {"alhpa", 0.5}}), HasSubstr("alhpa: unknown parameter"));
  EXPECT_THAT(refusal({{"period", 1.0}, {"alhpa", 0.5}}), HasSubstr("did you mean \"alpha\"?"));
  EXPECT_THAT(refusal({{"period", 1.0}, {"alpha", 0.0}}), HasSubstr("alpha: is out of range"));
  EXPECT_THAT(refusal({{"period", 1.0}, {"alpha", 1.5}}), HasSubstr("alpha: is out of range"));
  EXPECT_THAT(refusal({{"period", 1.0}, {"alpha", std::nan("")}}), HasSubstr("alpha: is out of range"));
  EXPECT_THAT(refusal({{"period", 1.0}, {"steps", std::int64_t{0}}}), HasSubstr("steps: is out of range"));
  EXPECT_THAT(refusal({{"period", 1.0}, {"steps", 2.5}}), HasSubstr("steps: is a value of the wrong kind"));
  EXPECT_THAT(refusal({{"period", std::string("two")}}), HasSubstr("period: is a value of the wrong kind"));
}

}  // namespace
}  // namespace acidsim

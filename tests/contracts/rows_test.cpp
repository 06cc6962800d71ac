// Every row of the registry: words, defaults, and a place in the help.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "sim/app/contracts/row_words.hpp"
#include "tests/contracts/registry_loops.hpp"

namespace acidsim::testing {
namespace {

using ::testing::HasSubstr;

class EveryKind : public ::testing::TestWithParam<Category> {};
INSTANTIATE_TEST_SUITE_P(Registry, EveryKind, ::testing::ValuesIn(categories()),
                         [](const auto& test) { return test.param.name; });

TEST_P(EveryKind, RowsHaveANameAndAWhatLine) {
  EXPECT_FALSE(GetParam().summary.empty());
  ASSERT_FALSE(rows(GetParam().kind).empty());
  std::set<std::string> names;
  for (const Row& row : rows(GetParam().kind)) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name << " twice";
    EXPECT_EQ(row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), std::string::npos)
        << row.name;
    EXPECT_EQ(find_row(GetParam().kind, row.name), &row) << "another row has this name";
  }
}

TEST_P(EveryKind, RowsHaveWordsAndGoodParameters) {
  for (const Row& row : rows(GetParam().kind))
    EXPECT_EQ(problems_of(row, GetParam().kind), std::vector<std::string>{}) << row.name;
}

TEST_P(EveryKind, ListNamesEachRowAndParameter) {
  const Scratch scratch;
  const std::string own = succeed(scratch, {"list", GetParam().name}), all = succeed(scratch, {"list"});
  EXPECT_THAT(all, HasSubstr(own.substr(0, own.size() - 1)));
  EXPECT_THAT(own, HasSubstr(GetParam().where));
  for (const Row& row : rows(GetParam().kind)) {
    EXPECT_THAT(own, HasSubstr("\n  " + row.name + " "));
    EXPECT_THAT(own, HasSubstr(row.summary));
    for (const Field& field : row.parameters)
      EXPECT_THAT(own, HasSubstr("\n      " + field.name + " ")) << row.name;
  }
}

TEST(Grammar, FieldsHaveGoodDefaults) {
  for (const Field& field : configuration_grammar().fields)
    EXPECT_EQ(problems_of(field, field.name), std::vector<std::string>{});
}

}  // namespace
}  // namespace acidsim::testing

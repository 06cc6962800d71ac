// Every row of the registry: words, defaults, and a place in the help.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/contracts/registry_loops.hpp"

namespace acidsim::testing {
namespace {

using ::testing::HasSubstr;

class EveryKind : public ::testing::TestWithParam<Category> {};
INSTANTIATE_TEST_SUITE_P(Registry, EveryKind, ::testing::ValuesIn(categories()),
                         [](const auto& test) { return test.param.name; });

void expect_words(const std::string& text, const std::string& of) {
  EXPECT_FALSE(text.empty()) << of;
  EXPECT_EQ(text.find('\n'), std::string::npos) << of;
  EXPECT_FALSE(text.ends_with('.')) << of << ": a phrase, not a sentence";
}

TEST_P(EveryKind, RowsHaveANameAndAWhatLine) {
  expect_words(GetParam().summary, GetParam().name);
  ASSERT_FALSE(rows(GetParam().kind).empty());
  std::set<std::string> names;
  for (const Row& row : rows(GetParam().kind)) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name << " twice";
    EXPECT_EQ(row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), std::string::npos)
        << row.name;
    expect_words(row.summary, row.name);
    EXPECT_EQ(find_row(GetParam().kind, row.name), &row) << "another row has this name";
  }
}

void expect_good_field(const Field& field, const std::string& of) {
  expect_words(field.what, of);
  EXPECT_NE(field.types, 0u) << of;
  if (!field.default_value.is_discarded()) {
    EXPECT_NO_THROW(check(field, with_defaults(field, field.default_value), of))
        << of << " has a bad default";
  }
  EXPECT_EQ(field.items != 0, (field.types & type_array) != 0) << of;
  for (const Field& inner : field.fields) expect_good_field(inner, of + "." + inner.name);
}

TEST_P(EveryKind, ParametersHaveADefaultInTheirRangeOrAreRequired) {
  for (const Row& row : rows(GetParam().kind)) {
    std::set<std::string> names;
    for (const Field& field : row.parameters) {
      EXPECT_TRUE(names.insert(field.name).second) << row.name << "." << field.name << " twice";
      expect_good_field(field, row.name + "." + field.name);
    }
  }
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
  for (const Field& field : configuration_grammar().fields) expect_good_field(field, field.name);
}

}  // namespace
}  // namespace acidsim::testing

// Texts as tables: windows of characters, in chapters.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/data/given_partition.hpp"
#include "sim/data/text.hpp"
#include "tests/datasets/files.hpp"

namespace acidsim {
namespace characters_test {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Characters : public FileTest {
 protected:
  DatasetPair<double> read(const std::string& text, const TextOptions& options) {
    return read_text<double>(write("t.txt", text), options);
  }
  std::string refusal(const std::string& text, const TextOptions& options) {
    return message_of([&] { static_cast<void>(read(text, options)); });
  }
};

// What a sample shows, and what comes next, in the characters of the text.
std::string shown(const Dataset<double>& data, const std::string& alphabet, std::uint32_t row) {
  std::vector<double> ids(static_cast<std::size_t>(data.sample_size()));
  data.bytes.read(row, ids.data());
  std::string text;
  for (const double id : ids) text += alphabet.at(static_cast<std::size_t>(id));
  return text + ">" + alphabet.at(static_cast<std::size_t>(data.labels[row]));
}

TEST_F(Characters, EverySampleShowsWhatComesBefore) {
  const auto data = read("abcabd", {.context = 2, .test_fraction = 0});
  EXPECT_EQ(data.test, nullptr);
  EXPECT_EQ(data.train->classes, 4);
  EXPECT_EQ(data.train->symbols, 4);
  EXPECT_THAT(data.train->shape, ElementsAre(2));
  ASSERT_EQ(data.train->samples(), 4);
  const char* expected[] = {"ab>c", "bc>a", "ca>b", "ab>d"};
  for (std::uint32_t row = 0; row < 4; ++row) EXPECT_EQ(shown(*data.train, "abcd", row), expected[row]);
  EXPECT_THAT(data.train->origins.rows, ElementsAre(2, 3, 4, 5));
}

TEST_F(Characters, ChaptersOwnTheirCharacters) {
  const std::string text =
      "Title\n\nChapter 1\nabcdefgh\nchapter one is no heading\nCHAPTER IV.\nijklmnop\nChapter 12 "
      "\nqrstuvwx\n";
  const auto data = read(text, {.context = 3, .test_fraction = 0.25});
  EXPECT_THAT(data.train->origins.owner_names, ElementsAre("Chapter 1", "CHAPTER IV", "Chapter 12"));
  const std::size_t fourth = text.find("CHAPTER"), last = text.find("Chapter 12");
  std::string alphabet = text;
  std::sort(alphabet.begin(), alphabet.end());
  alphabet.erase(std::unique(alphabet.begin(), alphabet.end()), alphabet.end());
  const std::size_t ends[] = {fourth, last, text.size()};
  for (const auto* set : {data.train.get(), data.test.get()})
    for (std::uint32_t row = 0; row < set->samples(); ++row) {
      const std::size_t at = set->origins.rows[row], chapter = set->origins.owners[row];
      EXPECT_LT(at, ends[chapter]);
      EXPECT_GE(at, 3 + (chapter == 0 ? 0 : ends[chapter - 1])) << "a window does not leave its chapter";
      EXPECT_EQ(shown(*set, alphabet, row), text.substr(at - 3, 3) + ">" + text[at]);
    }
  // The last quarter of every chapter: of the first one's fourth − 3 samples, and so on.
  const auto tests_of = [&](std::uint32_t chapter) {
    return std::count(data.test->origins.owners.begin(), data.test->origins.owners.end(), chapter);
  };
  EXPECT_EQ(tests_of(0), std::lround(0.25 * static_cast<double>(fourth - 3)));
  EXPECT_EQ(tests_of(1), std::lround(0.25 * static_cast<double>(last - fourth - 3)));
  EXPECT_EQ(data.train->samples() + data.test->samples(), static_cast<Index>(text.size() - 9));
  EXPECT_EQ(data.train->bytes.bytes, data.test->bytes.bytes) << "the text is kept once";
}

TEST_F(Characters, WhatIsTooShortIsRefused) {
  EXPECT_THAT(refusal("", {}), HasSubstr("t.txt: is empty"));
  EXPECT_THAT(refusal("aaaa", {.context = 2}), HasSubstr("holds one character alone"));
  EXPECT_THAT(refusal("ab", {.context = 2}), HasSubstr("all is too short (2 characters)"));
  EXPECT_THAT(refusal("abcdefghijk\nChapter 1\nabcdefgh\nChapter 2\n", {.context = 16}),
              HasSubstr("Chapter 2 is too short (10 characters) — more than the context of 16"));
  EXPECT_THAT(message_of([&] { read_text<float>(path("none.txt")); }),
              HasSubstr("none.txt: cannot be opened"));
}

TEST_F(Characters, ChaptersAreDealtInRuns) {
  const RowOrigins five{{}, {0, 0, 1, 2, 3, 4, 4}, {"a", "b", "c", "d", "e"}};
  EXPECT_THAT(partition_by_chapter({7, five, 2, {}}).rows,
              ElementsAre(ElementsAre(0, 1, 2, 3), ElementsAre(4, 5, 6)));
  EXPECT_THAT(partition_by_chapter({7, five, 5, {}}).rows, Each(::testing::Not(::testing::IsEmpty())));
  EXPECT_THAT(message_of([&] {
                partition_by_chapter({7, five, 6, {}});
              }),
              HasSubstr("workers: are more than the chapters (6 workers, 5 chapters)"));
  EXPECT_THAT(message_of([&] {
                partition_by_chapter({7, RowOrigins{}, 2, {}});
              }),
              HasSubstr("scheme: needs chapters, and the data set has none"));
}

TEST(Persuasion, IsTheNovel) {
  const auto data = read_text<float>(ACIDSIM_SOURCE_DIR "/experiments/data/persuasion.txt");
  EXPECT_EQ(data.train->bytes.bytes->size(), 466854u);
  EXPECT_EQ(data.train->classes, 75);
  EXPECT_EQ(data.train->origins.owner_names.size(), 24u);
  EXPECT_EQ(data.train->origins.owner_names.back(), "Chapter 24");
  EXPECT_EQ(data.train->samples() + data.test->samples(), 466854 - 24 * 16);
}

}  // namespace characters_test
}  // namespace acidsim

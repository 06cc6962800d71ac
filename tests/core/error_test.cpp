#include "sim/core/error.hpp"

#include <gtest/gtest.h>

namespace acidsim {
namespace {

const std::vector<std::string> families = {"complete", "cycle", "path", "star", "random_regular"};

TEST(InputError, SaysPlaceProblemValueAndHint) {
  const InputError error("graph.txt:12", "not a worker", "-3", "workers are counted from 0");
  EXPECT_STREQ(error.what(), "graph.txt:12: not a worker (-3) — workers are counted from 0");
  EXPECT_EQ(error.place(), "graph.txt:12");
}

TEST(InputError, LeavesOutWhatIsEmpty) {
  EXPECT_STREQ(InputError("degree", "missing").what(), "degree: missing");
  EXPECT_STREQ(InputError("degree", "odd", "", "make it even").what(), "degree: odd — make it even");
  EXPECT_STREQ(InputError("degree", "odd", "3").what(), "degree: odd (3)");
  EXPECT_STREQ(InputError("", "nothing to do").what(), "nothing to do");
}

TEST(InputError, WithinPutsTheOuterPlaceFirst) {
  const InputError error =
      InputError("degree", "odd", "3", "make it even").within("ring.json").within("sweep");
  EXPECT_STREQ(error.what(), "sweep: ring.json: degree: odd (3) — make it even");
  EXPECT_EQ(error.place(), "sweep: ring.json: degree");
  EXPECT_STREQ(InputError("", "empty").within("a.json").what(), "a.json: empty");
}

TEST(NearestName, FindsTypingErrors) {
  EXPECT_EQ(nearest_name("cylce", families), "cycle");
  EXPECT_EQ(nearest_name("complet", families), "complete");
  EXPECT_EQ(nearest_name("random-regular", families), "random_regular");
  EXPECT_EQ(nearest_name("rando_regul", families), "random_regular");
  EXPECT_EQ(nearest_name("star", families), "star");
}

TEST(NearestName, IsEmptyWhereNothingIsNear) {
  EXPECT_EQ(nearest_name("hypercube", families), "");
  EXPECT_EQ(nearest_name("", families), "");
  EXPECT_EQ(nearest_name("star", {}), "");
}

TEST(UnknownNameHint, ProposesTheNearestOrListsAll) {
  EXPECT_EQ(unknown_name_hint("cylce", families), "did you mean \"cycle\"?");
  EXPECT_EQ(unknown_name_hint("hypercube", families), "known: complete, cycle, path, star, random_regular");
}

TEST(PrintableText, EscapesWhatIsNoText) {
  EXPECT_EQ(printable_text("naïve 名 – 😀\nnext"), "naïve 名 – 😀\nnext");
  EXPECT_EQ(printable_text("M\xfcnchen"), "M\\xfcnchen");
  EXPECT_EQ(printable_text("\x1b[31m\x7f"), "\\x1b[31m\\x7f");
  EXPECT_EQ(printable_text("\xe5\x90"), "\\xe5\\x90");                             // cut off
  EXPECT_EQ(printable_text("\xc0\xaf\xed\xa0\x80"), "\\xc0\\xaf\\xed\\xa0\\x80");  // too long; half of a pair
  EXPECT_EQ(std::string(InputError("g\xe4.txt", "is bad", "\xff").what()), "g\\xe4.txt: is bad (\\xff)");
}

TEST(RefuseUtf16, KnowsItsMarksAndItsZeros) {
  for (const std::string& start :
       {std::string("\xff\xfe"), std::string("\xfe\xff"), std::string("{\0", 2), std::string("\0{", 2)})
    EXPECT_THROW(refuse_utf16(start, "x"), InputError);
  for (const std::string& start :
       {std::string(), std::string("{"), std::string("{}"), std::string("\0\0\x08", 3)})
    EXPECT_NO_THROW(refuse_utf16(start, "x"));
}

}  // namespace
}  // namespace acidsim

// A text as a table: which character comes next.
#pragma once

#include <string>

#include "sim/core/dataset.hpp"

namespace acidsim {

struct TextOptions {
  Index context = 16;          // characters that a sample shows
  double test_fraction = 0.1;  // of every chapter its last part; 0 = no test set
};

// One sample for every character that has `context` characters before it in its chapter: their numbers are its
// features, the character's is its label. Characters are bytes, numbered by their value among those that occur: symbols =
// classes. Row k of the table is the byte at position k, and its owner its chapter. The text is kept once, and
// samples are windows of it, as each byte is part of `context` of them.
//
// A chapter begins with a line that holds the word "chapter" and a number, Arabic or Roman, and nothing else; what
// comes before the first of them goes with it. A text without such lines is one chapter.
template <class Scalar>
DatasetPair<Scalar> read_text(const std::string& path, const TextOptions& options = {});

}  // namespace acidsim

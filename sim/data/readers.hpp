// Readers of tables: IDX, CSV and LIBSVM. What a file gets wrong is an InputError that names the file, and
// the line where there are lines.
#pragma once

#include <optional>
#include <string>

#include "sim/core/dataset.hpp"

namespace acidsim {

enum class Task { classification, regression };

// IDX images and labels [LeCun, "The MNIST database"], gzip or plain; both test files or neither. One column
// per image, pixels row by row, scaled from 0 … 255 to [0, 1]. classes = largest training label + 1.
struct IdxFiles {
  std::string train_images, train_labels;
  std::string test_images = {}, test_labels = {};
  // Labels lie in 0 … classes − 1; 0 = the largest training label + 1, and then every class must occur.
  int classes = 0;
  bool bias = false;  // append a feature that is always 1, without the copy that with_bias() makes
};
template <class Scalar>
DatasetPair<Scalar> read_idx(const IdxFiles& files);

struct CsvOptions {
  Task task = Task::classification;
  std::string target = {};  // a name in the header, or the column counted from 0; empty = last column
  char delimiter = 0;       // 0 = the first of , ; tab space that the first line holds
};

// One row per line, fields may be in double quotes. The first line is a header if the target is given by
// name, or if none of its feature fields is a number. Class labels may be integers or text; sorted (by value
// where all are numbers), they become 0 … classes − 1. Empty lines are skipped.
template <class Scalar>
Dataset<Scalar> read_csv(const std::string& path, const CsvOptions& options = {});

struct LibsvmOptions {
  Task task = Task::classification;
  std::optional<Index> dimension = {};  // default: the largest index in the file
};

// "label index:value index:value …" per line, indices from 1 and increasing, "#" starts a comment. Stored
// dense; more than 8 GiB is refused. Labels as in read_csv (−1, +1 become 0, 1).
template <class Scalar>
Dataset<Scalar> read_libsvm(const std::string& path, const LibsvmOptions& options = {});

}  // namespace acidsim

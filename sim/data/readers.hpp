// Readers of tables: IDX, CSV and LIBSVM. What a file gets wrong is an InputError that names the file, and
// the line where there are lines.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/dataset.hpp"
#include "sim/data/image_bytes.hpp"

namespace acidsim {

inline constexpr double most_feature_bytes = 0x1p33;  // of the features that a file is read into: 8 GiB

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
// The same as a table of bytes; `bias` is not for it.
template <class Scalar>
DatasetPair<Scalar> read_idx_bytes(const IdxFiles& files, const Normalisation& normalisation = {});

// The files of one table. Several training files are read as one, row after row, and are the owners of their
// rows (RowOrigins). Labels of the test file are those of the training rows.
struct TableFiles {
  std::vector<std::string> train;
  std::string test = {};  // empty = none
};

enum class Header { automatic, present, absent };

struct CsvOptions {
  Task task = Task::classification;
  std::string target = {};  // a name in the header, or the column counted from 0; empty = last column
  char delimiter = 0;       // 0 = found in the first line: ; tab , or blanks
  Header header = Header::automatic;
  std::optional<std::size_t> target_column = {};  // instead of `target`, and never a name
  std::optional<bool> index_column = {};  // the first column is no feature; nothing = where it has no name
  std::string owner_column = {};          // its values are the owners of the rows, and no feature
};

// One row per line, gzip or plain; fields may be in double quotes, numbers may have decimal commas where no
// comma separates. Empty lines are skipped, and lines with # before the first row. Class labels may be integers
// or text; sorted (by value where all are numbers), they become 0 … classes − 1. Whether the first line is a
// header is found by comparing it with the rows (csv_layout.hpp); where that is not sure it is refused. All
// files have the same columns. The notices say what was taken for what.
template <class Scalar>
DatasetPair<Scalar> read_csv_tables(const TableFiles& files, const CsvOptions& options = {});
template <class Scalar>
Dataset<Scalar> read_csv(const std::string& path, const CsvOptions& options = {});

struct LibsvmOptions {
  Task task = Task::classification;
  std::optional<Index> dimension = {};  // default: the largest index in the files
  std::optional<bool> zero_based = {};  // nothing = where index 0 occurs
};

// "label index:value index:value …" per line, gzip or plain, indices increasing, "#" starts a comment. Stored
// dense: more than 8 GiB is refused, and so is an index far beyond the others, unless `dimension` asks for it.
// Labels as in read_csv (−1, +1 become 0, 1).
template <class Scalar>
DatasetPair<Scalar> read_libsvm_tables(const TableFiles& files, const LibsvmOptions& options = {});
template <class Scalar>
Dataset<Scalar> read_libsvm(const std::string& path, const LibsvmOptions& options = {});

}  // namespace acidsim

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "sim/core/error.hpp"
#include "sim/data/readers.hpp"
#include "sim/data/text_table.hpp"

namespace acidsim {
namespace {

constexpr double unasked_bytes = 0x1p24;  // more only where the indices that occur speak for it

template <class Scalar>
struct Entry {
  std::uint32_t sample;
  std::uint32_t feature;  // as in the file
  Scalar value;
};

// Cuts the first word off `text`; empty at the end.
std::string_view next_word(std::string_view& text) {
  text = trimmed(text);
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

template <class Scalar>
Entry<Scalar> parse_entry(std::string_view word, std::uint32_t sample, const std::string& place) {
  const std::size_t colon = word.find(':');
  const std::string_view index_text = word.substr(0, colon);
  std::uint32_t index = 0;
  const auto [end, error] = std::from_chars(index_text.data(), index_text.data() + index_text.size(), index);
  if (colon == word.npos || error != std::errc{} || end != index_text.data() + index_text.size()) {
    throw InputError(place, "is not index:value", std::string(word.substr(0, 40)),
                     "indices are integers from 1, or from 0");
  }
  return {sample, index, finite_number<Scalar>(word.substr(colon + 1), place, "a value")};
}

// The rows of some files as they stand there.
template <class Scalar>
struct SparseRows {
  explicit SparseRows(Task task, const ClassNumbers* known = nullptr) : target(task, known) {}

  std::vector<Entry<Scalar>> entries;
  TargetColumn<Scalar> target;
  RowOrigins origins;
  std::uint32_t samples = 0;
  std::uint32_t largest = 0;              // index
  std::string largest_place, zero_place;  // where it stands first; where index 0 does, or empty
};

template <class Scalar>
void add_file(SparseRows<Scalar>& rows, const std::string& path) {
  LineReader reader(path);
  std::string line;
  const std::uint32_t before = rows.samples;
  while (reader.next(line)) {
    std::string_view text = std::string_view(line).substr(0, line.find('#'));
    const std::string_view label = next_word(text);
    if (label.empty()) continue;
    const std::string place = reader.place();
    if (label.find(':') != label.npos)
      throw InputError(place, "has no label", std::string(label.substr(0, 40)), "label index:value …");
    rows.target.add(label, place);
    std::int64_t previous = -1;
    for (std::string_view word = next_word(text); !word.empty(); word = next_word(text)) {
      rows.entries.push_back(parse_entry<Scalar>(word, rows.samples, place));
      const std::uint32_t index = rows.entries.back().feature;
      if (index <= previous)
        throw InputError(place, "indices do not increase", fmt::format("{} after {}", index, previous));
      if (index == 0 && rows.zero_place.empty()) rows.zero_place = place;
      if (index > rows.largest || rows.largest_place.empty()) {
        rows.largest = index;
        rows.largest_place = place;
      }
      previous = index;
    }
    ++rows.samples;
  }
  if (rows.samples == before) throw InputError(path, "holds no rows of data");
  rows.origins.owners.resize(rows.samples, static_cast<std::uint32_t>(rows.origins.owner_names.size()));
  rows.origins.owner_names.push_back(std::filesystem::path(path).filename().string());
}

// Refuses a dense table that one index alone makes large, unless it was asked for.
template <class Scalar>
void check_size(const SparseRows<Scalar>& rows, Index dimension, bool asked_for) {
  const double bytes = static_cast<double>(dimension) * rows.samples * sizeof(Scalar);
  const std::string size = fmt::format("{} samples × {} features", rows.samples, dimension);
  if (bytes > most_feature_bytes)
    throw InputError(rows.largest_place, "the table is too large to be stored dense", size, "at most 8 GiB");
  if (asked_for || bytes < unasked_bytes) return;
  std::vector<std::uint32_t> used;
  for (const auto& entry : rows.entries) used.push_back(entry.feature);
  std::sort(used.begin(), used.end());
  const auto distinct = static_cast<double>(std::unique(used.begin(), used.end()) - used.begin());
  if (static_cast<double>(dimension) > 16 * distinct)
    throw InputError(rows.largest_place, "an index lies far beyond the number of features that occur",
                     fmt::format("{}, where {} occur", rows.largest, distinct),
                     fmt::format("\"features\": {} if it is right; the table then is {}", dimension, size));
}

template <class Scalar>
Dataset<Scalar> dense(SparseRows<Scalar>&& rows, Index dimension, std::uint32_t first_index,
                      const ClassNumbers& classes) {
  Dataset<Scalar> data;
  data.name = rows.origins.owner_names.front();
  data.features = Matrix<Scalar>::Zero(dimension, rows.samples);
  for (const auto& [sample, feature, value] : rows.entries)
    data.features(feature - first_index, sample) = value;
  rows.target.finish(data, classes);
  if (rows.origins.owner_names.size() > 1) data.origins = std::move(rows.origins);
  return data;
}

}  // namespace

template <class Scalar>
DatasetPair<Scalar> read_libsvm_tables(const TableFiles& files, const LibsvmOptions& options) {
  if (options.dimension && *options.dimension < 1) {
    throw InputError("dimension", "is not positive", fmt::format("{}", *options.dimension), "at least 1");
  }
  SparseRows<Scalar> train(options.task);
  for (const std::string& file : files.train) add_file(train, file);
  const bool classes_known = options.task == Task::classification;
  const ClassNumbers classes = train.target.classes();
  SparseRows<Scalar> test(options.task, classes_known ? &classes : nullptr);
  if (!files.test.empty()) add_file(test, files.test);

  const std::string& zero_place = train.zero_place.empty() ? test.zero_place : train.zero_place;
  const bool zero_based = options.zero_based.value_or(!zero_place.empty());
  if (!zero_based && !zero_place.empty())
    throw InputError(zero_place, "holds index 0", "", "\"zero_based\": true, or indices from 1");
  const std::uint32_t first_index = zero_based ? 0 : 1;
  const SparseRows<Scalar>& widest = test.largest > train.largest ? test : train;
  if (widest.largest_place.empty()) throw InputError(files.train.front(), "holds no features");
  const Index needed = Index{widest.largest} + 1 - first_index;
  if (options.dimension && needed > *options.dimension)
    throw InputError(widest.largest_place, "index is larger than the dimension",
                     fmt::format("{}", widest.largest),
                     fmt::format("{} … {}", first_index, *options.dimension - 1 + first_index));
  const Index dimension = options.dimension.value_or(needed);
  for (const auto* rows : {&train, &test})
    if (rows->samples > 0) check_size(*rows, dimension, options.dimension.has_value());

  DatasetPair<Scalar> data;
  data.train =
      std::make_shared<const Dataset<Scalar>>(dense(std::move(train), dimension, first_index, classes));
  if (!files.test.empty())
    data.test =
        std::make_shared<const Dataset<Scalar>>(dense(std::move(test), dimension, first_index, classes));
  if (zero_based && !options.zero_based)
    data.notices.push_back(
        fmt::format("{}: index 0 occurs, so indices are taken to be 0 … {}", zero_place, dimension - 1));
  return data;
}

template <class Scalar>
Dataset<Scalar> read_libsvm(const std::string& path, const LibsvmOptions& options) {
  return *read_libsvm_tables<Scalar>({{path}}, options).train;
}

template DatasetPair<float> read_libsvm_tables(const TableFiles&, const LibsvmOptions&);
template DatasetPair<double> read_libsvm_tables(const TableFiles&, const LibsvmOptions&);
template Dataset<float> read_libsvm(const std::string&, const LibsvmOptions&);
template Dataset<double> read_libsvm(const std::string&, const LibsvmOptions&);

}  // namespace acidsim

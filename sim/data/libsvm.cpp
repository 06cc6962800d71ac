#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "sim/core/error.hpp"
#include "sim/data/readers.hpp"
#include "sim/data/text_table.hpp"

namespace acidsim {
namespace {

constexpr double most_bytes = 0x1p33;  // of features, stored dense: 8 GiB

template <class Scalar>
struct Entry {
  std::uint32_t sample;
  std::uint32_t feature;  // from 0
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
  if (colon == word.npos || error != std::errc{} || end != index_text.data() + index_text.size() ||
      index == 0) {
    throw InputError(place, "is not index:value", std::string(word.substr(0, 40)),
                     "indices are integers from 1");
  }
  return {sample, index - 1, finite_number<Scalar>(word.substr(colon + 1), place, "a value")};
}

}  // namespace

template <class Scalar>
Dataset<Scalar> read_libsvm(const std::string& path, const LibsvmOptions& options) {
  if (options.dimension && *options.dimension < 1) {
    throw InputError("dimension", "is not positive", fmt::format("{}", *options.dimension), "at least 1");
  }
  LineReader reader(path);
  std::string line;
  std::vector<Entry<Scalar>> entries;
  TargetColumn<Scalar> target(options.task);
  std::uint32_t samples = 0;
  Index largest = 0;
  while (reader.next(line)) {
    std::string_view text = std::string_view(line).substr(0, line.find('#'));
    const std::string_view label = next_word(text);
    if (label.empty()) continue;
    const std::string place = reader.place();
    if (label.find(':') != label.npos)
      throw InputError(place, "has no label", std::string(label.substr(0, 40)), "label index:value …");
    target.add(label, place);
    Index previous = 0;
    for (std::string_view word = next_word(text); !word.empty(); word = next_word(text)) {
      entries.push_back(parse_entry<Scalar>(word, samples, place));
      const Index index = Index{entries.back().feature} + 1;
      if (index <= previous) {
        throw InputError(place, "indices do not increase", fmt::format("{} after {}", index, previous));
      }
      if (options.dimension && index > *options.dimension) {
        throw InputError(place, "index is larger than the dimension", fmt::format("{}", index),
                         fmt::format("1 … {}", *options.dimension));
      }
      previous = index;
    }
    largest = std::max(largest, previous);
    ++samples;
  }
  if (samples == 0) throw InputError(path, "holds no rows of data");
  const Index dimension = options.dimension.value_or(largest);
  if (dimension == 0) throw InputError(path, "holds no features");
  if (static_cast<double>(dimension) * samples * sizeof(Scalar) > most_bytes) {
    throw InputError(path, "is too large to be stored dense",
                     fmt::format("{} samples × {} features", samples, dimension), "at most 8 GiB");
  }
  Dataset<Scalar> data;
  data.name = std::filesystem::path(path).filename().string();
  data.features = Matrix<Scalar>::Zero(dimension, samples);
  for (const auto& [sample, feature, value] : entries) data.features(feature, sample) = value;
  target.finish(data);
  return data;
}

template Dataset<float> read_libsvm(const std::string&, const LibsvmOptions&);
template Dataset<double> read_libsvm(const std::string&, const LibsvmOptions&);

}  // namespace acidsim

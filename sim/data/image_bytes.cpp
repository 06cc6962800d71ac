#include "sim/data/image_bytes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

constexpr Index byte_values = 256;

// The training set's, in units of 255.
template <class Scalar>
Normalisation measured(const Dataset<Scalar>& train) {
  const ByteTable<Scalar>& table = train.bytes;
  const Index channels = table.values.cols(), each = table.size / channels;
  Normalisation found{Normalisation::Kind::given};
  for (Index channel = 0; channel < channels; ++channel) {
    std::array<std::uint64_t, byte_values> counts{};
    for (std::uint32_t row = 0; row < table.starts.size(); ++row) {
      const std::uint8_t* const first = table.sample(row) + channel * each;
      for (Index k = 0; k < each; ++k) ++counts[first[k]];
    }
    const double total = static_cast<double>(table.starts.size()) * static_cast<double>(each);
    double mean = 0, variance = 0;
    for (std::size_t b = 0; b < counts.size(); ++b)
      mean += static_cast<double>(counts[b]) / total * (static_cast<double>(b) / 255);
    for (std::size_t b = 0; b < counts.size(); ++b)
      variance += static_cast<double>(counts[b]) / total * std::pow(static_cast<double>(b) / 255 - mean, 2);
    found.mean.push_back(mean);
    found.deviation.push_back(variance > 1e-18 ? std::sqrt(variance) : 1.0);  // a constant channel becomes 0
  }
  return found;
}

void check_given(const Normalisation& given, Index channels) {
  const auto expected = static_cast<std::size_t>(channels);
  if (given.mean.size() != expected || given.deviation.size() != expected)
    throw InputError("normalise", "does not have one mean and one deviation per channel",
                     fmt::format("{} and {}", given.mean.size(), given.deviation.size()),
                     fmt::format("the images have {}", channels));
}

template <class Scalar>
Matrix<Scalar> values_of(const Normalisation& normalisation, Index channels) {
  Matrix<Scalar> values(byte_values, channels);
  for (Index c = 0; c < channels; ++c)
    for (Index b = 0; b < byte_values; ++b) {
      const auto byte = static_cast<Scalar>(b);
      const auto place = static_cast<std::size_t>(c);
      switch (normalisation.kind) {
        case Normalisation::Kind::none:
          values(b, c) = byte;
          break;
        case Normalisation::Kind::unit:
          values(b, c) = byte / Scalar{255};
          break;
        default:
          values(b, c) = static_cast<Scalar>((static_cast<double>(b) / 255 - normalisation.mean[place]) /
                                             normalisation.deviation[place]);
      }
    }
  return values;
}

}  // namespace

void check_labels(const std::vector<std::int32_t>& labels, int classes, const std::string& path) {
  const auto stray = std::find_if(labels.begin(), labels.end(),
                                  [&](std::int32_t label) { return label < 0 || label >= classes; });
  if (stray != labels.end()) {
    throw InputError(path, "has a label out of range",
                     fmt::format("label {} of sample {}", *stray, stray - labels.begin()),
                     fmt::format("labels are 0 … {}", classes - 1));
  }
}

int count_classes(const std::vector<std::int32_t>& labels, const std::string& path) {
  const auto largest = std::max_element(labels.begin(), labels.end());
  check_labels(labels, *largest + 1, path);
  // One of these is missing where the labels have gaps, however large the largest is.
  std::vector<bool> occurs(std::min(static_cast<std::size_t>(*largest), labels.size()) + 1, false);
  for (const std::int32_t label : labels)
    if (static_cast<std::size_t>(label) < occurs.size()) occurs[static_cast<std::size_t>(label)] = true;
  const auto missing = std::find(occurs.begin(), occurs.end(), false);
  if (missing != occurs.end()) {
    throw InputError(path, "has a label out of range",
                     fmt::format("label {} of sample {}, but no label {}", *largest, largest - labels.begin(),
                                 missing - occurs.begin()),
                     "give `classes` if some classes have no sample");
  }
  return *largest + 1;
}

template <class Scalar>
std::shared_ptr<Dataset<Scalar>> dataset_of(LabelledImages images) {
  auto data = std::make_shared<Dataset<Scalar>>();
  ByteTable<Scalar>& table = data->bytes;
  table.size = static_cast<Index>(images.bytes.size()) / images.samples;
  table.bytes = std::make_shared<const std::vector<std::uint8_t>>(std::move(images.bytes));
  for (Index k = 0; k < images.samples; ++k)
    table.starts.push_back(static_cast<std::uint64_t>(k * table.size));
  data->shape = std::move(images.shape);
  table.values = values_of<Scalar>({}, data->shape.empty() ? 1 : data->shape.front());
  data->labels = std::move(images.labels);
  data->name = std::move(images.name);
  return data;
}

template <class Scalar>
void normalise(const Normalisation& normalisation, Dataset<Scalar>& train, Dataset<Scalar>* test) {
  const Index channels = train.bytes.values.cols();
  if (normalisation.kind == Normalisation::Kind::given) check_given(normalisation, channels);
  train.bytes.values = values_of<Scalar>(
      normalisation.kind == Normalisation::Kind::per_channel ? measured(train) : normalisation, channels);
  if (test != nullptr) test->bytes.values = train.bytes.values;
}

#define ACIDSIM_INSTANTIATE(Scalar)                                     \
  template std::shared_ptr<Dataset<Scalar>> dataset_of(LabelledImages); \
  template void normalise(const Normalisation&, Dataset<Scalar>&, Dataset<Scalar>*);
ACIDSIM_INSTANTIATE(float)
ACIDSIM_INSTANTIATE(double)
#undef ACIDSIM_INSTANTIATE

}  // namespace acidsim

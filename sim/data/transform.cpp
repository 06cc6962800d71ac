#include "sim/data/transform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/data/readers.hpp"

namespace acidsim {
namespace {

// Entities of Purpose::partition that no class number reaches.
constexpr std::uint32_t split_entity = 0xffffffff, limit_entity = 0xfffffffe;

template <class Scalar, class Change>
std::shared_ptr<const Dataset<Scalar>> changed(const std::shared_ptr<const Dataset<Scalar>>& data,
                                               Change change, bool has_bias = false) {
  if (!data) return nullptr;
  auto copy = std::make_shared<Dataset<Scalar>>();
  copy->labels = data->labels;
  copy->targets = data->targets;
  copy->classes = data->classes;
  copy->name = data->name;
  copy->origins = data->origins;
  copy->has_bias = has_bias;
  copy->symbols = data->symbols;
  copy->features = change(*data);
  if (copy->features.rows() == data->sample_size()) copy->shape = data->shape;
  return copy;
}

RowOrigins origins_of(const RowOrigins& all, Index all_samples, std::span<const std::uint32_t> samples) {
  RowOrigins some;
  some.total = all.total > 0 ? all.total : all_samples;
  some.owner_names = all.owner_names;
  for (const std::uint32_t sample : samples) {
    some.rows.push_back(all.row(sample));
    if (!all.owners.empty()) some.owners.push_back(all.owners[sample]);
  }
  return some;
}

// The first `chosen` of a random order of the rows, and the rest; each in increasing order.
std::array<std::vector<std::uint32_t>, 2> choose(Index samples, Index chosen, std::uint64_t seed,
                                                 std::uint32_t entity) {
  std::vector<std::uint32_t> order(static_cast<std::size_t>(samples));
  std::iota(order.begin(), order.end(), 0u);
  Draws(Stream(seed, Purpose::partition, entity)).shuffle(std::span(order));
  std::array<std::vector<std::uint32_t>, 2> parts = {std::vector(order.begin(), order.begin() + chosen),
                                                     std::vector(order.begin() + chosen, order.end())};
  for (auto& part : parts) std::sort(part.begin(), part.end());
  return parts;
}

}  // namespace

template <class Scalar>
DatasetPair<Scalar> expanded(const DatasetPair<Scalar>& data) {
  if (!data.train->bytes) return data;
  const auto change = [](const Dataset<Scalar>& set) {
    if (static_cast<double>(set.bytes.size) * static_cast<double>(set.samples()) * sizeof(Scalar) >
        most_feature_bytes)
      throw InputError("limit", "is too large for features as numbers, which would need more than 8 GiB",
                       fmt::format("{} × {}", set.samples(), set.bytes.size),
                       "precision \"single\", or a smaller limit");
    Matrix<Scalar> result(set.bytes.size, set.samples());
    for (Index s = 0; s < result.cols(); ++s)
      set.bytes.read(static_cast<std::uint32_t>(s), result.col(s).data());
    return result;
  };
  return {changed(data.train, change), changed(data.test, change), data.notices};
}

template <class Scalar>
DatasetPair<Scalar> standardise(const DatasetPair<Scalar>& data) {
  const Matrix<Scalar>& train = data.train->features;
  const auto samples = static_cast<double>(train.cols());
  Vector<double> mean = Vector<double>::Zero(train.rows()), variance = mean;
  for (Index s = 0; s < train.cols(); ++s) mean += train.col(s).template cast<double>();
  mean /= samples;
  for (Index s = 0; s < train.cols(); ++s)
    variance += (train.col(s).template cast<double>() - mean).cwiseAbs2();
  variance /= samples;
  Vector<double> scale(train.rows());
  for (Index k = 0; k < train.rows(); ++k) {
    // What rounding of the mean leaves of a constant feature is not a spread.
    const double rounding = 1e-12 * std::abs(mean[k]);
    const double deviation = std::sqrt(variance[k]);
    scale[k] = deviation > rounding ? 1.0 / deviation : 0.0;
  }
  const auto change = [&](const Dataset<Scalar>& set) {
    const Matrix<Scalar>& features = set.features;
    Matrix<Scalar> result(features.rows(), features.cols());
    for (Index s = 0; s < features.cols(); ++s) {
      result.col(s) =
          (features.col(s).template cast<double>() - mean).cwiseProduct(scale).template cast<Scalar>();
    }
    return result;
  };
  return {changed(data.train, change), changed(data.test, change), data.notices};
}

template <class Scalar>
DatasetPair<Scalar> with_bias(const DatasetPair<Scalar>& data) {
  const auto change = [](const Dataset<Scalar>& set) {
    const Matrix<Scalar>& features = set.features;
    Matrix<Scalar> result(features.rows() + 1, features.cols());
    result.topRows(features.rows()) = features;
    result.bottomRows(1).setOnes();
    return result;
  };
  return {changed(data.train, change, true), changed(data.test, change, true), data.notices};
}

template <class Scalar>
Dataset<Scalar> subset(const Dataset<Scalar>& data, std::span<const std::uint32_t> rows) {
  Dataset<Scalar> result;
  result.classes = data.classes;
  result.name = data.name;
  result.shape = data.shape;
  result.symbols = data.symbols;
  result.has_bias = data.has_bias;
  result.origins = origins_of(data.origins, data.samples(), rows);
  result.augmentation = data.augmentation;
  if (data.bytes) {
    result.bytes = {data.bytes.bytes, {}, data.bytes.size, data.bytes.values};
    for (const std::uint32_t row : rows) result.bytes.starts.push_back(data.bytes.starts[row]);
  } else {
    result.features.resize(data.features.rows(), static_cast<Index>(rows.size()));
  }
  if (data.classes == 0) result.targets.resize(static_cast<Index>(rows.size()));
  for (std::size_t k = 0; k < rows.size(); ++k) {
    if (!data.bytes) result.features.col(static_cast<Index>(k)) = data.features.col(rows[k]);
    if (data.classes > 0) {
      result.labels.push_back(data.labels[rows[k]]);
    } else {
      result.targets[static_cast<Index>(k)] = data.targets[rows[k]];
    }
  }
  return result;
}

template <class Scalar>
DatasetPair<Scalar> split(const Dataset<Scalar>& data, double test_fraction, std::uint64_t seed) {
  if (!(test_fraction > 0 && test_fraction < 1)) {
    throw InputError("test_fraction", "is not between 0 and 1", fmt::format("{}", test_fraction),
                     "for example 0.2");
  }
  if (data.samples() < 2)
    throw InputError("test_fraction", "needs at least two samples", fmt::format("{}", data.samples()));
  const Index wanted = std::llround(test_fraction * static_cast<double>(data.samples()));
  const Index test = std::clamp<Index>(wanted, 1, data.samples() - 1);
  const auto parts = choose(data.samples(), test, seed, split_entity);
  return {std::make_shared<Dataset<Scalar>>(subset<Scalar>(data, parts[1])),
          std::make_shared<Dataset<Scalar>>(subset<Scalar>(data, parts[0]))};
}

template <class Scalar>
Dataset<Scalar> limit(const Dataset<Scalar>& data, Index samples, std::uint64_t seed) {
  if (samples < 1) throw InputError("samples", "is not positive", fmt::format("{}", samples), "at least 1");
  if (samples >= data.samples()) return data;
  return subset<Scalar>(data, choose(data.samples(), samples, seed, limit_entity)[0]);
}

#define ACIDSIM_INSTANTIATE(Scalar)                                                        \
  template DatasetPair<Scalar> expanded(const DatasetPair<Scalar>&);                       \
  template DatasetPair<Scalar> standardise(const DatasetPair<Scalar>&);                    \
  template DatasetPair<Scalar> with_bias(const DatasetPair<Scalar>&);                      \
  template Dataset<Scalar> subset(const Dataset<Scalar>&, std::span<const std::uint32_t>); \
  template DatasetPair<Scalar> split(const Dataset<Scalar>&, double, std::uint64_t);       \
  template Dataset<Scalar> limit(const Dataset<Scalar>&, Index, std::uint64_t);
ACIDSIM_INSTANTIATE(float)
ACIDSIM_INSTANTIATE(double)
#undef ACIDSIM_INSTANTIATE

}  // namespace acidsim

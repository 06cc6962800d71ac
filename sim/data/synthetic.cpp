#include "sim/data/synthetic.hpp"

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <span>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/core/vector_math.hpp"

namespace acidsim {
namespace {

enum Entity : std::uint32_t { features_entity = 0, noise_entity = 1, weights_entity = 2 };

constexpr double most_table_bytes = 0x1p33;  // 8 GiB

void check(const SyntheticParameters& p, std::size_t scalar_bytes) {
  const auto refuse = [](const char* place, const char* problem, const auto& value, const char* hint) {
    throw InputError(place, problem, fmt::format("{}", value), hint);
  };
  if (p.samples < 1) refuse("samples", "is not positive", p.samples, "at least 1");
  if (p.test_samples < 0) refuse("test_samples", "is negative", p.test_samples, "0 = no test set");
  if (p.features < 1) refuse("features", "is not positive", p.features, "at least 1");
  if (!(p.noise >= 0 && std::isfinite(p.noise)))
    refuse("noise", "is negative or not finite", p.noise, "at least 0");
  if (!(p.condition >= 1 && std::isfinite(p.condition))) {
    refuse("condition", "is below 1 or not finite", p.condition,
           "condition number of the feature covariance, at least 1");
  }
  const double entries = (static_cast<double>(p.samples) + static_cast<double>(p.test_samples)) *
                         static_cast<double>(p.features);
  if (entries * static_cast<double>(scalar_bytes) > most_table_bytes) {
    throw InputError("samples", "times features needs more than 8 GiB",
                     fmt::format("{} × {}", p.samples + p.test_samples, p.features),
                     "fewer samples or features");
  }
}

template <class Scalar>
std::span<Scalar> span_of(Scalar* data, Index size) {
  return {data, static_cast<std::size_t>(size)};
}

// Samples first … first + count − 1 of the model, features only.
template <class Scalar>
std::shared_ptr<Dataset<Scalar>> draw_features(const SyntheticParameters& p, Index first, Index count,
                                               std::uint64_t seed, const char* name) {
  Vector<double> scale(p.features), normal(p.features);
  for (Index k = 0; k < p.features; ++k) {
    const double position =
        p.features > 1 ? static_cast<double>(k) / static_cast<double>(p.features - 1) : 0.0;
    scale[k] = fast_exp(-0.5 * position * fast_log(p.condition));
  }
  auto data = std::make_shared<Dataset<Scalar>>();
  data->name = name;
  data->features.resize(p.features, count);
  const Stream stream(seed, Purpose::synthetic_data, features_entity);
  for (Index s = 0; s < count; ++s) {
    stream.normals(static_cast<std::uint64_t>(first + s), span_of(normal.data(), p.features));
    data->features.col(s) = normal.cwiseProduct(scale).template cast<Scalar>();
  }
  return data;
}

// weights: features × outputs, N(0, 1 / features).
Matrix<double> draw_weights(const SyntheticParameters& p, int outputs, std::uint64_t seed) {
  Matrix<double> weights(p.features, outputs);
  for (int c = 0; c < outputs; ++c) {
    Stream(seed, Purpose::synthetic_data, weights_entity)
        .normals(static_cast<std::uint64_t>(c), span_of(weights.col(c).data(), p.features));
  }
  return weights / std::sqrt(static_cast<double>(p.features));
}

template <class Scalar, class Fill>
DatasetPair<Scalar> draw_pair(const SyntheticParameters& p, std::uint64_t seed, const char* name, int classes,
                              Fill fill) {
  DatasetPair<Scalar> pair;
  const auto draw = [&](Index first, Index count) {
    auto data = draw_features<Scalar>(p, first, count, seed, name);
    data->classes = classes;
    if (classes > 0) data->labels.resize(static_cast<std::size_t>(count));
    if (classes == 0) data->targets.resize(count);
    for (Index s = 0; s < count; ++s) {
      Draws noise(Stream(seed, Purpose::synthetic_data, noise_entity), static_cast<std::uint64_t>(first + s));
      fill(*data, s, noise);
    }
    return data;
  };
  pair.train = draw(0, p.samples);
  if (p.test_samples > 0) pair.test = draw(p.samples, p.test_samples);
  return pair;
}

}  // namespace

template <class Scalar>
DatasetPair<Scalar> synthetic_regression(const SyntheticParameters& parameters, std::uint64_t seed) {
  check(parameters, sizeof(Scalar));
  const Vector<double> weights = draw_weights(parameters, 1, seed);
  return draw_pair<Scalar>(parameters, seed, "synthetic_regression", 0,
                           [&](Dataset<Scalar>& data, Index s, Draws& noise) {
                             const double value = data.features.col(s).template cast<double>().dot(weights);
                             data.targets[s] = static_cast<Scalar>(value + parameters.noise * noise.normal());
                           });
}

template <class Scalar>
DatasetPair<Scalar> synthetic_classification(const SyntheticParameters& parameters, std::uint64_t seed) {
  check(parameters, sizeof(Scalar));
  if (parameters.classes < 2 || parameters.classes > 100000) {
    throw InputError("classes", "is not a number of classes", fmt::format("{}", parameters.classes),
                     "2 … 100000");
  }
  const Matrix<double> weights = draw_weights(parameters, parameters.classes, seed);
  return draw_pair<Scalar>(
      parameters, seed, "synthetic_classification", parameters.classes,
      [&](Dataset<Scalar>& data, Index s, Draws& noise) {
        Vector<double> scores = weights.transpose() * data.features.col(s).template cast<double>();
        for (double& score : scores)
          score -= parameters.noise * fast_log(noise.exponential());  // Gumbel = −log Exp(1)
        Index best = 0;
        scores.maxCoeff(&best);
        data.labels[static_cast<std::size_t>(s)] = static_cast<std::int32_t>(best);
      });
}

#define ACIDSIM_INSTANTIATE(Scalar)                                                             \
  template DatasetPair<Scalar> synthetic_regression(const SyntheticParameters&, std::uint64_t); \
  template DatasetPair<Scalar> synthetic_classification(const SyntheticParameters&, std::uint64_t);
ACIDSIM_INSTANTIATE(float)
ACIDSIM_INSTANTIATE(double)
#undef ACIDSIM_INSTANTIATE

}  // namespace acidsim

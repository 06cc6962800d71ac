// Slow, independent versions of the objectives: plain loops over samples and coordinates, from the formulas
// of the headers.
#pragma once

#include <cmath>
#include <functional>
#include <memory>
#include <vector>

#include "sim/core/random.hpp"
#include "sim/objectives/linear_regression.hpp"
#include "sim/objectives/logistic_regression.hpp"
#include "sim/objectives/softmax_regression.hpp"

namespace acidsim::twins {

enum class Kind { linear, logistic, softmax };
inline const char* name_of(Kind kind) {
  return kind == Kind::linear ? "linear" : kind == Kind::logistic ? "logistic" : "softmax";
}

template <class Scalar>
std::unique_ptr<Objective<Scalar>> make(Kind kind, const RegressionParameters<Scalar>& parameters) {
  switch (kind) {
    case Kind::linear:
      return make_linear_regression(parameters);
    case Kind::logistic:
      return make_logistic_regression(parameters);
    default:
      return make_softmax_regression(parameters);
  }
}

// N(0, 1) features; noisy targets, or labels that depend on the features.
template <class Scalar>
std::shared_ptr<Dataset<Scalar>> random_data(Kind kind, Index samples, Index features, std::uint64_t seed) {
  auto data = std::make_shared<Dataset<Scalar>>();
  Draws draws(Stream(seed, Purpose::synthetic_data, 99));
  data->features.resize(features, samples);
  if (kind == Kind::linear) data->targets.resize(samples);
  data->classes = kind == Kind::linear ? 0 : kind == Kind::logistic ? 2 : 4;
  for (Index s = 0; s < samples; ++s) {
    // Rounded to float, so that the tables of both precisions are the same.
    for (Index k = 0; k < features; ++k) data->features(k, s) = static_cast<float>(draws.normal());
    const double signal = static_cast<double>(data->features(0, s)) + 0.5 * draws.normal();
    if (kind == Kind::linear) {
      data->targets[s] = static_cast<float>(signal);
    } else {
      const double level = std::floor((signal + 2.5) / 5 * data->classes);
      data->labels.push_back(std::min(data->classes - 1, std::max(0, static_cast<int>(level))));
    }
  }
  return data;
}

// A point with N(0, scale²) coordinates, rounded to float.
template <class Scalar>
Vector<Scalar> random_point(Index dimension, double scale, std::uint64_t seed) {
  Draws draws(Stream(seed, Purpose::initial_state, 99));
  Vector<Scalar> x(dimension);
  for (Scalar& v : x) v = static_cast<float>(scale * draws.normal());
  return x;
}

// Workers 0 … workers − 1 with unequal shares: row s belongs to worker floor(√s) mod workers.
inline Partition uneven(Index samples, Worker workers) {
  Partition partition{.shared = false, .rows = std::vector<std::vector<std::uint32_t>>(workers)};
  for (Index s = 0; s < samples; ++s) {
    const auto owner = static_cast<Worker>(std::sqrt(static_cast<double>(s))) % workers;
    partition.rows[owner].push_back(static_cast<std::uint32_t>(s));
  }
  return partition;
}

// Loss of one sample without the l2 term, in long double.
template <class Scalar>
long double sample_loss(Kind kind, const Dataset<Scalar>& data, Index s, const Vector<Scalar>& x) {
  const Index d = data.features.rows(), outputs = x.size() / d;
  std::vector<long double> scores(static_cast<std::size_t>(outputs), 0.0L);
  for (Index c = 0; c < outputs; ++c) {
    for (Index k = 0; k < d; ++k) {
      scores[static_cast<std::size_t>(c)] +=
          static_cast<long double>(x[c * d + k]) * static_cast<long double>(data.features(k, s));
    }
  }
  if (kind == Kind::linear) {
    const long double residual = scores[0] - static_cast<long double>(data.targets[s]);
    return residual * residual / 2;
  }
  const auto label = static_cast<std::size_t>(data.labels[static_cast<std::size_t>(s)]);
  if (kind == Kind::logistic) return std::log1p(std::exp(label == 1 ? -scores[0] : scores[0]));
  long double sum = 0;
  for (const long double score : scores) sum += std::exp(score - scores[label]);
  return std::log(sum);
}

template <class Scalar>
long double mean_loss(Kind kind, const Dataset<Scalar>& data, const std::vector<std::uint32_t>& rows,
                      const Vector<Scalar>& x) {
  long double sum = 0;
  for (const auto row : rows) sum += sample_loss(kind, data, row, x);
  return sum / static_cast<long double>(rows.size());
}

inline std::vector<std::uint32_t> rows_of(const Partition& partition, Worker worker, Index samples) {
  std::vector<std::uint32_t> rows;
  for (Index k = 0; k < partition.size(worker, samples); ++k)
    rows.push_back(partition.row(worker, static_cast<std::uint64_t>(k)));
  return rows;
}

template <class Scalar>
double worker_loss(Kind kind, const RegressionParameters<Scalar>& p, Worker worker, const Vector<Scalar>& x) {
  long double norm = 0;
  for (const Scalar v : x) norm += static_cast<long double>(v) * static_cast<long double>(v);
  const auto rows = rows_of(p.partition, worker, p.data.train->samples());
  return static_cast<double>(mean_loss(kind, *p.data.train, rows, x) +
                             static_cast<long double>(p.l2) / 2 * norm);
}

template <class Scalar>
double loss(Kind kind, const RegressionParameters<Scalar>& p, const Vector<Scalar>& x) {
  double sum = 0;
  for (Worker i = 0; i < p.workers; ++i) sum += worker_loss(kind, p, i, x);
  return sum / p.workers;
}

// ∇f(x) by central differences of fourth order: error O(h⁴) of the formula, O(ε/h) of rounding.
inline Vector<double> differences(const std::function<double(const Vector<double>&)>& f,
                                  const Vector<double>& x) {
  constexpr double h = 1e-3;
  Vector<double> g(x.size()), y = x;
  for (Index k = 0; k < x.size(); ++k) {
    const auto at = [&](double offset) {
      y[k] = x[k] + offset;
      const double value = f(y);
      y[k] = x[k];
      return value;
    };
    g[k] = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
  }
  return g;
}

}  // namespace acidsim::twins

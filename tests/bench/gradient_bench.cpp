// Minibatch gradients of softmax and logistic regression beside plain Eigen products of the same shapes, turn
// by turn in one process. Goal: no less than 70 % of the rate of the products.
//
// A gradient is scores = Aᵀ W, derivatives, G = A D, with its B samples drawn at random from the table. The
// products are scores = Aᵀ W and G = A D alone, where A is B consecutive samples at a random place of the
// same table. `of_cached` is the ratio (not over the goal) to the same products over one A that never leaves
// the cache: the bound of arithmetic, which a table in memory cannot reach where there is little arithmetic
// per number read.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>

#include "sim/core/random.hpp"
#include "sim/objectives/logistic_regression.hpp"
#include "sim/objectives/softmax_regression.hpp"
#include "tests/bench/goal.hpp"

namespace acidsim {
namespace {

template <class Action>
double seconds_of(Index times, Action action) {
  const double start = cpu_seconds();
  for (Index k = 0; k < times; ++k) action();
  return cpu_seconds() - start;
}

// As many samples as Fashion-MNIST has, but at most 400 MB.
template <class Scalar>
std::shared_ptr<const Dataset<Scalar>> table(Index features, int classes) {
  const Index samples = std::min<Index>(60000, (Index{400} << 20) / (features * Index{sizeof(Scalar)}));
  auto data = std::make_shared<Dataset<Scalar>>();
  data->features.resize(features, samples);
  Draws draws(Stream(1, Purpose::synthetic_data));
  for (Index s = 0; s < samples; ++s) {
    data->features.col(s).setConstant(static_cast<Scalar>(draws.uniform()));
    data->labels.push_back(static_cast<std::int32_t>(draws.below(static_cast<std::uint64_t>(classes))));
  }
  data->classes = classes;
  return data;
}

// Arguments: features, batch size, outputs (1: logistic regression).
template <class Scalar>
void gradient(benchmark::State& state) {
  const Index features = state.range(0), batch = state.range(1), outputs = state.range(2);
  const auto data = table<Scalar>(features, static_cast<int>(std::max<Index>(2, outputs)));
  const RegressionParameters<Scalar> parameters{.data = {data, nullptr}, .minibatch = {.batch_size = batch}};
  const auto objective =
      outputs == 1 ? make_logistic_regression(parameters) : make_softmax_regression(parameters);
  const Vector<Scalar> x = Vector<Scalar>::Constant(objective->dimension(), Scalar(1e-3));
  Vector<Scalar> g(x.size());
  const auto scratch = objective->scratch();

  const Eigen::Map<const Matrix<Scalar>> w(x.data(), features, outputs);
  Matrix<Scalar> scores(batch, outputs), product(features, outputs);
  const auto multiply = [&](Index first) {
    const auto a = data->features.middleCols(first, batch);
    scores.noalias() = a.transpose() * w;
    product.noalias() = a * scores;
    benchmark::DoNotOptimize(product.data());
  };
  Draws places(Stream(1, Purpose::problem));
  const auto anywhere = [&] {
    return static_cast<Index>(places.below(static_cast<std::uint64_t>(data->samples() - batch)));
  };

  const Index turn = std::max<Index>(1, 20000000 / (features * batch * outputs));  // a millisecond or so
  double of_gradients = 0, of_products = 0, of_cached = 0;
  std::uint64_t index = 0;
  for (auto _ : state) {
    const double spent = seconds_of(turn, [&] { objective->gradient(0, index++, x, g, *scratch); });
    state.SetIterationTime(spent);
    of_gradients += spent;
    of_products += seconds_of(turn, [&] { multiply(anywhere()); });
    of_cached += seconds_of(turn, [&] { multiply(0); });
  }
  const double done = static_cast<double>(state.iterations() * turn);
  state.counters["gradient_us"] = 1e6 * of_gradients / done;
  state.counters["products_us"] = 1e6 * of_products / done;
  state.counters["of_cached"] = of_cached / of_gradients;
  constexpr double goal = 0.7;
  state.counters["goal"] = goal;
  state.counters["of_goal"] = of_products / of_gradients / goal;
}

void shapes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"features", "batch", "outputs"})->UseManualTime();
  for (const int outputs : {10, 1})
    for (const int features : {784, 785}) bench->Args({features, 32, outputs});
  for (const int batch : {1, 256}) bench->Args({784, batch, 10})->Args({784, batch, 1});
  bench->Args({784, 32, 100})
      ->Args({30, 32, 10})
      ->Args({30, 32, 1})
      ->Args({3072, 32, 10})
      ->Args({3072, 256, 100});
}
BENCHMARK(gradient<double>)->Name("gradient/double")->Apply(shapes);
BENCHMARK(gradient<float>)->Name("gradient/float")->Apply(shapes);

}  // namespace
}  // namespace acidsim

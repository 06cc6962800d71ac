// From nothing to the first gradient on Fashion-MNIST with 64 workers. Goal: at most 0.3 s of processor time
// beyond reading the files, which is the time that zlib alone takes for the same bytes, measured beside it.
// The case is left out where Debian's package dataset-fashion-mnist is not installed.
#include <benchmark/benchmark.h>
#include <zlib.h>

#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "sim/data/fashion_mnist.hpp"
#include "sim/data/partition.hpp"
#include "sim/objectives/softmax_regression.hpp"

namespace acidsim {
namespace {

const std::string directory = "/usr/share/datasets/fashion-mnist";

template <class Action>
double processor_seconds(Action action) {
  const auto now = [] {
    std::timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  };
  const double start = now();
  action();
  return now() - start;
}

void read_files() {
  std::vector<unsigned char> buffer(std::size_t{1} << 20);
  for (const char* name : {"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz",
                           "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"}) {
    const gzFile file = gzopen((std::filesystem::path(directory) / name).c_str(), "rb");
    while (gzread(file, buffer.data(), static_cast<unsigned>(buffer.size())) > 0) {
    }
    gzclose(file);
  }
}

template <class Scalar>
std::unique_ptr<Objective<Scalar>> first_gradient() {
  constexpr Worker workers = 64;
  const auto data = load_fashion_mnist<Scalar>(directory, true);
  auto objective = make_softmax_regression<Scalar>(
      {.data = data,
       .partition = dirichlet_split(data.train->labels, data.train->classes, workers, 0.3, 1),
       .workers = workers});
  const Vector<Scalar> x = Vector<Scalar>::Zero(objective->dimension());
  Vector<Scalar> g(x.size());
  const auto scratch = objective->scratch();
  objective->gradient(0, 0, x, g, *scratch);
  return objective;
}

template <class Scalar>
void start(benchmark::State& state) {
  if (!std::filesystem::exists(directory)) {
    state.SkipWithError("Debian's package dataset-fashion-mnist is not installed");
    return;
  }
  double reading = 0, all = 0;
  for (auto _ : state) {
    reading += processor_seconds(read_files);
    std::unique_ptr<Objective<Scalar>> objective;  // its end is not part of the start
    const double spent = processor_seconds([&] { objective = first_gradient<Scalar>(); });
    state.SetIterationTime(spent);
    all += spent;
  }
  const auto runs = static_cast<double>(state.iterations());
  constexpr double goal_s = 0.3;
  const double beyond_s = (all - reading) / runs;
  state.counters["reading_s"] = reading / runs;
  state.counters["beyond_s"] = beyond_s;
  state.counters["goal_s"] = goal_s;
  state.counters["of_goal"] = goal_s / beyond_s;
}
BENCHMARK(start<float>)->Name("startup/fashion_mnist/float")->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(start<double>)
    ->Name("startup/fashion_mnist/double")
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace acidsim

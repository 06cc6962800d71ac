// run_openmp against run_serial, bit for bit.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "sim/algorithms/generic_kernel.hpp"
#include "sim/timing/poisson_schedule.hpp"
#include "tests/algorithms/methods.hpp"
#include "tests/engine/runs.hpp"

namespace acidsim {
namespace openmp_test {

constexpr Worker workers = 16;
constexpr int thread_counts[] = {1, 2, 3, 4, 8};

std::vector<Edge> star() {
  std::vector<Edge> edges;
  for (Worker i = 1; i < workers; ++i) edges.push_back({0, i, 0.5});
  return edges;
}

std::vector<Edge> complete() {
  std::vector<Edge> edges;
  for (Worker i = 0; i < workers; ++i) {
    for (Worker j = i + 1; j < workers; ++j) edges.push_back({i, j, 1.0 / workers});
  }
  return edges;
}

// Notes which threads asked for gradients, waits for `company` threads to have come, and fails on demand.
template <class Scalar>
class Watched final : public Objective<Scalar> {
 public:
  explicit Watched(std::unique_ptr<Objective<Scalar>> inner, std::uint64_t fail_at = ~std::uint64_t{0})
      : inner_(std::move(inner)), fail_at_(fail_at) {}
  std::unique_ptr<GradientScratch> scratch() const override { return inner_->scratch(); }
  Index dimension() const override { return inner_->dimension(); }
  Worker workers() const override { return inner_->workers(); }
  void gradient(Worker worker, std::uint64_t index, const Vector<Scalar>& x, Vector<Scalar>& g,
                GradientScratch& scratch) const override {
    {
      std::unique_lock lock(mutex_);
      threads.insert(std::this_thread::get_id());
      came_.notify_all();
      came_.wait_for(lock, std::chrono::seconds(60), [&] { return threads.size() >= company; });
    }
    if (index >= fail_at_) throw std::runtime_error("gradient failed");
    inner_->gradient(worker, index, x, g, scratch);
  }
  double loss(const Vector<Scalar>& x) const override { return inner_->loss(x); }
  double worker_loss(Worker i, const Vector<Scalar>& x) const override { return inner_->worker_loss(i, x); }
  void full_gradient(const Vector<Scalar>& x, Vector<Scalar>& g) const override {
    inner_->full_gradient(x, g);
  }
  const Minimiser& minimiser() const override { return inner_->minimiser(); }
  mutable std::set<std::thread::id> threads;
  std::size_t company = 1;

 private:
  std::unique_ptr<Objective<Scalar>> inner_;
  std::uint64_t fail_at_;
  mutable std::mutex mutex_;
  mutable std::condition_variable came_;
};

// Every method that the schedules here serve, and the generic kernel of one with a flow.
std::vector<std::string> methods() {
  std::vector<std::string> names = {"generic"};
  for (const Method& method : pairwise_methods())
    if (!method.dynamics.dual)
      names.push_back(method.name);  // those ask an oracle; tests/contracts runs them
  return names;
}

template <class Scalar>
OwnedRun<Scalar> made(const std::string& method, Index dimension) {
  std::unique_ptr<Kernel<Scalar>> kernel;
  if (method == "generic")
    kernel = make_generic_kernel<Scalar>(method_named("a2cid2 sde").dynamics, workers, dimension);
  else
    kernel = method_named(method).kernel<Scalar>(workers, dimension);
  auto objective = std::make_unique<Watched<Scalar>>(make_quadratic<Scalar>(
      {.dimension = dimension, .curvature_min = 0.1, .noise = 1, .heterogeneity = 1}, workers, 1, 2));
  return {std::move(kernel),
          std::move(objective),
          {.learning_rate = {.base = 0.05}, .momentum = 0.9, .clip_norm = 30.0}};
}

template <class Scalar>
void expect_equal_to_serial(const std::vector<Edge>& edges, const std::string& method, Index dimension,
                            double time) {
  const PoissonSchedule schedule(4, ones(workers), edges);
  auto serial = made<Scalar>(method, dimension);
  const Outcome expected = run_serial(serial.on(schedule, until(time)));
  const std::vector<Scalar> states = serial.states(time);
  for (const int threads : thread_counts) {
    for (const Sharing sharing : {Sharing::always, Sharing::where_it_pays}) {
      auto run = made<Scalar>(method, dimension);
      const Outcome outcome = run_openmp(run.on(schedule, until(time)), threads, sharing);
      EXPECT_EQ(run.states(time), states) << threads << " threads";
      EXPECT_EQ(outcome.counts.worker_gradients, expected.counts.worker_gradients);
      EXPECT_EQ(outcome.counts.communications, expected.counts.communications);
      if (sharing == Sharing::always) {
        EXPECT_EQ(outcome.decision, threads == 1 ? std::string("one thread: no other was given")
                                                 : fmt::format("{} threads: as demanded", threads));
      }
    }
  }
}

class OpenmpTest : public ::testing::TestWithParam<std::string> {};

TEST_P(OpenmpTest, EqualsSerialOnTheCycle) {
  expect_equal_to_serial<double>(ring_edges(workers), GetParam(), 3000, 8);
  expect_equal_to_serial<float>(ring_edges(workers), GetParam(), 3, 100);
}
TEST_P(OpenmpTest, EqualsSerialOnTheStar) {
  expect_equal_to_serial<float>(star(), GetParam(), 3000, 8);
  expect_equal_to_serial<double>(star(), GetParam(), 3, 100);
}
TEST_P(OpenmpTest, EqualsSerialOnTheCompleteGraph) {
  expect_equal_to_serial<double>(complete(), GetParam(), 3000, 8);
  expect_equal_to_serial<double>(complete(), GetParam(), 3, 100);
}
INSTANTIATE_TEST_SUITE_P(Methods, OpenmpTest, ::testing::ValuesIn(methods()));

// Pure gossip of long vectors is cut along the dimension: lengths that do not divide evenly among threads.
TEST(OpenmpTest, EqualsSerialWithoutGradients) {
  const PoissonSchedule schedule(4, std::vector<double>(workers, 0.0), complete());
  for (const std::string& method : methods()) {
    for (const Index dimension : {1, 63, 1000, 2001}) {
      std::vector<double> expected;
      for (const int threads : {0, 1, 2, 3, 4, 8}) {
        auto run = made<double>(method, dimension);
        auto simulation = run.on(schedule, until(5));
        simulation.objective = nullptr;
        if (threads == 0) {
          run_serial(simulation);
          expected = run.states(5);
        } else {
          run_openmp(simulation, threads, Sharing::always);
          EXPECT_EQ(run.states(5), expected) << threads << " threads, dimension " << dimension;
        }
      }
    }
  }
}

// Long enough to be tried both ways: whatever it decides, the bits are those of serial.
TEST(OpenmpTest, EqualsSerialWhileItDecides) {
  const PoissonSchedule schedule(4, ones(workers), ring_edges(workers));
  auto serial = made<double>("a2cid2 sde", 20000);
  run_serial(serial.on(schedule, until(60)));
  auto parallel = made<double>("a2cid2 sde", 20000);
  run_openmp(parallel.on(schedule, until(60)), 2);
  EXPECT_EQ(parallel.states(60), serial.states(60));
}

// The first gradients, of different workers, are under way at the same time: each waits for the other's
// thread.
TEST(OpenmpTest, ThreadsWorkSideBySide) {
  std::vector<Event> events;
  for (Worker i = 0; i < workers; ++i) events.push_back(gradient_event(1.0, i));
  const ListSchedule schedule(events, 64);
  for (const std::size_t threads : {2u, 4u}) {
    auto run = made<double>("a2cid2 sde", 10);
    auto& watched = static_cast<Watched<double>&>(*run.objective);
    watched.company = threads;
    const Outcome outcome =
        run_openmp(run.on(schedule, until(2)), static_cast<int>(threads), Sharing::always);
    EXPECT_EQ(watched.threads.size(), threads);
    EXPECT_EQ(outcome.counts.gradients, workers);
  }
}

// All events at one time: the order of the stream alone decides.
TEST(OpenmpTest, EqualsSerialOnTies) {
  std::vector<Event> events;
  for (std::uint32_t k = 0; k < 400; ++k) {
    const Worker i = k * 7 % workers, j = (i + 1 + k % 5) % workers;
    events.push_back(k % 3 == 0 ? gradient_event(1.0, i)
                                : communication_event(1.0, std::min(i, j), std::max(i, j), workers));
  }
  const ListSchedule schedule(events, 64);
  auto serial = made<double>("a2cid2 sde", 3000);
  run_serial(serial.on(schedule, until(2)));
  auto parallel = made<double>("a2cid2 sde", 3000);
  run_openmp(parallel.on(schedule, until(2)), 4, Sharing::always);
  EXPECT_EQ(parallel.states(2), serial.states(2));
}

TEST(OpenmpTest, ExceptionInAParallelRegionArrivesOnce) {
  const PoissonSchedule schedule(4, ones(workers), ring_edges(workers));
  for (const int threads : {1, 2, 4}) {
    auto run = made<double>("a2cid2 sde", 3000);
    run.objective = std::make_unique<Watched<double>>(std::move(run.objective), 3);
    int caught = 0;
    try {
      run_openmp(run.on(schedule, until(50)), threads, Sharing::always);
    } catch (const std::runtime_error& error) {
      ++caught;
      EXPECT_STREQ(error.what(), "gradient failed");
    }
    EXPECT_EQ(caught, 1) << threads << " threads";
  }
}

}  // namespace openmp_test
}  // namespace acidsim

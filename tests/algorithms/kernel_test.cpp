// Fused kernels and the generic kernel against the dense twin, and events worked out by hand. What holds for
// every method: method_test.cpp.
#include <gtest/gtest.h>

#include "sim/algorithms/a2cid2.hpp"
#include "sim/algorithms/a2cid2_orders.hpp"
#include "sim/algorithms/async_gossip.hpp"
#include "sim/algorithms/generic_kernel.hpp"
#include "sim/algorithms/local_only.hpp"
#include "sim/optimizers/sgd.hpp"
#include "tests/algorithms/random_events.hpp"
#include "tests/reference/dense_twin.hpp"

namespace acidsim {
namespace kernel_test {

constexpr Worker workers = 6;
constexpr double curvature = 0.7, learning_rate = 0.1;
const A2cid2Parameters momentum_constants = a2cid2_parameters({.chi_1 = 3.4, .chi_2 = 0.875});

// ∇f_i(x) = 0.7 (x − b_i), b_i = i in every coordinate.
template <class Scalar>
void run(Kernel<Scalar>& kernel, const std::vector<Event>& events, Optimizer<Scalar>& optimizer) {
  Vector<Scalar> x(kernel.dimension()), g;
  const auto out = std::span<Scalar>(x.data(), static_cast<std::size_t>(x.size()));
  for (const Event& event : events) {
    if (event.verb == Verb::exchange) {
      kernel.communicate({&event, 1});
    } else {
      kernel.read(event.i, 0, event.time, out);
      g = static_cast<Scalar>(curvature) * (x.array() - static_cast<Scalar>(event.i));
      optimizer.direction(event.i, x, g);
      kernel.step(event.i, event.time, learning_rate, g);
    }
  }
}

template <class Scalar>
void start(Kernel<Scalar>& kernel) {
  for (Worker i = 0; i < kernel.workers(); ++i)
    kernel.initialise(i, random_vector<Scalar>(1, i, kernel.dimension()));
}

template <class Scalar>
Vector<Scalar> state(const Kernel<Scalar>& kernel, Worker i, int a, double time) {
  Vector<Scalar> x(kernel.dimension());
  kernel.read(i, a, time, {x.data(), static_cast<std::size_t>(x.size())});
  return x;
}

const SgdParameters with_everything{.momentum = 0.5, .weight_decay = 0.01, .clip_norm = 20.0};

reference::DenseTwin run_twin(const A2cid2Parameters& constants, const std::vector<Event>& events,
                              const std::vector<reference::Reals>& initial) {
  reference::DenseTwin twin(constants.eta, constants.alpha, constants.alpha_tilde, initial);
  std::vector<reference::SlowOptimizer> optimizers(
      workers, {.momentum = 0.5L, .weight_decay = 0.01L, .clip_norm = 20, .buffer = {}});
  for (const Event& event : events) {
    twin.apply(event, [&](Worker i, const reference::Reals& x) {
      reference::Reals g(x.size());
      for (std::size_t k = 0; k < x.size(); ++k) g[k] = 0.7L * (x[k] - i);
      g = optimizers[i].direction(x, g);
      for (reference::Real& value : g) value *= 0.1L;
      return g;
    });
  }
  return twin;
}

template <class Scalar>
class KernelAgainstTwin : public ::testing::Test {};
using Scalars = ::testing::Types<float, double>;
TYPED_TEST_SUITE(KernelAgainstTwin, Scalars);

// Rounding: each event adds errors of a few ulp of the largest state, of random sign; the dynamics contract
// or are neutral up to the factor α̃ ≈ 1. So √events × scale × ulp × 64 bounds the total with room for the
// constant only.
template <class Scalar>
void expect_twin(Kernel<Scalar>& kernel, const A2cid2Parameters& constants) {
  const std::vector<Event> events = random_events(7, workers, 400);
  start(kernel);
  std::vector<reference::Reals> initial(workers);
  for (Worker i = 0; i < workers; ++i) {
    const Vector<Scalar> x = state(kernel, i, 0, 0.0);
    initial[i].assign(x.begin(), x.end());
  }
  Sgd<Scalar> optimizer(with_everything, workers, kernel.dimension());
  run(kernel, events, optimizer);
  reference::DenseTwin twin = run_twin(constants, events, initial);
  const double end = events.back().time + 0.37;
  twin.flow_to(end);
  const double scale = 10;  // |x| ≤ 10 throughout: b_i ≤ 5, |x(0)| ≤ 4
  const double tolerance = 64 * std::numeric_limits<Scalar>::epsilon() * scale * std::sqrt(events.size());
  for (Worker i = 0; i < workers; ++i) {
    for (int a = 0; a < kernel.vectors(); ++a) {
      const Vector<Scalar> x = state(kernel, i, a, end);
      const reference::Reals& expected = a == 0 ? twin.x(i) : twin.y(i);
      for (Index k = 0; k < x.size(); ++k) {
        const auto exact = static_cast<double>(expected[static_cast<std::size_t>(k)]);
        ASSERT_LT(std::abs(exact), scale);
        ASSERT_NEAR(x[k], exact, tolerance) << "worker " << i << " vector " << a << " coordinate " << k;
      }
    }
  }
}

constexpr Index dimensions[] = {1, 3, 17, 128, 1000};

TYPED_TEST(KernelAgainstTwin, FusedA2cid2) {
  for (const Index d : dimensions) {
    expect_twin(*make_a2cid2_kernel<TypeParam>(momentum_constants, workers, d), momentum_constants);
  }
}

TYPED_TEST(KernelAgainstTwin, GenericA2cid2) {
  for (const Index d : dimensions) {
    expect_twin(*make_generic_kernel<TypeParam>(a2cid2_dynamics(momentum_constants), workers, d),
                momentum_constants);
  }
}

TYPED_TEST(KernelAgainstTwin, FusedGossip) {
  for (const Index d : dimensions) {
    expect_twin(*make_async_gossip_kernel<TypeParam>({.alpha = 0.4}, workers, d), {0.0, 0.4, 0.4});
  }
}

TYPED_TEST(KernelAgainstTwin, GenericGossip) {
  for (const Index d : dimensions) {
    const Dynamics dynamics = async_gossip_dynamics({.alpha = 0.4});
    expect_twin(*make_generic_kernel<TypeParam>(dynamics, workers, d), {0.0, 0.4, 0.4});
  }
}

TYPED_TEST(KernelAgainstTwin, LocalOnlyIgnoresCommunications) {
  expect_twin(*make_local_only_kernel<TypeParam>(workers, 17), {0.0, 0.0, 0.0});
  EXPECT_FALSE(local_only_dynamics().communicates());
}

TEST(KernelTest, MemoryIsTheState) {
  // n = 10⁵, d = 10: 2·10⁶ doubles and one time per worker; at most 10 % on top.
  const std::size_t state_bytes = std::size_t{100000} * 2 * 10 * sizeof(double);
  EXPECT_GE(make_a2cid2_kernel<double>(momentum_constants, 100000, 10)->bytes(), state_bytes);
  EXPECT_LE(make_a2cid2_kernel<double>(momentum_constants, 100000, 10)->bytes(), state_bytes * 11 / 10);
  EXPECT_LE(make_async_gossip_kernel<double>({}, 100000, 10)->bytes(), state_bytes / 2 * 11 / 10);
}

TEST(KernelTest, RefusesMoreMemoryThanThereIs) {
  EXPECT_THROW(make_a2cid2_kernel<double>(momentum_constants, 4000000000u, Index{1} << 40), std::bad_alloc);
}

TEST(A2cid2Test, ConstantsOfTheCycle) {
  // reference/cycle_exact.json, n = 16.
  const A2cid2Parameters constants = a2cid2_parameters({.chi_1 = 13.137071184544087, .chi_2 = 0.9375});
  EXPECT_NEAR(constants.eta, 0.1424738268255736, 1e-15);
  EXPECT_NEAR(constants.alpha_tilde, 1.8716888049419673, 1e-14);
  EXPECT_EQ(constants.alpha, 0.5);
}

// What no fused kernel has: a gradient that moves the state by more than its direction, and a message of two
// vectors. One step and one communication worked out by hand.
TEST(GenericKernelTest, AppliesWhatIsDeclared) {
  const Dynamics dynamics = {
      .vectors = {"x", "y"},
      .initial = Eigen::Vector2d(1, 1),
      .flow = Eigen::Matrix2d{{0, 1}, {0, 0}},  // dx = y dt: e^{As} = [[1, s], [0, 1]]
      .point = Eigen::Vector2d(1, 0),
      // S ← S + c (γp + kᵀS) with c = (−1, 2), k = (½, −1)
      .gradient = {.after = Eigen::Matrix2d{{0.5, 1}, {1, -1}}, .landing = Eigen::Vector2d(-1, 2)},
      .exchange = {.told = Eigen::RowVector2d(1, 2), .landing = Eigen::Vector2d(0.25, 0.5)}};
  auto kernel = make_generic_kernel<double>(dynamics, 2, 1);
  kernel->initialise(0, Vector<double>::Constant(1, 4.0));
  kernel->initialise(1, Vector<double>::Constant(1, 1.0));
  kernel->step(0, 2.0, 0.1, Vector<double>::Constant(1, 30.0));
  // Flow: (x, y) = (4 + 2·4, 4) = (12, 4). Landed: 0.1·30 + 0.5·12 − 4 = 5. (12 − 5, 4 + 10) = (7, 14).
  EXPECT_NEAR(state(*kernel, 0, 0, 2.0)[0], 7, 1e-14);
  EXPECT_NEAR(state(*kernel, 0, 1, 2.0)[0], 14, 1e-14);
  const Event event{3.0, 0, 1, 2, Verb::exchange};
  kernel->communicate({&event, 1});
  // Flow to 3: worker 0 (21, 14), worker 1 (4, 1). Δ = (21 + 28) − (4 + 2) = 43.
  EXPECT_NEAR(state(*kernel, 0, 0, 3.0)[0], 21 - 10.75, 1e-13);
  EXPECT_NEAR(state(*kernel, 0, 1, 3.0)[0], 14 - 21.5, 1e-13);
  EXPECT_NEAR(state(*kernel, 1, 0, 3.0)[0], 4 + 10.75, 1e-13);
  EXPECT_NEAR(state(*kernel, 1, 1, 3.0)[0], 1 + 21.5, 1e-13);
}

TYPED_TEST(KernelAgainstTwin, StepwiseA2cid2) {
  for (const Index d : dimensions) {
    expect_twin(*make_a2cid2_stepwise_kernel<TypeParam>(momentum_constants, ExchangeOrder::sde, workers, d),
                momentum_constants);
  }
}

// What one event does in the orders that are not the equation's, against a step written out by hand.
TEST(ExchangeOrders, OneCommunicationByHand) {
  const A2cid2Parameters constants{.eta = 0.25, .alpha = 0.5, .alpha_tilde = 2.0};
  const double p = 0.5 * (1.0 - std::exp(-2 * 0.25 * 3.0));  // three units after the start
  for (const bool reference_order : {false, true}) {
    const auto kernel = make_a2cid2_stepwise_kernel<double>(
        constants, reference_order ? ExchangeOrder::reference : ExchangeOrder::paper_algorithm, 2, 1);
    // (x, x̃) = (4, 1) and (−2, 2) at time 0.
    const double state_0[] = {4, 1}, state_1[] = {-2, 2};
    kernel->restore(0, 0.0, state_0);
    kernel->restore(1, 0.0, state_1);
    const Event event{3.0, 0, 1, 2, Verb::exchange};
    kernel->communicate({&event, 1});
    const double x_0 = 4 + p * (1 - 4), y_0 = 1 + p * (4 - 1), x_1 = -2 + p * (2 + 2), y_1 = 2 + p * (-2 - 2);
    const double difference_0 = reference_order ? x_0 - -2 : 4 - -2;
    const double difference_1 = reference_order ? x_1 - 4 : -2 - 4;
    EXPECT_NEAR(state(*kernel, 0, 0, 3.0)[0], x_0 - 0.5 * difference_0, 1e-14);
    EXPECT_NEAR(state(*kernel, 0, 1, 3.0)[0], y_0 - 2.0 * difference_0, 1e-14);
    EXPECT_NEAR(state(*kernel, 1, 0, 3.0)[0], x_1 - 0.5 * difference_1, 1e-14);
    EXPECT_NEAR(state(*kernel, 1, 1, 3.0)[0], y_1 - 2.0 * difference_1, 1e-14);
  }
}

// The words of a configuration choose the order that they name.
TEST(ExchangeOrders, RowsMakeTheKernelOfTheirWord) {
  const std::vector<Event> events = random_events(5, workers, 100);
  for (const auto& [word, order] :
       {std::pair("sde", ExchangeOrder::sde), std::pair("paper_algorithm", ExchangeOrder::paper_algorithm),
        std::pair("reference", ExchangeOrder::reference)}) {
    const Values values = {{"eta", momentum_constants.eta},
                           {"alpha", momentum_constants.alpha},
                           {"alpha_tilde", momentum_constants.alpha_tilde},
                           {"exchange_order", std::string(word)}};
    const auto named = make_kernel<double>(a2cid2_row(), values, workers, 3);
    const auto expected = make_a2cid2_kernel<double>(momentum_constants, workers, 3, order);
    for (Kernel<double>* kernel : {named.get(), expected.get()}) {
      start(*kernel);
      kernel->communicate(events);
    }
    for (Worker i = 0; i < workers; ++i)
      for (const int a : {0, 1})
        EXPECT_EQ(state(*named, i, a, events.back().time), state(*expected, i, a, events.back().time))
            << word;
  }
}

}  // namespace kernel_test
}  // namespace acidsim

// Exact moments against the slow dense twin, on small random cases.
#include <gtest/gtest.h>

#include "sim/algorithms/a2cid2.hpp"
#include "sim/algorithms/ad_psgd.hpp"
#include "sim/algorithms/async_gossip.hpp"
#include "sim/algorithms/dadao.hpp"
#include "sim/algorithms/gossip_tracking.hpp"
#include "sim/algorithms/swarm_sgd.hpp"
#include "tests/theory/cases.hpp"

namespace acidsim::theory_test {
namespace {

// Steps of 0.005 of a fourth-order method, at rates of some units: below 1e-10 in 3 units of time.
void expect_equal_to_the_twin(const Case& made) {
  LinearMoments twin = made.twin();
  ExactMoments exact = made.moments();
  const std::vector<double> times = {0, 0.5, 1, 3};
  const std::vector<Expected> course = exact.at(times);
  double now = 0;
  for (std::size_t k = 0; k < times.size(); ++k) {
    twin.integrate(times[k] - now, 0.005);
    now = times[k];
    const Vector<double> origin = Vector<double>::Zero(made.dimension());
    EXPECT_NEAR(course[k].consensus, twin.consensus(), 1e-9 * (1e-3 + twin.consensus())) << "time " << now;
    EXPECT_NEAR(course[k].distance, twin.distance(origin), 1e-9 * (1e-3 + twin.distance(origin)))
        << "time " << now;
  }
}

Dynamics accelerated_ring_method() { return a2cid2_dynamics({.eta = 0.3, .alpha = 0.5, .alpha_tilde = 1.2}); }

TEST(ExactMoments, EqualTheTwin) {
  const HeavyBall sgd{.learning_rate = 0.1};
  unsigned seed = 1;
  for (const auto& [name, dynamics] : std::vector<std::pair<std::string, Dynamics>>{
           {"async_gossip", async_gossip_dynamics({.alpha = 0.4})},
           {"a2cid2", accelerated_ring_method()},
           {"ad_psgd, before", ad_psgd_dynamics(ReadTime::before_step)},
           {"ad_psgd, after", ad_psgd_dynamics(ReadTime::after_step)},
           {"swarm_sgd", swarm_sgd_dynamics(SwarmVariant::non_blocking)},
           {"gossip_tracking", gossip_tracking_dynamics()}}) {
    SCOPED_TRACE(name);
    expect_equal_to_the_twin(random_case(dynamics, sgd, 4, 1, ++seed));
    expect_equal_to_the_twin(random_case(dynamics, sgd, 3, 2, ++seed));
  }
}

TEST(ExactMoments, EqualTheTwinWithMomentumAndDecay) {
  for (const HeavyBall& optimizer :
       {HeavyBall{0.05, 0.8, 0, false}, HeavyBall{0.05, 0.8, 0.3, true}, HeavyBall{0.1, 0, 0.5, false}}) {
    expect_equal_to_the_twin(random_case(accelerated_ring_method(), optimizer, 4, 1, 7));
    expect_equal_to_the_twin(random_case(async_gossip_dynamics({.alpha = 0.5}), optimizer, 3, 2, 8));
  }
}

TEST(ExactMoments, EqualTheTwinForDadao) {
  const Dynamics dadao = dadao_dynamics(dadao_parameters(0.5, 2, 1.5));
  expect_equal_to_the_twin(random_case(dadao, {.learning_rate = 1}, 3, 1, 9));
}

}  // namespace
}  // namespace acidsim::theory_test

// A²CiD² whose constants change over time, against integrals summed piece by piece.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "sim/algorithms/a2cid2.hpp"
#include "sim/algorithms/a2cid2_orders.hpp"
#include "sim/algorithms/chi_course.hpp"

namespace acidsim {
namespace {

const std::vector<double> starts = {0, 1.5, 2};
const std::vector<A2cid2Parameters> pieces = {{0.3, 0.5, 0.8}, {0, 0.5, 0.5}, {1.7, 0.5, 0.9}};
constexpr double period = 4.25;

// Which piece holds a time.
std::size_t piece_at(double time, bool periodic) {
  while (periodic && time >= period) time -= period;
  return time < 1.5 ? 0 : time < 2 ? 1 : 2;
}
// ∫ η, each piece of each period for itself.
double mixing(double from, double to, bool periodic) {
  double sum = 0;
  for (int k = 0; k < (periodic ? 20 : 1); ++k)
    for (std::size_t p = 0; p < 3; ++p) {
      const double end = p < 2 ? starts[p + 1] : periodic ? period : infinity;
      sum += pieces[p].eta *
             std::max(0.0, std::min(to, k * period + end) - std::max(from, k * period + starts[p]));
    }
  return sum;
}
A2cid2Course course(bool periodic) { return {starts, pieces, periodic ? period : infinity}; }

TEST(Course, IntegratesEta) {
  for (const bool periodic : {false, true})
    for (double from = 0; from < 12; from += 0.3)
      for (double to = from; to < 20; to += 0.7)
        EXPECT_NEAR(course(periodic).mixing(from, to), mixing(from, to, periodic), 1e-13)
            << from << " " << to;
}

TEST(Course, KnowsItsParametersAtEachTime) {
  for (const bool periodic : {false, true})
    for (double time = 0; time < 20; time += 0.25) {
      const A2cid2Parameters found = course(periodic).at(time), expected = pieces[piece_at(time, periodic)];
      EXPECT_EQ(found.eta, expected.eta) << time;
      EXPECT_EQ(found.alpha_tilde, expected.alpha_tilde) << time;
    }
}

// One coordinate of two workers: exchanges and steps at some times, the flow between them by its closed form.
TEST(Course, MovesTheStates) {
  for (const bool periodic : {false, true}) {
    const auto kernel = make_a2cid2_stepwise_kernel<double>(course(periodic), ExchangeOrder::sde, 2, 1);
    double x[2] = {1, -2}, y[2] = {1, -2}, last[2] = {0, 0};
    for (const Worker i : {0u, 1u}) kernel->initialise(i, Vector<double>::Constant(1, x[i]));
    const auto flow = [&](Worker i, double time) {
      const double mean = (x[i] + y[i]) / 2,
                   half = (x[i] - y[i]) / 2 * std::exp(-2 * mixing(last[i], time, periodic));
      x[i] = mean + half;
      y[i] = mean - half;
      last[i] = time;
    };
    double time = 0;
    for (int k = 0; k < 30; ++k) {
      time += 0.1 + 0.37 * (k % 5);
      if (k % 3 == 0) {
        const Worker i = k % 2;
        const double step = 0.3 * k - 2;
        flow(i, time);
        x[i] -= 0.1 * step;
        y[i] -= 0.1 * step;
        kernel->step(i, time, 0.1, Vector<double>::Constant(1, step));
      } else {
        flow(0, time);
        flow(1, time);
        const A2cid2Parameters& now = pieces[piece_at(time, periodic)];
        const double apart = x[0] - x[1];
        for (const int i : {0, 1}) {
          x[i] -= (i == 0 ? now.alpha : -now.alpha) * apart;
          y[i] -= (i == 0 ? now.alpha_tilde : -now.alpha_tilde) * apart;
        }
        const Event exchange{time, 0, 1, 2, Verb::exchange};
        kernel->communicate({&exchange, 1});
      }
    }
    for (const Worker i : {0u, 1u}) {
      flow(i, time + 3);
      double found = 0;
      kernel->read(i, 0, time + 3, {&found, 1});
      EXPECT_NEAR(found, x[i], 1e-12);
      kernel->read(i, 1, time + 3, {&found, 1});
      EXPECT_NEAR(found, y[i], 1e-12);
    }
  }
}

// What is given stays; the rest is the theory's at each time, plain gossip where the workers are not connected.
TEST(Course, IsTheTheoryAtEachTime) {
  const GraphConstants ring{9, 4}, star{2, 0.5};
  const ChiCourse chis{{0, 3, 5}, {ring, {infinity, infinity}, star}, 8};
  Values values = with_defaults(a2cid2_row().parameters, {{"chi", std::string("oracle")}});
  const MethodFacts facts{.graph = &ring};
  a2cid2_row().resolve(values, facts);
  EXPECT_EQ(values.number("eta"), 1.0 / 12);
  chis.add_to(values);
  const auto kernel = make_kernel<double>(a2cid2_row(), values, 2, 1);
  const auto expected = make_a2cid2_stepwise_kernel<double>(
      A2cid2Course({0, 3, 5}, {a2cid2_parameters(ring), {}, a2cid2_parameters(star)}, 8), ExchangeOrder::sde,
      2, 1);
  for (const auto* each : {&kernel, &expected}) {
    for (const Worker i : {0u, 1u}) (*each)->initialise(i, Vector<double>::Constant(1, 1.0 + i));
    for (const double time : {1.0, 3.5, 6.0, 7.5, 9.0}) {
      const Event exchange{time, 0, 1, 2, Verb::exchange};
      (*each)->communicate({&exchange, 1});
    }
  }
  for (const int a : {0, 1}) {
    double found = 0, right = 0;
    kernel->read(1, a, 10, {&found, 1});
    expected->read(1, a, 10, {&right, 1});
    EXPECT_EQ(found, right);
  }
}

}  // namespace
}  // namespace acidsim

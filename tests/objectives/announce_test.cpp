// No value depends on Objective::announce: announced gradients are those that nobody announced, for every
// objective.
#include <gtest/gtest.h>

#include "sim/objectives/quadratic.hpp"
#include "tests/objectives/twins.hpp"

namespace acidsim {
namespace {

constexpr Worker workers = 5;

template <class Scalar>
std::vector<std::unique_ptr<Objective<Scalar>>> all_objectives() {
  std::vector<std::unique_ptr<Objective<Scalar>>> all;
  // Short noise is drawn for many gradients at once, 256 at most; from 65 coordinates on it is not.
  for (const Index dimension : {1, 3, 64, 65})
    all.push_back(
        make_quadratic<Scalar>({.dimension = dimension, .noise = 1, .heterogeneity = 1}, workers, 1, 2));
  all.push_back(make_quadratic<Scalar>({.dimension = 3}, workers, 1, 2));
  for (const auto kind : {twins::Kind::linear, twins::Kind::logistic, twins::Kind::softmax})
    all.push_back(twins::make<Scalar>(kind, {.data = {twins::random_data<Scalar>(kind, 90, 6, 1), nullptr},
                                             .partition = twins::uneven(90, workers),
                                             .minibatch = {.batch_size = 4, .seed = 3},
                                             .l2 = 0.1,
                                             .workers = workers}));
  return all;
}

std::vector<GradientAddress> some_gradients(std::size_t count, std::uint64_t first) {
  std::vector<GradientAddress> addresses;
  for (std::size_t k = 0; k < count; ++k)
    addresses.push_back({static_cast<Worker>(k * k % workers), first + k / 2});
  return addresses;
}

template <class Scalar>
class Announcement : public ::testing::Test {
 protected:
  void SetUp() override {
    for (auto& objective : all_objectives<Scalar>()) {
      const Vector<Scalar> x = twins::random_point<Scalar>(objective->dimension(), 1, 7);
      objectives_.push_back({std::move(objective), x});
    }
  }
  struct Case {
    std::unique_ptr<Objective<Scalar>> objective;
    Vector<Scalar> x;

    Vector<Scalar> gradient(const GradientAddress& address, GradientScratch& scratch) const {
      Vector<Scalar> g;
      objective->gradient(address.worker, address.index, x, g, scratch);
      return g;
    }
    Vector<Scalar> alone(const GradientAddress& address) const {
      return gradient(address, *objective->scratch());
    }
  };
  std::vector<Case> objectives_;
};

using Precisions = ::testing::Types<double, float>;
TYPED_TEST_SUITE(Announcement, Precisions);

TYPED_TEST(Announcement, ChangesNoGradient) {
  for (const auto& with : this->objectives_) {
    const auto scratch = with.objective->scratch();
    for (const std::size_t count : {1u, 2u, 255u, 600u}) {  // within one draw of noise, and over several
      const auto addresses = some_gradients(count, count);
      with.objective->announce(addresses, *scratch);
      for (const GradientAddress& address : addresses)
        ASSERT_EQ(with.gradient(address, *scratch), with.alone(address))
            << "dimension " << with.x.size() << ", worker " << address.worker << ", index " << address.index;
    }
  }
}

TYPED_TEST(Announcement, OfOtherGradientsChangesNone) {
  for (const auto& with : this->objectives_) {
    const auto scratch = with.objective->scratch();
    const auto addresses = some_gradients(40, 9);
    with.objective->announce(addresses, *scratch);
    for (std::size_t k = 0; k < addresses.size(); ++k) {
      const GradientAddress other{addresses[k].worker, addresses[k].index + 1000};
      if (k % 3 == 0) {  // one that was not announced
        ASSERT_EQ(with.gradient(other, *scratch), with.alone(other));
      }
      if (k == 20) with.objective->announce(std::span(addresses).subspan(k), *scratch);  // anew, midway
      if (k % 7 != 5) {                                                                  // some are skipped
        ASSERT_EQ(with.gradient(addresses[k], *scratch), with.alone(addresses[k]));
      }
    }
  }
}

}  // namespace
}  // namespace acidsim

// What holds for every method of the table: its declaration, its kernel, and that the kernel does what is
// declared.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "tests/algorithms/methods.hpp"

namespace acidsim {
namespace method_test {

constexpr Worker workers = 6;
constexpr Index dimensions[] = {1, 3, 17, 128, 1003};

template <class Scalar>
class MethodTest : public ::testing::Test {
 protected:
  using Run = MethodRun<Scalar>;
  static Run run_of(const Method& method, Index dimension, Worker n = workers) {
    return {method.kernel<Scalar>(n, dimension), method.dynamics};
  }
};
using Scalars = ::testing::Types<float, double>;
TYPED_TEST_SUITE(MethodTest, Scalars);

TEST(AlgorithmTable, NamesAreDistinct) {
  std::set<std::string> names;
  for (const AlgorithmRow& row : all_algorithms()) EXPECT_TRUE(names.insert(row.name).second) << row.name;
}

TEST(AlgorithmTable, RowsAreComplete) {
  for (const AlgorithmRow& row : all_algorithms()) {
    SCOPED_TRACE(row.name);
    EXPECT_FALSE(row.summary.empty());
    EXPECT_FALSE(row.equations.empty());
    bool has_automatic = false;
    for (const Parameter& parameter : row.parameters) {
      EXPECT_FALSE(parameter.what.empty()) << parameter.name;
      has_automatic |= parameter.automatic;
    }
    EXPECT_TRUE(row.resolve || !has_automatic) << "nobody says what auto stands for";
  }
}

// At least one choice of words of each row, so that theory and the generic kernel know what the method is.
TEST(AlgorithmTable, EveryRowFollowsItsDynamics) {
  std::set<std::string> follow;
  for (const Method& method : all_methods())
    if (method.follows_dynamics) follow.insert(method.row->name);
  EXPECT_EQ(follow.size(), all_algorithms().size());
}

TEST(AlgorithmTable, AutomaticConstantsAreThoseOfTheTheory) {
  const auto resolved = [](const std::string& name, const GraphConstants* graph) {
    for (const AlgorithmRow& row : all_algorithms()) {
      if (row.name != name) continue;
      Values values = with_defaults(row.parameters, {});
      row.resolve(values, {.graph = graph});
      return values;
    }
    throw std::logic_error("no row " + name);
  };
  EXPECT_EQ(resolved("async_gossip", &test_graph).number("alpha"), 0.5) << "both take the average";
  EXPECT_EQ(resolved("async_gossip", nullptr).number("alpha"), 0.5);
  // Proposition 3.6 with χ1 = 3.4, χ2 = 0.875; 1e-15 is a few roundings of numbers near 1.
  const Values a2cid2 = resolved("a2cid2", &test_graph);
  EXPECT_NEAR(a2cid2.number("eta"), 1 / (2 * std::sqrt(3.4 * 0.875)), 1e-15);
  EXPECT_EQ(a2cid2.number("alpha"), 0.5);
  EXPECT_NEAR(a2cid2.number("alpha_tilde"), 0.5 * std::sqrt(3.4 / 0.875), 1e-15);
  // Without edges χ1 is infinite: nothing mixes.
  const GraphConstants nothing_communicates{.chi_1 = infinity, .chi_2 = infinity};
  EXPECT_EQ(resolved("a2cid2", &nothing_communicates).number("eta"), 0.0);
  EXPECT_EQ(resolved("a2cid2", &nothing_communicates).number("alpha_tilde"), 0.5);
}

TYPED_TEST(MethodTest, KernelHasTheShapeOfTheDeclaration) {
  for (const Method& method : all_methods()) {
    SCOPED_TRACE(method.name);
    ASSERT_NO_THROW(check_shapes(method.dynamics));
    const auto kernel = method.kernel<TypeParam>(workers, 17);
    EXPECT_EQ(kernel->workers(), workers);
    EXPECT_EQ(kernel->dimension(), 17);
    EXPECT_EQ(kernel->vectors(), method.dynamics.size());
    EXPECT_EQ(kernel->weighted(), method.dynamics.weighted());
    EXPECT_EQ(kernel->has_gradient_at_start(), method.dynamics.gradient.at_start.size() > 0);
    const auto weights = static_cast<std::size_t>(method.dynamics.weights);
    EXPECT_EQ(kernel->stored_size(), static_cast<std::size_t>(method.dynamics.size()) * 17 + weights);
    if (method.dynamics.communicates()) {
      EXPECT_EQ(kernel->message_size(), static_cast<std::size_t>(method.dynamics.told_vectors()) * 17 +
                                            std::size_t{method.dynamics.weighted()});
    }
  }
}

// The generic kernel carries out the declaration literally, in double; a fused kernel rounds each operation
// to its own precision. Each event adds errors of a few ulp of the largest state, of random sign, which the
// dynamics contract or leave alone up to the factor α̃ ≈ 1: √events × scale × ulp × 64 bounds the total with
// room for the constant only.
TYPED_TEST(MethodTest, KernelDoesWhatIsDeclared) {
  for (const Method& method : all_methods()) {
    if (!method.follows_dynamics) continue;
    const std::vector<Event> events = random_events(method.dynamics, 7, workers, 400);
    for (const Index d : dimensions) {
      SCOPED_TRACE(method.name + ", d = " + std::to_string(d));
      auto kernel = this->run_of(method, d);
      MethodRun<TypeParam> declared(make_generic_kernel<TypeParam>(method.dynamics, workers, d),
                                    method.dynamics);
      for (auto* run : {&kernel, &declared}) {
        run->start();
        run->apply(events);
      }
      // |x| ≤ 10 throughout: b_i ≤ 5, |x(0)| ≤ 4. Sums over six workers are larger.
      const double scale = method.row->needs_tree ? 60 : 10;
      const double tolerance =
          64 * std::numeric_limits<TypeParam>::epsilon() * scale * std::sqrt(events.size());
      const double end = events.back().time + 0.37;
      const auto found = kernel.readings(end), expected = declared.readings(end);
      ASSERT_EQ(found.size(), expected.size());
      for (std::size_t k = 0; k < found.size(); ++k) {
        ASSERT_LT(std::abs(expected[k]), scale);
        ASSERT_NEAR(found[k], expected[k], tolerance) << "number " << k;
      }
    }
  }
}

// Two halves of a communication, as workers in different memories carry it out, and gradients that are read
// and stepped by separate calls.
TYPED_TEST(MethodTest, HalvesGiveTheBitsOfApply) {
  for (const Method& method : all_methods()) {
    const std::vector<Event> events = random_events(method.dynamics, 17, workers, 700);
    for (const Index d : dimensions) {
      auto whole = this->run_of(method, d), halves = this->run_of(method, d);
      whole.start();
      halves.start();
      whole.apply(events);
      halves.apply(events, true);
      ASSERT_EQ(halves.readings(events.back().time + 1), whole.readings(events.back().time + 1))
          << method.name << ", d = " << d;
    }
  }
}

TYPED_TEST(MethodTest, RestoredStatesGoOnAlike) {
  for (const Method& method : all_methods()) {
    const std::vector<Event> events = random_events(method.dynamics, 19, workers, 400);
    const std::span<const Event> first(events.data(), 150), rest(events.data() + 150, 250);
    for (const Index d : {1, 17, 1003}) {
      auto whole = this->run_of(method, d), restored = this->run_of(method, d);
      whole.start();
      whole.apply(first);
      restored.restore(whole);
      whole.apply(rest);
      restored.apply(rest);
      ASSERT_EQ(restored.readings(events.back().time), whole.readings(events.back().time))
          << method.name << ", d = " << d;
    }
  }
}

TYPED_TEST(MethodTest, SaveGivesBackWhatWasRestored) {
  for (const Method& method : all_methods()) {
    const auto kernel = method.kernel<TypeParam>(workers, 17);
    const auto size = static_cast<Index>(kernel->stored_size());
    for (Worker i = 0; i < workers; ++i) {
      const Vector<TypeParam> stored = random_vector<TypeParam>(3, i, size);
      kernel->restore(i, 0.0, {stored.data(), kernel->stored_size()});
    }
    for (Worker i = 0; i < workers; ++i) {
      Vector<TypeParam> saved(size);
      EXPECT_EQ(kernel->save(i, {saved.data(), kernel->stored_size()}), 0.0) << method.name;
      EXPECT_EQ(saved, random_vector<TypeParam>(3, i, size)) << method.name << ", worker " << i;
    }
  }
}

TYPED_TEST(MethodTest, ReadingChangesNothing) {
  for (const Method& method : all_methods()) {
    const std::vector<Event> events = random_events(method.dynamics, 5, workers, 300);
    auto read = this->run_of(method, 17), left_alone = this->run_of(method, 17);
    read.start();
    left_alone.start();
    std::vector<TypeParam> message(read.kernel().message_size());
    for (const Event& event : events) {
      read.apply({&event, 1});
      left_alone.apply({&event, 1});
      read.readings(event.time + 0.3);
      read.kernel().bound();
      if (!method.dynamics.sends() && !method.dynamics.has_server() && !message.empty())
        for (Worker i = 0; i < workers; ++i) read.kernel().tell(i, event.time + 0.2, message);
    }
    EXPECT_EQ(read.readings(events.back().time), left_alone.readings(events.back().time)) << method.name;
  }
}

// A value must not depend on its place in a vectorised loop: coordinates that start equal stay equal bit by
// bit.
TYPED_TEST(MethodTest, EqualCoordinatesStayEqual) {
  for (const Method& method : all_methods()) {
    const std::vector<Event> events = random_events(method.dynamics, 3, workers, 300);
    for (const Index d : {3, 17, 131}) {
      auto run = this->run_of(method, d);
      run.start();
      for (Worker i = 0; i < workers; ++i)
        run.kernel().initialise(i, Vector<TypeParam>::Constant(d, random_vector<TypeParam>(1, i, 1)[0]));
      run.apply(events);
      Vector<TypeParam> x(d);
      for (Worker i = 0; i < workers; ++i)
        for (int a = 0; a < run.kernel().vectors(); ++a) {
          run.kernel().read(i, a, events.back().time + 1, {x.data(), static_cast<std::size_t>(d)});
          EXPECT_TRUE((x.array() == x[0]).all()) << method.name << ", d = " << d;
        }
    }
  }
}

TYPED_TEST(MethodTest, BoundCoversEveryCoordinate) {
  constexpr TypeParam not_finite[] = {std::numeric_limits<TypeParam>::infinity(),
                                      -std::numeric_limits<TypeParam>::quiet_NaN()};
  for (const Method& method : all_methods()) {
    SCOPED_TRACE(method.name);
    const std::vector<Event> events = random_events(method.dynamics, 7, workers, 100);
    for (const Index d : dimensions) {
      auto run = this->run_of(method, d);
      Kernel<TypeParam>& kernel = run.kernel();
      run.start();
      run.apply(events);
      double largest = 0;
      Vector<TypeParam> x(d);
      for (const double later : {0.0, 0.5, 1e3})
        for (Worker i = 0; i < workers; ++i)
          for (int a = 0; a < kernel.vectors(); ++a) {
            kernel.read(i, a, events.back().time + later, {x.data(), static_cast<std::size_t>(d)});
            largest = std::max(largest, static_cast<double>(x.cwiseAbs().maxCoeff()));
          }
      EXPECT_GE(kernel.bound(), largest);
      // Of A²CiD² |u|, |v| ≤ max(|x|, |x̃|) are stored, and twice their maximum is the bound.
      EXPECT_TRUE(kernel.bound() <= 4 * largest || kernel.bound() == infinity) << kernel.bound();
      for (const TypeParam bad : not_finite) {
        x.setZero();
        x[d - 1] = bad;
        kernel.initialise(3, x);
        EXPECT_FALSE(kernel.bound() < 1e300);
      }
    }
  }
}

// Gradients and exchanges of one span are looked at together: decay factors in vectors, states fetched ahead.
TYPED_TEST(MethodTest, ManyEventsGiveTheBitsOfOneByOne) {
  for (const Method& method : all_methods()) {
    std::vector<Event> events = random_events(method.dynamics, 13, workers, 3000);
    std::erase_if(events, [](const Event& event) {
      return event.verb != Verb::gradient && event.verb != Verb::exchange;
    });
    ASSERT_GT(events.size(), 512u) << "more than are looked at together";
    for (const Index d : {1, 17, 1003}) {
      auto whole = this->run_of(method, d), single = this->run_of(method, d);
      whole.start();
      single.start();
      TestGradients<TypeParam> gradients;
      whole.kernel().apply(events, &gradients);
      single.apply(events);
      ASSERT_EQ(whole.readings(events.back().time), single.readings(events.back().time))
          << method.name << ", d = " << d;
    }
  }
}

// What long stretches of exchanges go through besides (tiles of the dimension, shared ranges). 40 workers of
// 30000 coordinates are more than is applied untiled.
TYPED_TEST(MethodTest, TilesAndSharesGiveTheBitsOfOneByOne) {
  constexpr Worker many = 40;
  constexpr Index dimension = 30000;
  for (const Method& method : all_methods()) {
    if (!method.dynamics.exchanges()) continue;
    std::vector<Event> events = random_events(method.dynamics, 3, many, 1200);
    std::erase_if(events, [](const Event& event) { return event.verb != Verb::exchange; });
    ASSERT_GT(events.size(), 512u) << "more than are looked at together";
    auto single = this->run_of(method, dimension, many), whole = this->run_of(method, dimension, many),
         shared = this->run_of(method, dimension, many);
    for (auto* run : {&single, &whole, &shared}) run->start();
    single.apply(events);
    whole.kernel().communicate(events);
    shared.kernel().communicate(events, [](Index d, const auto& visit) {
      visit(17000, d);
      visit(0, 64);
      visit(64, 17000);
    });
    const auto expected = single.readings(events.back().time + 0.1);
    ASSERT_TRUE(whole.readings(events.back().time + 0.1) == expected) << method.name;
    ASSERT_TRUE(shared.readings(events.back().time + 0.1) == expected) << method.name;
  }
}

// Communications move no sum of what is told, messages under way included, from where the flow alone takes it;
// each adds at most one rounding per worker and number, of random sign. (The order `reference` of A²CiD² does
// move it, as a2cid2_parameters.hpp says.)
TYPED_TEST(MethodTest, CommunicationsConserveSums) {
  for (const Method& method : all_methods()) {
    if (!method.dynamics.communicates() || method.dynamics.has_server() || !method.follows_dynamics ||
        !conserves_told_sum(method.dynamics))
      continue;
    std::vector<Event> events = random_events(method.dynamics, 11, workers, 2000);
    std::erase_if(events, [](const Event& event) {
      return event.verb == Verb::gradient || event.verb == Verb::read || event.verb == Verb::step;
    });
    auto run = this->run_of(method, 40), silent = this->run_of(method, 40);
    run.start();
    silent.start();
    const Vector<double> flowed = silent.told_sum(events.back().time);
    run.apply(events);
    const double tolerance =
        8 * std::numeric_limits<TypeParam>::epsilon() * 4 * workers * std::sqrt(events.size());
    EXPECT_LT((run.told_sum(events.back().time) - flowed).cwiseAbs().maxCoeff(), tolerance) << method.name;
  }
}

TYPED_TEST(MethodTest, OtherMethodsVerbsAreRefused) {
  for (const Method& method : all_methods()) {
    SCOPED_TRACE(method.name);
    const auto kernel = method.kernel<TypeParam>(2, 4),
               generic = make_generic_kernel<TypeParam>(method.dynamics, 2, 4);
    const TestOracle<TypeParam> oracle;
    for (Kernel<TypeParam>* refusing : {kernel.get(), generic.get()}) {
      if (!method.dynamics.dual) {
        EXPECT_THROW(refusing->use(oracle), std::logic_error);
      }
      std::vector<TypeParam> message(refusing->message_size());
      const Vector<TypeParam> direction = Vector<TypeParam>::Zero(4);
      if (!method.dynamics.has_server()) {
        EXPECT_THROW(refusing->serve(0), std::logic_error);
      }
      if (method.dynamics.gradient.idle.size() == 0) {
        EXPECT_THROW(refusing->step_in_part(0, 1.0, 0.1, direction, 0.5), std::logic_error);
      }
      if (!method.dynamics.mixes_in_rounds() && !method.dynamics.has_server()) {
        EXPECT_THROW(refusing->mix(0, 0, 1.0, {message, {}}), std::logic_error);
      }
      if (!method.dynamics.sends()) {
        EXPECT_THROW(refusing->send(0, 1.0, message), std::logic_error);
        EXPECT_THROW(refusing->receive(0, 1.0, message), std::logic_error);
      }
      if (!refusing->has_gradient_at_start()) {
        EXPECT_THROW(refusing->land_at_start(0, 0.1, direction), std::logic_error);
      }
    }
  }
}

}  // namespace method_test
}  // namespace acidsim

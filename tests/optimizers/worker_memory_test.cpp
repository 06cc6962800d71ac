#include "sim/optimizers/worker_memory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace acidsim {
namespace {

constexpr Worker workers = 4;
constexpr Index dimension = 5;  // odd: 5 floats are no multiple of 8 bytes

template <class Scalar>
class WorkerMemoryTest : public ::testing::Test {};
using Scalars = ::testing::Types<float, double>;
TYPED_TEST_SUITE(WorkerMemoryTest, Scalars);

// Writes another number into each place.
template <class Scalar>
void fill(WorkerMemory<Scalar>& memory, int vectors, int scalars) {
  double next = 1;
  for (Worker i = 0; i < workers; ++i) {
    for (int b = 0; b < scalars; ++b) memory.scalar(i, b) = next++;
    for (int a = 0; a < vectors; ++a)
      for (Scalar& number : memory.vector(i, a)) number = static_cast<Scalar>(next++);
  }
}

TYPED_TEST(WorkerMemoryTest, EveryNumberHasItsOwnPlace) {
  for (const int vectors : {0, 1, 2})
    for (const int scalars : {0, 1, 3}) {
      WorkerMemory<TypeParam> memory(workers, dimension, vectors, scalars);
      fill(memory, vectors, scalars);
      double next = 1;
      for (Worker i = 0; i < workers; ++i) {
        for (int b = 0; b < scalars; ++b) ASSERT_EQ(memory.scalar(i, b), next++);
        for (int a = 0; a < vectors; ++a) {
          ASSERT_EQ(memory.vector(i, a).size(), 5u);
          for (const TypeParam number : memory.vector(i, a)) ASSERT_EQ(number, next++);
        }
      }
    }
}

TYPED_TEST(WorkerMemoryTest, BytesAreTheScalarsAndThenTheVectors) {
  WorkerMemory<TypeParam> memory(workers, dimension, 2, 3);
  fill(memory, 2, 3);
  EXPECT_EQ(memory.size(), 3 * sizeof(double) + 2 * 5 * sizeof(TypeParam));
  for (Worker i = 0; i < workers; ++i) {
    std::vector<std::byte> expected;
    const auto append = [&](std::span<const std::byte> part) {
      expected.insert(expected.end(), part.begin(), part.end());
    };
    for (int b = 0; b < 3; ++b) append(std::as_bytes(std::span(&memory.scalar(i, b), 1)));
    for (int a = 0; a < 2; ++a) append(std::as_bytes(memory.vector(i, a)));
    EXPECT_TRUE(std::ranges::equal(memory.bytes(i), expected)) << "worker " << i;
  }
}

TYPED_TEST(WorkerMemoryTest, NumbersAreAligned) {
  WorkerMemory<TypeParam> memory(workers, dimension, 1, 1);
  for (Worker i = 0; i < workers; ++i) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&memory.scalar(i, 0)) % alignof(double), 0u);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory.vector(i, 0).data()) % alignof(TypeParam), 0u);
  }
}

TYPED_TEST(WorkerMemoryTest, CopiedBytesAreCopiedMemory) {
  WorkerMemory<TypeParam> from(workers, dimension, 2, 1), to(workers, dimension, 2, 1);
  fill(from, 2, 1);
  std::ranges::copy(from.bytes(2), to.bytes(1).begin());
  EXPECT_EQ(to.scalar(1, 0), from.scalar(2, 0));
  EXPECT_TRUE(std::ranges::equal(to.vector(1, 1), from.vector(2, 1)));
  for (const Worker untouched : {0u, 2u, 3u})
    for (const std::byte byte : to.bytes(untouched)) EXPECT_EQ(byte, std::byte{0});
}

TYPED_TEST(WorkerMemoryTest, ClearMakesEverythingZero) {
  WorkerMemory<TypeParam> memory(workers, dimension, 1, 2);
  fill(memory, 1, 2);
  memory.clear();
  for (Worker i = 0; i < workers; ++i)
    for (const std::byte byte : memory.bytes(i)) EXPECT_EQ(byte, std::byte{0});
}

TYPED_TEST(WorkerMemoryTest, NothingTakesNoMemory) {
  const WorkerMemory<TypeParam> none(1000000, 1000000, 0, 0), flat(1000000, 0, 3, 0);
  for (const auto* memory : {&none, &flat}) {
    EXPECT_TRUE(memory->empty());
    EXPECT_EQ(memory->allocated(), 0u);
    EXPECT_TRUE(memory->bytes(7).empty());
  }
}

TYPED_TEST(WorkerMemoryTest, TooMuchIsBadAlloc) {
  EXPECT_THROW(WorkerMemory<TypeParam>(4000000000u, Index{1} << 40, 1, 0), std::bad_alloc);
}

}  // namespace
}  // namespace acidsim

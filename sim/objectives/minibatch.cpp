#include "sim/objectives/minibatch.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"

namespace acidsim {
namespace {

std::uint64_t scale_to(std::uint64_t bits, std::uint64_t bound) {  // uniform on 0 … bound − 1
  return static_cast<std::uint64_t>((static_cast<UInt128>(bits) * bound) >> 64);
}

// Independent positions, two from each block of the stream.
void draw_independent(const Stream& stream, std::uint64_t index, std::uint64_t size,
                      std::span<std::uint32_t> out) {
  constexpr std::size_t chunk = 32;
  const std::size_t blocks = (out.size() + 1) / 2;
  const std::uint64_t first = index * blocks;
  for (std::size_t done = 0; done < blocks; done += chunk) {
    std::uint64_t a[chunk], b[chunk];
    const std::size_t count = std::min(chunk, blocks - done);
    stream.bits(first + done, std::span(a, count), std::span(b, count));
    for (std::size_t k = 0; k < count; ++k) {
      const std::size_t place = 2 * (done + k);
      out[place] = static_cast<std::uint32_t>(scale_to(a[k], size));
      if (place + 1 < out.size()) out[place + 1] = static_cast<std::uint32_t>(scale_to(b[k], size));
    }
  }
}

// A uniform subset of `count` positions [Floyd, in Bentley, "Programming pearls", CACM 30(9), 1987]. The set
// of those already taken is a hash table with open addressing that lives behind the result, in the same
// memory.
void draw_distinct(Draws draws, std::uint64_t size, std::size_t count, std::vector<std::uint32_t>& out) {
  const std::size_t slots = std::bit_ceil(2 * count);
  const int shift = 64 - std::countr_zero(slots);
  out.resize(count + slots);
  std::uint32_t* const table = out.data() + count;
  std::fill(table, table + slots, 0);  // 0 = free, else position + 1
  const auto insert = [&](std::uint32_t position) {
    std::size_t slot = (position + 1) * 0x9E3779B97F4A7C15ULL >> shift;
    while (table[slot] != 0) {
      if (table[slot] == position + 1) return false;
      slot = (slot + 1) & (slots - 1);
    }
    table[slot] = position + 1;
    return true;
  };
  for (std::size_t k = 0; k < count; ++k) {
    const std::uint64_t last = size - count + k;
    const auto drawn = static_cast<std::uint32_t>(draws.below(last + 1));
    out[k] = drawn;
    if (!insert(drawn)) {
      out[k] = static_cast<std::uint32_t>(last);
      insert(out[k]);
    }
  }
  out.resize(count);
}

// The finaliser of SplitMix64 [Steele, Lea, Flood, OOPSLA 2014].
std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

}  // namespace

Permutation::Permutation(std::uint64_t size, std::uint64_t seed, Worker worker, std::uint64_t epoch)
    : size_(size) {
  left_ =
      std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(std::sqrt(static_cast<double>(size)))));
  right_ = (size + left_ - 1) / left_;
  const Stream stream(seed, Purpose::minibatch, worker);
  for (int r = 0; r < rounds; r += 2) {
    const Bits bits = stream.bits(epoch * (rounds / 2) + static_cast<std::uint64_t>(r / 2));
    keys_[r] = bits.first;
    keys_[r + 1] = bits.second;
  }
}

std::uint64_t Permutation::operator()(std::uint64_t position) const {
  do {
    std::uint64_t left = position % left_, right = position / left_;
    for (int r = 0; r < rounds; ++r) {
      const std::uint64_t range = r % 2 == 0 ? left_ : right_;
      std::uint64_t moved = left + scale_to(mix(keys_[r] + right * 0x9E3779B97F4A7C15ULL), range);
      if (moved >= range) moved -= range;
      left = right;
      right = moved;
    }
    position = left + left_ * right;
  } while (position >= size_);
  return position;
}

void Minibatch::rows(Worker worker, std::uint64_t index, const Partition& partition, Index samples,
                     std::vector<std::uint32_t>& out) const {
  const auto size = static_cast<std::uint64_t>(partition.size(worker, samples));
  const auto count = static_cast<std::size_t>(batch_size);
  ACIDSIM_CHECK(batch_size >= 0 && size > 0);
  if (count == 0 || (sampling == Sampling::without_replacement && count >= size)) {
    out.resize(size);
    for (std::uint64_t k = 0; k < size; ++k) out[k] = partition.row(worker, k);
    return;
  }
  const Stream stream(seed, Purpose::minibatch, worker);
  switch (sampling) {
    case Sampling::with_replacement:
      out.resize(count);
      draw_independent(stream, index, size, out);
      break;
    case Sampling::without_replacement:
      draw_distinct(Draws(stream, index), size, count, out);
      break;
    case Sampling::epoch: {
      out.resize(count);
      for (std::size_t k = 0; k < count;) {
        const std::uint64_t position = index * count + k;
        const Permutation permutation(size, seed, worker, position / size);
        for (std::uint64_t p = position % size; p < size && k < count; ++p, ++k) {
          out[k] = static_cast<std::uint32_t>(permutation(p));
        }
      }
      break;
    }
  }
  if (!partition.shared) {
    for (std::uint32_t& row : out) row = partition.row(worker, row);
  }
}

}  // namespace acidsim

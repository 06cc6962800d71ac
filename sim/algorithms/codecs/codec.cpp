#include "sim/algorithms/codecs/codec.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace acidsim {
namespace {

constexpr double bits_of_number = 32;  // values travel in single precision

double bits_of_index(Index dimension) { return std::ceil(std::log2(static_cast<double>(dimension))); }

Index kept(double k, std::size_t size) { return std::min(static_cast<Index>(k), static_cast<Index>(size)); }

double kept_share(double k, Index dimension) { return std::min(1.0, k / static_cast<double>(dimension)); }

// Sets all but the `keep` smallest entries of `order` to 0.
template <class Before>
void keep_first(std::span<double> v, Index keep, const Before& before) {
  static thread_local std::vector<Index> order;
  order.resize(v.size());
  std::iota(order.begin(), order.end(), Index{0});
  std::nth_element(order.begin(), order.begin() + std::min(keep, static_cast<Index>(v.size()) - 1),
                   order.end(), before);
  for (std::size_t place = static_cast<std::size_t>(keep); place < order.size(); ++place)
    v[static_cast<std::size_t>(order[place])] = 0;
}

// The k coordinates of largest absolute value; of equal ones the lower.
class TopK final : public Codec {
 public:
  explicit TopK(double k) : k_(k) {}
  void apply(std::span<double> v, const CodecDraws&) const override {
    keep_first(v, kept(k_, v.size()), [&](Index a, Index b) {
      const double of_a = std::abs(v[static_cast<std::size_t>(a)]),
                   of_b = std::abs(v[static_cast<std::size_t>(b)]);
      return of_a != of_b ? of_a > of_b : a < b;
    });
  }
  double bits(Index dimension) const override {
    return static_cast<double>(std::min<Index>(static_cast<Index>(k_), dimension)) *
           (bits_of_number + bits_of_index(dimension));
  }
  double contraction(Index dimension) const override { return kept_share(k_, dimension); }

 private:
  double k_;
};

// k coordinates at random, which both sides draw from a common seed.
class RandomK final : public Codec {
 public:
  explicit RandomK(double k) : k_(k) {}
  void apply(std::span<double> v, const CodecDraws& draws) const override {
    static thread_local std::vector<double> keys;
    keys.resize(v.size());
    for (std::size_t c = 0; c < v.size(); ++c) keys[c] = draws(static_cast<Index>(c));
    keep_first(v, kept(k_, v.size()), [&](Index a, Index b) {
      const double of_a = keys[static_cast<std::size_t>(a)], of_b = keys[static_cast<std::size_t>(b)];
      return of_a != of_b ? of_a < of_b : a < b;
    });
  }
  double bits(Index dimension) const override {
    return static_cast<double>(std::min<Index>(static_cast<Index>(k_), dimension)) * bits_of_number +
           bits_of_number;
  }
  double contraction(Index dimension) const override { return kept_share(k_, dimension); }

 private:
  double k_;
};

double norm_of(std::span<const double> v) {
  double sum = 0;
  for (const double x : v) sum += x * x;
  return std::sqrt(sum);
}

// ‖v‖ sign(v_c) ξ_c / s, where ξ_c is s|v_c|/‖v‖ rounded down, or up with the probability of what is cut off.
class Qsgd final : public Codec {
 public:
  Qsgd(double levels, bool unbiased) : levels_(levels), unbiased_(unbiased) {}
  void apply(std::span<double> v, const CodecDraws& draws) const override {
    const double norm = norm_of(v);
    if (norm == 0) return;
    const double factor = unbiased_ ? 1 : 1 / (1 + variance(static_cast<Index>(v.size())));
    for (std::size_t c = 0; c < v.size(); ++c) {
      const double level = levels_ * std::abs(v[c]) / norm, low = std::floor(level);
      const double rounded = low + (draws(static_cast<Index>(c)) < level - low ? 1.0 : 0.0);
      v[c] = std::copysign(factor * norm * rounded / levels_, v[c]);
    }
  }
  double bits(Index dimension) const override {
    return static_cast<double>(dimension) * std::ceil(std::log2(2 * levels_ + 1)) + bits_of_number;
  }
  double contraction(Index dimension) const override {
    return unbiased_ ? std::max(0.0, 1 - variance(dimension)) : 1 / (1 + variance(dimension));
  }

 private:
  // Of the unbiased one: E ‖Q(v) − v‖² is at most that times ‖v‖² [Alistarh et al. 2017, lemma 3.1].
  double variance(Index dimension) const {
    const auto d = static_cast<double>(dimension);
    return std::min(d / (levels_ * levels_), std::sqrt(d) / levels_);
  }

  double levels_;
  bool unbiased_;
};

// (‖v‖_1 / d) sign(v).
class Sign final : public Codec {
 public:
  void apply(std::span<double> v, const CodecDraws&) const override {
    double sum = 0;
    for (const double x : v) sum += std::abs(x);
    const double scale = sum / static_cast<double>(v.size());
    for (double& x : v) x = x == 0 ? 0 : std::copysign(scale, x);
  }
  double bits(Index dimension) const override { return static_cast<double>(dimension) + bits_of_number; }
  double contraction(Index dimension) const override { return 1 / static_cast<double>(dimension); }
};

Parameter coordinates() {
  return {.name = "k",
          .kind = Parameter::Kind::whole,
          .what = "coordinates that travel; all where the dimension is smaller",
          .required = true,
          .minimum = 1,
          .maximum = 1e9};
}

}  // namespace

std::span<const CodecRow> all_codecs() {
  static const std::array<CodecRow, 4> table = {{
      {"top_k",
       "the k coordinates of largest absolute value: k (32 + ⌈log2 d⌉) bits",
       "Stich et al. 2018",
       {coordinates()},
       [](const Values& values) -> std::shared_ptr<const Codec> {
         return std::make_shared<TopK>(static_cast<double>(values.whole("k")));
       }},
      {"random_k",
       "k coordinates at random, drawn by both sides from a common seed: 32 k + 32 bits",
       "Stich et al. 2018",
       {coordinates()},
       [](const Values& values) -> std::shared_ptr<const Codec> {
         return std::make_shared<RandomK>(static_cast<double>(values.whole("k")));
       }},
      {"qsgd",
       "each coordinate on one of s levels of the norm, rounded at random: d ⌈log2(2s + 1)⌉ + 32 bits",
       "Alistarh et al. 2017",
       {{.name = "levels",
         .kind = Parameter::Kind::whole,
         .default_value = std::int64_t{4},
         .what = "s: levels of the absolute value",
         .minimum = 1,
         .maximum = 1e6},
        {.name = "unbiased",
         .kind = Parameter::Kind::flag,
         .default_value = true,
         .what = "false: divided by 1 + min(d/s², √d/s), which makes it a contraction"}},
       [](const Values& values) -> std::shared_ptr<const Codec> {
         return std::make_shared<Qsgd>(static_cast<double>(values.whole("levels")), values.flag("unbiased"));
       }},
      {"sign",
       "the signs, scaled by the mean absolute value: d + 32 bits",
       "Bernstein et al. 2018",
       {},
       [](const Values&) -> std::shared_ptr<const Codec> { return std::make_shared<Sign>(); }},
  }};
  return table;
}

}  // namespace acidsim

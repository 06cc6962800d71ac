#include "sim/objectives/minibatch_products.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

#include "sim/core/error.hpp"
#include "sim/objectives/losses.hpp"

namespace acidsim {
namespace {

namespace packet = Eigen::internal;  // vector registers of whatever width the build has

// Features are taken in whole vectors from the first; those that remain, the tail, are the last lanes of a
// vector that ends with the column. Its other lanes meet zeros, or are not stored.
template <class T>
using Lanes = typename packet::packet_traits<T>::type;
template <class T>
constexpr Index lanes = packet::packet_traits<T>::size;

template <class T>
Lanes<T> load(const T* from) {  // from any address
  return packet::ploadu<Lanes<T>>(from);
}

// Calls visit(c, width) for groups of at most `most` of 0 … outputs − 1, as equal as can be; width is a
// constant.
template <int most, class Visit>
void for_each_group(Index outputs, Visit visit) {
  const Index groups = (outputs + most - 1) / most, wide = outputs - outputs / groups * groups;
  Index c = 0;
  for (Index group = 0; group < groups; ++group) {
    const Index width = outputs / groups + (group < wide ? 1 : 0);
    [&]<int... w>(std::integer_sequence<int, w...>) {
      static_cast<void>(((width == w + 1 && (visit(c, std::integral_constant<int, w + 1>()), true)) || ...));
    }
    (std::make_integer_sequence<int, most>());
    c += width;
  }
}

// Tiles with some 12 sums in registers, shapes by trial: 4 samples × 3 outputs for scores; for gradients 2
// vectors of features × 5 outputs, or more vectors where there are fewer outputs.
constexpr int score_samples = 4, score_outputs = 3, gradient_outputs = 5;

// Calls visit(f, vectors) for consecutive pieces of whole vectors of the features from f on, as long as they
// are: `most` vectors each, then half of that, …, 1. Returns where the tail begins.
template <int most, Index width, class Visit>
Index in_steps(Index f, Index features, Visit visit) {
  for (; f + most * width <= features; f += most * width) visit(f, std::integral_constant<int, most>());
  if constexpr (most > 1) {
    return in_steps<most / 2, width>(f, features, visit);
  } else {
    return f;
  }
}

// (a0 + a1, a2 + a3, …, b0 + b1, b2 + b3, …)
template <class V, std::size_t... k>
V neighbours_added(const V& a, const V& b, std::index_sequence<k...>) {
  return __builtin_shufflevector(a, b, 2 * k...) + __builtin_shufflevector(a, b, 2 * k + 1 ...);
}

// out[s] ← sum of the lanes of sums[s], for 1 or 4 vectors, neighbours first.
template <class T, std::size_t count>
void add_lanes(const Lanes<T> (&sums)[count], T* out) {
  const auto add = [](const Lanes<T>& a, const Lanes<T>& b) {
    return neighbours_added(a, b, std::make_index_sequence<lanes<T>>());
  };
  Lanes<T> low = add(sums[0], sums[count / 4]), high = add(sums[count / 2], sums[count - 1]);
  if constexpr (lanes < T >> 2) {
    low = add(low, high);
    for (Index parts = lanes<T> / 4; parts > 1; parts /= 2) low = add(low, low);
    std::memcpy(out, &low, count * sizeof(T));
  } else {
    std::memcpy(out, &low, std::min<std::size_t>(count, 2) * sizeof(T));
    if constexpr (count == 4) std::memcpy(out + 2, &high, 2 * sizeof(T));
  }
}

// Where columns begin, and where the vectors that hold their tails are.
template <class T>
struct Columns {
  const T* first;
  Index stride;
  const T* tails;
};

// out (samples × outputs, leading dimension `stride`) ← scores of a few samples for a few outputs.
template <int samples, int outputs, class T>
void score_tile(const T* const (&sample)[samples], const T* const (&sample_tail)[samples],
                const Columns<T>& weights, Index features, T* out, Index stride) {
  Lanes<T> sums[outputs][samples] = {};
  const auto add = [&](const auto& a, const auto& w) __attribute__((always_inline)) {
    Lanes<T> values[samples];
    for (int s = 0; s < samples; ++s) values[s] = load(a(s));
    for (int c = 0; c < outputs; ++c) {
      const Lanes<T> weight = load(w(c));
      for (int s = 0; s < samples; ++s) sums[c][s] = packet::pmadd(values[s], weight, sums[c][s]);
    }
  };
  Index k = 0;
  for (; k + lanes<T> <= features; k += lanes<T>)
    add([&](int s) { return sample[s] + k; }, [&](int c) { return weights.first + c * weights.stride + k; });
  if (k < features)
    add([&](int s) { return sample_tail[s]; }, [&](int c) { return weights.tails + c * lanes<T>; });
  for (int c = 0; c < outputs; ++c) add_lanes<T>(sums[c], out + c * stride);
}

// g ← factor · start + Σ_s sample(s) · derivatives(s, ·) for a few vectors of features and a few outputs.
// `sample`: s ↦ where these features of sample s are. Leading dimension of start and g: `stride`, of the
// derivatives: `samples`.
template <int vectors, int outputs, class T, class Sample>
void gradient_tile(Sample sample, Index samples, const T* derivatives, T factor, const T* start, T* g,
                   Index stride) {
  Lanes<T> sums[outputs][vectors] = {};
  if (factor != 0) {
    for (int c = 0; c < outputs; ++c)
      for (int v = 0; v < vectors; ++v)
        sums[c][v] = packet::pmul(packet::pset1<Lanes<T>>(factor), load(start + c * stride + v * lanes<T>));
  }
  for (Index s = 0; s < samples; ++s) {
    const T* const features = sample(s);
    Lanes<T> values[vectors];
    for (int v = 0; v < vectors; ++v) values[v] = load(features + v * lanes<T>);
    for (int c = 0; c < outputs; ++c) {
      const auto derivative = packet::pset1<Lanes<T>>(derivatives[c * samples + s]);
      for (int v = 0; v < vectors; ++v) sums[c][v] = packet::pmadd(values[v], derivative, sums[c][v]);
    }
  }
  for (int c = 0; c < outputs; ++c)
    for (int v = 0; v < vectors; ++v) packet::pstoreu(g + c * stride + v * lanes<T>, sums[c][v]);
}

// A vector whose last lanes are the last `length` entries of a column of `size`, and the others 0.
template <class T>
void copy_tail(const T* column, Index size, Index length, T* vector) {
  std::fill_n(vector, lanes<T> - length, T{0});
  std::copy_n(column + size - length, length, vector + lanes<T> - length);
}

}  // namespace

template <class Scalar>
MinibatchProducts<Scalar>::MinibatchProducts(const Matrix<Scalar>& table, const Scalar* weights,
                                             Index outputs, LinearScratch<Scalar>& scratch)
    : table_(table.data()),
      weights_(weights),
      features_(table.rows()),
      outputs_(outputs),
      tail_(features_ % lanes<Scalar>),
      short_(features_ < lanes<Scalar>),
      scratch_(scratch) {
  constexpr Index cache_bytes = 256 << 10;
  block_ =
      std::clamp<Index>(cache_bytes / (features_ * static_cast<Index>(sizeof(Scalar))), 16, most_samples) /
      score_samples * score_samples;
  far_ = table.size() * static_cast<Index>(sizeof(Scalar)) > cache_bytes;
  reserve(scratch.weights, lanes<Scalar>, outputs);
  for (Index c = 0; c < outputs && tail_ > 0; ++c)
    copy_tail(weights + c * features_, features_, tail_, scratch.weights.data() + c * lanes<Scalar>);
}

template <class Scalar>
Scalar* MinibatchProducts<Scalar>::scores(std::span<const std::uint32_t> rows) {
  ACIDSIM_CHECK(!rows.empty() && static_cast<Index>(rows.size()) <= block_);
  rows_ = rows;
  const auto samples = static_cast<Index>(rows.size());
  reserve(scratch_.scores, std::min(samples, block_), outputs_);
  Scalar* const out = scratch_.scores.data();
  if (short_) copy_short_samples();
  // The processor reads ahead within a sample, but cannot know where the next one begins.
  for (Index s = 0; s < samples && far_; ++s) {
    __builtin_prefetch(sample(s));
    __builtin_prefetch(reinterpret_cast<const char*>(sample(s)) + 64);
  }
  const auto score = [&]<int count>(Index s, std::integral_constant<int, count>) {
    const Scalar *samples_here[count], *tails[count];
    for (int k = 0; k < count; ++k) {
      samples_here[k] = sample(s + k);
      tails[k] = sample_tail(s + k);
    }
    for_each_group<score_outputs>(outputs_, [&](Index c, auto width) {
      const Columns<Scalar> columns{weights_ + c * features_, features_,
                                    scratch_.weights.data() + c * lanes<Scalar>};
      score_tile<count, width()>(samples_here, tails, columns, features_, out + c * samples + s, samples);
    });
  };
  Index s = 0;
  for (; s + score_samples <= samples; s += score_samples)
    score(s, std::integral_constant<int, score_samples>());
  for (; s < samples; ++s) score(s, std::integral_constant<int, 1>());
  return out;
}

template <class Scalar>
void MinibatchProducts<Scalar>::gradient(const Scalar* derivatives, Scalar factor, const Scalar* start,
                                         Scalar* g) const {
  if (outputs_ == 1) return gradient_in<8>(derivatives, factor, start, g);
  if (outputs_ == 2) return gradient_in<4>(derivatives, factor, start, g);
  gradient_in<2>(derivatives, factor, start, g);
}

template <class Scalar>
template <int vectors>
void MinibatchProducts<Scalar>::gradient_in(const Scalar* derivatives, Scalar factor, const Scalar* start,
                                            Scalar* g) const {
  const auto samples = static_cast<Index>(rows_.size());
  const auto add = [&]<int count>(Index f, std::integral_constant<int, count>) {
    for_each_group<gradient_outputs>(outputs_, [&](Index c, auto width) {
      gradient_tile<count, width()>([&](Index s) { return sample(s) + f; }, samples,
                                    derivatives + c * samples, factor, start + c * features_ + f,
                                    g + c * features_ + f, features_);
    });
  };
  const Index f = in_steps<vectors, lanes<Scalar>>(0, features_, add);
  if (tail_ == 0) return;
  for_each_group<gradient_outputs>(outputs_, [&](Index c, auto width) {
    Scalar from[width() * lanes<Scalar>], to[width() * lanes<Scalar>];
    for (int k = 0; k < width() && factor != 0; ++k)
      copy_tail(start + (c + k) * features_, features_, tail_, from + k * lanes<Scalar>);
    gradient_tile<1, width()>([&](Index s) { return sample_tail(s); }, samples, derivatives + c * samples,
                              factor, from, to, lanes<Scalar>);
    for (int k = 0; k < width(); ++k)
      std::copy_n(to + (k + 1) * lanes<Scalar> - tail_, tail_, g + (c + k) * features_ + f);
  });
}

template <class Scalar>
const Scalar* MinibatchProducts<Scalar>::sample_tail(Index s) const {
  return short_ ? scratch_.batch.data() + s * lanes<Scalar> : sample(s) + features_ - lanes<Scalar>;
}

template <class Scalar>
void MinibatchProducts<Scalar>::copy_short_samples() {
  const auto samples = static_cast<Index>(rows_.size());
  reserve(scratch_.batch, lanes<Scalar>, samples);
  for (Index s = 0; s < samples; ++s)
    copy_tail(sample(s), features_, features_, scratch_.batch.data() + s * lanes<Scalar>);
}

template class MinibatchProducts<float>;
template class MinibatchProducts<double>;

}  // namespace acidsim

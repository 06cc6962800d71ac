#include "sim/networks/elementwise.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/core/vector_math.hpp"
#include "sim/networks/views.hpp"

namespace acidsim {
namespace {

template <class Scalar>
class Relu final : public Layer<Scalar> {
 public:
  explicit Relu(Extent extent) : Layer<Scalar>(extent, extent) {}
  bool works_in_place() const override { return true; }
  bool reads_output() const override { return true; }

  void forward(const Pass<Scalar>& pass, const Scalar* in, Scalar* out, LayerMemory<Scalar>&) const override {
    const Index size = pass.batch * this->input().size();
    ArrayView<Scalar>(out, size) = ConstArrayView<Scalar>(in, size).max(Scalar{0});
  }
  void backward(const Pass<Scalar>& pass, const Scalar*, const Scalar* out, const Scalar* out_slope,
                Scalar* in_slope, Scalar*, LayerMemory<Scalar>&) const override {
    if (in_slope == nullptr) return;
    const Index size = pass.batch * this->input().size();
    ArrayView<Scalar>(in_slope, size) = (ConstArrayView<Scalar>(out, size) > Scalar{0})
                                            .select(ConstArrayView<Scalar>(out_slope, size), Scalar{0});
  }
};

// tanh u = 1 − 2/(e^{2u} + 1).
inline double hyperbolic_tangent(double u) {
  return 1 - 2 / (fast_exp(2 * std::clamp(u, -100.0, 100.0)) + 1);
}

template <class Scalar>
class Tanh final : public Layer<Scalar> {
 public:
  explicit Tanh(Extent extent) : Layer<Scalar>(extent, extent) {}
  bool works_in_place() const override { return true; }
  bool reads_output() const override { return true; }
  double cost() const override { return 20.0 * static_cast<double>(this->input().size()); }

  void forward(const Pass<Scalar>& pass, const Scalar* in, Scalar* out, LayerMemory<Scalar>&) const override {
    const Index size = pass.batch * this->input().size();
    for (Index k = 0; k < size; ++k)
      out[k] = static_cast<Scalar>(hyperbolic_tangent(static_cast<double>(in[k])));
  }
  void backward(const Pass<Scalar>& pass, const Scalar*, const Scalar* out, const Scalar* out_slope,
                Scalar* in_slope, Scalar*, LayerMemory<Scalar>&) const override {
    if (in_slope == nullptr) return;
    const Index size = pass.batch * this->input().size();
    const ConstArrayView<Scalar> y(out, size);
    ArrayView<Scalar>(in_slope, size) = ConstArrayView<Scalar>(out_slope, size) * (Scalar{1} - y * y);
  }
};

template <class Scalar>
class Gelu final : public Layer<Scalar> {
 public:
  explicit Gelu(Extent extent) : Layer<Scalar>(extent, extent) {}
  double cost() const override { return 25.0 * static_cast<double>(this->input().size()); }

  void forward(const Pass<Scalar>& pass, const Scalar* in, Scalar* out, LayerMemory<Scalar>&) const override {
    const Index size = pass.batch * this->input().size();
    for (Index k = 0; k < size; ++k) {
      const auto x = static_cast<double>(in[k]);
      out[k] = static_cast<Scalar>(0.5 * x * (1 + hyperbolic_tangent(argument(x))));
    }
  }
  void backward(const Pass<Scalar>& pass, const Scalar* in, const Scalar*, const Scalar* out_slope,
                Scalar* in_slope, Scalar*, LayerMemory<Scalar>&) const override {
    if (in_slope == nullptr) return;
    const Index size = pass.batch * this->input().size();
    for (Index k = 0; k < size; ++k) {
      const auto x = static_cast<double>(in[k]);
      const double t = hyperbolic_tangent(argument(x));
      const double slope = 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * scale * (1 + 3 * cubic * x * x);
      in_slope[k] = static_cast<Scalar>(static_cast<double>(out_slope[k]) * slope);
    }
  }

 private:
  static constexpr double scale = 0.7978845608028654, cubic = 0.044715;  // √(2/π)
  static double argument(double x) { return scale * (x + cubic * x * x * x); }
};

template <class Scalar>
class Dropout final : public Layer<Scalar> {
 public:
  Dropout(double chance, Extent extent, std::uint32_t number)
      : Layer<Scalar>(extent, extent),
        threshold_(static_cast<std::uint32_t>(std::min(chance * 0x1p32, 0x1p32 - 1))),
        factor_(static_cast<Scalar>(1 / (1 - chance))),
        number_(number) {}
  bool works_in_place() const override { return true; }

  void forward(const Pass<Scalar>& pass, const Scalar* in, Scalar* out,
               LayerMemory<Scalar>& memory) const override {
    const Index size = pass.batch * this->input().size();
    if (pass.mode.draws == nullptr) {
      if (in != out) std::copy_n(in, size, out);
      return;
    }
    draw(pass, memory.keep(size), size);
    ArrayView<Scalar>(out, size) =
        ConstArrayView<Scalar>(in, size) * ConstArrayView<Scalar>(memory.kept.data(), size);
  }
  void backward(const Pass<Scalar>& pass, const Scalar*, const Scalar*, const Scalar* out_slope,
                Scalar* in_slope, Scalar*, LayerMemory<Scalar>& memory) const override {
    if (in_slope == nullptr) return;
    const Index size = pass.batch * this->input().size();
    if (pass.mode.draws == nullptr) {
      if (in_slope != out_slope) std::copy_n(out_slope, size, in_slope);
      return;
    }
    ArrayView<Scalar>(in_slope, size) =
        ConstArrayView<Scalar>(out_slope, size) * ConstArrayView<Scalar>(memory.kept.data(), size);
  }

 private:
  // factors[k] ← 0 or 1/(1 − chance), four from every block of random bits. The batch must be a whole one.
  void draw(const Pass<Scalar>& pass, Scalar* factors, Index size) const {
    const Stream stream(pass.mode.seed, Purpose::dropout, pass.mode.draws->worker);
    const auto blocks = static_cast<std::uint64_t>((size + 3) / 4);
    constexpr std::size_t chunk = 32;
    std::array<std::uint64_t, chunk> a, b;
    for (std::uint64_t done = 0; done < blocks; done += chunk) {
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(chunk, blocks - done));
      stream.bits((std::uint64_t{number_} << 48) + pass.mode.draws->index * blocks + done,
                  std::span(a).first(count), std::span(b).first(count));
      for (std::size_t k = 0; k < count; ++k) {
        const std::array<std::uint32_t, 4> draws = {
            static_cast<std::uint32_t>(a[k]), static_cast<std::uint32_t>(a[k] >> 32),
            static_cast<std::uint32_t>(b[k]), static_cast<std::uint32_t>(b[k] >> 32)};
        const Index first = 4 * static_cast<Index>(done + k);
        for (Index q = 0; q < std::min<Index>(4, size - first); ++q)
          factors[first + q] = draws[static_cast<std::size_t>(q)] < threshold_ ? Scalar{0} : factor_;
      }
    }
  }

  std::uint32_t threshold_;
  Scalar factor_;
  std::uint32_t number_;
};

template <class Scalar>
class Flatten final : public Layer<Scalar> {
 public:
  explicit Flatten(Extent extent) : Layer<Scalar>(extent, {extent.size(), 1, 1}) {}
  bool works_in_place() const override { return true; }

  void forward(const Pass<Scalar>& pass, const Scalar* in, Scalar* out, LayerMemory<Scalar>&) const override {
    if (in != out) std::copy_n(in, pass.batch * this->input().size(), out);
  }
  void backward(const Pass<Scalar>& pass, const Scalar*, const Scalar*, const Scalar* out_slope,
                Scalar* in_slope, Scalar*, LayerMemory<Scalar>&) const override {
    if (in_slope != nullptr && in_slope != out_slope)
      std::copy_n(out_slope, pass.batch * this->input().size(), in_slope);
  }
};

}  // namespace

template <class Scalar>
LayerPointer<Scalar> make_activation(Activation kind, Extent extent) {
  switch (kind) {
    case Activation::relu:
      return std::make_unique<Relu<Scalar>>(extent);
    case Activation::tanh:
      return std::make_unique<Tanh<Scalar>>(extent);
    case Activation::gelu:
      break;
  }
  return std::make_unique<Gelu<Scalar>>(extent);
}
template <class Scalar>
LayerPointer<Scalar> make_dropout(double chance, Extent extent, std::uint32_t number) {
  return std::make_unique<Dropout<Scalar>>(chance, extent, number);
}
template <class Scalar>
LayerPointer<Scalar> make_flatten(Extent extent) {
  return std::make_unique<Flatten<Scalar>>(extent);
}

template LayerPointer<float> make_activation(Activation, Extent);
template LayerPointer<double> make_activation(Activation, Extent);
template LayerPointer<float> make_dropout(double, Extent, std::uint32_t);
template LayerPointer<double> make_dropout(double, Extent, std::uint32_t);
template LayerPointer<float> make_flatten(Extent);
template LayerPointer<double> make_flatten(Extent);

}  // namespace acidsim

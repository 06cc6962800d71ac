#include "sim/networks/pooling.hpp"

#include <algorithm>
#include <limits>

namespace acidsim {
namespace {

Extent pooled(const Extent& input, const Window& window) {
  const auto count = [&](Index size) {
    return (size + 2 * window.padding - window.size) / window.stride + 1;
  };
  return {input.channels, count(input.height), count(input.width)};
}

template <class Scalar>
class MaxPool final : public Layer<Scalar> {
 public:
  MaxPool(Extent input, Window window) : Layer<Scalar>(input, pooled(input, window)), window_(window) {}

  void forward(const Pass<Scalar>& pass, const Scalar* in, Scalar* out,
               LayerMemory<Scalar>& memory) const override {
    const Index images = pass.batch * this->input().channels, numbers = this->output().pixels();
    memory.positions.resize(static_cast<std::size_t>(images * numbers));
    for (Index image = 0; image < images; ++image)
      pool(in + image * this->input().pixels(), out + image * numbers,
           memory.positions.data() + image * numbers);
  }
  void backward(const Pass<Scalar>& pass, const Scalar*, const Scalar*, const Scalar* out_slope,
                Scalar* in_slope, Scalar*, LayerMemory<Scalar>& memory) const override {
    if (in_slope == nullptr) return;
    const Index images = pass.batch * this->input().channels, numbers = this->output().pixels();
    std::fill_n(in_slope, images * this->input().pixels(), Scalar{0});
    for (Index image = 0; image < images; ++image) {
      Scalar* const slope = in_slope + image * this->input().pixels();
      for (Index k = image * numbers; k < (image + 1) * numbers; ++k)
        slope[memory.positions[static_cast<std::size_t>(k)]] += out_slope[k];
    }
  }

 private:
  void pool(const Scalar* in, Scalar* out, std::int32_t* positions) const {
    const auto [channels, height, width] = this->input();
    for (Index y = 0; y < this->output().height; ++y) {
      const Index top = y * window_.stride - window_.padding;
      for (Index x = 0; x < this->output().width; ++x) {
        const Index left = x * window_.stride - window_.padding;
        Scalar largest = -std::numeric_limits<Scalar>::infinity();
        Index position = std::max<Index>(top, 0) * width + std::max<Index>(left, 0);
        for (Index row = std::max<Index>(top, 0); row < std::min(top + window_.size, height); ++row) {
          for (Index column = std::max<Index>(left, 0); column < std::min(left + window_.size, width);
               ++column) {
            const Scalar number = in[row * width + column];
            position = number > largest ? row * width + column : position;
            largest = number > largest ? number : largest;
          }
        }
        *out++ = in[position];
        *positions++ = static_cast<std::int32_t>(position);
      }
    }
  }

  Window window_;
};

template <class Scalar>
class AveragePool final : public Layer<Scalar> {
 public:
  AveragePool(Extent input, Window window) : Layer<Scalar>(input, pooled(input, window)), window_(window) {}

  void forward(const Pass<Scalar>& pass, const Scalar* in, Scalar* out, LayerMemory<Scalar>&) const override {
    const Index numbers = this->output().pixels();
    std::fill_n(out, pass.batch * this->output().size(), Scalar{0});
    for_each_number(pass.batch, [&](Index image, Index k, Index pixel) {
      out[image * numbers + k] += share() * in[image * this->input().pixels() + pixel];
    });
  }
  void backward(const Pass<Scalar>& pass, const Scalar*, const Scalar*, const Scalar* out_slope,
                Scalar* in_slope, Scalar*, LayerMemory<Scalar>&) const override {
    if (in_slope == nullptr) return;
    const Index numbers = this->output().pixels();
    std::fill_n(in_slope, pass.batch * this->input().size(), Scalar{0});
    for_each_number(pass.batch, [&](Index image, Index k, Index pixel) {
      in_slope[image * this->input().pixels() + pixel] += share() * out_slope[image * numbers + k];
    });
  }

 private:
  Scalar share() const { return Scalar{1} / static_cast<Scalar>(window_.size * window_.size); }
  // visit(image, number of the window, pixel in it).
  template <class Visit>
  void for_each_number(Index batch, Visit visit) const {
    const Index across = this->output().width, width = this->input().width;
    for (Index image = 0; image < batch * this->input().channels; ++image)
      for (Index k = 0; k < this->output().pixels(); ++k)
        for (Index row = 0; row < window_.size; ++row)
          for (Index column = 0; column < window_.size; ++column)
            visit(image, k,
                  (k / across * window_.stride + row) * width + k % across * window_.stride + column);
  }

  Window window_;
};

template <class Scalar>
class GlobalAveragePool final : public Layer<Scalar> {
 public:
  explicit GlobalAveragePool(Extent input) : Layer<Scalar>(input, {input.channels, 1, 1}) {}

  void forward(const Pass<Scalar>& pass, const Scalar* in, Scalar* out, LayerMemory<Scalar>&) const override {
    const Index pixels = this->input().pixels();
    for (Index image = 0; image < pass.batch * this->input().channels; ++image)
      out[image] =
          Eigen::Map<const Vector<Scalar>>(in + image * pixels, pixels).sum() / static_cast<Scalar>(pixels);
  }
  void backward(const Pass<Scalar>& pass, const Scalar*, const Scalar*, const Scalar* out_slope,
                Scalar* in_slope, Scalar*, LayerMemory<Scalar>&) const override {
    if (in_slope == nullptr) return;
    const Index pixels = this->input().pixels();
    for (Index image = 0; image < pass.batch * this->input().channels; ++image)
      std::fill_n(in_slope + image * pixels, pixels, out_slope[image] / static_cast<Scalar>(pixels));
  }
};

}  // namespace

template <class Scalar>
LayerPointer<Scalar> make_max_pool(Extent input, Window window) {
  return std::make_unique<MaxPool<Scalar>>(input, window);
}
template <class Scalar>
LayerPointer<Scalar> make_average_pool(Extent input, Window window) {
  return std::make_unique<AveragePool<Scalar>>(input, window);
}
template <class Scalar>
LayerPointer<Scalar> make_global_average_pool(Extent input) {
  return std::make_unique<GlobalAveragePool<Scalar>>(input);
}

template LayerPointer<float> make_max_pool(Extent, Window);
template LayerPointer<double> make_max_pool(Extent, Window);
template LayerPointer<float> make_average_pool(Extent, Window);
template LayerPointer<double> make_average_pool(Extent, Window);
template LayerPointer<float> make_global_average_pool(Extent);
template LayerPointer<double> make_global_average_pool(Extent);

}  // namespace acidsim

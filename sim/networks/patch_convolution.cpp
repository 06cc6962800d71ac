#include <algorithm>

#include "sim/core/product_blocking.hpp"
#include "sim/networks/convolution_layer.hpp"
#include "sim/networks/views.hpp"

namespace acidsim {
namespace {

// As a product of matrices: for some samples at a time, the patches of the image under the filter, one row for each
// pixel of the output, times the filters.
template <class Scalar>
class PatchConvolution final : public ConvolutionLayer<Scalar> {
 public:
  PatchConvolution(Extent input, const ConvolutionShape& shape, bool rectified)
      : ConvolutionLayer<Scalar>(input, shape, rectified),
        shape_(shape),
        taps_(this->taps()),
        pixels_(this->output().pixels()),
        together_(std::max<Index>(1, rows_of_a_product / pixels_)) {
    fix_product_blocking();
  }

  void forward(const Pass<Scalar>& pass, const Scalar* in, Scalar* out,
               LayerMemory<Scalar>& memory) const override {
    Rooms rooms(*this, memory, pass.batch);
    const ConstMatrixView<Scalar> filters(pass.parameters, taps_, shape_.channels);
    for_some_samples(pass.batch, [&](Index first, Index count) {
      take_patches(in + first * this->input().size(), count, rooms.patches);
      Scalar* const images = out + first * this->output().size();
      Scalar* const product = count == 1 ? images : rooms.channels;
      MatrixView<Scalar> result(product, count * pixels_, shape_.channels);
      result.noalias() = ConstMatrixView<Scalar>(rooms.patches, count * pixels_, taps_) * filters;
      if (shape_.bias)
        result.rowwise() +=
            Eigen::Map<const Vector<Scalar>>(pass.parameters + this->weights(), shape_.channels).transpose();
      if (count > 1) channels_to_samples(product, count, images);
    });
  }

  void backward(const Pass<Scalar>& pass, const Scalar* in, const Scalar*, const Scalar* out_slope,
                Scalar* in_slope, Scalar* parameter_slope, LayerMemory<Scalar>& memory) const override {
    Rooms rooms(*this, memory, pass.batch);
    const ConstMatrixView<Scalar> filters(pass.parameters, taps_, shape_.channels);
    MatrixView<Scalar> filter_slope(parameter_slope, taps_, shape_.channels);
    Eigen::Map<Vector<Scalar>> bias_slope(parameter_slope + this->weights(),
                                          shape_.bias ? shape_.channels : 0);
    filter_slope.setZero();
    bias_slope.setZero();
    if (in_slope != nullptr) std::fill_n(in_slope, pass.batch * this->input().size(), Scalar{0});
    for_some_samples(pass.batch, [&](Index first, Index count) {
      const Scalar* slopes = out_slope + first * this->output().size();
      if (count > 1) {
        samples_to_channels(slopes, count, rooms.channels);
        slopes = rooms.channels;
      }
      const ConstMatrixView<Scalar> slope(slopes, count * pixels_, shape_.channels);
      take_patches(in + first * this->input().size(), count, rooms.patches);
      MatrixView<Scalar> patches(rooms.patches, count * pixels_, taps_);
      filter_slope.noalias() += patches.transpose() * slope;
      for (Index c = 0; c < bias_slope.size(); ++c) bias_slope[c] += slope.col(c).sum();
      if (in_slope == nullptr) return;
      patches.noalias() = slope * filters.transpose();
      add_patches(rooms.patches, count, in_slope + first * this->input().size());
    });
  }

 private:
  static constexpr Index rows_of_a_product = 256;

  // The scratch memory: patches of some samples, and their outputs channel by channel.
  struct Rooms {
    Rooms(const PatchConvolution& layer, LayerMemory<Scalar>& memory, Index batch) {
      const Index rows = std::min(layer.together_, batch) * layer.pixels_;
      // A multiple of 16 numbers keeps the second array as aligned as the first.
      const Index size = (rows * layer.taps_ + 15) / 16 * 16;
      patches = memory.room(size + rows * layer.shape_.channels);
      channels = patches + size;
    }
    Scalar *patches, *channels;
  };

  template <class Visit>
  void for_some_samples(Index batch, Visit visit) const {
    for (Index first = 0; first < batch; first += together_) visit(first, std::min(together_, batch - first));
  }

  // Calls visit(tap, row, first, last, start): the patches of a sample at this tap are, in row `row` of the output at
  // the columns first … last − 1, the numbers of the input from `start` on, `stride` apart; zeros elsewhere.
  template <class Visit>
  void for_each_row(Visit visit) const {
    const auto [channels, height, width] = this->input();
    Index tap = 0;
    for (Index c = 0; c < channels; ++c)
      for (Index dy = 0; dy < shape_.kernel; ++dy)
        for (Index dx = 0; dx < shape_.kernel; ++dx, ++tap) {
          const Index left = dx - shape_.padding;  // x = column · stride + left lies in 0 … width − 1
          const Index first = left >= 0 ? 0 : (-left + shape_.stride - 1) / shape_.stride;
          const Index end = left >= width ? 0 : (width - 1 - left) / shape_.stride + 1;
          for (Index row = 0; row < this->output().height; ++row) {
            const Index y = row * shape_.stride + dy - shape_.padding;
            const Index last = y >= 0 && y < height ? std::min(end, this->output().width) : first;
            visit(tap, row, std::min(first, last), last,
                  (c * height + y) * width + first * shape_.stride + left);
          }
        }
  }

  // patches: count · pixels × taps, column-major.
  void take_patches(const Scalar* in, Index count, Scalar* patches) const {
    const Index rows = count * pixels_, width = this->output().width;
    for (Index s = 0; s < count; ++s)
      for_each_row([&, sample = in + s * this->input().size()](Index tap, Index row, Index first, Index last,
                                                               Index start) {
        Scalar* const to = patches + tap * rows + s * pixels_ + row * width;
        std::fill_n(to, std::min(first, width), Scalar{0});
        if (shape_.stride == 1) {
          std::copy_n(sample + start, last - first, to + first);
        } else {
          for (Index x = first; x < last; ++x) to[x] = sample[start + (x - first) * shape_.stride];
        }
        std::fill_n(to + last, width - last, Scalar{0});
      });
  }
  // Adds to every number of the input what the patches hold of it.
  void add_patches(const Scalar* patches, Index count, Scalar* in) const {
    const Index rows = count * pixels_, width = this->output().width;
    for (Index s = 0; s < count; ++s)
      for_each_row([&, sample = in + s * this->input().size()](Index tap, Index row, Index first, Index last,
                                                               Index start) {
        const Scalar* const from = patches + tap * rows + s * pixels_ + row * width;
        for (Index x = first; x < last; ++x) sample[start + (x - first) * shape_.stride] += from[x];
      });
  }

  // From count · pixels × channels, column-major, to one sample after another; and back.
  void channels_to_samples(const Scalar* from, Index count, Scalar* to) const {
    for (Index s = 0; s < count; ++s)
      for (Index c = 0; c < shape_.channels; ++c)
        to = std::copy_n(from + (c * count + s) * pixels_, pixels_, to);
  }
  void samples_to_channels(const Scalar* from, Index count, Scalar* to) const {
    for (Index c = 0; c < shape_.channels; ++c)
      for (Index s = 0; s < count; ++s)
        to = std::copy_n(from + (s * shape_.channels + c) * pixels_, pixels_, to);
  }

  ConvolutionShape shape_;
  Index taps_;      // input channels · kernel²
  Index pixels_;    // of the output
  Index together_;  // samples in a product
};

}  // namespace

template <class Scalar>
LayerPointer<Scalar> make_patch_convolution(Extent input, const ConvolutionShape& shape, bool rectified) {
  return std::make_unique<PatchConvolution<Scalar>>(input, shape, rectified);
}

template LayerPointer<float> make_patch_convolution(Extent, const ConvolutionShape&, bool);
template LayerPointer<double> make_patch_convolution(Extent, const ConvolutionShape&, bool);

}  // namespace acidsim

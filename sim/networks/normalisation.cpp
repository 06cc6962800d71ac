#include "sim/networks/normalisation.hpp"

#include <algorithm>
#include <cmath>

#include "sim/networks/views.hpp"

namespace acidsim {
namespace {

std::vector<ParameterBlock> scale_and_shift(std::vector<Index> shape) {
  std::vector<ParameterBlock> blocks = {{"weight", 0, shape, BlockRole::norm},
                                        {"bias", 0, shape, BlockRole::norm}};
  blocks[1].offset = blocks[0].size();
  return blocks;
}

template <class Scalar>
void start_at_identity(Index size, Scalar* parameters) {
  std::fill_n(parameters, size, Scalar{1});
  std::fill_n(parameters + size, size, Scalar{0});
}

template <class Scalar>
class BatchNorm final : public Layer<Scalar> {
 public:
  explicit BatchNorm(Extent extent) : Layer<Scalar>(extent, extent), channels_(extent.channels) {}

  std::vector<ParameterBlock> blocks() const override { return scale_and_shift({channels_}); }
  void start(Draws&, Scalar* parameters) const override { start_at_identity(channels_, parameters); }
  double cost() const override { return 4.0 * static_cast<double>(this->input().size()); }
  Index statistics_size() const override { return 2 * channels_; }
  void add_batch_statistics(const LayerMemory<Scalar>& memory, double* sum) const override {
    for (Index k = 0; k < 2 * channels_; ++k) sum[k] += static_cast<double>(memory.scratch[k]);
  }

  void plain_statistics(double* statistics) const override {
    std::fill_n(statistics, channels_, 0.0);
    std::fill_n(statistics + channels_, channels_, 1.0);
  }

  // memory.scratch: mean, unbiased variance and 1/√(variance + ε) of each channel.
  void forward(const Pass<Scalar>& pass, const Scalar* in, Scalar* out,
               LayerMemory<Scalar>& memory) const override {
    Scalar* const means = memory.room(3 * channels_);
    const Index pixels = this->input().pixels();
    for (Index c = 0; c < channels_; ++c) {
      double mean, variance;
      if (pass.mode.statistics == nullptr) {
        moments(pass.batch, in, c, mean, variance);
        const auto count = static_cast<double>(pass.batch * pixels);
        means[c] = static_cast<Scalar>(mean);
        means[channels_ + c] = static_cast<Scalar>(count > 1 ? variance * count / (count - 1) : variance);
      } else {
        mean = pass.mode.statistics[c];
        variance = pass.mode.statistics[channels_ + c];
      }
      const auto inverse = static_cast<Scalar>(1 / std::sqrt(variance + normalisation_epsilon));
      means[2 * channels_ + c] = inverse;
      const Scalar factor = pass.parameters[c] * inverse, centre = static_cast<Scalar>(mean);
      const Scalar shift = pass.parameters[channels_ + c];
      for (Index s = 0; s < pass.batch; ++s) {
        const Index place = (s * channels_ + c) * pixels;
        ArrayView<Scalar>(out + place, pixels) =
            (ConstArrayView<Scalar>(in + place, pixels) - centre) * factor + shift;
      }
    }
  }

  void backward(const Pass<Scalar>& pass, const Scalar* in, const Scalar*, const Scalar* out_slope,
                Scalar* in_slope, Scalar* parameter_slope, LayerMemory<Scalar>& memory) const override {
    const Index pixels = this->input().pixels();
    const auto count = static_cast<double>(pass.batch * pixels);
    for (Index c = 0; c < channels_; ++c) {
      const Scalar mean = memory.scratch[c], inverse = memory.scratch[2 * channels_ + c];
      double sum = 0, products = 0;  // Σ slope, Σ slope · x̂
      for (Index s = 0; s < pass.batch; ++s) {
        const Index place = (s * channels_ + c) * pixels;
        const ConstArrayView<Scalar> slope(out_slope + place, pixels), x(in + place, pixels);
        sum += static_cast<double>(slope.sum());
        products += static_cast<double>((slope * (x - mean)).sum());
      }
      products *= static_cast<double>(inverse);
      parameter_slope[c] = static_cast<Scalar>(products);
      parameter_slope[channels_ + c] = static_cast<Scalar>(sum);
      if (in_slope == nullptr) continue;
      const Scalar factor = pass.parameters[c] * inverse;
      const auto mean_slope = static_cast<Scalar>(sum / count);
      const auto along = static_cast<Scalar>(products / count) * inverse;
      for (Index s = 0; s < pass.batch; ++s) {
        const Index place = (s * channels_ + c) * pixels;
        ArrayView<Scalar>(in_slope + place, pixels) =
            (ConstArrayView<Scalar>(out_slope + place, pixels) - mean_slope -
             (ConstArrayView<Scalar>(in + place, pixels) - mean) * along) *
            factor;
      }
    }
  }

 private:
  void moments(Index batch, const Scalar* in, Index channel, double& mean, double& variance) const {
    const Index pixels = this->input().pixels();
    const auto count = static_cast<double>(batch * pixels);
    const auto run = [&](Index s) {
      return ConstArrayView<Scalar>(in + (s * channels_ + channel) * pixels, pixels);
    };
    mean = variance = 0;
    for (Index s = 0; s < batch; ++s) mean += static_cast<double>(run(s).sum());
    mean /= count;
    const auto centre = static_cast<Scalar>(mean);
    for (Index s = 0; s < batch; ++s) variance += static_cast<double>((run(s) - centre).square().sum());
    variance /= count;
  }

  Index channels_;
};

// Of group norm and layer norm. What lies in a group is one run of numbers of a sample.
template <class Scalar>
class SampleNorm final : public Layer<Scalar> {
 public:
  // each: how many numbers share a scale and a shift.
  SampleNorm(Extent extent, Index groups, Index each)
      : Layer<Scalar>(extent, extent), groups_(groups), run_(extent.size() / groups), each_(each) {
    shape_ = {extent.channels};
    if (each == 1 && extent.pixels() > 1) shape_ = {extent.channels, extent.height, extent.width};
  }

  std::vector<ParameterBlock> blocks() const override { return scale_and_shift(shape_); }
  void start(Draws&, Scalar* parameters) const override { start_at_identity(scales(), parameters); }
  double cost() const override { return 4.0 * static_cast<double>(this->input().size()); }

  // memory.kept: x̂; memory.scratch: 1/√(variance + ε) of each group.
  void forward(const Pass<Scalar>& pass, const Scalar* in, Scalar* out,
               LayerMemory<Scalar>& memory) const override {
    const Index size = this->input().size();
    Scalar* const normal = memory.keep(pass.batch * size);
    Scalar* const inverses = memory.room(pass.batch * groups_);
    for (Index group = 0; group < pass.batch * groups_; ++group) {
      const ConstArrayView<Scalar> x(in + group * run_, run_);
      const auto mean = static_cast<Scalar>(static_cast<double>(x.sum()) / static_cast<double>(run_));
      const double variance = static_cast<double>((x - mean).square().sum()) / static_cast<double>(run_);
      inverses[group] = static_cast<Scalar>(1 / std::sqrt(variance + normalisation_epsilon));
      ArrayView<Scalar>(normal + group * run_, run_) = (x - mean) * inverses[group];
    }
    for_each_scale(pass.batch, [&](Index scale, Index place) {
      ArrayView<Scalar>(out + place, each_) =
          ConstArrayView<Scalar>(normal + place, each_) * pass.parameters[scale] +
          pass.parameters[scales() + scale];
    });
  }

  void backward(const Pass<Scalar>& pass, const Scalar*, const Scalar*, const Scalar* out_slope,
                Scalar* in_slope, Scalar* parameter_slope, LayerMemory<Scalar>& memory) const override {
    const Scalar* const normal = memory.kept.data();
    std::fill_n(parameter_slope, 2 * scales(), Scalar{0});
    for_each_scale(pass.batch, [&](Index scale, Index place) {
      const ConstArrayView<Scalar> slope(out_slope + place, each_), x(normal + place, each_);
      parameter_slope[scale] += (slope * x).sum();
      parameter_slope[scales() + scale] += slope.sum();
      if (in_slope != nullptr) ArrayView<Scalar>(in_slope + place, each_) = slope * pass.parameters[scale];
    });
    if (in_slope == nullptr) return;
    for (Index group = 0; group < pass.batch * groups_; ++group) {
      ArrayView<Scalar> slope(in_slope + group * run_, run_);
      const ConstArrayView<Scalar> x(normal + group * run_, run_);
      const Scalar mean = slope.sum() / static_cast<Scalar>(run_);
      const Scalar along = (slope * x).sum() / static_cast<Scalar>(run_);
      slope = (slope - mean - x * along) * memory.scratch[group];
    }
  }

 private:
  Index scales() const { return this->input().size() / each_; }
  // visit(number of the scale, its first number in the batch).
  template <class Visit>
  void for_each_scale(Index batch, Visit visit) const {
    for (Index s = 0; s < batch; ++s)
      for (Index scale = 0; scale < scales(); ++scale) visit(scale, s * this->input().size() + scale * each_);
  }

  Index groups_;
  Index run_;                 // numbers of a group
  Index each_;                // numbers of a scale
  std::vector<Index> shape_;  // of the scales
};

}  // namespace

template <class Scalar>
LayerPointer<Scalar> make_batch_norm(Extent extent) {
  return std::make_unique<BatchNorm<Scalar>>(extent);
}
template <class Scalar>
LayerPointer<Scalar> make_group_norm(Extent extent, Index groups) {
  return std::make_unique<SampleNorm<Scalar>>(extent, groups, extent.pixels());
}
template <class Scalar>
LayerPointer<Scalar> make_layer_norm(Extent extent) {
  return std::make_unique<SampleNorm<Scalar>>(extent, 1, 1);
}

template LayerPointer<float> make_batch_norm(Extent);
template LayerPointer<double> make_batch_norm(Extent);
template LayerPointer<float> make_group_norm(Extent, Index);
template LayerPointer<double> make_group_norm(Extent, Index);
template LayerPointer<float> make_layer_norm(Extent);
template LayerPointer<double> make_layer_norm(Extent);

}  // namespace acidsim

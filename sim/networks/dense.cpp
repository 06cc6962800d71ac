#include "sim/networks/dense.hpp"

#include <algorithm>
#include <cmath>

#include "sim/core/product_blocking.hpp"
#include "sim/networks/views.hpp"

namespace acidsim {
namespace {

template <class Scalar>
class Dense final : public Layer<Scalar> {
 public:
  Dense(Extent input, Index outputs, bool bias)
      : Layer<Scalar>(input, {outputs, 1, 1}), inputs_(input.size()), outputs_(outputs), bias_(bias) {
    fix_product_blocking();
  }

  std::vector<ParameterBlock> blocks() const override {
    std::vector<ParameterBlock> blocks = {{"weight", 0, {outputs_, inputs_}, BlockRole::weight}};
    if (bias_) blocks.push_back({"bias", inputs_ * outputs_, {outputs_}, BlockRole::bias});
    return blocks;
  }
  void start(Draws& draws, Scalar* parameters) const override {
    const double bound = 1 / std::sqrt(static_cast<double>(inputs_));
    const Index count = outputs_ * (inputs_ + Index{bias_});
    for (Index k = 0; k < count; ++k) parameters[k] = static_cast<Scalar>(bound * (2 * draws.uniform() - 1));
  }
  double cost() const override { return static_cast<double>(inputs_) * static_cast<double>(outputs_); }

  // The weights, column-major, are the transpose of W.
  void forward(const Pass<Scalar>& pass, const Scalar* in, Scalar* out, LayerMemory<Scalar>&) const override {
    MatrixView<Scalar> result(out, outputs_, pass.batch);
    result.noalias() = ConstMatrixView<Scalar>(pass.parameters, inputs_, outputs_).transpose() *
                       ConstMatrixView<Scalar>(in, inputs_, pass.batch);
    if (bias_)
      result.colwise() += Eigen::Map<const Vector<Scalar>>(pass.parameters + inputs_ * outputs_, outputs_);
  }
  void backward(const Pass<Scalar>& pass, const Scalar* in, const Scalar*, const Scalar* out_slope,
                Scalar* in_slope, Scalar* parameter_slope, LayerMemory<Scalar>&) const override {
    const ConstMatrixView<Scalar> slope(out_slope, outputs_, pass.batch);
    MatrixView<Scalar>(parameter_slope, inputs_, outputs_).noalias() =
        ConstMatrixView<Scalar>(in, inputs_, pass.batch) * slope.transpose();
    if (bias_) {
      Eigen::Map<Vector<Scalar>> sum(parameter_slope + inputs_ * outputs_, outputs_);
      sum = slope.col(0);
      for (Index s = 1; s < pass.batch; ++s) sum += slope.col(s);
    }
    if (in_slope != nullptr)
      MatrixView<Scalar>(in_slope, inputs_, pass.batch).noalias() =
          ConstMatrixView<Scalar>(pass.parameters, inputs_, outputs_) * slope;
  }

 private:
  Index inputs_, outputs_;
  bool bias_;
};

template <class Scalar>
class Embedding final : public Layer<Scalar> {
 public:
  Embedding(Extent input, Index symbols, Index width)
      : Layer<Scalar>(input, {input.size() * width, 1, 1}), symbols_(symbols), width_(width) {}

  std::vector<ParameterBlock> blocks() const override {
    return {{"weight", 0, {symbols_, width_}, BlockRole::weight}};
  }
  void start(Draws& draws, Scalar* parameters) const override {
    for (Index k = 0; k < symbols_ * width_; ++k) parameters[k] = static_cast<Scalar>(draws.normal());
  }
  void forward(const Pass<Scalar>& pass, const Scalar* in, Scalar* out, LayerMemory<Scalar>&) const override {
    for (Index k = 0; k < pass.batch * this->input().size(); ++k)
      std::copy_n(pass.parameters + symbol(in[k]) * width_, width_, out + k * width_);
  }
  void backward(const Pass<Scalar>& pass, const Scalar* in, const Scalar*, const Scalar* out_slope, Scalar*,
                Scalar* parameter_slope, LayerMemory<Scalar>&) const override {
    std::fill_n(parameter_slope, symbols_ * width_, Scalar{0});
    for (Index k = 0; k < pass.batch * this->input().size(); ++k) {
      Scalar* row = parameter_slope + symbol(in[k]) * width_;
      for (Index c = 0; c < width_; ++c) row[c] += out_slope[k * width_ + c];
    }
  }

 private:
  static Index symbol(Scalar number) { return static_cast<Index>(number); }

  Index symbols_, width_;
};

}  // namespace

template <class Scalar>
LayerPointer<Scalar> make_dense(Extent input, Index outputs, bool bias) {
  return std::make_unique<Dense<Scalar>>(input, outputs, bias);
}
template <class Scalar>
LayerPointer<Scalar> make_embedding(Extent input, Index symbols, Index width) {
  return std::make_unique<Embedding<Scalar>>(input, symbols, width);
}

template LayerPointer<float> make_dense(Extent, Index, bool);
template LayerPointer<double> make_dense(Extent, Index, bool);
template LayerPointer<float> make_embedding(Extent, Index, Index);
template LayerPointer<double> make_embedding(Extent, Index, Index);

}  // namespace acidsim

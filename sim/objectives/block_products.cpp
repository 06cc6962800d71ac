#include "sim/objectives/block_products.hpp"

namespace acidsim {

template <class Scalar>
void block_scores(const SampleBlock<Scalar>& block, const SampleBlock<Scalar>& w, Scores<Scalar>& scores) {
  scores.noalias() = block.transpose() * w;
}

template <class Scalar>
void block_gradient(const SampleBlock<Scalar>& block, const Scores<Scalar>& scores, Matrix<Scalar>& part) {
  part.noalias() = block * scores;
}

template void block_scores(const SampleBlock<float>&, const SampleBlock<float>&, Scores<float>&);
template void block_scores(const SampleBlock<double>&, const SampleBlock<double>&, Scores<double>&);
template void block_gradient(const SampleBlock<float>&, const Scores<float>&, Matrix<float>&);
template void block_gradient(const SampleBlock<double>&, const Scores<double>&, Matrix<double>&);

}  // namespace acidsim

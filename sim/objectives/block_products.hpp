// Products of a block of samples (one per column) with weights and scores, compiled once for all linear models.
#pragma once

#include "sim/core/types.hpp"
#include "sim/objectives/losses.hpp"

namespace acidsim {

template <class Scalar>
using SampleBlock = Eigen::Map<const Matrix<Scalar>>;

// scores = blockᵀ w.
template <class Scalar>
void block_scores(const SampleBlock<Scalar>& block, const SampleBlock<Scalar>& w, Scores<Scalar>& scores);

// part = block · scores.
template <class Scalar>
void block_gradient(const SampleBlock<Scalar>& block, const Scores<Scalar>& scores, Matrix<Scalar>& part);

}  // namespace acidsim

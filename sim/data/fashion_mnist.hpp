// Fashion-MNIST [Xiao, Rasul, Vollgraf 2017, arXiv 1708.07747]: 60000 + 10000 images of 28 × 28 pixels, 10
// classes.
#pragma once

#include <string>

#include "sim/core/dataset.hpp"

namespace acidsim {

// From the four files of Debian's package dataset-fashion-mnist, or of a directory that holds the same.
// `bias` appends a feature that is always 1.
template <class Scalar>
DatasetPair<Scalar> load_fashion_mnist(const std::string& directory = "/usr/share/datasets/fashion-mnist",
                                       bool bias = false);

}  // namespace acidsim

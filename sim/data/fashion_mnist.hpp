// Fashion-MNIST [Xiao, Rasul, Vollgraf 2017, arXiv 1708.07747]: 60000 + 10000 images of 28 × 28 pixels, 10
// classes.
#pragma once

#include <string>

#include "sim/data/readers.hpp"

namespace acidsim {

inline constexpr const char* fashion_mnist_directory = "/usr/share/datasets/fashion-mnist";

// The four files of Debian's package dataset-fashion-mnist, or of a directory that holds the same.
IdxFiles fashion_mnist_files(const std::string& directory = fashion_mnist_directory);

// `bias` appends a feature that is always 1.
template <class Scalar>
DatasetPair<Scalar> load_fashion_mnist(const std::string& directory = fashion_mnist_directory,
                                       bool bias = false);

}  // namespace acidsim

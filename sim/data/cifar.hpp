// CIFAR-10 and CIFAR-100 [Krizhevsky 2009], in their binary layout: records of a label (CIFAR-100: a coarse and a fine
// one) and 3 × 32 × 32 bytes, red, green and blue, each row by row.
#pragma once

#include <string>

#include "sim/core/dataset.hpp"
#include "sim/data/image_bytes.hpp"

namespace acidsim {

inline constexpr const char* cifar10_directory = "/usr/share/datasets/cifar-10-batches-bin";
inline constexpr const char* cifar100_directory = "/usr/share/datasets/cifar-100-binary";

// data_batch_1.bin … data_batch_5.bin, of about equal lengths, and test_batch.bin.
template <class Scalar>
DatasetPair<Scalar> load_cifar10(const std::string& directory, const Normalisation& normalisation = {});

enum class Cifar100Labels { fine, coarse };  // 100 classes, 20 classes
// train.bin and test.bin.
template <class Scalar>
DatasetPair<Scalar> load_cifar100(const std::string& directory, Cifar100Labels labels,
                                  const Normalisation& normalisation = {});

}  // namespace acidsim

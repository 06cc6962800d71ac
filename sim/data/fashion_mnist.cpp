#include "sim/data/fashion_mnist.hpp"

#include <filesystem>

#include "sim/core/error.hpp"

namespace acidsim {

IdxFiles fashion_mnist_files(const std::string& directory) {
  const auto path = [&](const char* name) {
    const std::string file = (std::filesystem::path(directory) / name).string();
    std::error_code error;
    if (!std::filesystem::exists(file, error)) {
      throw InputError(
          file, "does not exist", "",
          "install Debian's package dataset-fashion-mnist, or name the directory that holds its four files");
    }
    return file;
  };
  return {.train_images = path("train-images-idx3-ubyte.gz"),
          .train_labels = path("train-labels-idx1-ubyte.gz"),
          .test_images = path("t10k-images-idx3-ubyte.gz"),
          .test_labels = path("t10k-labels-idx1-ubyte.gz"),
          .classes = 10};
}

template <class Scalar>
DatasetPair<Scalar> load_fashion_mnist(const std::string& directory, bool bias) {
  IdxFiles files = fashion_mnist_files(directory);
  files.bias = bias;
  return read_idx<Scalar>(files);
}

template DatasetPair<float> load_fashion_mnist(const std::string&, bool);
template DatasetPair<double> load_fashion_mnist(const std::string&, bool);

}  // namespace acidsim

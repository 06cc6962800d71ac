// Registry rows of data sets whose files hold bytes: images and texts.
#include <fmt/format.h>

#include <algorithm>

#include "sim/app/registry/registry.hpp"
#include "sim/data/cifar.hpp"
#include "sim/data/fashion_mnist.hpp"
#include "sim/data/npy_images.hpp"
#include "sim/data/text.hpp"

namespace acidsim {
namespace {

const Field normalise_field =
    Field("normalise", type_string | type_object, "unit",
          "what a byte b becomes; unit: b/255; none: b; per_channel: (b/255 − mean)/sd of its channel over "
          "the training "
          "set; or with the means and deviations given")
        .one_of({"none", "unit", "per_channel"})
        .with({Field("mean", type_array, required(), "of each channel, in [0, 1]").of(type_number),
               Field("sd", type_array, required(), "of each channel").of(type_number).above(0)});

const Field augmentation_field =
    Field("augmentation", type_object | type_null, nullptr,
          "random changes of the images of gradients, for networks; null = none")
        .with({Field("crop_padding", type_integer, 0,
                     "pixels of a black frame, of which a window of the old size is cut")
                   .at_least(0),
               Field("flip", type_boolean, false, "left to right, in half of the cases"),
               Field("cutout", type_integer, 0, "pixels: side of a square that becomes 0").at_least(0),
               Field("brightness", type_number, 0, "times a factor of 1 ± this").at_least(0).at_most(1),
               Field("contrast", type_number, 0, "distances from the image's mean times a factor of 1 ± this")
                   .at_least(0)
                   .at_most(1)});

Normalisation bind_normalisation(const Node& data) {
  using Kind = Normalisation::Kind;
  const Json& value = data.json()["normalise"];
  if (value.is_object())
    return {Kind::given, value["mean"].get<std::vector<double>>(), value["sd"].get<std::vector<double>>()};
  const std::string name = data.text("normalise");
  return {name == "none" ? Kind::none : name == "unit" ? Kind::unit : Kind::per_channel};
}

template <class Scalar>
std::shared_ptr<const Dataset<Scalar>> augmented(const Node& data, const Dataset<Scalar>& train) {
  const Node node = data.child("augmentation");
  if (train.shape.size() != 3)
    throw data.error("augmentation", "needs images, and these have no height and width", "leave it out");
  const Index side = std::min(train.shape[1], train.shape[2]);
  for (const char* field : {"crop_padding", "cutout"})
    if (node.integer(field) > side)
      throw node.error(field, "is larger than the images",
                       fmt::format("they are {} × {}", train.shape[1], train.shape[2]));
  auto changed = std::make_shared<Dataset<Scalar>>(train);
  changed->augmentation = {.crop_padding = node.integer("crop_padding"),
                           .flip = node.flag("flip"),
                           .cutout = node.integer("cutout"),
                           .brightness = node.number("brightness"),
                           .contrast = node.number("contrast")};
  return changed;
}

// read(normalisation): the sets, as bytes.
template <class Scalar, class Read>
DatasetPair<Scalar> read_images(const Node& node, Read read) {
  DatasetPair<Scalar> data = read(bind_normalisation(node));
  if (node.has("augmentation")) data.train = augmented(node, *data.train);
  return data;
}

// Bytes only where they are asked for, or normalised in another way than features are.
template <class Scalar>
DatasetPair<Scalar> idx_images(const Node& node, const DataRequest& request, IdxFiles files) {
  if (request.needs.bytes || node.json()["normalise"] != "unit")
    return read_images<Scalar>(node, [&](const Normalisation& normalisation) {
      return read_idx_bytes<Scalar>(files, normalisation);
    });
  files.bias = bias_at_once(node);
  return read_idx<Scalar>(files);
}

std::string directory_of(const Node& node, const char* otherwise) {
  return node.has("directory") ? node.file("directory").string() : otherwise;
}

// Throws where one of them is given.
bool has_test_images(const Node& node) {
  if (node.has("test_images") != node.has("test_labels"))
    throw node.error(node.has("test_images") ? "test_images" : "test_labels",
                     "one test file without the other", "give both test_images and test_labels, or neither");
  return node.has("test_images");
}

IdxFiles idx_files(const Node& node) {
  IdxFiles files{node.file("images").string(), node.file("labels").string()};
  if (has_test_images(node)) {
    files.test_images = node.file("test_images").string();
    files.test_labels = node.file("test_labels").string();
  }
  if (node.has("classes")) files.classes = static_cast<int>(node.integer("classes"));
  return files;
}

NpyImageFiles npy_files(const Node& node) {
  NpyImageFiles files{node.file("images"), node.file("labels")};
  if (has_test_images(node)) {
    files.test_images = node.file("test_images");
    files.test_labels = node.file("test_labels");
  }
  if (node.has("classes")) files.classes = static_cast<int>(node.integer("classes"));
  return files;
}

template <class Scalar>
DatasetPair<Scalar> characters(const Node& node, const DataRequest& request) {
  if (!request.needs.bytes)
    throw node.error("dataset", "holds characters, not numbers", "a network that reads text, without bias");
  return read_text<Scalar>(node.file("file").string(),
                           {node.integer("context"), node.number("test_fraction")});
}

Field directory_field(const char* what) {
  return Field("directory", type_string | type_null, nullptr, what).path();
}

std::vector<Field> files_of_images(const char* format, int most_classes) {
  return {Field("images", type_string, required(), fmt::format("training images{}", format)).path(),
          Field("labels", type_string, required(), "training labels").path(),
          Field("test_images", type_string | type_null, nullptr, "test images").path(),
          Field("test_labels", type_string | type_null, nullptr, "test labels").path(),
          Field("classes", type_integer | type_null, nullptr, "null = largest training label + 1")
              .at_least(2)
              .at_most(most_classes),
          normalise_field,
          augmentation_field};
}

}  // namespace

std::vector<DatasetRow> byte_datasets() {
  return {
      {{"fashion_mnist",
        "60000 + 10000 images of clothes, 28 × 28, 10 classes (Debian package dataset-fashion-mnist)",
        "Xiao, Rasul and Vollgraf 2017",
        {directory_field("where the four files are; null = where the package puts them"), normalise_field,
         augmentation_field},
        ""},
       true,
       ByPrecision<ReadData>([]<class Scalar>(const Node& node, const DataRequest& request) {
         return idx_images<Scalar>(node, request,
                                   fashion_mnist_files(directory_of(node, fashion_mnist_directory)));
       })},
      {{"cifar10",
        "50000 + 10000 colour images, 32 × 32, 10 classes (cifar-10-binary.tar.gz of "
        "www.cs.toronto.edu/~kriz)",
        "Krizhevsky 2009",
        {directory_field("where the six files are; null = /usr/share/datasets/cifar-10-batches-bin"),
         normalise_field, augmentation_field},
        ""},
       false,
       ByPrecision<ReadData>([]<class Scalar>(const Node& node, const DataRequest&) {
         return read_images<Scalar>(node, [&](const Normalisation& normalisation) {
           return load_cifar10<Scalar>(directory_of(node, cifar10_directory), normalisation);
         });
       })},
      {{"cifar100",
        "50000 + 10000 colour images, 32 × 32, 100 classes (cifar-100-binary.tar.gz of "
        "www.cs.toronto.edu/~kriz)",
        "Krizhevsky 2009",
        {directory_field("where train.bin and test.bin are; null = /usr/share/datasets/cifar-100-binary"),
         Field("labels", type_string, "fine", "fine: 100 classes; coarse: 20").one_of({"fine", "coarse"}),
         normalise_field, augmentation_field},
        ""},
       false,
       ByPrecision<ReadData>([]<class Scalar>(const Node& node, const DataRequest&) {
         return read_images<Scalar>(node, [&](const Normalisation& normalisation) {
           return load_cifar100<Scalar>(
               directory_of(node, cifar100_directory),
               node.text("labels") == "fine" ? Cifar100Labels::fine : Cifar100Labels::coarse, normalisation);
         });
       })},
      {{"images", "images and labels as NumPy's .npy files", "",
        files_of_images(", uint8: (N, channels, height, width) or (N, height, width)", 1000000), ""},
       false,
       ByPrecision<ReadData>([]<class Scalar>(const Node& node, const DataRequest&) {
         return read_images<Scalar>(node, [&](const Normalisation& normalisation) {
           return read_npy_images<Scalar>(npy_files(node), normalisation);
         });
       })},
      {{"idx", "IDX files (MNIST's format), gzip or plain", "", files_of_images("", 256), ""},
       true,
       ByPrecision<ReadData>([]<class Scalar>(const Node& node, const DataRequest& request) {
         return idx_images<Scalar>(node, request, idx_files(node));
       })},
      {{"text",
        "which character of a text comes next; characters are bytes, for networks that read text",
        "",
        {Field("file", type_string, required(), "the text").path(),
         Field("context", type_integer, 16, "characters that a sample shows").at_least(1).at_most(65536),
         Field("test_fraction", type_number, 0.1, "of every chapter its last part is test set; 0 = none")
             .at_least(0)
             .at_most(0.9)},
        ""},
       false,
       ByPrecision<ReadData>([]<class Scalar>(const Node& node, const DataRequest& request) {
         return characters<Scalar>(node, request);
       })},
  };
}

}  // namespace acidsim

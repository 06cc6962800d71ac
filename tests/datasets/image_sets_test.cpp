// Sets of images that stay bytes: CIFAR's files, .npy files, IDX; what their bytes stand for; what is made of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "sim/data/cifar.hpp"
#include "sim/data/npy_images.hpp"
#include "sim/data/readers.hpp"
#include "sim/data/transform.hpp"
#include "tests/datasets/files.hpp"
#include "tests/datasets/npy_text.hpp"

namespace acidsim {
namespace image_sets_test {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::size_t image_bytes = 3072;

// Pixel k of image number n.
std::uint8_t pixel(std::size_t n, std::size_t k) { return static_cast<std::uint8_t>(7 * n + k / 5 + 3 * k); }

std::string record(const std::string& labels, std::size_t n) {
  std::string bytes = labels;
  for (std::size_t k = 0; k < image_bytes; ++k) bytes += static_cast<char>(pixel(n, k));
  return bytes;
}

class ImageSets : public FileTest {
 protected:
  // Two images in each training batch: image n has label n; one test image, number 77 with label 9.
  void write_cifar10() {
    for (std::size_t k = 0; k < 5; ++k) {
      const auto label = [&](std::size_t n) { return std::string(1, static_cast<char>(n)); };
      write("data_batch_" + std::to_string(k + 1) + ".bin",
            record(label(2 * k), 2 * k) + record(label(2 * k + 1), 2 * k + 1));
    }
    write("test_batch.bin", record("\x09", 77));
  }
  std::string cifar10_refusal() {
    return message_of([&] { load_cifar10<float>(path("")); });
  }

  // Four images of 2 × 3 pixels in one channel, or 1 × 3 in two.
  void write_npy(const std::string& shape) {
    std::string pixels;
    for (int k = 0; k < 24; ++k) pixels += static_cast<char>(10 * k);
    write("x.npy", npy_text("{'descr': '|u1', 'fortran_order': False, 'shape': " + shape + ", }", pixels));
    write("y.npy", npy_text("{'descr': '<i8', 'fortran_order': False, 'shape': (4,), }",
                            bytes_of<std::int64_t>({0, 2, 1, 0})));
  }
  NpyImageFiles npy_files() const { return {path("x.npy"), path("y.npy")}; }
  std::string npy_refusal(const NpyImageFiles& files) {
    return message_of([&] { read_npy_images<float>(files); });
  }
};

TEST_F(ImageSets, Cifar10IsReadAsItStands) {
  write_cifar10();
  const auto data = load_cifar10<double>(path(""));
  ASSERT_EQ(data.train->samples(), 10);
  ASSERT_EQ(data.test->samples(), 1);
  EXPECT_THAT(data.train->shape, ElementsAre(3, 32, 32));
  EXPECT_EQ(data.train->sample_size(), 3072);
  EXPECT_EQ(data.train->classes, 10);
  EXPECT_EQ(data.train->features.size(), 0);
  EXPECT_EQ(data.train->bytes.bytes->size(), 10 * image_bytes);
  std::vector<double> out(image_bytes);
  for (std::uint32_t n = 0; n < 10; ++n) {
    EXPECT_EQ(data.train->labels[n], static_cast<int>(n));
    data.train->bytes.read(n, out.data());
    for (std::size_t k = 0; k < image_bytes; ++k) ASSERT_EQ(out[k], pixel(n, k) / 255.0);
  }
  data.test->bytes.read(0, out.data());
  EXPECT_EQ(out[5], pixel(77, 5) / 255.0);
  EXPECT_EQ(data.test->labels[0], 9);
}

TEST_F(ImageSets, Cifar100HasTwoLabels) {
  write("train.bin", record(std::string("\x03\x63", 2), 0) + record(std::string("\x13\x00", 2), 1));
  write("test.bin", record(std::string("\x00\x01", 2), 2));
  const auto fine = load_cifar100<float>(path(""), Cifar100Labels::fine);
  EXPECT_THAT(fine.train->labels, ElementsAre(99, 0));
  EXPECT_EQ(fine.train->classes, 100);
  const auto coarse = load_cifar100<float>(path(""), Cifar100Labels::coarse);
  EXPECT_THAT(coarse.train->labels, ElementsAre(3, 19));
  EXPECT_THAT(coarse.test->labels, ElementsAre(0));
  EXPECT_EQ(coarse.test->classes, 20);
  std::vector<float> out(image_bytes);
  coarse.train->bytes.read(1, out.data());
  EXPECT_EQ(out[0], static_cast<float>(pixel(1, 0)) / 255);
}

TEST_F(ImageSets, CifarNamesTheFileAndTheReason) {
  EXPECT_THAT(message_of([] { load_cifar10<float>("/no/such/directory"); }),
              AllOf(HasSubstr("/no/such/directory/data_batch_1.bin: does not exist"),
                    HasSubstr("https://www.cs.toronto.edu/~kriz/cifar.html"),
                    HasSubstr("acidsim data colour_fashion")));
  EXPECT_THAT(message_of([] { load_cifar100<float>("/no/such/directory", Cifar100Labels::fine); }),
              AllOf(HasSubstr("train.bin: does not exist"), HasSubstr("cifar-100-binary.tar.gz")));
  write_cifar10();
  const std::string whole = record("\x01", 0);
  write("data_batch_3.bin", whole + whole.substr(0, 100));
  EXPECT_THAT(cifar10_refusal(), AllOf(HasSubstr(path("data_batch_3.bin")),
                                       HasSubstr("ends within an image (1 images and 100 bytes)")));
  write("data_batch_3.bin", whole + whole + whole + whole);
  EXPECT_THAT(cifar10_refusal(), HasSubstr("another number of images than the first batch (4 and 2)"));
  write("data_batch_3.bin", whole + record("\x0a", 0));
  EXPECT_THAT(cifar10_refusal(),
              HasSubstr("has a label out of range (label 10 of image 1) — labels are 0 … 9"));
  write("data_batch_3.bin", "");
  EXPECT_THAT(cifar10_refusal(), HasSubstr("data_batch_3.bin: is empty"));
  write("data_batch_3.bin", whole + whole);
  std::filesystem::remove(path("test_batch.bin"));
  EXPECT_THAT(cifar10_refusal(), HasSubstr("test_batch.bin: does not exist"));
}

TEST_F(ImageSets, NpyImagesHaveOneChannelOrMore) {
  write_npy("(4, 2, 3)");
  const auto grey = read_npy_images<double>(npy_files());
  EXPECT_THAT(grey.train->shape, ElementsAre(1, 2, 3));
  EXPECT_THAT(grey.train->labels, ElementsAre(0, 2, 1, 0));
  EXPECT_EQ(grey.train->classes, 3);
  EXPECT_EQ(grey.test, nullptr);
  std::vector<double> out(6);
  grey.train->bytes.read(2, out.data());
  EXPECT_THAT(out, ElementsAre(120 / 255.0, 130 / 255.0, 140 / 255.0, 150 / 255.0, 160 / 255.0, 170 / 255.0));
  write_npy("(4, 2, 1, 3)");
  EXPECT_THAT(read_npy_images<float>(npy_files()).train->shape, ElementsAre(2, 1, 3));
  NpyImageFiles both = npy_files();
  both.test_images = both.train_images;
  both.test_labels = both.train_labels;
  EXPECT_EQ(read_npy_images<float>(both).test->samples(), 4);
}

TEST_F(ImageSets, NpyImagesNameTheFileAndTheReason) {
  write_npy("(4, 6)");
  EXPECT_THAT(npy_refusal(npy_files()), HasSubstr("x.npy: does not hold images (4, 6)"));
  write_npy("(1, 8, 1, 3)");
  EXPECT_THAT(npy_refusal(npy_files()),
              HasSubstr("has its channels last (1, 8, 1, 3) — numpy.moveaxis(x, 3, 1)"));
  write_npy("(3, 2, 4)");
  EXPECT_THAT(npy_refusal(npy_files()),
              HasSubstr("y.npy: does not have one label per image (4) — shape (3)"));
  write_npy("(0, 2, 4)");
  EXPECT_THAT(npy_refusal(npy_files()), HasSubstr("x.npy: "));
  write_npy("(4, 2, 3)");
  NpyImageFiles few = npy_files();
  few.classes = 2;
  EXPECT_THAT(npy_refusal(few), HasSubstr("y.npy: has a label out of range (label 2 of sample 1)"));
  const auto labels = [&](const std::string& type, const std::string& bytes) {
    write("y.npy", npy_text("{'descr': '" + type + "', 'fortran_order': False, 'shape': (4,), }", bytes));
    return npy_refusal(npy_files());
  };
  EXPECT_THAT(labels("<i8", bytes_of<std::int64_t>({0, 1, -1, 2})), HasSubstr("(label -1 of sample 2)"));
  EXPECT_THAT(labels("<i8", bytes_of<std::int64_t>({0, 1, 3, 0})),
              HasSubstr("label 3 of sample 2, but no label 2"));
  EXPECT_THAT(labels("<i8", bytes_of<std::int64_t>({0, 1, 2'000'000'000, 0})), HasSubstr("but no label 2"));
  EXPECT_THAT(labels("<i8", bytes_of<std::int64_t>({0, 1, std::int64_t{1} << 40, 0})),
              HasSubstr("number 2 is out of range (1099511627776)"));
  EXPECT_THAT(labels("<f8", bytes_of<double>({0, 1, 2, 0})),
              HasSubstr("holds numbers of another type (<f8)"));
  EXPECT_EQ(labels("<u2", bytes_of<std::uint16_t>({0, 1, 2, 0})), "");
  EXPECT_EQ(labels("|i1", bytes_of<std::int8_t>({0, 1, 2, 0})), "");
  write("x.npy",
        npy_text("{'descr': '<f4', 'fortran_order': False, 'shape': (4, 2, 3), }", std::string(96, 'x')));
  EXPECT_THAT(npy_refusal(npy_files()), HasSubstr("x.npy: holds numbers of another type (<f4) — uint8"));
}

TEST_F(ImageSets, BytesStandForWhatTheNormalisationSays) {
  write_npy("(4, 2, 1, 3)");
  using Kind = Normalisation::Kind;
  const auto values = [&](const Normalisation& normalisation) {
    return read_npy_images<double>(npy_files(), normalisation).train->bytes.values;
  };
  EXPECT_EQ(values({Kind::none})(200, 1), 200);
  EXPECT_EQ(values({Kind::unit})(200, 1), 200 / 255.0);
  const auto given = values({Kind::given, {0.25, 0.5}, {0.5, 2}});
  EXPECT_DOUBLE_EQ(given(51, 0), (0.2 - 0.25) / 0.5);
  EXPECT_DOUBLE_EQ(given(51, 1), (0.2 - 0.5) / 2);
  EXPECT_THAT(message_of([&] {
                values({Kind::given, {0.5}, {0.5}});
              }),
              HasSubstr("normalise: does not have one mean and one deviation per channel (1 and 1)"));
  // Of all training images together every channel has mean 0 and variance 1, up to the rounding of a sum of 12 terms.
  const auto own = read_npy_images<double>(npy_files(), {Kind::per_channel});
  for (Index channel = 0; channel < 2; ++channel) {
    double sum = 0, squares = 0;
    std::vector<double> image(6);
    for (std::uint32_t row = 0; row < 4; ++row) {
      own.train->bytes.read(row, image.data());
      for (std::size_t k = 0; k < 3; ++k) {
        const double value = image[static_cast<std::size_t>(3 * channel) + k];
        sum += value;
        squares += value * value;
      }
    }
    EXPECT_NEAR(sum / 12, 0, 1e-14);
    EXPECT_NEAR(squares / 12, 1, 1e-14);
  }
  write("x.npy",
        npy_text("{'descr': '|u1', 'fortran_order': False, 'shape': (4, 2, 3), }", std::string(24, 'c')));
  EXPECT_NEAR(values({Kind::per_channel})('c', 0), 0, 1e-14);  // a constant channel
}

std::string big_endian(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

TEST_F(ImageSets, BytesOfIdxExpandToItsFeatures) {
  std::string images = std::string("\0\0\x08\x03", 4) + big_endian(3) + big_endian(2) + big_endian(4);
  for (int k = 0; k < 24; ++k) images += static_cast<char>(11 * k);
  const std::string i = write("i", images),
                    l = write("l", std::string("\0\0\x08\x01", 4) + big_endian(3) + std::string("\0\1\2", 3));
  const auto numbers = read_idx<float>({i, l, i, l}), bytes = read_idx_bytes<float>({i, l, i, l});
  EXPECT_EQ(bytes.train->samples(), 3);
  EXPECT_EQ(bytes.train->sample_size(), 8);
  const auto all = expanded(bytes);
  EXPECT_EQ(all.train->features, numbers.train->features);
  EXPECT_EQ(all.test->features, numbers.test->features);
  EXPECT_EQ(all.train->labels, numbers.train->labels);
  EXPECT_EQ(all.train->shape, numbers.train->shape);
  EXPECT_EQ(expanded(numbers).train, numbers.train);
}

TEST_F(ImageSets, SubsetsShareTheBytes) {
  write_cifar10();
  auto whole = *load_cifar10<float>(path("")).train;
  whole.augmentation.flip = true;
  const auto some = subset<float>(whole, std::vector<std::uint32_t>{7, 2});
  EXPECT_EQ(some.bytes.bytes, whole.bytes.bytes);
  EXPECT_EQ(some.samples(), 2);
  EXPECT_THAT(some.labels, ElementsAre(7, 2));
  EXPECT_TRUE(some.augmentation.flip);
  std::vector<float> of_whole(image_bytes), of_some(image_bytes);
  whole.bytes.read(2, of_whole.data());
  some.bytes.read(1, of_some.data());
  EXPECT_EQ(of_some, of_whole);
  EXPECT_THAT(some.origins.rows, ElementsAre(7, 2));
}

}  // namespace image_sets_test
}  // namespace acidsim

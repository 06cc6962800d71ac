// Grey images in colours, in CIFAR-10's layout.
#include "sim/data/colour_fashion.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/data/image_bytes.hpp"
#include "tests/datasets/files.hpp"

namespace acidsim {
namespace colour_fashion_test {

using ::testing::HasSubstr;
using Colour = std::array<int, 3>;

constexpr std::size_t side = 32, grey_side = 28;

Colour at(const std::vector<std::uint8_t>& record, std::size_t y, std::size_t x) {
  Colour colour{};
  for (std::size_t c = 0; c < 3; ++c) colour[c] = record[1 + c * side * side + y * side + x];
  return colour;
}
int value_of(const Colour& colour) { return *std::max_element(colour.begin(), colour.end()); }

struct Look {
  std::size_t down = 0, right = 0;
  Colour black, white;
};
// Of image `row`, read off a white image: the frame is black.
Look look_of(std::uint64_t row) {
  const std::vector<std::uint8_t> white(grey_side * grey_side, 255);
  const auto record = colour_record(white.data(), 0, 1, 0, row);
  Look look;
  look.white = at(record, side / 2, side / 2);
  look.black = at(record, 0, 0) == look.white ? at(record, side - 1, side - 1) : at(record, 0, 0);
  while (at(record, look.down, side / 2) != look.white) ++look.down;
  while (at(record, side / 2, look.right) != look.white) ++look.right;
  return look;
}

TEST(ColourFashion, IsAMixtureOfTwoColoursBehindTheGreyImage) {
  std::vector<std::uint8_t> grey(grey_side * grey_side);
  for (std::size_t k = 0; k < grey.size(); ++k) grey[k] = static_cast<std::uint8_t>(37 * k + k / 28);
  for (std::uint64_t row = 0; row < 50; ++row) {
    const Look look = look_of(row);
    const auto record = colour_record(grey.data(), 6, 1, 0, row);
    ASSERT_EQ(record.size(), 3073u);
    EXPECT_EQ(record[0], 6);
    for (std::size_t y = 0; y < side; ++y)
      for (std::size_t x = 0; x < side; ++x) {
        const std::size_t v = y - look.down, u = x - look.right;  // beyond the image where negative
        const int shade = v < grey_side && u < grey_side ? grey[v * grey_side + u] : 0;
        for (std::size_t c = 0; c < 3; ++c)
          ASSERT_EQ(at(record, y, x)[c], (look.black[c] * (255 - shade) + look.white[c] * shade) / 255);
      }
  }
}

TEST(ColourFashion, ShiftsAndColoursAreSpread) {
  constexpr int images = 5000;
  std::array<std::array<int, 5>, 2> shifts{};
  int inverted = 0;
  for (std::uint64_t row = 0; row < images; ++row) {
    const Look look = look_of(row);
    ++shifts[0].at(look.down);
    ++shifts[1].at(look.right);
    const int contrast = value_of(look.white) - value_of(look.black);
    EXPECT_GE(std::abs(contrast), 72);
    EXPECT_LT(std::abs(contrast), 200);
    inverted += contrast < 0;
  }
  // Binomial counts: five standard deviations.
  for (const auto& counts : shifts)
    for (const int count : counts) EXPECT_NEAR(count, images / 5.0, 5 * std::sqrt(images * 0.2 * 0.8));
  EXPECT_NEAR(inverted, images / 2.0, 5 * std::sqrt(images * 0.25));
}

DatasetPair<float> greys(Index train, Index test) {
  const auto made = [](Index samples) {
    LabelledImages images;
    images.bytes.assign(static_cast<std::size_t>(samples) * grey_side * grey_side, 128);
    images.shape = {1, grey_side, grey_side};
    images.samples = samples;
    for (Index k = 0; k < samples; ++k) images.labels.push_back(static_cast<int>(k % 10));
    return dataset_of<float>(std::move(images));
  };
  return {made(train), made(test)};
}

TEST(ColourFashion, MakesTheFilesOfTheLayout) {
  const auto grey = greys(23, 4);
  const auto batches = colour_batches(grey, 22, 3);
  ASSERT_EQ(batches.size(), 6u);
  const std::size_t sizes[] = {4, 4, 5, 4, 5, 3};
  for (std::size_t k = 0; k < 6; ++k) EXPECT_EQ(batches[k].bytes.size(), sizes[k] * 3073) << k;
  EXPECT_EQ(batches[1].name, "data_batch_2.bin");
  EXPECT_EQ(batches[1].bytes[0], 4);  // the label of image 4
  EXPECT_EQ(batches[5].name, "test_batch.bin");
  EXPECT_EQ(colour_batches(grey, 22, 3)[3].bytes, batches[3].bytes);
  EXPECT_NE(colour_batches(grey, 22, 3, 2)[3].bytes, batches[3].bytes);
  EXPECT_THAT(message_of([&] { colour_batches(grey, 24, 3); }),
              HasSubstr("--rows: is not a number of images"));
  EXPECT_THAT(message_of([&] { colour_batches(grey, 4, 3); }), HasSubstr("5 … 23"));
  EXPECT_THAT(message_of([&] { colour_batches(grey, 5, 0); }), HasSubstr("--test-rows"));
}

}  // namespace colour_fashion_test
}  // namespace acidsim

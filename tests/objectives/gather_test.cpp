// Minibatches gathered from tables of numbers and of bytes, and their augmentation.
#include "sim/objectives/gather.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <thread>

namespace acidsim {
namespace gather_test {

constexpr Index channels = 2, height = 5, width = 7, pixels = channels * height * width, samples = 20;

// Pixels are pseudo-random, and a byte of channel c stands for c·1000 + byte.
Dataset<double> images() {
  Dataset<double> data;
  std::vector<std::uint8_t> bytes;
  for (std::uint32_t k = 0; k < samples * pixels; ++k)
    bytes.push_back(static_cast<std::uint8_t>((k * 2654435761u) >> 24));
  data.bytes.bytes = std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes));
  data.bytes.size = pixels;
  for (Index k = 0; k < samples; ++k) data.bytes.starts.push_back(static_cast<std::uint64_t>(k * pixels));
  data.bytes.values = Matrix<double>(256, channels);
  for (Index c = 0; c < channels; ++c)
    for (Index b = 0; b < 256; ++b) data.bytes.values(b, c) = static_cast<double>(1000 * c + b);
  data.shape = {channels, height, width};
  return data;
}

// The definition, pixel by pixel.
std::vector<double> slow(const Dataset<double>& data, std::uint32_t row, AugmentationAddress address) {
  const Augmentation& a = data.augmentation;
  const AugmentationDraw draw = draw_augmentation(a, height, width, address);
  const std::uint8_t* image = data.bytes.sample(row);
  const auto brightened = [&](int byte) { return std::min(255.0, byte * draw.brightness); };
  double mean = 0;
  for (Index k = 0; k < pixels; ++k) mean += brightened(image[k]);
  mean /= pixels;
  std::vector<double> out;
  for (Index c = 0; c < channels; ++c)
    for (Index y = 0; y < height; ++y)
      for (Index x = 0; x < width; ++x) {
        const Index from_y = y + draw.top - a.crop_padding;
        const Index from_x = (draw.flip ? width - 1 - x : x) + draw.left - a.crop_padding;
        const bool inside = from_y >= 0 && from_y < height && from_x >= 0 && from_x < width;
        const int byte = inside ? image[c * height * width + from_y * width + from_x] : 0;
        double colour = mean + draw.contrast * (brightened(byte) - mean);
        if (a.brightness == 0 && a.contrast == 0) colour = byte;
        double value = static_cast<double>(1000 * c + std::lround(std::clamp(colour, 0.0, 255.0)));
        const Index top = draw.centre_y - a.cutout / 2, left = draw.centre_x - a.cutout / 2;
        if (y >= top && y < top + a.cutout && x >= left && x < left + a.cutout) value = 0;
        out.push_back(value);
      }
  return out;
}

const std::vector<Augmentation> all_kinds = {
    {.crop_padding = 2}, {.flip = true},
    {.cutout = 3},       {.brightness = 0.5},
    {.contrast = 0.75},  {.crop_padding = 5, .flip = true, .cutout = 2, .brightness = 1, .contrast = 1}};

TEST(Gather, TakesNumbersAndBytesAlike) {
  const Dataset<double> bytes = images();
  Dataset<double> numbers;
  numbers.features.resize(pixels, samples);
  for (std::uint32_t k = 0; k < samples; ++k) bytes.bytes.read(k, numbers.features.col(k).data());
  EXPECT_EQ(numbers.features(height * width + 3, 4), 1000.0 + bytes.bytes.sample(4)[height * width + 3]);
  const std::vector<std::uint32_t> rows = {3, 3, 19, 0};
  std::vector<double> a(4 * pixels), b(4 * pixels);
  gather<double>(bytes, rows, a.data());
  gather<double>(numbers, rows, b.data());
  EXPECT_EQ(a, b);
  gather_augmented<double>(numbers, rows, {1, 2, 3}, a.data());  // without augmentation
  EXPECT_EQ(a, b);
}

TEST(Gather, AugmentsAsTheSlowTwinDoes) {
  Dataset<double> data = images();
  const std::vector<std::uint32_t> rows = {0, 7, 7, 19, 4};
  std::vector<double> out(rows.size() * pixels);
  for (const Augmentation& kind : all_kinds) {
    data.augmentation = kind;
    for (std::uint64_t batch = 0; batch < 40; ++batch) {
      gather_augmented<double>(data, rows, {9, 3, batch * rows.size()}, out.data());
      for (std::size_t k = 0; k < rows.size(); ++k) {
        const std::vector<double> expected = slow(data, rows[k], {9, 3, batch * rows.size() + k});
        ASSERT_TRUE(
            std::equal(expected.begin(), expected.end(), out.begin() + static_cast<Index>(k) * pixels));
      }
    }
  }
}

TEST(Gather, AnAugmentationIsAFunctionOfItsAddress) {
  Dataset<double> data = images();
  data.augmentation = all_kinds.back();
  std::vector<std::uint32_t> rows(samples);
  std::iota(rows.begin(), rows.end(), 0u);
  std::vector<double> whole(samples * pixels), parts(samples * pixels);
  gather_augmented<double>(data, rows, {5, 6, 700}, whole.data());
  // In pieces, backwards, each on a thread of its own.
  for (Index k = samples; k-- > 0;)
    std::thread([&] {
      gather_augmented<double>(data, std::span(rows).subspan(static_cast<std::size_t>(k), 1),
                               {5, 6, 700 + static_cast<std::uint64_t>(k)}, parts.data() + k * pixels);
    }).join();
  EXPECT_EQ(parts, whole);
  // Another seed, worker or number is another draw.
  for (const AugmentationAddress& other : {AugmentationAddress{4, 6, 700}, {5, 7, 700}, {5, 6, 720}}) {
    gather_augmented<double>(data, rows, other, parts.data());
    EXPECT_NE(parts, whole);
  }
}

TEST(Gather, DrawsAreUniform) {
  const Augmentation settings{
      .crop_padding = 4, .flip = true, .cutout = 1, .brightness = 0.5, .contrast = 0.25};
  constexpr int draws = 40500;
  std::map<std::pair<Index, Index>, int> windows, centres;
  int flips = 0;
  double brightness = 0, contrast = 0, product = 0;
  for (std::uint64_t k = 0; k < draws; ++k) {
    const AugmentationDraw draw = draw_augmentation(settings, 6, 9, {1, 2, k});
    ++windows[{draw.top, draw.left}];
    ++centres[{draw.centre_y, draw.centre_x}];
    flips += draw.flip;
    brightness += draw.brightness;
    contrast += draw.contrast;
    product += (draw.brightness - 1) * (draw.contrast - 1);
    EXPECT_TRUE(std::abs(draw.brightness - 1) <= 0.5 && std::abs(draw.contrast - 1) <= 0.25);
  }
  // χ² of k equally likely places has mean k − 1 and variance 2(k − 1): five standard deviations above is far out.
  const auto check = [&](const auto& counts, double places) {
    double chi = 0;
    for (const auto& [place, count] : counts) chi += std::pow(count - draws / places, 2) / (draws / places);
    EXPECT_EQ(counts.size(), static_cast<std::size_t>(places));
    EXPECT_LT(chi, places - 1 + 5 * std::sqrt(2 * (places - 1)));
  };
  check(windows, 81);
  check(centres, 54);
  EXPECT_NEAR(flips, draws / 2.0, 5 * std::sqrt(draws * 0.25));
  // Uniform on 1 ± s: variance s²/3.
  EXPECT_NEAR(brightness / draws, 1, 5 * 0.5 / std::sqrt(3.0 * draws));
  EXPECT_NEAR(contrast / draws, 1, 5 * 0.25 / std::sqrt(3.0 * draws));
  EXPECT_NEAR(product / draws, 0, 5 * 0.5 * 0.25 / 3 / std::sqrt(1.0 * draws));
}

}  // namespace gather_test
}  // namespace acidsim

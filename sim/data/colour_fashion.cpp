#include "sim/data/colour_fashion.hpp"

#include <fmt/format.h>

#include <array>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"

namespace acidsim {
namespace {

constexpr int grey_side = 28, colour_side = 32, furthest_shift = 2, colour_batch_count = 5;
using Colour = std::array<int, 3>;  // red, green, blue, 0 … 255

// The next number of the word, on 0 … range − 1.
int take(std::uint64_t& word, int range) {
  const auto value = static_cast<int>((word >> 52) * static_cast<std::uint64_t>(range) >> 12);
  word <<= 12;
  return value;
}

// hue: 0 … 1535, saturation and value: 0 … 255.
Colour colour_of(int hue, int saturation, int value) {
  const int part = hue & 255;
  const auto less = [&](int by) { return value * (255 * 255 - saturation * by) / (255 * 255); };
  const int low = less(255), falling = less(part), rising = less(255 - part);
  switch (hue >> 8) {
    case 0:
      return {value, rising, low};
    case 1:
      return {falling, value, low};
    case 2:
      return {low, value, rising};
    case 3:
      return {low, falling, value};
    case 4:
      return {rising, low, value};
    default:
      return {value, low, falling};
  }
}

struct Look {
  int down, right;  // of the image in the frame
  Colour black, white;
};

Look draw_look(const Bits& bits) {
  constexpr int hues = 6 * 256, least_saturation = 64, least_contrast = 72;
  auto [first, second] = bits;
  Look look{};
  constexpr int margin = (colour_side - grey_side) / 2;
  look.down = margin + take(first, 2 * furthest_shift + 1) - furthest_shift;
  look.right = margin + take(first, 2 * furthest_shift + 1) - furthest_shift;
  const int contrast = least_contrast + take(first, 128), dark = take(first, 256 - contrast);
  const bool inverted = take(first, 2) != 0;
  const int black_hue = take(second, hues), white_hue = take(second, hues);
  const int black_saturation = least_saturation + take(second, 256 - least_saturation);
  const int white_saturation = least_saturation + take(second, 256 - least_saturation);
  const int bright = dark + contrast;
  look.black = colour_of(black_hue, black_saturation, inverted ? bright : dark);
  look.white = colour_of(white_hue, white_saturation, inverted ? dark : bright);
  return look;
}

ColourBatch batch_of(std::string name, const Dataset<float>& grey, Index first, Index end, std::uint64_t seed,
                     std::uint32_t part) {
  ColourBatch batch{std::move(name), {}};
  for (auto row = static_cast<std::uint32_t>(first); row < end; ++row) {
    const auto record =
        colour_record(grey.bytes.sample(row), static_cast<std::uint8_t>(grey.labels[row]), seed, part, row);
    batch.bytes.insert(batch.bytes.end(), record.begin(), record.end());
  }
  return batch;
}

}  // namespace

std::vector<std::uint8_t> colour_record(const std::uint8_t* grey, std::uint8_t label, std::uint64_t seed,
                                        std::uint32_t part, std::uint64_t row) {
  const Look look = draw_look(Stream(seed, Purpose::synthetic_data, part).bits(row));
  std::vector<std::uint8_t> record = {label};
  for (std::size_t c = 0; c < 3; ++c)
    for (int y = 0; y < colour_side; ++y)
      for (int x = 0; x < colour_side; ++x) {
        const int from_y = y - look.down, from_x = x - look.right;
        const bool inside = from_y >= 0 && from_y < grey_side && from_x >= 0 && from_x < grey_side;
        const int shade = inside ? grey[from_y * grey_side + from_x] : 0;
        record.push_back(
            static_cast<std::uint8_t>((look.black[c] * (255 - shade) + look.white[c] * shade) / 255));
      }
  return record;
}

std::vector<ColourBatch> colour_batches(const DatasetPair<float>& grey, Index rows, Index test_rows,
                                        std::uint64_t seed) {
  const auto check = [](const char* name, Index wanted, Index least, Index there) {
    if (wanted < least || wanted > there)
      throw InputError(name, "is not a number of images that can be made", fmt::format("{}", wanted),
                       fmt::format("{} … {}", least, there));
  };
  check("--rows", rows, colour_batch_count, grey.train->samples());
  check("--test-rows", test_rows, 1, grey.test->samples());
  std::vector<ColourBatch> made;
  for (int k = 0; k < colour_batch_count; ++k)
    made.push_back(batch_of(fmt::format("data_batch_{}.bin", k + 1), *grey.train,
                            rows * k / colour_batch_count, rows * (k + 1) / colour_batch_count, seed, 0));
  made.push_back(batch_of("test_batch.bin", *grey.test, 0, test_rows, seed, 1));
  return made;
}

}  // namespace acidsim

#include "sim/objectives/gather.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"

namespace acidsim {
namespace {

// The next `bits` of the word, from the top, as a number that is uniform on 0 … range − 1.
std::uint64_t take_bits(std::uint64_t& word, int bits, std::uint64_t range) {
  const std::uint64_t value = word >> (64 - bits);
  word <<= bits;
  return value * range >> bits;
}

// Uniform on [1 − spread, 1 + spread).
double take_factor(std::uint64_t& word, double spread) {
  constexpr int bits = 16;
  const auto value = static_cast<double>(take_bits(word, bits, std::uint64_t{1} << bits));
  return 1 + spread * (2 * value / (1 << bits) - 1);
}

struct ImageSize {
  Index channels, height, width;
  Index pixels() const { return height * width; }
};

// What a byte becomes: times the brightness, then away from the mean by the contrast, in the range of bytes.
std::array<std::uint8_t, 256> changed_colours(const AugmentationDraw& draw,
                                              std::span<const std::uint8_t> image) {
  std::array<double, 256> bright;
  for (std::size_t b = 0; b < 256; ++b) bright[b] = std::min(255.0, static_cast<double>(b) * draw.brightness);
  double mean = 0;
  for (const std::uint8_t byte : image) mean += bright[byte];
  mean /= static_cast<double>(image.size());
  std::array<std::uint8_t, 256> colours;
  for (std::size_t b = 0; b < 256; ++b)
    colours[b] = static_cast<std::uint8_t>(
        std::lround(std::clamp(mean + draw.contrast * (bright[b] - mean), 0.0, 255.0)));
  return colours;
}

// out ← the window of one channel, which begins `top` rows and `left` columns away from the image's corner.
// values: of every byte.
template <class Scalar>
void copy_window(const std::uint8_t* channel, ImageSize size, Index top, Index left, bool flip,
                 const Scalar* values, Scalar* out) {
  const Index first = std::clamp<Index>(-left, 0, size.width),  // columns of the window that are in the image
      last = std::clamp<Index>(size.width - left, first, size.width);
  for (Index y = 0; y < size.height; ++y, out += size.width) {
    const Index row = top + y;
    if (row < 0 || row >= size.height) {
      std::fill_n(out, size.width, values[0]);
      continue;
    }
    const Index from = row * size.width + left;
    std::fill_n(out, first, values[0]);
    for (Index x = first; x < last; ++x) out[x] = values[channel[from + x]];
    std::fill_n(out + last, size.width - last, values[0]);
    if (flip) std::reverse(out, out + size.width);
  }
}

template <class Scalar>
void cut_square(const AugmentationDraw& draw, ImageSize size, Index side, Scalar* image) {
  const Index top = draw.centre_y - side / 2, left = draw.centre_x - side / 2;
  const Index first = std::max<Index>(left, 0), last = std::min(left + side, size.width);
  for (Index c = 0; c < size.channels; ++c)
    for (Index y = std::max<Index>(top, 0); y < std::min(top + side, size.height); ++y) {
      Scalar* const row = image + c * size.pixels() + y * size.width;
      std::fill(row + first, row + last, Scalar{0});
    }
}

template <class Scalar>
void augment(const Dataset<Scalar>& data, ImageSize size, const std::uint8_t* image,
             const AugmentationDraw& draw, Scalar* out) {
  const Augmentation& settings = data.augmentation;
  const bool colour = settings.brightness > 0 || settings.contrast > 0;
  std::array<std::uint8_t, 256> colours;
  if (colour) colours = changed_colours(draw, {image, static_cast<std::size_t>(data.bytes.size)});
  for (Index c = 0; c < size.channels; ++c) {
    const Scalar* values = data.bytes.values.col(c).data();
    std::array<Scalar, 256> changed;
    if (colour) {
      std::transform(colours.begin(), colours.end(), changed.begin(),
                     [&](std::uint8_t byte) { return values[byte]; });
      values = changed.data();
    }
    copy_window(image + c * size.pixels(), size, draw.top - settings.crop_padding,
                draw.left - settings.crop_padding, draw.flip, values, out + c * size.pixels());
  }
  if (settings.cutout > 0) cut_square(draw, size, settings.cutout, out);
}

}  // namespace

AugmentationDraw draw_augmentation(const Augmentation& settings, Index height, Index width,
                                   AugmentationAddress address) {
  auto [first, second] = Stream(address.seed, Purpose::augmentation, address.worker).bits(address.number);
  const auto below = [](std::uint64_t& word, int bits, Index range) {
    return static_cast<Index>(take_bits(word, bits, static_cast<std::uint64_t>(range)));
  };
  AugmentationDraw draw{};
  draw.top = below(first, 24, 2 * settings.crop_padding + 1);
  draw.left = below(first, 24, 2 * settings.crop_padding + 1);
  draw.flip = take_bits(first, 1, 2) != 0 && settings.flip;
  draw.centre_y = below(second, 16, height);
  draw.centre_x = below(second, 16, width);
  draw.brightness = take_factor(second, settings.brightness);
  draw.contrast = take_factor(second, settings.contrast);
  return draw;
}

template <class Scalar>
void gather(const Dataset<Scalar>& data, std::span<const std::uint32_t> rows, Scalar* out) {
  const Index size = data.sample_size();
  for (const std::uint32_t row : rows) {
    if (data.bytes)
      data.bytes.read(row, out);
    else
      std::copy_n(data.features.col(static_cast<Index>(row)).data(), size, out);
    out += size;
  }
}

template <class Scalar>
void gather_augmented(const Dataset<Scalar>& data, std::span<const std::uint32_t> rows,
                      AugmentationAddress first, Scalar* out) {
  if (!data.augmentation.any()) return gather(data, rows, out);
  ACIDSIM_CHECK(data.bytes && data.shape.size() == 3);
  const ImageSize size{data.shape[0], data.shape[1], data.shape[2]};
  for (const std::uint32_t row : rows) {
    augment(data, size, data.bytes.sample(row),
            draw_augmentation(data.augmentation, size.height, size.width, first), out);
    out += data.bytes.size;
    ++first.number;
  }
}

#define ACIDSIM_INSTANTIATE(Scalar)                                                      \
  template void gather(const Dataset<Scalar>&, std::span<const std::uint32_t>, Scalar*); \
  template void gather_augmented(const Dataset<Scalar>&, std::span<const std::uint32_t>, \
                                 AugmentationAddress, Scalar*);
ACIDSIM_INSTANTIATE(float)
ACIDSIM_INSTANTIATE(double)
#undef ACIDSIM_INSTANTIATE

}  // namespace acidsim

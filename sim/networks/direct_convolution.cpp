#include <algorithm>
#include <vector>

#include "sim/networks/convolution_layer.hpp"

namespace acidsim {
namespace {

#if defined(__AVX512F__)
constexpr int vector_bytes = 64;
constexpr Index tile_of_channels = 8, registers_of_slopes = 24;
#elif defined(__AVX__)
constexpr int vector_bytes = 32;
constexpr Index tile_of_channels = 4, registers_of_slopes = 10;
#else
constexpr int vector_bytes = 16;
constexpr Index tile_of_channels = 4, registers_of_slopes = 10;
#endif

template <class Scalar>
struct Lanes {
  typedef Scalar Vector __attribute__((vector_size(vector_bytes)));
  typedef Scalar Unaligned __attribute__((vector_size(vector_bytes), aligned(alignof(Scalar)), may_alias));
  static constexpr Index count = vector_bytes / static_cast<int>(sizeof(Scalar));

  static Vector load(const Scalar* from) { return *reinterpret_cast<const Unaligned*>(from); }
  static Scalar sum(const Vector& v) {
    Scalar total = v[0];
    for (Index k = 1; k < count; ++k) total += v[k];
    return total;
  }
};

// Images in frames of zeros: `border` rows and columns before them and after them, and at the end of each row as many
// more columns as whole vectors reach over.
struct Frame {
  Index height = 0, width = 0, border = 0;
  Index stride = 0;  // from row to row

  Index rows() const { return height + 2 * border; }
  Index size() const { return rows() * stride; }
};

template <class Scalar>
Frame frame_for(Index height, Index width, Index border, Index reached) {
  constexpr Index lanes = Lanes<Scalar>::count;
  return {height, width, border, (reached + lanes - 1) / lanes * lanes};
}

// framed ← `images` images, one after another.
template <class Scalar>
void put_in_frames(const Scalar* in, Index images, const Frame& frame, Scalar* framed) {
  std::fill_n(framed, images * frame.size(), Scalar{0});
  for (Index image = 0; image < images; ++image)
    for (Index row = 0; row < frame.height; ++row)
      std::copy_n(in + (image * frame.height + row) * frame.width, frame.width,
                  framed + image * frame.size() + (row + frame.border) * frame.stride + frame.border);
}

// A vector of pixels of an output, and how many of them are there.
struct Piece {
  Index row, column, pixels;
};

template <class Scalar>
std::vector<Piece> pieces_of(Index height, Index width) {
  std::vector<Piece> pieces;
  for (Index row = 0; row < height; ++row)
    for (Index column = 0; column < width; column += Lanes<Scalar>::count)
      pieces.push_back({row, column, std::min(Lanes<Scalar>::count, width - column)});
  return pieces;
}

// Filters, `tile_of_channels` side by side: [channels / tile][taps][tile], zeros beyond the last.
template <class Scalar, class Weight>
void pack_filters(Index channels, Index taps, Weight weight, Scalar* packed) {
  for (Index first = 0; first < channels; first += tile_of_channels)
    for (Index tap = 0; tap < taps; ++tap)
      for (Index k = 0; k < tile_of_channels; ++k)
        *packed++ = first + k < channels ? weight(first + k, tap) : Scalar{0};
}

// One image: out ← start + Σ_c Σ_taps filter · framed, for output channels first … of a tile, at two pieces (or one, twice).
template <class Scalar>
void convolve_tile(const Scalar* framed, const Frame& frame, Index in_channels, Index kernel,
                   const Scalar* filters, const Scalar* start, const Piece* const (&pieces)[2], Scalar* out,
                   Index channels, Index pixels, Index width) {
  using L = Lanes<Scalar>;
  typename L::Vector sums[tile_of_channels][2] = {};
  const Scalar* const at[2] = {framed + pieces[0]->row * frame.stride + pieces[0]->column,
                               framed + pieces[1]->row * frame.stride + pieces[1]->column};
  for (Index c = 0; c < in_channels; ++c)
    for (Index dy = 0; dy < kernel; ++dy) {
      const Index offset = c * frame.size() + dy * frame.stride;
      for (Index dx = 0; dx < kernel; ++dx, filters += tile_of_channels) {
        const auto a = L::load(at[0] + offset + dx), b = L::load(at[1] + offset + dx);
        for (Index k = 0; k < tile_of_channels; ++k) {
          sums[k][0] += a * filters[k];
          sums[k][1] += b * filters[k];
        }
      }
    }
  for (int p = 0; p < 2; ++p)
    for (Index k = 0; k < channels; ++k) {
      const auto sum = sums[k][p] + (start != nullptr ? start[k] : Scalar{0});
      Scalar* const to = out + k * pixels + pieces[p]->row * width + pieces[p]->column;
      for (Index x = 0; x < pieces[p]->pixels; ++x) to[x] = sum[x];
    }
}

template <class Scalar>
class DirectConvolution final : public ConvolutionLayer<Scalar> {
 public:
  DirectConvolution(Extent input, const ConvolutionShape& shape, bool rectified)
      : ConvolutionLayer<Scalar>(input, shape, rectified),
        in_frame_(frame_for<Scalar>(input.height, input.width, shape.padding,
                                    rounded(this->output().width) + shape.kernel - 1)),
        slope_frame_(
            frame_for<Scalar>(this->output().height, this->output().width, shape.kernel - 1 - shape.padding,
                              std::max(rounded(input.width) + shape.kernel - 1,
                                       rounded(this->output().width) + shape.kernel - 1 - shape.padding))),
        out_pieces_(pieces_of<Scalar>(this->output().height, this->output().width)),
        in_pieces_(pieces_of<Scalar>(input.height, input.width)) {}

  void forward(const Pass<Scalar>& pass, const Scalar* in, Scalar* out,
               LayerMemory<Scalar>& memory) const override {
    const Rooms rooms(*this, memory, pass.batch);
    put_in_frames(in, pass.batch * this->input().channels, in_frame_, rooms.framed);
    const Scalar* const weights = pass.parameters;
    pack_filters(
        outputs(), this->taps(), [&](Index o, Index tap) { return weights[o * this->taps() + tap]; },
        rooms.filters);
    const Scalar* const bias = this->shape().bias ? weights + this->weights() : nullptr;
    convolve(rooms.framed, in_frame_, this->input().channels, rooms.filters, bias, pass.batch, out_pieces_,
             this->output(), out);
  }

  void backward(const Pass<Scalar>& pass, const Scalar*, const Scalar*, const Scalar* out_slope,
                Scalar* in_slope, Scalar* parameter_slope, LayerMemory<Scalar>& memory) const override {
    const Rooms rooms(*this, memory, pass.batch);  // the framed input is still there
    put_in_frames(out_slope, pass.batch * outputs(), slope_frame_, rooms.slopes);
    add_up_filters(rooms, pass.batch, parameter_slope);
    if (this->shape().bias)
      for (Index o = 0; o < outputs(); ++o)
        parameter_slope[this->weights() + o] = sum_of_channel(out_slope, pass.batch, o);
    if (in_slope == nullptr) return;
    // The same with the filters turned by half a turn, from the outputs to the inputs.
    const Scalar* const weights = pass.parameters;
    const Index square = kernel() * kernel();
    pack_filters(
        this->input().channels, outputs() * square,
        [&](Index c, Index tap) {
          return weights[tap / square * this->taps() + c * square + square - 1 - tap % square];
        },
        rooms.filters);
    convolve(rooms.slopes, slope_frame_, outputs(), rooms.filters, nullptr, pass.batch, in_pieces_,
             this->input(), in_slope);
  }

 private:
  // In memory.kept: the framed input, the framed slopes, packed filters.
  struct Rooms {
    Rooms(const DirectConvolution& layer, LayerMemory<Scalar>& memory, Index batch) {
      const Index in = batch * layer.input().channels * layer.in_frame_.size();
      const Index out = batch * layer.outputs() * layer.slope_frame_.size();
      const auto whole = [](Index channels) {
        return (channels + tile_of_channels - 1) / tile_of_channels * tile_of_channels;
      };
      const Index square = layer.kernel() * layer.kernel();
      const Index packed = square * std::max(whole(layer.outputs()) * layer.input().channels,
                                             whole(layer.input().channels) * layer.outputs());
      framed = memory.keep(in + out + packed);
      slopes = framed + in;
      filters = slopes + out;
    }
    Scalar *framed, *slopes, *filters;
  };

  static Index rounded(Index width) {
    return (width + Lanes<Scalar>::count - 1) / Lanes<Scalar>::count * Lanes<Scalar>::count;
  }
  Index kernel() const { return this->shape().kernel; }
  Index outputs() const { return this->shape().channels; }

  void convolve(const Scalar* framed, const Frame& frame, Index channels, const Scalar* filters,
                const Scalar* bias, Index batch, const std::vector<Piece>& pieces, const Extent& result,
                Scalar* out) const {
    const Index taps = channels * kernel() * kernel();
    for (Index s = 0; s < batch; ++s)
      for (Index first = 0; first < result.channels; first += tile_of_channels)
        for (std::size_t p = 0; p < pieces.size(); p += 2) {
          const Piece* const two[2] = {&pieces[p], &pieces[std::min(p + 1, pieces.size() - 1)]};
          convolve_tile(framed + s * channels * frame.size(), frame, channels, kernel(),
                        filters + first * taps, bias != nullptr ? bias + first : nullptr, two,
                        out + s * result.size() + first * result.pixels(),
                        std::min(tile_of_channels, result.channels - first), result.pixels(), result.width);
        }
  }

  // slope of the filter (o, c) at (dy, dx) = Σ_s Σ_pixels slope · input, the input shifted by (dy, dx).
  void add_up_filters(const Rooms& rooms, Index batch, Scalar* slope) const {
    constexpr Index some = 8;  // samples whose numbers stay in the cache
    std::fill_n(slope, this->weights(), Scalar{0});
    for (Index first = 0; first < batch; first += some)
      with_kernel([&]<int size>() { add_up_some<size>(rooms, first, std::min(batch, first + some), slope); });
  }
  // The size of a kernel as a constant, where it is a usual one; 0 elsewhere.
  template <class Action>
  void with_kernel(Action action) const {
    if (kernel() == 1) return action.template operator()<1>();
    if (kernel() == 3) return action.template operator()<3>();
    if (kernel() == 5) return action.template operator()<5>();
    action.template operator()<0>();
  }
  template <int size>
  void add_up_some(const Rooms& rooms, Index first, Index last, Scalar* slope) const {
    constexpr Index across = size > 0 ? size : 1;  // columns of the kernel at a time
    constexpr Index tile = std::max<Index>(1, std::min<Index>(8, registers_of_slopes / across));
    for (Index o = 0; o < outputs(); o += tile)
      for (Index c = 0; c < this->input().channels; ++c)
        for (Index dy = 0; dy < kernel(); ++dy)
          for (Index dx = 0; dx < kernel(); dx += across)
            add_up_tile<across, tile>(rooms, first, last, o, c, dy, dx, slope);
  }
  template <Index across, Index tile>
  void add_up_tile(const Rooms& rooms, Index first, Index last, Index o, Index c, Index dy, Index dx,
                   Scalar* slope) const {
    using L = Lanes<Scalar>;
    typename L::Vector sums[tile][across] = {};
    const Index channels = std::min(tile, outputs() - o);
    const Scalar* slopes[tile];
    for (Index s = first; s < last; ++s) {
      const Scalar* const in =
          rooms.framed + (s * this->input().channels + c) * in_frame_.size() + dy * in_frame_.stride + dx;
      for (Index k = 0; k < tile; ++k)  // beyond the last channel: that one again, and its sums are left
        slopes[k] = rooms.slopes + (s * outputs() + o + std::min(k, channels - 1)) * slope_frame_.size() +
                    slope_frame_.border * (slope_frame_.stride + 1);
      for (const Piece& piece : out_pieces_) {
        const Scalar* const from = in + piece.row * in_frame_.stride + piece.column;
        typename L::Vector numbers[across];
        for (Index x = 0; x < across; ++x) numbers[x] = L::load(from + x);
        for (Index k = 0; k < tile; ++k) {
          const auto s_k = L::load(slopes[k] + piece.row * slope_frame_.stride + piece.column);
          for (Index x = 0; x < across; ++x) sums[k][x] += s_k * numbers[x];
        }
      }
    }
    for (Index k = 0; k < channels; ++k)
      for (Index x = 0; x < across; ++x)
        slope[((o + k) * this->input().channels + c) * kernel() * kernel() + dy * kernel() + dx + x] +=
            L::sum(sums[k][x]);
  }

  Scalar sum_of_channel(const Scalar* slope, Index batch, Index channel) const {
    const Index pixels = this->output().pixels();
    Scalar sum = 0;
    for (Index s = 0; s < batch; ++s)
      sum += Eigen::Map<const Vector<Scalar>>(slope + (s * outputs() + channel) * pixels, pixels).sum();
    return sum;
  }

  Frame in_frame_, slope_frame_;
  std::vector<Piece> out_pieces_, in_pieces_;
};

}  // namespace

template <class Scalar>
LayerPointer<Scalar> make_direct_convolution(Extent input, const ConvolutionShape& shape, bool rectified) {
  return std::make_unique<DirectConvolution<Scalar>>(input, shape, rectified);
}

template LayerPointer<float> make_direct_convolution(Extent, const ConvolutionShape&, bool);
template LayerPointer<double> make_direct_convolution(Extent, const ConvolutionShape&, bool);

}  // namespace acidsim

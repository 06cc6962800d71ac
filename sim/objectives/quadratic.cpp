#include "sim/objectives/quadratic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/core/vector_math.hpp"

namespace acidsim {
namespace {

constexpr double most_entries = 0x1p33;  // of the centres: 64 GiB in double precision

void check(const QuadraticParameters& p, Worker workers) {
  const auto refuse = [](const char* place, const char* problem, double value, const char* hint) {
    throw InputError(place, problem, fmt::format("{}", value), hint);
  };
  if (p.dimension < 1) refuse("dimension", "is not positive", static_cast<double>(p.dimension), "at least 1");
  if (workers < 1) refuse("workers", "is not positive", workers, "at least 1");
  if (!(p.curvature_min > 0 && std::isfinite(p.curvature_min))) {
    refuse("curvature_min", "is not a positive number", p.curvature_min, "the strong convexity μ > 0");
  }
  if (!(p.curvature_max >= p.curvature_min && std::isfinite(p.curvature_max))) {
    refuse("curvature_max", "is below curvature_min or not finite", p.curvature_max, "the smoothness L ≥ μ");
  }
  if (!(p.noise >= 0 && std::isfinite(p.noise))) {
    refuse("noise", "is negative or not finite", p.noise, "a standard deviation per coordinate");
  }
  if (!(p.heterogeneity >= 0 && std::isfinite(p.heterogeneity))) {
    refuse("heterogeneity", "is negative or not finite", p.heterogeneity,
           "a standard deviation per coordinate");
  }
}

// The gradients announced, the position of the next one to be asked for, and the noise of those at positions
// drawn_from … drawn_to − 1.
struct QuadraticScratch final : GradientScratch {
  std::vector<GradientAddress> announced;
  std::size_t next = 0, drawn_from = 0, drawn_to = 0;
  std::vector<float> noise;
};

QuadraticScratch& own(GradientScratch& scratch) { return static_cast<QuadraticScratch&>(scratch); }

}  // namespace

template <class Scalar>
std::unique_ptr<GradientScratch> Quadratic<Scalar>::scratch() const {
  return std::make_unique<QuadraticScratch>();
}

template <class Scalar>
Quadratic<Scalar>::Quadratic(const QuadraticParameters& parameters, Worker workers, Matrix<Scalar> centres,
                             std::uint64_t noise_seed)
    : workers_(workers),
      centres_(std::move(centres)),
      noise_(static_cast<Scalar>(parameters.noise)),
      noise_seed_(noise_seed) {
  check(parameters, workers);
  const Index d = parameters.dimension;
  curvature_ = Vector<double>::LinSpaced(d, parameters.curvature_min, parameters.curvature_max)
                   .template cast<Scalar>();
  if (d == 1) curvature_[0] = static_cast<Scalar>(parameters.curvature_min);  // LinSpaced gives the upper end
  minimiser_.point = Vector<double>::Zero(d);
  Vector<double> spread = Vector<double>::Zero(d);  // var_i(b_ik), per k
  if (centres_.cols() > 0) {
    if (centres_.rows() != d || centres_.cols() != static_cast<Index>(workers)) {
      throw InputError("centres", "have the wrong shape",
                       fmt::format("{} × {}", centres_.rows(), centres_.cols()),
                       fmt::format("dimension × workers = {} × {}", d, workers));
    }
    for (Index i = 0; i < centres_.cols(); ++i) minimiser_.point += centres_.col(i).template cast<double>();
    minimiser_.point /= workers;
    for (Index i = 0; i < centres_.cols(); ++i) {
      spread += (centres_.col(i).template cast<double>() - minimiser_.point).cwiseAbs2();
    }
    spread /= workers;
  }
  minimiser_.value = 0.5 * curvature_.template cast<double>().dot(spread);
  minimiser_.gradient_norm = 0;
}

template <class Scalar>
void Quadratic<Scalar>::announce(std::span<const GradientAddress> coming, GradientScratch& scratch) const {
  constexpr Index short_noise = 64;  // beyond, a gradient fills the vectors of the machine by itself
  if (noise_ == 0 || dimension() > short_noise) return;
  QuadraticScratch& s = own(scratch);
  s.announced.assign(coming.begin(), coming.end());
  s.next = s.drawn_from = s.drawn_to = 0;
}

// The noise of a gradient, N(0, 1) per coordinate, where the gradient is the next one announced; noise of the
// announced ones after it is drawn at the same time. Else null.
template <class Scalar>
const float* Quadratic<Scalar>::announced_noise(const GradientAddress& gradient,
                                                GradientScratch& scratch) const {
  QuadraticScratch& s = own(scratch);
  constexpr std::size_t most_together = 256, most_numbers = 2048;  // well within the first-level cache
  if (s.next == s.announced.size() || s.announced[s.next] != gradient) return nullptr;
  const auto d = static_cast<std::size_t>(dimension());
  if (s.next == s.drawn_to) {
    const std::size_t count = std::min(std::clamp<std::size_t>(most_numbers / d, 1, most_together),
                                       s.announced.size() - s.drawn_to);
    std::array<NormalAddress, most_together> addresses;
    for (std::size_t t = 0; t < count; ++t)
      addresses[t] = {s.announced[s.drawn_to + t].worker, s.announced[s.drawn_to + t].index};
    s.noise.resize(most_numbers);
    normals_of<float>(noise_seed_, Purpose::gradient_noise, {addresses.data(), count}, d,
                      {s.noise.data(), count * d});
    s.drawn_from = s.drawn_to;
    s.drawn_to += count;
  }
  return &s.noise[(s.next++ - s.drawn_from) * d];
}

template <class Scalar>
void Quadratic<Scalar>::gradient(Worker worker, std::uint64_t index, const Vector<Scalar>& x,
                                 Vector<Scalar>& g, GradientScratch& scratch) const {
  g.resize(dimension());
  if (noise_ == 0) return gradient_part(worker, {0, dimension()}, x.data(), g.data());
  Scalar* __restrict out = g.data();
  const Scalar* __restrict at = x.data();
  const Scalar* __restrict h = curvature_.data();
  const auto fill = [&](auto slope) {
    const auto add_noise = [&](std::size_t first, std::span<const float> noise) {
      for (std::size_t k = 0; k < noise.size(); ++k)
        out[first + k] = multiply_add(noise_, static_cast<Scalar>(noise[k]), slope(first + k));
    };
    const auto d = static_cast<std::size_t>(dimension());
    if (const float* const noise = announced_noise({worker, index}, scratch)) {
      add_noise(0, {noise, d});
    } else {
      Stream(noise_seed_, Purpose::gradient_noise, worker).visit_normals(index, d, add_noise);
    }
  };
  if (centres_.cols() == 0) return fill([=](std::size_t k) { return h[k] * at[k]; });
  const Scalar* __restrict centre = centres_.col(worker).data();
  fill([=](std::size_t k) { return h[k] * (at[k] - centre[k]); });
}

template <class Scalar>
void Quadratic<Scalar>::gradient_part(Worker worker, Range range, const Scalar* __restrict x,
                                      Scalar* __restrict g) const {
  const Scalar* __restrict h = curvature_.data() + range.first;
  if (centres_.cols() == 0) {
    for (Index k = 0; k < range.count; ++k) g[k] = h[k] * x[k];
    return;
  }
  const Scalar* __restrict centre = centres_.col(worker).data() + range.first;
  for (Index k = 0; k < range.count; ++k) g[k] = h[k] * (x[k] - centre[k]);
}

template <class Scalar>
double Quadratic<Scalar>::loss(const Vector<Scalar>& x) const {
  const auto offset = x.template cast<double>() - minimiser_.point;
  return minimiser_.value + 0.5 * curvature_.template cast<double>().dot(offset.cwiseAbs2());
}

template <class Scalar>
double Quadratic<Scalar>::worker_loss(Worker worker, const Vector<Scalar>& x) const {
  const auto h = curvature_.template cast<double>();
  if (centres_.cols() == 0) return 0.5 * h.dot(x.template cast<double>().cwiseAbs2());
  return 0.5 * h.dot((x.template cast<double>() - centres_.col(worker).template cast<double>()).cwiseAbs2());
}

template <class Scalar>
void Quadratic<Scalar>::full_gradient(const Vector<Scalar>& x, Vector<Scalar>& g) const {
  g = (curvature_.template cast<double>().cwiseProduct(x.template cast<double>() - minimiser_.point))
          .template cast<Scalar>();
}

template <class Scalar>
ObjectiveConstants Quadratic<Scalar>::constants() const {
  const auto smoothness = static_cast<double>(curvature_.maxCoeff());
  return {.smoothness = smoothness,
          .strong_convexity = static_cast<double>(curvature_.minCoeff()),
          .mean_smoothness = smoothness,
          .rms_smoothness = smoothness};
}

template <class Scalar>
std::optional<QuadraticForm> Quadratic<Scalar>::quadratic_form(Worker worker) const {
  const Vector<double> h = curvature_.template cast<double>();
  if (centres_.cols() == 0) return QuadraticForm{h, Vector<double>::Zero(h.size())};
  return QuadraticForm{h, h.cwiseProduct(centres_.col(worker).template cast<double>())};
}

template <class Scalar>
void Quadratic<Scalar>::conjugate_gradient(Worker worker, const Vector<Scalar>& z, Vector<Scalar>& x) const {
  x = z.cwiseQuotient(curvature_);
  if (centres_.cols() > 0) x += centres_.col(worker);
}

template <class Scalar>
std::string Quadratic<Scalar>::no_conjugate_reason() const {
  return noise_ == 0 ? "" : "has noise, and a conjugate has none: noise must be 0";
}

template <class Scalar>
Matrix<Scalar> draw_centres(const QuadraticParameters& parameters, Worker workers,
                            std::uint64_t problem_seed) {
  Matrix<Scalar> centres;
  if (parameters.heterogeneity > 0) {
    if (static_cast<double>(parameters.dimension) * workers > most_entries) {
      throw InputError("heterogeneity", "needs dimension × workers centres, too many to store",
                       fmt::format("{} × {}", parameters.dimension, workers),
                       "0, a smaller dimension or fewer workers");
    }
    centres.resize(parameters.dimension, static_cast<Index>(workers));
    for (Worker i = 0; i < workers; ++i) {
      auto column = centres.col(i);
      Stream(problem_seed, Purpose::problem, i)
          .normals(0, std::span<Scalar>(column.data(), static_cast<std::size_t>(column.size())));
    }
    centres *= static_cast<Scalar>(parameters.heterogeneity);
  }
  return centres;
}

template <class Scalar>
std::unique_ptr<Quadratic<Scalar>> make_quadratic(const QuadraticParameters& parameters, Worker workers,
                                                  std::uint64_t problem_seed, std::uint64_t noise_seed) {
  check(parameters, workers);
  Matrix<Scalar> centres = draw_centres<Scalar>(parameters, workers, problem_seed);
  return std::make_unique<Quadratic<Scalar>>(parameters, workers, std::move(centres), noise_seed);
}

template <class Scalar>
std::unique_ptr<Quadratic<Scalar>> make_quadratic(const QuadraticParameters& parameters,
                                                  Matrix<Scalar> centres, std::uint64_t noise_seed) {
  const auto workers = static_cast<Worker>(centres.cols());
  return std::make_unique<Quadratic<Scalar>>(parameters, workers, std::move(centres), noise_seed);
}

#define ACIDSIM_INSTANTIATE(Scalar)                                                                      \
  template class Quadratic<Scalar>;                                                                      \
  template Matrix<Scalar> draw_centres<Scalar>(const QuadraticParameters&, Worker, std::uint64_t);       \
  template std::unique_ptr<Quadratic<Scalar>> make_quadratic(const QuadraticParameters&, Worker,         \
                                                             std::uint64_t, std::uint64_t);              \
  template std::unique_ptr<Quadratic<Scalar>> make_quadratic(const QuadraticParameters&, Matrix<Scalar>, \
                                                             std::uint64_t);
ACIDSIM_INSTANTIATE(float)
ACIDSIM_INSTANTIATE(double)
#undef ACIDSIM_INSTANTIATE

}  // namespace acidsim

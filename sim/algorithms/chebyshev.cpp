#include "sim/algorithms/chebyshev.hpp"

#include <cmath>

namespace acidsim {

// Where all eigenvalues are the same, as on the complete graph, one exchange averages: I − 𝓦/w. Then c2, which would be
// infinite, only has to cancel.
Chebyshev Chebyshev::of(double lambda_2, double lambda_n) {
  const double least = 1 - lambda_2, most = 1 - lambda_n;
  const double ratio = least / most, root = std::sqrt(ratio);
  if (1 - ratio < 1e-12) return {0, 1, 1 / most, 1};
  return {.c1 = (1 - root) / (1 + root),
          .c2 = (1 + ratio) / (1 - ratio),
          .c3 = 2 / ((1 + ratio) * most),
          .steps = static_cast<int>(1 / root)};
}

auto Chebyshev::exchange(int k, const LinearForms& symbols, const Form& v, const Form& z,
                         const Form& before) const -> Exchange {
  const Form told = k == 0 ? v : z;
  const Form mixed = (1 - c3) * told + c3 * symbols.mixed(0);  // (I − c3 𝓦) of it
  return {told, k == 0 ? Form(c2 * mixed) : Form(2 * c2 * mixed - before)};
}

double Chebyshev::scale() const {
  double before = 1, now = c2;
  for (int k = 1; k < steps; ++k) {
    const double next = 2 * c2 * now - before;
    before = now;
    now = next;
  }
  return now;
}

Matrix<double> Chebyshev::of_matrix(const Matrix<double>& w) const {
  const Matrix<double> identity = Matrix<double>::Identity(w.rows(), w.cols());
  const Matrix<double> step = c2 * ((1 - c3) * identity + c3 * w);
  Matrix<double> before = identity, now = step;
  for (int k = 1; k < steps; ++k) {
    const Matrix<double> next = 2 * step * now - before;
    before = now;
    now = next;
  }
  return now / scale();
}

std::vector<Parameter> Chebyshev::parameters() {
  return {{.name = "steps",
           .kind = Parameter::Kind::whole,
           .what = "K: exchanges in a round; auto = ⌊1/√γ_W⌋, γ_W = (1 − λ_2)/(1 − λ_n) of W",
           .automatic = true,
           .minimum = 1,
           .maximum = 10000},
          {.name = "c2", .what = "auto = (1 + γ_W)/(1 − γ_W)", .automatic = true, .minimum = 0},
          {.name = "c3", .what = "auto = 2/((1 + γ_W)(1 − λ_n))", .automatic = true, .minimum = 0}};
}

bool Chebyshev::any_automatic(const Values& values) {
  return values.automatic("steps") || values.automatic("c2") || values.automatic("c3");
}

void Chebyshev::resolve(Values& values, const MixingConstants& mixing) {
  const Chebyshev theory = of(mixing.lambda_2, mixing.lambda_n);
  values.resolve("steps", theory.steps);
  values.resolve("c2", theory.c2);
  values.resolve("c3", theory.c3);
}

Chebyshev Chebyshev::from(const Values& resolved) {
  return {.c1 = 0,
          .c2 = resolved.number("c2"),
          .c3 = resolved.number("c3"),
          .steps = static_cast<int>(resolved.number("steps"))};
}

}  // namespace acidsim

#include "sim/algorithms/exponential.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <unsupported/Eigen/MatrixFunctions>

#include "sim/core/vector_math.hpp"

namespace acidsim {
namespace {

// M numbers, filled up with zeros to whole vectors of the machine.
template <int M>
using Row = std::array<double, M <= 2 ? M : (M + 3) / 4 * 4>;
// M × M, row by row.
template <int M>
using Square = std::array<Row<M>, M>;

// row ← row + factor·other
template <int M>
void add(double factor, const Row<M>& other, Row<M>& row) {
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = multiply_add(factor, other[j], row[j]);
}

// Whether a factor is worth a look at the rest: small matrices have no zeros.
template <int M>
bool counts(double factor) {
  return M <= 2 || factor != 0.0;
}

template <int M>
Square<M> product(const Square<M>& a, const Square<M>& b) {
  Square<M> c;
  for (int i = 0; i < M; ++i) {
    Row<M> row{};
    for (int k = 0; k < M; ++k)
      if (counts<M>(a[i][k])) add<M>(a[i][k], b[k], row);
    c[i] = row;
  }
  return c;
}

template <int M>
Square<M> sum(Square<M> a, const Square<M>& b) {
  for (int i = 0; i < M; ++i)
    for (std::size_t j = 0; j < a[i].size(); ++j) a[i][j] += b[i][j];
  return a;
}

// The largest sum of a column's absolute values.
template <int M>
double norm(const Square<M>& a) {
  Row<M> totals{};
  for (const Row<M>& row : a)
    for (std::size_t j = 0; j < row.size(); ++j) totals[j] += std::abs(row[j]);
  return *std::max_element(totals.begin(), totals.end());
}

// A², A⁴, A⁶, …
template <int M, std::size_t N>
std::array<Square<M>, N> even_powers(const Square<M>& a) {
  std::array<Square<M>, N> powers;
  powers[0] = product<M>(a, a);
  for (std::size_t k = 1; k < N; ++k) powers[k] = product<M>(powers[k - 1], powers[0]);
  return powers;
}

// Σ_k b_{first + 2k} powers_k + b_{first − 2}·identity, the highest power first.
template <int M, std::size_t N, std::size_t B>
Square<M> combined(const std::array<Square<M>, N>& powers, const std::array<double, B>& b, std::size_t first,
                   double of_identity) {
  Square<M> c;
  for (int i = 0; i < M; ++i) {
    Row<M> row;
    for (std::size_t j = 0; j < row.size(); ++j) row[j] = b[first + 2 * (N - 1)] * powers[N - 1][i][j];
    for (std::size_t k = N - 1; k-- > 0;)
      for (std::size_t j = 0; j < row.size(); ++j) row[j] += b[first + 2 * k] * powers[k][i][j];
    c[i] = row;
    c[i][static_cast<std::size_t>(i)] += of_identity;
  }
  return c;
}

// The approximant is (V + U) / (V − U).
template <int M>
struct Fraction {
  Square<M> u, v;
};

template <int M, std::size_t B>
Fraction<M> pade(const Square<M>& a, const std::array<double, B>& b) {
  const auto powers = even_powers<M, B / 2 - 1>(a);
  return {product<M>(a, combined<M>(powers, b, 3, b[1])), combined<M>(powers, b, 2, b[0])};
}

template <int M>
Fraction<M> pade_13(const Square<M>& a) {
  constexpr std::array<double, 14> b = {64764752532480000.,
                                        32382376266240000.,
                                        7771770303897600.,
                                        1187353796428800.,
                                        129060195264000.,
                                        10559470521600.,
                                        670442572800.,
                                        33522128640.,
                                        1323241920.,
                                        40840800.,
                                        960960.,
                                        16380.,
                                        182.,
                                        1.};
  const auto powers = even_powers<M, 3>(a);
  const auto part = [&](std::size_t high, std::size_t low) {
    return sum<M>(product<M>(powers[2], combined<M>(powers, b, high, 0.0)),
                  combined<M>(powers, b, low, b[low - 2]));
  };
  return {product<M>(a, part(9, 3)), part(8, 2)};
}

// Solves A X = B with partial pivoting; B becomes X.
template <int M>
void solve(Square<M> a, Square<M>& b) {
  Square<M> lower;
  for (int k = 0; k < M; ++k) {
    int pivot = k;
    for (int i = k + 1; i < M; ++i)
      if (std::abs(a[i][k]) > std::abs(a[pivot][k])) pivot = i;
    if (pivot != k) {
      std::swap(a[k], a[pivot]);
      std::swap(b[k], b[pivot]);
      std::swap(lower[k], lower[pivot]);
    }
    for (int i = k + 1; i < M; ++i) {
      lower[i][k] = 0.0;
      if (!counts<M>(a[i][k])) continue;
      lower[i][k] = a[i][k] / a[k][k];
      add<M>(-lower[i][k], a[k], a[i]);
    }
  }
  // By panels of rows: what a panel takes from the rows beyond it is summed first.
  constexpr int panel = 4;
  const auto take = [&b](double factor, int k, int i) {
    if (counts<M>(factor)) add<M>(-factor, b[k], b[i]);
  };
  const auto take_panel = [&b](const Square<M>& factors, int from, int to, int i) {
    Row<M> total{};
    for (int k = from; k < to; ++k)
      if (counts<M>(factors[i][k])) add<M>(factors[i][k], b[k], total);
    for (std::size_t j = 0; j < total.size(); ++j) b[i][j] -= total[j];
  };
  for (int from = 0; from < M; from += panel) {
    const int to = std::min(from + panel, M);
    for (int k = from; k < to; ++k)
      for (int i = k + 1; i < to; ++i) take(lower[i][k], k, i);
    for (int i = to; i < M; ++i) take_panel(lower, from, to, i);
  }
  for (int to = M; to > 0; to -= panel) {
    const int from = std::max(to - panel, 0);
    for (int k = to; k-- > from;) {
      const double inverse = 1.0 / a[k][k];
      for (double& value : b[k]) value *= inverse;
      for (int i = from; i < k; ++i) take(a[i][k], k, i);
    }
    for (int i = 0; i < from; ++i) take_panel(a, from, to, i);
  }
}

template <int M>
Square<M> exponential_of(Square<M> a) {
  const double size = norm<M>(a);
  int squarings = 0;
  const Fraction<M> fraction = [&]() -> Fraction<M> {
    if (size < 1.495585217958292e-2) return pade<M>(a, std::array{120., 60., 12., 1.});
    if (size < 2.539398330063230e-1) return pade<M>(a, std::array{30240., 15120., 3360., 420., 30., 1.});
    if (size < 9.504178996162932e-1)
      return pade<M>(a, std::array{17297280., 8648640., 1995840., 277200., 25200., 1512., 56., 1.});
    if (size < 2.097847961257068)
      return pade<M>(a, std::array{17643225600., 8821612800., 2075673600., 302702400., 30270240., 2162160.,
                                   110880., 3960., 90., 1.});
    std::frexp(size / 5.371920351148152, &squarings);
    squarings = std::max(squarings, 0);
    for (Row<M>& row : a)
      for (double& value : row) value = std::ldexp(value, -squarings);
    return pade_13<M>(a);
  }();
  Square<M> result, denominator;
  for (int i = 0; i < M; ++i)
    for (std::size_t j = 0; j < result[i].size(); ++j) {
      result[i][j] = fraction.u[i][j] + fraction.v[i][j];
      denominator[i][j] = -fraction.u[i][j] + fraction.v[i][j];
    }
  solve<M>(denominator, result);
  for (; squarings > 0; --squarings) result = product<M>(result, result);
  return result;
}

template <int M>
SmallMatrix compiled(const SmallMatrix& a) {
  Square<M> square{};
  for (int i = 0; i < M; ++i) std::copy_n(a.data() + i * M, M, square[i].data());
  square = exponential_of<M>(square);
  SmallMatrix result(M, M);
  for (int i = 0; i < M; ++i) std::copy_n(square[i].data(), M, result.data() + i * M);
  return result;
}

}  // namespace

SmallMatrix exponential(const SmallMatrix& a) {
  switch (a.rows()) {
    case 2:
      return compiled<2>(a);
    case 6:
      return compiled<6>(a);
    default:
      return a.exp();
  }
}

}  // namespace acidsim

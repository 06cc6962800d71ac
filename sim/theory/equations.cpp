#include "sim/theory/equations.hpp"

namespace acidsim {
namespace {

// Each entry times the identity of D coordinates.
Matrix<double> spread_over(const Matrix<double>& matrix, Index coordinates) {
  Matrix<double> result = Matrix<double>::Zero(matrix.rows() * coordinates, matrix.cols() * coordinates);
  for (Index a = 0; a < matrix.rows(); ++a)
    for (Index b = 0; b < matrix.cols(); ++b)
      result.block(a * coordinates, b * coordinates, coordinates, coordinates).diagonal().array() =
          matrix(a, b);
  return result;
}

Matrix<double> or_identity(const Matrix<double>& matrix, Index size) {
  return matrix.size() > 0 ? matrix : Matrix<double>(Matrix<double>::Identity(size, size));
}

// Where the parts of a worker's state lie.
struct StateLayout {
  Index vectors, coordinates, buffer, unchanging;  // m, D, 0 or D, p
  Index states() const { return vectors * coordinates; }
  Index size() const { return states() + buffer + unchanging; }
};

// What a gradient makes of the state and of its own noise, as rows over both.
struct LinearJump {
  Matrix<double> change, noise;
};

// before, after: m × m; landing, point: m.
LinearJump gradient_jump(const StateLayout& at, const Matrix<double>& before, const Matrix<double>& after,
                         const Vector<double>& landing, const Vector<double>& point, const StepRule& step,
                         const LinearGradient& gradient) {
  const Index d = at.coordinates, v = at.size(), all = v + d;  // the last d columns: N(0, I)
  const Matrix<double> identity = Matrix<double>::Identity(v, all);
  Matrix<double> state = spread_over(before, d) * identity.topRows(at.states());
  Matrix<double> g = gradient.hessian * (spread_over(point.transpose(), d) * state);
  g += step.weight_decay * (spread_over(point.transpose(), d) * state);
  g -= gradient.pull * identity.bottomRows(at.unchanging);
  g.rightCols(d).diagonal().array() += gradient.noise;
  Matrix<double> result = identity, direction = g;
  if (at.buffer > 0) {
    auto momentum = result.middleRows(at.states(), d);
    momentum = step.momentum * momentum.eval() + g;
    direction = step.nesterov ? Matrix<double>(g + step.momentum * momentum) : Matrix<double>(momentum);
  }
  result.topRows(at.states()) =
      spread_over(after, d) * state + step.learning_rate * (spread_over(landing, d) * direction);
  const Matrix<double> noise = result.rightCols(d);
  return {result.leftCols(v) - Matrix<double>::Identity(v, v), noise * noise.transpose()};
}

MomentEquations::Gradient gradient_of(const Dynamics& dynamics, const StateLayout& at, const StepRule& step,
                                      const LinearGradient& gradient, double rate) {
  const Dynamics::Gradient& how = dynamics.gradient;
  const Matrix<double> identity = Matrix<double>::Identity(at.vectors, at.vectors);
  const LinearJump jump =
      gradient_jump(at, or_identity(how.before, at.vectors), or_identity(how.after, at.vectors), how.landing,
                    how.point.size() > 0 ? how.point : dynamics.point, step, gradient);
  MomentEquations::Gradient result{jump.change, jump.noise, {}, {}, rate};
  if (how.at_start.size() > 0) {
    const LinearJump first =
        gradient_jump(at, identity, identity, how.at_start, dynamics.point, step, gradient);
    result.jump_at_start = first.change;
    result.noise_at_start = first.noise;
  }
  return result;
}

// A matrix of the method's vectors among all numbers of a state.
Matrix<double> in_state(const Matrix<double>& matrix, const StateLayout& at) {
  Matrix<double> result = Matrix<double>::Zero(at.size(), at.size());
  if (matrix.size() > 0) result.topLeftCorner(at.states(), at.states()) = spread_over(matrix, at.coordinates);
  return result;
}

}  // namespace

MomentEquations moment_equations(const Dynamics& dynamics, const StepRule& step,
                                 const std::vector<LinearGradient>& gradients,
                                 const std::vector<double>& rates, Index coordinates, Index unchanging) {
  const Index m = dynamics.size(), d = coordinates;
  const StateLayout at{m, d, !gradients.empty() && step.momentum != 0 ? d : 0, unchanging};
  MomentEquations equations;
  equations.vectors = at.size();
  equations.flow = in_state(dynamics.flow, at);
  if (dynamics.exchange_kept.size() > 0)
    equations.kept = in_state(dynamics.exchange_kept - Matrix<double>::Identity(m, m), at);
  const Index told = dynamics.exchanges() ? dynamics.exchange.told.rows() * d : 0;
  equations.landing = Matrix<double>::Zero(at.size(), told);
  equations.told = Matrix<double>::Zero(told, at.size());
  if (told > 0) {
    equations.landing.topRows(at.states()) = spread_over(dynamics.exchange.landing, d);
    equations.told.leftCols(at.states()) = spread_over(dynamics.exchange.told, d);
  }
  for (std::size_t i = 0; i < gradients.size(); ++i)
    equations.gradients.push_back(gradient_of(dynamics, at, step, gradients[i], rates[i]));
  equations.model = Matrix<double>::Zero(d, at.size());
  equations.model.leftCols(at.states()) = spread_over(dynamics.point.transpose(), d);
  equations.start = Matrix<double>::Zero(at.size(), d + unchanging);
  equations.start.topLeftCorner(at.states(), d) = spread_over(dynamics.initial, d);
  equations.start.bottomRightCorner(unchanging, unchanging).setIdentity();
  return equations;
}

MomentEquations transposed(const MomentEquations& equations) {
  MomentEquations result = equations;
  result.flow.transposeInPlace();
  if (result.kept.size() > 0) result.kept.transposeInPlace();
  result.landing = equations.told.transpose();
  result.told = equations.landing.transpose();
  for (MomentEquations::Gradient& gradient : result.gradients) {
    gradient.jump.transposeInPlace();
    gradient.noise.setZero();
  }
  return result;
}

bool moves_with_origin(const Dynamics& dynamics) {
  const Vector<double>& initial = dynamics.initial;
  const auto keeps = [&](const Matrix<double>& matrix) {
    return matrix.size() == 0 || (matrix * initial - initial).isZero(1e-14);
  };
  const auto sees = [&](const Vector<double>& point) {
    return point.size() == 0 || std::abs(point.dot(initial) - 1) < 1e-14;
  };
  const auto& gradient = dynamics.gradient;
  const Matrix<double> both =
      or_identity(gradient.after, dynamics.size()) * or_identity(gradient.before, dynamics.size());
  return keeps(both) && keeps(gradient.before) && keeps(dynamics.exchange_kept) && sees(dynamics.point) &&
         sees(gradient.point) && (dynamics.flow.size() == 0 || (dynamics.flow * initial).isZero(1e-14));
}

}  // namespace acidsim

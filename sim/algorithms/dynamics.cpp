#include "sim/algorithms/dynamics.hpp"

#include <algorithm>
#include <stdexcept>

namespace acidsim {
namespace {

void require(bool condition, const char* what) {
  if (!condition) throw std::logic_error(std::string("dynamics: ") + what);
}

bool is_empty_or(const Matrix<double>& matrix, Index rows, Index columns) {
  return matrix.size() == 0 || (matrix.rows() == rows && matrix.cols() == columns);
}

}  // namespace

void check_shapes(const Dynamics& dynamics) {
  const Index m = dynamics.size();
  require(m > 0, "no vectors");
  require(dynamics.initial.size() == m && dynamics.point.size() == m,
          "initial and point have one entry per vector");
  require(is_empty_or(dynamics.flow, m, m), "the flow is m × m");
  require(is_empty_or(dynamics.gradient.before, m, m) && is_empty_or(dynamics.gradient.after, m, m) &&
              is_empty_or(dynamics.gradient.idle, m, m),
          "gradient.before, gradient.after and gradient.idle are m × m");
  require(dynamics.gradient.idle.size() == 0 || dynamics.gradient.after.size() > 0,
          "gradient.idle goes with gradient.after");
  require(dynamics.gradient.landing.size() == m, "gradient.landing has one entry per vector");
  require(dynamics.gradient.at_start.size() == 0 || dynamics.gradient.at_start.size() == m,
          "gradient.at_start has one entry per vector");
  require(dynamics.gradient.point.size() == 0 || dynamics.gradient.point.size() == m,
          "gradient.point has one entry per vector");
  require(is_empty_or(dynamics.exchange_kept, m, m), "exchange_kept is m × m");
  const int ways = int{dynamics.exchanges()} + int{dynamics.mixes_in_rounds()} + int{dynamics.sends()} +
                   int{dynamics.has_server()};
  require(ways <= 1, "a method exchanges, mixes in rounds, sends or has a server: one of them");
  const auto fits = [m](const Dynamics::Mixing& mixing) {
    const Index told = mixing.told.rows();
    return mixing.told.cols() == m && mixing.landing.rows() == m && mixing.landing.cols() == told &&
           is_empty_or(mixing.kept, m, m) && is_empty_or(mixing.own, m, told) &&
           is_empty_or(mixing.own_per_neighbour, m, told) && is_empty_or(mixing.own_share, m, told) &&
           (mixing.own_share.size() == 0 || mixing.kept.size() > 0);
  };
  require((!dynamics.exchanges() || fits(dynamics.exchange)) &&
              std::all_of(dynamics.rounds.begin(), dynamics.rounds.end(), fits) &&
              std::all_of(dynamics.opening.begin(), dynamics.opening.end(), fits),
          "told is r × m, landing is m × r, kept is m × m, and own_share goes with kept");
  require(dynamics.exchange.kept.size() == 0, "an exchange has no kept");
  const Index r = dynamics.told_vectors();
  require(!dynamics.sends() ||
              (is_empty_or(dynamics.send.told, r, m) && is_empty_or(dynamics.send.landing, m, r) &&
               is_empty_or(dynamics.send.kept, m, m)),
          "send.kept is m × m, told is r × m, landing is m × r");
  const auto meets = [&](const Dynamics::Mixing& side) {
    return fits(side) && side.told.rows() == r && side.kept.size() > 0 && side.own.size() > 0;
  };
  require(std::all_of(dynamics.meetings.begin(), dynamics.meetings.end(),
                      [&](const Dynamics::Encounter& meeting) {
                        return meets(meeting.worker) && meets(meeting.server);
                      }),
          "both sides of a meeting tell r vectors, and say what they keep and how their own message lands");
  require(!dynamics.weighted() || (!dynamics.exchanges() && dynamics.flow.size() == 0),
          "a weight goes with directed messages or rounds and without a flow");
  const auto moves_weights = [](const Dynamics::Mixing& how) {
    return how.kept.size() > 0 && how.own.isZero(0.0) && how.own_per_neighbour.isZero(0.0);
  };
  require(
      !dynamics.weighted() || (std::all_of(dynamics.rounds.begin(), dynamics.rounds.end(), moves_weights) &&
                               std::all_of(dynamics.opening.begin(), dynamics.opening.end(), moves_weights)),
      "rounds of a weighted method say what they keep, and its own message lands by its share alone");
  require(dynamics.weights <= (dynamics.sends() ? 1 : m),
          "there are as many weights as vectors at most, and one with single messages");
  require(!dynamics.dual || (dynamics.exchanges() && r == 1), "a dual method exchanges one vector");
  require(dynamics.rounds.size() == static_cast<std::size_t>(std::count(dynamics.program.begin(),
                                                                        dynamics.program.end(), Verb::round)),
          "the program has every mixing once");
  require(dynamics.opening.empty() || dynamics.opening.size() == dynamics.rounds.size(),
          "an opening has as many mixings as the other rounds");
}

int Dynamics::most_told_vectors() const {
  int most = told_vectors();
  for (std::size_t k = 1; k < rounds.size() + opening.size(); ++k)
    most = std::max(most, told_vectors(static_cast<int>(k)));
  return most;
}

}  // namespace acidsim

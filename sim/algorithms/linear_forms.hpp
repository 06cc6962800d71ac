// A method of rounds, written down as equations.
#pragma once

#include <string>
#include <vector>

#include "sim/algorithms/dynamics.hpp"

namespace acidsim {

// A linear combination of a worker's vectors, of γp where a gradient lands, and of mixed messages where a
// round does.
using Form = Eigen::RowVectorXd;

// The symbols that the equations of a method are made of. Each equation of a block says what a vector becomes.
class LinearForms {
 public:
  // messages: the most vectors in a message.
  LinearForms(int vectors, int messages) : vectors_(vectors), messages_(messages) {}

  Form vector(int a) const { return unit(a); }                // vector a of the state
  Form step() const { return unit(vectors_); }                // γp
  Form mixed(int r) const { return unit(vectors_ + 1 + r); }  // Σ_j W_ij (message r of j)
  Form own(int r) const {
    return unit(vectors_ + 1 + messages_ + r);
  }  // message r of the worker, as it was sent
  // The same once for each neighbour that it hears.
  Form own_per_neighbour(int r) const { return unit(vectors_ + 1 + 2 * messages_ + r); }
  Form zero() const { return Form::Zero(size()); }

  // What a gradient makes of the vectors.
  Dynamics::Gradient gradient(const std::vector<Form>& becomes) const {
    const Matrix<double> all = stacked(becomes);
    return {.after = all.leftCols(vectors_), .landing = all.col(vectors_)};
  }
  Dynamics::Mixing round(const std::vector<Form>& told, const std::vector<Form>& becomes,
                         Company company = Company::neighbours) const {
    const Matrix<double> all = stacked(becomes);
    return {
        .told = stacked(told).leftCols(vectors_),
        .landing = all.middleCols(vectors_ + 1, static_cast<Index>(told.size())),
        .kept = all.leftCols(vectors_),
        .own = all.middleCols(vectors_ + 1 + messages_, static_cast<Index>(told.size())),
        .own_per_neighbour = all.middleCols(vectors_ + 1 + 2 * messages_, static_cast<Index>(told.size())),
        .company = company};
  }

 private:
  Index size() const { return vectors_ + 1 + 3 * messages_; }
  Form unit(int at) const { return Form::Unit(size(), at); }
  Matrix<double> stacked(const std::vector<Form>& forms) const {
    Matrix<double> rows(static_cast<Index>(forms.size()), size());
    for (std::size_t k = 0; k < forms.size(); ++k) rows.row(static_cast<Index>(k)) = forms[k];
    return rows;
  }

  int vectors_, messages_;
};

}  // namespace acidsim

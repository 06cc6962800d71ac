// The constants of A²CiD² where they change over time.
#pragma once

#include <vector>

#include "sim/algorithms/a2cid2_parameters.hpp"

namespace acidsim {

// Parameters that are constant from each of some times to the next.
class A2cid2Course {
 public:
  // starts: ascending, the first is 0. period: from which on all begins again; infinite: the last ones stay.
  A2cid2Course(std::vector<double> starts, std::vector<A2cid2Parameters> parameters,
               double period = infinity);
  A2cid2Course(const A2cid2Parameters& always) : A2cid2Course({0.0}, {always}) {}

  const A2cid2Parameters& at(double time) const { return parameters_[place(within_period(time))]; }
  // ∫ η over a stretch of time. With one set of parameters it is η·(to − from), to the bit.
  double mixing(double from, double to) const;

 private:
  double within_period(double time) const;
  std::size_t place(double time) const;  // of the parameters at a time of the first period
  double mixing_until(double time) const;

  std::vector<double> starts_;
  std::vector<A2cid2Parameters> parameters_;
  double period_;
  std::vector<double> mixing_before_;  // ∫ η from 0 to each start
  double mixing_in_period_ = 0;
};

}  // namespace acidsim

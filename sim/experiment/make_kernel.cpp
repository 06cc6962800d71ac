// The kernel of a plan: its constants, which may change over time, and its method.
#include "sim/experiment/chi_choice.hpp"

namespace acidsim {

template <class Scalar>
std::unique_ptr<Kernel<Scalar>> Plan::make_kernel(const Schedule& schedule, Worker local_workers,
                                                  Index dimension) const {
  return acidsim::make_kernel<Scalar>(algorithm(), constants_over_time(*this, schedule), local_workers,
                                      dimension);
}
template std::unique_ptr<Kernel<double>> Plan::make_kernel<double>(const Schedule&, Worker, Index) const;
template std::unique_ptr<Kernel<float>> Plan::make_kernel<float>(const Schedule&, Worker, Index) const;

}  // namespace acidsim

// The kernel of a plan: its constants, which may change over time, and its method.
#include "sim/algorithms/generic_kernel.hpp"
#include "sim/experiment/plan.hpp"

namespace acidsim {

template <class Scalar>
std::unique_ptr<Kernel<Scalar>> Plan::make_kernel(const Values& of_run, Worker local_workers,
                                                  Index dimension) const {
  // Where workers are left out of means the dynamics are not the row's.
  if (experiment.timing.backup_workers > 0)
    return make_generic_kernel<Scalar>(dynamics, local_workers, dimension);
  return acidsim::make_kernel<Scalar>(algorithm(), of_run, local_workers, dimension);
}
template std::unique_ptr<Kernel<double>> Plan::make_kernel<double>(const Values&, Worker, Index) const;
template std::unique_ptr<Kernel<float>> Plan::make_kernel<float>(const Values&, Worker, Index) const;

}  // namespace acidsim

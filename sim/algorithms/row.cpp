#include "sim/algorithms/row.hpp"

#include "sim/algorithms/generic_kernel.hpp"

namespace acidsim {

template <class Scalar>
std::unique_ptr<Kernel<Scalar>> make_kernel(const AlgorithmRow& row, const Values& resolved, Worker workers,
                                            Index dimension) {
  if (row.fused)
    if (auto kernel = row.fused.get<Scalar>()(resolved, workers, dimension)) return kernel;
  return make_generic_kernel<Scalar>(row.dynamics(resolved), workers, dimension);
}
template std::unique_ptr<Kernel<float>> make_kernel<float>(const AlgorithmRow&, const Values&, Worker, Index);
template std::unique_ptr<Kernel<double>> make_kernel<double>(const AlgorithmRow&, const Values&, Worker,
                                                             Index);

}  // namespace acidsim

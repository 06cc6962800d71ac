#include "sim/algorithms/row.hpp"

#include "sim/algorithms/generic_kernel.hpp"

namespace acidsim {

std::vector<std::string> facts_of(const AlgorithmRow& row) {
  std::vector<std::string> lines;
  if (!row.sends.empty()) lines.push_back("sends " + row.sends);
  if (!row.fixed_point.empty()) lines.push_back("fixed point: " + row.fixed_point);
  return lines;
}

Parameter mixing_parameter() {
  return {.name = "mixing",
          .kind = Parameter::Kind::text,
          .default_value = std::string("auto"),
          .what =
              "the mixing matrix W of a round: how much of a neighbour's message a worker takes; a name, or "
              "{file} with the dense matrix",
          .choices_of = "mixing",
          .or_file = true};
}

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

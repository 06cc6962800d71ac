#include "sim/experiment/table_rows.hpp"

namespace acidsim {
namespace {

template <class Scalar>
TableRows rows_of_table(const Plan& plan, Resources& resources, std::uint64_t seed) {
  const ObjectiveSource& source = plan.experiment.objective;
  const DatasetPair<Scalar>& data = resources.data<Scalar>(*source.data, source.needs);
  TableRows rows{.partition = source.partition.get<Scalar>()(
                     {plan.workers(), seed, &data, plan.network->graph.worker_names}),
                 .train = data.train->origins,
                 .samples = data.train->samples(),
                 .test = {}};
  for (Index sample = 0; data.test && sample < data.test->samples(); ++sample)
    rows.test.push_back(data.test->origins.row(static_cast<std::size_t>(sample)));
  return rows;
}

}  // namespace

TableRows table_rows(const Plan& plan, Resources& resources, std::uint64_t seed) {
  return plan.single_precision() ? rows_of_table<float>(plan, resources, seed)
                                 : rows_of_table<double>(plan, resources, seed);
}

}  // namespace acidsim

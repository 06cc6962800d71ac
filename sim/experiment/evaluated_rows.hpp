// Which rows losses are evaluated on, where an experiment does not evaluate them on all.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/core/dataset.hpp"
#include "sim/experiment/experiment.hpp"
#include "sim/objectives/minibatch.hpp"

namespace acidsim {

// `wanted` of `rows` rows, ascending: a function of the seed alone. Empty where all are wanted. `set`: 0 of the training
// rows, 1 of the test rows.
inline std::vector<std::uint32_t> evaluated_rows(std::optional<std::uint64_t> wanted, Index rows,
                                                 std::uint64_t seed, std::uint64_t set) {
  constexpr Worker nobody = 0xffffffff;  // minibatches are those of workers
  const auto size = static_cast<std::uint64_t>(rows);
  std::vector<std::uint32_t> chosen;
  if (!wanted || *wanted >= size) return chosen;
  const Permutation order(size, seed, nobody, set);
  for (std::uint64_t k = 0; k < *wanted; ++k) chosen.push_back(static_cast<std::uint32_t>(order(k)));
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

// The same in all repeats.
template <class Scalar>
void choose_evaluated(const Experiment& experiment, DatasetPair<Scalar>& data) {
  const RecordSettings& record = experiment.record;
  data.evaluated_train = evaluated_rows(record.evaluated_train, data.train->samples(), experiment.seed, 0);
  if (data.test)
    data.evaluated_test = evaluated_rows(record.evaluated_test, data.test->samples(), experiment.seed, 1);
}

}  // namespace acidsim

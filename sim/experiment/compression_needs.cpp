#include "sim/experiment/compression_needs.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sim/algorithms/table.hpp"
#include "sim/core/error.hpp"

namespace acidsim {

void check_compression(const Plan& plan) {
  if (!plan.experiment.algorithm.compression || plan.algorithm().compresses) return;
  std::vector<std::string> names;
  for (const AlgorithmRow& row : all_algorithms())
    if (row.compresses) names.push_back(row.name);
  throw InputError("/algorithm/compression",
                   "the messages of " + plan.algorithm().name + " are not compressed", "",
                   fmt::format("leave it out, or take one of {}", fmt::join(names, ", ")));
}

bool tells_changes(const Plan& plan) {
  return plan.experiment.algorithm.compression && plan.dynamics.mixes_in_rounds() &&
         plan.dynamics.rounds.front().company == Company::everyone;
}

void remark_on_contraction(Plan& plan) {
  const auto& codec = plan.experiment.algorithm.compression;
  if (!codec || codec->contraction(plan.expected.dimension) > 0) return;
  if (plan.constants.has("error_feedback") && plan.constants.text("error_feedback") == "none") return;
  plan.notices.push_back(
      fmt::format("{}/algorithm/compression: in dimension {} more may get lost of a message than there is in "
                  "it, and feedback of it "
                  "may diverge (qsgd: with more levels or \"unbiased\": false it does not)",
                  plan.place(), plan.expected.dimension));
}

}  // namespace acidsim

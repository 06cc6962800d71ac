#include <fmt/format.h>

#include "sim/core/error.hpp"
#include "sim/experiment/plan.hpp"

namespace acidsim {

std::shared_ptr<const Network> Resources::network(const TopologySource& topology, double communication_rate,
                                                  SpectrumNeed need) {
  const std::string name =
      fmt::format("{} {} {}", topology.identity, communication_rate, static_cast<int>(need));
  return networks_.get(name, [&] {
    Network network = make_network(topology, communication_rate, need, cache_);
    if (network.graph.workers > most_drawn_workers)
      network.graph.coordinates = decltype(network.graph.coordinates)();
    return std::make_shared<const Network>(std::move(network));
  });
}

template <class Scalar>
const DatasetPair<Scalar>& Resources::data(const DataSource& data, const DataNeeds& needs) {
  auto& sets = [&]() -> auto& {
    if constexpr (std::is_same_v<Scalar, double>)
      return data_double_;
    else
      return data_float_;
  }
  ();
  return sets.get(fmt::format("{} {} {}", data.identity, needs.classification, needs.bytes), [&] {
    return with_error_path("/objective/data", [&] { return data.load.get<Scalar>()(needs); });
  });
}

template const DatasetPair<double>& Resources::data<double>(const DataSource&, const DataNeeds&);
template const DatasetPair<float>& Resources::data<float>(const DataSource&, const DataNeeds&);

}  // namespace acidsim

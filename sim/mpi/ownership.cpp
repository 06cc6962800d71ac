#include "sim/mpi/ownership.hpp"

#include <algorithm>

namespace acidsim {

Ownership own_blocks(Worker workers, int ranks, int rank) {
  std::vector<int> parts(workers);
  for (std::uint64_t i = 0; i < workers; ++i)
    parts[i] = static_cast<int>(i * static_cast<std::uint64_t>(ranks) / workers);
  return own_parts(std::move(parts), rank);
}

Ownership own_parts(std::vector<int> parts, int rank) {
  Ownership ownership{rank, std::move(parts), {}, {}};
  const auto& rank_of = ownership.rank_of;
  const int ranks = rank_of.empty() ? 0 : *std::max_element(rank_of.begin(), rank_of.end()) + 1;
  std::vector<Worker> found(static_cast<std::size_t>(ranks), 0);
  ownership.places.resize(rank_of.size());
  for (std::size_t i = 0; i < rank_of.size(); ++i) {
    ownership.places[i] = found[static_cast<std::size_t>(rank_of[i])]++;
    if (rank_of[i] == rank) ownership.own.push_back(static_cast<Worker>(i));
  }
  return ownership;
}

}  // namespace acidsim

// What all families of sequences share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/core/random.hpp"
#include "topologies/families/family_support.hpp"
#include "topologies/graph_sequence.hpp"

namespace acidsim {

// `phases` graphs without edges, each of this duration. Throws InputError: "workers" and "phases" where there are too few
// or where all would have more than `largest_graph` workers or edges, "duration" where it is not positive and finite.
GraphSequence make_sequence(const char* family, Worker n, std::size_t phases, double edges_per_phase,
                            double duration);

void lay_out_on_circle(GraphSequence& sequence);

// The draws of one phase.
Stream phase_stream(std::uint64_t seed, std::size_t phase);

// An edge and how much of each other's message its workers take in a round.
struct Link {
  Worker i = 0, j = 0;
  double weight = 0;
};
// Makes them the edges of phase k and what the sequence prescribes there. Each pair stands there once, in either order.
void set_links(GraphSequence& sequence, std::size_t k, std::vector<Link> links);

}  // namespace acidsim

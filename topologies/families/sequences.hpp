// Families of graphs that change over time. Each throws InputError: "workers" and "phases" where there are
// too few or the whole is too large, and the name of the parameter that is wrong otherwise. All edges have
// weight 1, and every phase lasts `duration`. The sequences are periodic. Those with a W also prescribe how much of
// each other's message workers take in a round (GraphSequence::mixing).
#pragma once

#include <cstdint>

#include "topologies/graph_sequence.hpp"

namespace acidsim {

// In phase k = 0 … ⌈log2 n⌉ − 1 worker i is joined to i + 2^k mod n, for every i: the undirected form of the
// one-peer exponential graph, in which i averages with i + 2^k in round k, one way [Ying et al., Exponential
// graph is provably efficient for decentralized deep training, NeurIPS 2021, eq. (7)]. Undirected, a phase is
// a union of cycles (each worker has the two peers i ± 2^k), and a perfect matching where 2^k = n/2. Over a
// period the union is the exponential graph. Layout: circle.
GraphSequence one_peer_exponential(Worker n, double duration);

// In phase k = 0 … log2 n − 1 worker i is joined to i xor 2^k, for n a power of two: the matchings of the
// hypercube, after one round of which in each phase all workers hold the exact average [Shi, Li, Johansson
// and Johansson, Finite-time convergent gossiping, IEEE/ACM Trans. Netw. 24, 2016]; the pairwise form of the
// one-peer exponential graph. Layout: circle.
GraphSequence one_peer_hypercube(Worker n, double duration);

// In every phase a uniform random matching of the complete graph, of ⌊n/2⌋ pairs; phase k is the same however
// many there are. The union of few phases need not be connected. Layout: circle.
GraphSequence random_matchings(Worker n, std::size_t phases, double duration, std::uint64_t seed);

// Graphs in which nobody has more than `peers` neighbours, and a W for each, doubly stochastic, whose product over a
// period is 11ᵀ/n exactly: after as many rounds all workers hold the average, for every n [Takezawa, Sato, Bao, Niwa and
// Yamada, Beyond exponential graph: communication-efficient topologies for decentralized learning via finite-time
// convergence, NeurIPS 2023]. With b = peers + 1:
//   n without a prime factor above b: cliques along each digit of a number system of digits ≤ b in turn.
//   simple: else n = Σ_l a_l b^(p_l), p_1 > p_2 > …; parts V_l of a_l b^(p_l) workers, in a_l blocks each. First all parts
//     average inside. Then, for l = 1, 2, …, every worker of the later parts is joined to one worker of each block of V_l,
//     W_ij = |V_l|/(a_l Σ_{m≥l} |V_m|), after which it holds what makes the mean of the later parts that of all; V_l's
//     other workers meet in cliques, and its blocks average inside from then on. At most 2 log_b n + 2 rounds.
//   base: the shorter of that and this: n = s·r, s the largest divisor without a prime factor above b. s groups of r
//     average by the simple graph, then cliques average over the groups.
// Layout: circle. 1 ≤ peers.
enum class BaseGraphVariant { simple, base };
GraphSequence base_graph(Worker n, Worker peers, BaseGraphVariant variant, double duration);

// EquiTopo [Song, Li, Jin, Shi, Yan, Yin and Yuan, Communication-efficient topologies for decentralized learning with O(1)
// consensus rate, NeurIPS 2022]: in every phase a uniform random offset a from 1 to n − 1, and W = (1 − η)I + ηA. One
// round shrinks the disagreement by a factor that does not grow with n, on average over the draws. 0 < eta ≤ 1.
//   od_equidyn (OD-EquiDyn): directed, i → i + a mod n; A_ij = (n − 1)/n for the message, 1/n for the own one.
//     E‖WΠx‖² = ((1 − η)² + η²(1 − 2/n)) ‖Πx‖², Π = I − 11ᵀ/n.
//   ou_equidyn (OU-EquiDyn): a matching; i = s, s + 1, …, from a uniform random start s, takes i + a mod n where both are
//     free; A as before between the two of a pair, 1 for who stays alone. E‖WΠx‖² ≤ (2/3 − 1/(3n)) ‖Πx‖² for η = 1/2.
// Phase k is the same however many there are. The union of few phases need not be connected. Layout: circle.
GraphSequence od_equidyn(Worker n, double eta, std::size_t phases, double duration, std::uint64_t seed);
GraphSequence ou_equidyn(Worker n, double eta, std::size_t phases, double duration, std::uint64_t seed);

// Workers walk on the unit torus: each starts at a uniform place and moves by a normal step of standard
// deviation `speed` per coordinate from one phase to the next; those within `radius` (on the torus) are
// joined. Phase k is the same however many there are. O(n + edges) per phase. 0 < radius ≤ 1, 0 ≤ speed ≤ 1.
// Layout: the places.
GraphSequence random_geometric_walk(Worker n, double radius, double speed, std::size_t phases,
                                    double duration, std::uint64_t seed);

}  // namespace acidsim

// A graph of workers, and the values that others take from it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

// Which way messages go along an edge of a directed graph.
enum Direction : std::uint8_t { forth = 1, back = 2, both_ways = 3 };  // i → j, j → i

// Simple graph, undirected unless it has directions. Edges have i < j, are sorted by (i, j) and are distinct; Edge::rate holds the
// weight of the edge (its multiplicity, or what a file says) until a rate convention turns it into λ_ij
// (rates.hpp).
struct Graph {
  std::string name;
  Worker workers = 0;
  std::vector<Edge> edges;
  bool weights_are_rates = false;                  // the weights are a file's rates, not multiplicities
  std::vector<std::string> worker_names;           // empty, or one per worker
  std::vector<std::array<double, 2>> coordinates;  // empty, or one per worker (for drawing)
  std::vector<Direction> directions = {};          // empty = undirected; else one per edge
  std::vector<double> worker_rates = {};           // empty, or one per worker: what a file says of its nodes
};

// More workers or edges than this (0.5 GB of edges) are refused with a message, before anything is allocated.
inline constexpr std::uint64_t largest_graph = std::uint64_t{1} << 25;

// Sorts the edges, orders each as i < j and adds up the weights of equal ones. Loops are dropped.
// O(workers + edges).
void normalise(Graph& graph);

struct Arc {
  Worker from = 0, to = 0;
};
// Makes it a directed graph with these edges, each of weight 1; loops are dropped, equal ones are one.
void set_arcs(Graph& graph, const std::vector<Arc>& arcs);
// A worker that worker 0 cannot reach or that cannot reach worker 0 along the directed edges; nothing where every
// worker reaches every other.
std::optional<Worker> cut_off_worker(const Graph& graph);

// Number of neighbours of every worker (an edge of weight 2 counts once).
std::vector<Worker> degrees(const Graph& graph);

// Sizes of the connected components, largest first. Edges of any weight connect, zero included.
std::vector<Worker> component_sizes(const Graph& graph);
// The first component of the largest size, as a mark on each of its workers.
std::vector<bool> in_largest_component(const Graph& graph);
// Takes out the workers without a mark, with their edges; the others keep their order. A graph whose workers
// had no names gives them their numbers as names, unless all stay.
void keep_workers(Graph& graph, const std::vector<bool>& inside);
// The sizes of components as words for a message: "4 components of 10, 3, 1, 1 workers"; long lists are cut.
std::string describe_components(const std::vector<Worker>& sizes);

// What is strange about rates, as words for a notice: all are 0, or some are nothing beside others; empty
// where nothing is.
std::string remark_on_rates(const std::vector<Edge>& edges);

}  // namespace acidsim

// What every reader of a graph file delivers, and how a graph is made of it.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "topologies/graph.hpp"

namespace acidsim {

struct LoadedGraph {
  Graph graph;
  std::vector<std::string> notices;  // what was dropped, merged or skipped, for the user to read
};

// Of an attribute that every edge needs.
struct NeededAttribute {
  std::optional<double> missing = {};  // its value where an edge has none; nothing = such an edge is refused
  bool least_of_repeated = false;  // an edge that is listed repeatedly has the least value; else their sum
};

struct ReadOptions {
  bool largest_component = false;  // of a disconnected graph keep the largest component, with a notice
  bool one_of_a_sequence = false;  // leave a disconnected graph as it is: others join its parts
  bool directed = false;           // keep the directions of the links
  std::string format = {};         // of the file (format_names in files.hpp); empty = as its name says
  std::vector<std::string> columns =
      {};                           // of a table of edges, by its header: worker, worker and perhaps the rate
  std::string rate_attribute = {};  // that is the rate of an edge; empty = rate, or else weight
  std::optional<NeededAttribute> needed =
      {};  // rate_attribute is; nothing = it is ignored where some edges lack it
  std::string worker_rate_attribute =
      {};  // of a node, that is the rate of its worker; empty = workers have no rates
};

// A graph as a file lists it: parallel edges, loops and any order allowed.
struct RawGraph {
  struct Node {
    std::string id;    // as in the file; unique
    std::string name;  // for people; empty = the id
    std::optional<std::array<double, 2>> coordinates;
  };
  struct Link {
    Worker a, b;  // positions in nodes (or in integer_ids)
    double rate = 1;
    std::uint64_t line = 0;  // of the file, 0 = unknown
  };
  std::string name;  // empty = the file's
  std::vector<Node> nodes;
  // Replaces `nodes` if the ids are integers and nothing else is known of a node (8 bytes each instead of
  // 90).
  std::vector<std::int64_t> integer_ids;
  std::vector<std::optional<double>> worker_rates;  // one per node where the options ask for them, else empty
  std::vector<Link> links;
  bool has_rates = false;   // the file gives a rate for every edge
  bool directed = false;    // both (a, b) and (b, a) may stand for one edge
  bool undirected = false;  // the file, or its format, says that links have no direction
  std::vector<std::string> notices;
};

}  // namespace acidsim

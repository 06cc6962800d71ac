// What the readers of formats with declared nodes and named attributes share.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "sim/core/error.hpp"
#include "topologies/files/raw_graph.hpp"

namespace acidsim {

// Attributes of a node that mean something here, whatever the case of their letters.
enum class NodeKey { none, label, name, x, y, longitude, latitude };
NodeKey node_key(std::string_view name);

// Attributes of an edge that mean something here: its rate is `rate`, or else `weight`. In other letters (`Weight`)
// they count where an edge has none of that very name.
struct EdgeKey {
  enum Kind { none, rate, weight } kind = none;
  bool exact = false;
  bool chosen = false;  // by the user

  bool matters() const { return kind != none; }
};
// Where the user names the attribute that is the rate (`chosen`), no other one means anything.
EdgeKey edge_key(std::string_view name, std::string_view chosen);

struct NodeAttributes {
  std::string label, name;
  std::optional<double> x, y, longitude, latitude;
  std::optional<double> rate;            // the attribute that the user names
  std::vector<std::string> others = {};  // names of the other attributes, where the user names one

  // A coordinate that is no finite number is taken as missing.
  void set(NodeKey key, std::string_view text);
};

struct EdgeAttributes {
  struct Value {
    std::optional<double> number;
    std::optional<InputError> refused;  // what was wrong with an attribute in other letters
    bool exact = false;
  };
  Value rate, weight;

  // Throws InputError at `place` unless the value is finite and ≥ 0; for a name in other letters GraphBuilder::link
  // does, if no better one comes.
  void set(EdgeKey key, std::string_view text, const std::string& place);
};

// What to do where an edge lacks an attribute that every edge needs.
inline constexpr const char* missing_hint = "every edge needs it; \"missing\" is a value for those without";

// A finite number ≥ 0 (−0 becomes 0). Throws InputError at `place`.
double parse_rate(std::string_view text, const std::string& place, const std::string& hint = {},
                  const std::string& what = "the rate");
// The whole text as a number, infinities and NaN included; nothing where it is none.
std::optional<double> number_from(std::string_view text);
// The whole text as a whole number without sign; nothing where it is none or too large.
std::optional<std::uint64_t> parse_count(std::string_view text);

// Throws InputError at `place` where a graph cannot have that many; `what` = "workers" or "edges".
void check_count(std::uint64_t count, const char* what, const std::string& place);

class GraphBuilder {
 public:
  struct Reference {
    std::string id;
    std::uint64_t line;
  };

  // With an empty `file` messages have no place (the caller adds it). The options name the attributes that are rates.
  GraphBuilder(std::string file, const ReadOptions& options)
      : file_(std::move(file)),
        rate_attribute_(options.rate_attribute),
        needed_(options.needed),
        worker_rate_attribute_(options.worker_rate_attribute) {}

  RawGraph& graph() { return raw_; }
  std::string place(std::uint64_t line) const;
  acidsim::EdgeKey edge_key(std::string_view name) const { return acidsim::edge_key(name, rate_attribute_); }
  // The options name the attribute that is the rate of an edge.
  bool names_rate() const { return !rate_attribute_.empty(); }
  // Whether an attribute of a node means anything, if only in a message.
  bool takes_node_attribute(std::string_view name) const {
    return node_key(name) != NodeKey::none || !worker_rate_attribute_.empty();
  }
  // Gives a node an attribute, which may be its name, a coordinate or its rate; or its rate at most. Throws InputError at
  // `place` where it should be the rate and is none.
  void set(NodeAttributes& node, std::string_view name, std::string_view text,
           const std::string& place) const;
  void set_rate(NodeAttributes& node, std::string_view name, std::string_view text,
                const std::string& place) const;

  // The node of that id. `declare` refuses an id declared before, `mention` does not; a node only referred to
  // must be declared before finish().
  Worker declare(std::string_view id, std::uint64_t line);
  Worker mention(std::string_view id, std::uint64_t line);
  Worker refer(std::string_view id, std::uint64_t line);

  void describe(Worker node, const NodeAttributes& attributes);
  void link(Worker a, Worker b, const EdgeAttributes& attributes, std::uint64_t line);

  // The first reference to a node that was never declared.
  std::optional<Reference> undeclared() const;

  // Chooses the attributes that all edges (rate) and the most nodes (coordinates) have. Throws InputError where no edge
  // or no node has the attribute that the options name.
  RawGraph finish();

 private:
  struct Entry {
    Worker node;
    bool declared;
    std::uint64_t line;  // of the first reference
  };
  Entry& entry(std::string_view id, std::uint64_t line);
  double rate_of_link(Worker a, Worker b, const EdgeAttributes& attributes, std::uint64_t line) const;
  void check_spelling(std::uint64_t line) const;
  void choose_rates();
  void choose_coordinates();
  void choose_worker_rates();

  using Points = std::vector<std::optional<std::array<double, 2>>>;
  RawGraph raw_;
  std::string file_, rate_attribute_;
  std::optional<NeededAttribute> needed_;
  std::string worker_rate_attribute_;
  std::unordered_map<std::string, Entry> entries_;
  std::vector<std::optional<double>> weights_;               // of the first links; the others have none
  std::size_t with_rate_ = 0, with_weight_ = 0, exact_ = 0;  // links
  Points drawn_, geographic_;                                // of the first nodes; the others have none
  std::set<std::string> other_attributes_;                   // of nodes, the first few
};

}  // namespace acidsim

// The workers of an edge list: ids as they are read, numbers in the end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "topologies/files/edge_list_line.hpp"
#include "topologies/files/raw_graph.hpp"

namespace acidsim {

// As a program prints it and below 2^32, so that the number says all of the text.
std::optional<Worker> plain_integer(std::string_view text);
bool is_integer(std::string_view text);

// As long as every id is a plain integer it is kept in the link itself (no string, no hashing: ten million
// edges in seconds); the first other id turns all of them into names.
class EdgeListIds {
 public:
  explicit EdgeListIds(const std::string& file) : file_(file) {}

  bool plain() const { return plain_; }
  std::vector<RawGraph::Link>& links() { return links_; }
  const std::vector<RawGraph::Link>& links() const { return links_; }

  using Field = EdgeLine::Field;

  // Throws InputError for a number that is not whole and for an arrow in a word.
  void add(const Field& a, const Field& b, double rate, std::uint64_t line);
  // Puts an edge with a name in front of all others.
  void put_first(const Field& a, const Field& b, std::uint64_t line);

  // Whether the workers of the first link are in no other link. Names only.
  bool first_is_apart() const;
  // Whether all workers of the other links are integers, where the first is apart.
  bool integers_after_first() const;
  // Throws InputError where some ids are integers and others are words, unless the integers were quoted.
  void check_kinds() const;
  // Takes out the first link, with its workers where it is apart.
  void drop_first(bool with_workers);

  // Integers are numbered by value (7 and 07 are one worker), names by appearance.
  void number(RawGraph& raw);
  // There are n, called 0 … n − 1 or 1 … n; `place` said so. Throws InputError for any other id.
  void number_announced(std::uint64_t n, const std::string& place, RawGraph& raw);

 private:
  void turn_into_names();
  void check_id(const Field& id, std::uint64_t line);
  Worker position(const Field& id, std::uint64_t line);
  void number_plain(RawGraph& raw);
  void number_integers(RawGraph& raw);
  std::string place(std::uint64_t line) const;

  const std::string& file_;
  std::vector<RawGraph::Link> links_;  // the ends are ids while plain, then positions in names_
  bool plain_ = true;
  struct Kind {              // the first id of it that is not quoted
    std::uint64_t line = 0;  // 0 = none
    std::string id;
  };
  std::vector<std::string> names_;                     // in order of appearance
  std::unordered_map<std::string, Worker> positions_;  // and back
  Kind integers_, words_;
};

}  // namespace acidsim

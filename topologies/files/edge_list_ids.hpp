// The workers of an edge list: ids as they are read, numbers in the end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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

  void add(const std::string& a, const std::string& b, double rate, std::uint64_t line);
  // Puts an edge with a name in front of all others.
  void put_first(const std::string& a, const std::string& b, std::uint64_t line);

  // Whether the first link is between words, and all other links are between integers. Names only.
  bool words_over_integers() const;
  // Takes out the first link, with its workers where `words_over_integers`.
  void drop_first(bool with_workers);

  // Integers are numbered by value (7 and 07 are one worker), names by appearance.
  void number(RawGraph& raw);
  // There are n, called 0 … n − 1 or 1 … n; `place` said so. Throws InputError for any other id.
  void number_announced(std::uint64_t n, const std::string& place, RawGraph& raw);

 private:
  void turn_into_names();
  Worker position(const std::string& id, std::uint64_t line);
  void number_plain(RawGraph& raw);
  void number_integers(RawGraph& raw);
  std::string place(std::uint64_t line) const;

  const std::string& file_;
  std::vector<RawGraph::Link> links_;  // the ends are ids while plain, then positions in names_
  bool plain_ = true;
  std::vector<std::string> names_;                     // in order of appearance
  std::unordered_map<std::string, Worker> positions_;  // and back
};

}  // namespace acidsim

// The first line of the networks of konect.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "topologies/files/edge_columns.hpp"

namespace acidsim {

// "% sym unweighted", "% asym positive", …
struct KonectHeader {
  bool directed;
  bool rates;  // the third column is a weight, and no number of equal edges
};

// Nothing where the comment is no such line. Throws InputError at `place` for networks of two kinds of nodes, whose
// numbers are used twice, and for those whose edges come and go.
std::optional<KonectHeader> konect_header(std::string_view comment, const std::string& place);
// Two workers, perhaps a weight, perhaps a time.
EdgeColumns konect_columns(const EdgeLine& line, bool rates, const std::string& place);

}  // namespace acidsim

#include "topologies/files/konect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "sim/core/error.hpp"
#include "topologies/files/text_source.hpp"

namespace acidsim {

std::optional<KonectHeader> konect_header(std::string_view comment, const std::string& place) {
  static constexpr std::array<std::string_view, 8> kinds = {"unweighted",    "positive",    "posweighted",
                                                            "signed",        "multisigned", "weighted",
                                                            "multiweighted", "dynamic"};
  std::istringstream words{std::string(comment)};
  std::string mark, shape, kind, more;
  words >> mark >> shape >> kind;
  if (mark != "%" || words >> more) return std::nullopt;
  if (shape != "sym" && shape != "asym" && shape != "bip") return std::nullopt;
  const bool known = std::find(kinds.begin(), kinds.end(), kind) != kinds.end() || kind == "multiposweighted";
  if (!known) return std::nullopt;
  if (shape == "bip")
    throw InputError(place, "a network of two kinds of nodes, whose numbers are used twice", shape,
                     "give the nodes of one kind other ids, and delete this line");
  if (kind == "dynamic")
    throw InputError(place, "a network whose edges come and go", kind, "write out the edges of one moment");
  return KonectHeader{shape == "asym", kind != "unweighted" && kind != "positive"};
}

EdgeColumns konect_columns(const EdgeLine& line, bool rates, const std::string& place) {
  if (line.count() < 2 || line.count() > 4)
    throw InputError(place, "not an edge of a KONECT network", fmt::format("{} columns", line.count()),
                     "worker worker [weight [time]]");
  EdgeColumns columns;
  columns.count = line.count();
  if (rates && line.count() >= 3) columns.rate = 2;
  return columns;
}

}  // namespace acidsim

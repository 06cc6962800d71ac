// What a run of x.json with these arguments complains about.
#pragma once

#include <ostream>

#include "tests/app/experiment.hpp"

namespace acidsim::testing {

struct BadCase {
  std::string name;
  std::string config;  // the text of x.json; empty = small_experiment()
  std::vector<std::string> arguments;
  std::vector<std::string> fragments;  // of the message
};
inline void PrintTo(const BadCase& c, std::ostream* out) { *out << c.name; }

inline std::string set(const Json& changes) { return changed(small_experiment(), changes).dump(); }

// Fields of a configuration that are wrong, alone or together.
std::vector<BadCase> bad_fields();

}  // namespace acidsim::testing

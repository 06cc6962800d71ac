#include "sim/app/runner/run_options.hpp"

#include <sstream>

#include "sim/core/error.hpp"

namespace acidsim {

CellPart parse_cell_part(const std::string& text) {
  std::istringstream in(text);
  std::size_t number = 0, count = 0;
  char slash = 0;
  if (!(in >> number >> slash >> count) || slash != '/' || !in.eof() || text.find('-') != std::string::npos ||
      number < 1 || number > count)
    throw InputError("--cells", "must be K/N with K from 1 to N", text,
                     "for example 2/8: the second of 8 parts");
  return {number - 1, count};
}

}  // namespace acidsim

#include "sim/app/runner/cell_address.hpp"

#include <span>

#include "sim/app/json/dotted.hpp"
#include "sim/app/json/grammar.hpp"
#include "sim/app/json/validation.hpp"
#include "sim/system/digest.hpp"

namespace acidsim {

nlohmann::json identity(const Json& config, bool live, bool other_stop_time) {
  Json whole = with_defaults(configuration_grammar(), config);
  if (const Json tune = whole["tune"]; tune.is_object())
    for (const auto& [field, settings] : tune.items()) erase_field(whole, field);
  nlohmann::json sorted = whole;
  for (const char* of_no_effect : {"repeats", "checkpoint", "mpi"}) sorted.erase(of_no_effect);
  if (!live) sorted.erase("live");
  if (other_stop_time && sorted.contains("stop")) sorted["stop"].erase("time");
  return sorted;
}

std::string cell_address(const Json& description, bool live) {
  const nlohmann::json inputs = description.value("inputs", Json::object());
  const std::string text = identity(description, live).dump() + "\n" + inputs.dump();
  Digest digest;
  digest.add(std::as_bytes(std::span(text)));
  return digest.hexadecimal();
}

std::vector<std::string> changed_inputs(const Json& theirs, const Json& ours) {
  std::vector<std::string> changed;
  if (theirs.contains("inputs"))
    for (const auto& [file, digest] : ours.at("inputs").items())
      if (theirs["inputs"].value(file, "") != digest) changed.push_back(file);
  return changed;
}

}  // namespace acidsim

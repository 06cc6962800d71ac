#include "sim/app/json/tuning_settings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/app/json/axes.hpp"
#include "sim/app/json/dotted.hpp"
#include "sim/app/json/validation.hpp"
#include "sim/core/error.hpp"

namespace acidsim {
namespace {

bool is_recorded(const Json& config, const Json& metric) {
  const Json& metrics = config["record"]["metrics"];
  return std::find(metrics.begin(), metrics.end(), metric) != metrics.end();
}

void check_range(const Json& settings, const Field& field, const std::string& place) {
  const bool logarithmic = !settings["log_range"].is_null();
  if (logarithmic == !settings["range"].is_null())
    throw InputError(place, logarithmic ? "has two ranges" : "has no range", "",
                     "one of {\"range\": [from, to, count]} and {\"log_range\": [from, to, count]}");
  const std::string here = place + (logarithmic ? "/log_range" : "/range");
  const Json& range = settings[logarithmic ? "log_range" : "range"];
  const std::vector<Json> values = range_values(range, logarithmic, here);
  if (values.size() < 3) throw InputError(here, "too few values", shown(range), "3 or more to begin with");
  if (values.front().get<double>() > values.back().get<double>())
    throw InputError(here, "falls", shown(range), "the smaller end first");
  for (const Json& value : {values.front(), values.back()})
    check(field, (field.types & type_number) ? value : Json(value.get<std::int64_t>()), here);
}

void settle_field(Json& config, const std::string& name, Json& settings) {
  const std::string place = "/tune/" + name;
  const Field* const field = field_at(config, name);
  if (field == nullptr)
    throw InputError(place, "no such field in this experiment", name,
                     "a dotted field, as optimizer.learning_rate");
  if (!(field->types & (type_number | type_integer)) || name == "seed" || name == "repeats")
    throw InputError(place, "not a number that can be tuned", name, "for example optimizer.learning_rate");
  check_range(settings, *field, place);
  const Json& target = config["stop"]["target"];
  const bool to_target = settings["by"] == "time_to_target";
  if (settings["metric"].is_null())
    settings["metric"] =
        to_target && !target.is_null() ? target["metric"] : config["record"]["metrics"].at(0);
  if (!is_recorded(config, settings["metric"]))
    throw InputError(place + "/metric", "is not recorded", shown(settings["metric"]),
                     "add it to record.metrics");
  if (to_target && settings["below"].is_null()) {
    if (target.is_null() || target["metric"] != settings["metric"])
      throw InputError(place, "has no target", "", "give \"below\", or stop.target of the same metric");
    settings["below"] = target["below"];
  }
}

}  // namespace

void settle_tuning(Json& config) {
  Json& tune = config["tune"];
  if (tune.is_null()) return;
  if (tune.empty())
    throw InputError("/tune", "tunes no field", shown(tune), "{path: {\"log_range\": […]}}, or null");
  if (config["record"]["metrics"].empty())
    throw InputError("/tune", "no metric is recorded", "", "record.metrics says what is good");
  for (const auto& [name, settings] : tune.items()) settle_field(config, name, settings);
}

void check_repeat_rule(const Json& config) {
  const Json& repeats = config["repeats"];
  if (!repeats.is_object()) return;
  if (!is_recorded(config, repeats["until"]["metric"]))
    throw InputError("/repeats/until/metric", "is not recorded", shown(repeats["until"]["metric"]),
                     "add it to record.metrics");
  if (repeats["at_least"] > repeats["at_most"])
    throw InputError("/repeats/at_least", "is above at_most", shown(repeats["at_least"]),
                     fmt::format("at most {}", repeats["at_most"].dump()));
  if (config["record"]["states"] != "none")
    throw InputError("/record/states", "states cannot be recorded of repeats whose number is not known",
                     shown(config["record"]["states"]), "\"none\", or a number of repeats");
}

}  // namespace acidsim

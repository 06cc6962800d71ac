#include "sim/app/schema.hpp"

#include <limits>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace acidsim {
namespace {

// valijson reads integers as signed: larger ones, which seeds may be, would turn negative.
void cap_integers(nlohmann::json& value) {
  if (value.is_structured())
    for (nlohmann::json& inner : value) cap_integers(inner);
  else if (value.is_number_unsigned() &&
           value.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()})
    value = std::numeric_limits<std::int64_t>::max();
}

}  // namespace

struct SchemaValidator::Impl {
  valijson::Schema schema;
};

SchemaValidator::SchemaValidator(const Json& schema) : impl_(std::make_unique<Impl>()) {
  const nlohmann::json plain = schema;
  valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
  parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(plain), impl_->schema);
}

SchemaValidator::~SchemaValidator() = default;

std::optional<std::string> SchemaValidator::first_problem(const Json& value) const {
  nlohmann::json plain = value;
  cap_integers(plain);
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (validator.validate(impl_->schema, valijson::adapters::NlohmannJsonAdapter(plain), &results))
    return std::nullopt;
  valijson::ValidationResults::Error error;
  std::string place = "/", reason = "does not fit the schema";
  if (results.popError(error)) {
    place.clear();
    for (const std::string& step : error.context)
      if (step.size() > 2 && step.front() == '[') place += "/" + step.substr(1, step.size() - 2);
    reason = error.description;
  }
  return place + ": " + reason;
}

}  // namespace acidsim

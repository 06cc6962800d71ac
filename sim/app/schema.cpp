#include "sim/app/schema.hpp"

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace acidsim {

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
  const nlohmann::json plain = value;
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (validator.validate(impl_->schema, valijson::adapters::NlohmannJsonAdapter(plain), &results)) return std::nullopt;
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

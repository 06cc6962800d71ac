// Validation against the generated JSON Schema.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "sim/app/field.hpp"

namespace acidsim {

// What the schema (draft 7) finds wrong first, as "/path: reason", or nothing.
class SchemaValidator {
 public:
  explicit SchemaValidator(const Json& schema);
  ~SchemaValidator();
  std::optional<std::string> first_problem(const Json& value) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace acidsim

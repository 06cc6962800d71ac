// Values held against the fields that they stand for: checks with messages, and defaults.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "sim/app/registry/field.hpp"

namespace acidsim {

// The words that a string of this field may be; empty = any.
std::vector<std::string> allowed_words(const Field& field);

// The fields that an object of this field may have: the fixed ones and those of the variant that it names
// (the default variant where it names none; nothing more where the name is unknown).
std::vector<const Field*> fields_of(const Field& field, const Json& object);

// Throws InputError(path, …) at the first value that does not fit. `path` is a JSON pointer.
void check(const Field& field, const Json& value, const std::string& path);

// The value with every missing field set to its default.
Json with_defaults(const Field& field, Json value);

// Calls `visit` for every path in the value: files and folders that it names.
void for_each_path(const Field& field, Json& value, const std::function<void(Json& path)>& visit);

// The value with every relative path in it, which starts from `directory`, made one that starts from `folder`.
Json with_paths_from(const std::filesystem::path& folder, const Field& field, Json value,
                     const std::filesystem::path& directory);

}  // namespace acidsim

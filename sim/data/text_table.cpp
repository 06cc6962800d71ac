#include "sim/data/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <map>

#include "sim/core/error.hpp"

namespace acidsim {

LineReader::LineReader(const std::string& path) : path_(path), file_(path, std::ios::binary) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    throw InputError(path, "is a directory", "", "a file is needed");
  if (!file_) throw InputError(path, "cannot be opened", std::strerror(errno));
}

bool LineReader::next(std::string& line) {
  if (!std::getline(file_, line)) return false;
  ++number_;
  if (number_ == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
  if (line.ends_with('\r')) line.pop_back();
  return true;
}

std::string LineReader::place() const { return fmt::format("{}:{}", path_, number_); }

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t";
  const std::size_t first = text.find_first_not_of(blank);
  return first == text.npos ? std::string_view{}
                            : text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::optional<double> parse_number(std::string_view field) {
  if (field.size() > 1 && field[0] == '+' && field[1] != '-') field.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (end != field.data() + field.size() || field.empty()) return std::nullopt;
  if (error == std::errc::result_out_of_range) {  // from_chars leaves the value alone
    const std::size_t exponent = field.find_first_of("eE");
    const bool tiny =
        exponent != field.npos ? field.substr(exponent + 1).starts_with('-') : field.starts_with('0');
    return tiny ? 0.0 : std::numeric_limits<double>::infinity();
  }
  if (error != std::errc{}) return std::nullopt;
  return value;
}

template <class Scalar>
Scalar finite_number(std::string_view field, const std::string& place, std::string_view what) {
  const std::optional<double> value = parse_number(field);
  if (!value) {
    throw InputError(place, fmt::format("{} is {}", what, field.empty() ? "empty" : "not a number"),
                     std::string(field.substr(0, 40)));
  }
  if (!(std::abs(*value) <= static_cast<double>(std::numeric_limits<Scalar>::max()))) {
    throw InputError(place, fmt::format("{} is not finite", what), std::string(field.substr(0, 40)),
                     "remove the row, or fill in the value");
  }
  return static_cast<Scalar>(*value);
}
template float finite_number<float>(std::string_view, const std::string&, std::string_view);
template double finite_number<double>(std::string_view, const std::string&, std::string_view);

template <class Scalar>
void TargetColumn<Scalar>::add(std::string_view field, const std::string& place) {
  if (task_ == Task::regression) {
    targets_.push_back(finite_number<Scalar>(field, place, "the target"));
    return;
  }
  if (field.empty()) throw InputError(place, "the label is empty");
  if (const auto value = parse_number(field); value && *value != std::floor(*value)) {
    throw InputError(place, "the label is a number but no integer", std::string(field),
                     "classes are integers or names; or is the task regression?");
  } else if (value && !std::isfinite(*value)) {
    throw InputError(place, "the label is not finite", std::string(field),
                     "remove the row, or fill in the value");
  }
  labels_.emplace_back(field);
}

template <class Scalar>
void TargetColumn<Scalar>::finish(Dataset<Scalar>& data) const {
  if (task_ == Task::regression) {
    data.targets = Eigen::Map<const Vector<Scalar>>(targets_.data(), static_cast<Index>(targets_.size()));
    return;
  }
  const bool numeric = std::all_of(labels_.begin(), labels_.end(),
                                   [](const auto& label) { return parse_number(label).has_value(); });
  // Numbers sort by value, so that "+1" and "1" are one class; text sorts by its bytes.
  using Key = std::pair<double, std::string>;
  const auto key = [&](const std::string& label) {
    return numeric ? Key{*parse_number(label), {}} : Key{0, label};
  };
  std::map<Key, std::int32_t> classes;
  for (const std::string& label : labels_) classes.emplace(key(label), 0);
  for (auto& [name, number] : classes) number = data.classes++;
  for (const std::string& label : labels_) data.labels.push_back(classes.at(key(label)));
}

template class TargetColumn<float>;
template class TargetColumn<double>;

}  // namespace acidsim

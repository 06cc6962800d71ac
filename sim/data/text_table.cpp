#include "sim/data/text_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "sim/core/error.hpp"

namespace acidsim {

LineReader::LineReader(const std::string& path) : path_(path), file_(path) {}

bool LineReader::fill() {
  const bool first = number_ == 0 && piece_.empty();
  piece_.resize(std::size_t{1} << 16);
  piece_.resize(file_.read(reinterpret_cast<unsigned char*>(piece_.data()), piece_.size()));
  at_ = 0;
  if (first) {
    refuse_utf16(piece_, path_);
    if (piece_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  }
  return at_ < piece_.size();
}

bool LineReader::next(std::string& line) {
  line.clear();
  bool any = false;
  for (bool ended = false; !ended && (at_ < piece_.size() || fill());) {
    any = true;
    const std::size_t end = piece_.find('\n', at_);
    ended = end != piece_.npos;
    line.append(piece_, at_, std::min(end, piece_.size()) - at_);
    at_ = ended ? end + 1 : piece_.size();
  }
  if (!any) return false;
  ++number_;
  if (line.find('\0') != line.npos)
    throw InputError(place(), "holds a zero byte", "", "a text file is needed, in UTF-8");
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

std::string first_of(const std::vector<std::string>& names) {
  constexpr std::size_t most = 8;
  const bool all = names.size() <= most;
  const std::vector<std::string> shown(names.begin(), all ? names.end() : names.begin() + most);
  return fmt::format("{}{}", fmt::join(shown, ", "), all ? "" : ", …");
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
  if (known_ != nullptr && !known_->find(field))
    throw InputError(place, "the label is none of the training rows", std::string(field),
                     "they have " + first_of(known_->names()));
  labels_.emplace_back(field);
}

ClassNumbers::ClassNumbers(const std::vector<std::string>& labels) {
  numeric_ = std::all_of(labels.begin(), labels.end(),
                         [](const auto& label) { return parse_number(label).has_value(); });
  for (const std::string& label : labels) numbers_.emplace(*key(label), 0);
  std::int32_t next = 0;
  for (auto& [name, number] : numbers_) number = next++;
}

std::optional<ClassNumbers::Key> ClassNumbers::key(std::string_view label) const {
  if (!numeric_) return Key{0, label};
  const std::optional<double> value = parse_number(label);
  return value ? std::optional(Key{*value, {}}) : std::nullopt;
}

std::optional<std::int32_t> ClassNumbers::find(std::string_view label) const {
  const std::optional<Key> wanted = key(label);
  const auto found = wanted ? numbers_.find(*wanted) : numbers_.end();
  return found == numbers_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> ClassNumbers::names() const {
  std::vector<std::string> all;
  for (const auto& [key, number] : numbers_)
    all.push_back(numeric_ ? fmt::format("{}", key.first) : key.second);
  return all;
}

template <class Scalar>
void TargetColumn<Scalar>::finish(Dataset<Scalar>& data, const ClassNumbers& classes) const {
  if (task_ == Task::regression) {
    data.targets = Eigen::Map<const Vector<Scalar>>(targets_.data(), static_cast<Index>(targets_.size()));
    return;
  }
  data.classes = classes.count();
  for (const std::string& label : labels_) data.labels.push_back(classes.find(label).value());
}

template class TargetColumn<float>;
template class TargetColumn<double>;

}  // namespace acidsim

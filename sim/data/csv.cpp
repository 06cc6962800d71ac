#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "sim/core/error.hpp"
#include "sim/data/csv_layout.hpp"
#include "sim/data/csv_rows.hpp"
#include "sim/data/readers.hpp"
#include "sim/data/text_table.hpp"

namespace acidsim {
namespace {

constexpr std::size_t rows_compared = 1000;  // with the first line, to tell a header from a row

std::string file_name(const std::string& path) { return std::filesystem::path(path).filename().string(); }

// The files of a table, read one after the other into columns. The first one settles the layout.
template <class Scalar>
class CsvTable {
 public:
  explicit CsvTable(const CsvOptions& options)
      : options_(options), delimiter_(options.delimiter), decimal_(delimiter_) {}

  Dataset<Scalar> read(const std::vector<std::string>& files, const ClassNumbers* known) {
    values_.clear();
    samples_ = 0;
    TargetColumn<Scalar> target(options_.task, known);
    RowOrigins origins;
    std::vector<std::string> owners;
    for (const std::string& file : files) {
      const std::size_t before = samples_;
      read_file(file, target, owners);
      if (samples_ == before) throw InputError(file, "holds no rows of data");
      origins.owners.resize(samples_, static_cast<std::uint32_t>(origins.owner_names.size()));
      origins.owner_names.push_back(file_name(file));
    }
    if (!options_.owner_column.empty()) {
      name_owners(origins, owners);
    } else if (files.size() == 1) {
      origins = {};
    }
    Dataset<Scalar> data;
    data.name = file_name(files.front());
    data.features = Eigen::Map<const Matrix<Scalar>>(values_.data(), static_cast<Index>(features()),
                                                     static_cast<Index>(samples_));
    data.origins = std::move(origins);
    if (!known) classes_ = target.classes();
    target.finish(data, known ? *known : classes_);
    return data;
  }

  const ClassNumbers& classes() const { return classes_; }

  // What was taken for what.
  std::string notice(const Dataset<Scalar>& data) const {
    const auto listed = [&](ColumnRole role) { return first_of(layout_.names(role)); };
    std::string header = "no header";
    if (layout_.has_header) header = fmt::format("header in line {}", header_line_);
    if (!layout_.reason.empty() && layout_.reason != "names")
      header += fmt::format(" ({}: {}; \"header\": false makes it a row)", first_of(layout_.header),
                            layout_.reason);
    std::string text =
        fmt::format("{}: {} rows of {} columns, {}; {} column {}; {} features: {}", data.name, data.samples(),
                    layout_.columns(), header, options_.task == Task::regression ? "target" : "label",
                    listed(ColumnRole::target), features(), listed(ColumnRole::feature));
    if (const auto owner = listed(ColumnRole::owner); !owner.empty())
      text +=
          fmt::format("; column {} says whose a row is ({} owners)", owner, data.origins.owner_names.size());
    if (layout_.roles.front() == ColumnRole::left_out)
      text += fmt::format("; left out as an index: {} at the front",
                          layout_.names(ColumnRole::left_out).size() == 1 ? "the column" : "the columns");
    if (comments_ > 0) text += fmt::format("; left out as comments: {} lines with #", comments_);
    if (decimal_.is_comma()) text += "; decimal commas";
    return text;
  }

  // An index that has a name, or no header above it, would be learnt from.
  std::optional<std::string> counting_column(const Dataset<Scalar>& data) const {
    constexpr Index fewest = 5;
    if (options_.index_column || layout_.roles.front() != ColumnRole::feature || data.samples() < fewest)
      return std::nullopt;
    const Scalar start = data.features(0, 0);
    if (start != 0 && start != 1) return std::nullopt;
    for (Index s = 0; s < data.samples(); ++s)
      if (data.features(0, s) != start + static_cast<Scalar>(s)) return std::nullopt;
    return fmt::format(
        "{}: {} counts the rows and is taken for a feature — \"index_column\": true leaves it out", data.name,
        layout_.name(0));
  }

 private:
  std::size_t features() const { return layout_.names(ColumnRole::feature).size(); }

  void read_file(const std::string& path, TargetColumn<Scalar>& target, std::vector<std::string>& owners) {
    CsvRows rows(path, delimiter_);
    CsvRow row;
    if (!rows.next(row)) return;
    const bool first_file = layout_.roles.empty();
    if (first_file) {
      delimiter_ = rows.delimiter();
      decimal_ = DecimalMark(delimiter_);
      layout_ = find_layout(row, rows.ahead(rows_compared), options_);
      comments_ = rows.comments();
      header_line_ = row.place.substr(row.place.rfind(':') + 1);
      for (std::size_t c = 0; c < layout_.columns(); ++c) names_.push_back(layout_.name(c));
    } else if (layout_.has_header && row.fields != layout_.header) {
      throw InputError(row.place, "has another header than the first file", first_of(row.fields),
                       "the same columns as there: " + first_of(layout_.header));
    }
    if (layout_.has_header && !rows.next(row)) return;
    do add(row, target, owners);
    while (rows.next(row));
  }

  void add(CsvRow& row, TargetColumn<Scalar>& target, std::vector<std::string>& owners) {
    if (row.fields.size() != layout_.columns()) {
      throw InputError(row.place, "has another number of columns than the first line",
                       fmt::format("{}", row.fields.size()), fmt::format("{} columns", layout_.columns()));
    }
    for (std::size_t c = 0; c < row.fields.size(); ++c) {
      std::string& field = row.fields[c];
      const ColumnRole role = layout_.roles[c];
      if (role == ColumnRole::feature || role == ColumnRole::target) decimal_.to_point(field, row.place);
      if (role == ColumnRole::target) {
        target.add(field, row.place);
      } else if (role == ColumnRole::feature) {
        values_.push_back(finite_number<Scalar>(field, row.place, names_[c]));
      } else if (role == ColumnRole::owner) {
        if (field.empty()) throw InputError(row.place, names_[c] + " does not say whose the row is");
        owners.push_back(field);
      }
    }
    ++samples_;
  }

  static void name_owners(RowOrigins& origins, const std::vector<std::string>& owners) {
    const ClassNumbers numbers(owners);
    origins.owner_names = numbers.names();
    for (std::size_t s = 0; s < owners.size(); ++s)
      origins.owners[s] = static_cast<std::uint32_t>(numbers.find(owners[s]).value());
  }

  CsvOptions options_;
  char delimiter_;
  DecimalMark decimal_;
  CsvLayout layout_;
  std::vector<std::string> names_;  // of the columns, for messages
  std::string header_line_;
  std::size_t comments_ = 0, samples_ = 0;
  std::vector<Scalar> values_;
  ClassNumbers classes_;
};

}  // namespace

template <class Scalar>
DatasetPair<Scalar> read_csv_tables(const TableFiles& files, const CsvOptions& options) {
  CsvTable<Scalar> table(options);
  DatasetPair<Scalar> data;
  data.train = std::make_shared<const Dataset<Scalar>>(table.read(files.train, nullptr));
  data.notices = {table.notice(*data.train)};
  if (const auto counting = table.counting_column(*data.train)) data.notices.push_back(*counting);
  if (!files.test.empty()) {
    const ClassNumbers* known = options.task == Task::classification ? &table.classes() : nullptr;
    data.test = std::make_shared<const Dataset<Scalar>>(table.read({files.test}, known));
  }
  return data;
}

template <class Scalar>
Dataset<Scalar> read_csv(const std::string& path, const CsvOptions& options) {
  return *read_csv_tables<Scalar>({{path}}, options).train;
}

template DatasetPair<float> read_csv_tables(const TableFiles&, const CsvOptions&);
template DatasetPair<double> read_csv_tables(const TableFiles&, const CsvOptions&);
template Dataset<float> read_csv(const std::string&, const CsvOptions&);
template Dataset<double> read_csv(const std::string&, const CsvOptions&);

}  // namespace acidsim

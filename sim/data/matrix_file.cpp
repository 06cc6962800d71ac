#include "sim/data/matrix_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "sim/core/error.hpp"
#include "sim/data/npy.hpp"
#include "sim/data/text_table.hpp"

namespace acidsim {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Matrix<double> matrix_of(const std::vector<double>& numbers, std::uint64_t rows, std::uint64_t columns) {
  return Eigen::Map<const RowMajor>(numbers.data(), static_cast<Index>(rows), static_cast<Index>(columns));
}

Matrix<double> read_binary(const std::filesystem::path& file) {
  const NpyArray array = read_npy(file);
  if (array.shape.size() != 2 || array.values.empty())
    throw InputError(file.string(), "does not hold a matrix",
                     fmt::format("shape ({})", fmt::join(array.shape, ", ")), "(rows, columns)");
  return matrix_of(array.values, array.shape[0], array.shape[1]);
}

// The fields of a line: commas, semicolons and tabs each end one, blanks in a row do so together.
std::vector<std::string_view> fields_of(std::string_view line) {
  const char* separators = line.find_first_of(",;\t") != line.npos ? ",;\t" : " ";
  std::vector<std::string_view> fields;
  for (std::size_t at = 0; at <= line.size();) {
    const std::size_t end = std::min(line.find_first_of(separators, at), line.size());
    const std::string_view field = trimmed(line.substr(at, end - at));
    if (!field.empty() || *separators != ' ') fields.push_back(field);
    at = end + 1;
  }
  return fields;
}

Matrix<double> read_text(const std::filesystem::path& file) {
  LineReader lines(file.string());
  std::vector<double> numbers;
  std::uint64_t rows = 0, columns = 0;
  for (std::string line; lines.next(line);) {
    const std::string_view text = trimmed(line);
    if (text.empty() || text.front() == '#') continue;
    const auto fields = fields_of(text);
    if (rows > 0 && fields.size() != columns)
      throw InputError(lines.place(), "not as many numbers as in the rows before",
                       fmt::format("{}", fields.size()), fmt::format("{}", columns));
    columns = fields.size();
    for (const std::string_view field : fields)
      numbers.push_back(finite_number<double>(field, lines.place(), "number"));
    ++rows;
  }
  if (rows == 0) throw InputError(file.string(), "holds no matrix", "", "one row per line");
  return matrix_of(numbers, rows, columns);
}

}  // namespace

Matrix<double> read_matrix(const std::filesystem::path& file) {
  return file.extension() == ".npy" ? read_binary(file) : read_text(file);
}

}  // namespace acidsim

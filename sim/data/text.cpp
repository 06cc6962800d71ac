#include "sim/data/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <filesystem>

#include "sim/core/error.hpp"
#include "sim/data/gzip_file.hpp"

namespace acidsim {
namespace {

struct Chapter {
  std::string name;
  std::size_t first = 0, end = 0;  // its characters
};

std::vector<std::uint8_t> read_bytes(const std::string& path) {
  GzipFile file(path);
  constexpr std::size_t piece = std::size_t{1} << 20, most = std::size_t{1} << 31;
  std::vector<std::uint8_t> bytes;
  for (std::size_t got = piece; got == piece;) {
    const std::size_t before = bytes.size();
    if (before >= most) throw InputError(path, "is too long", "", "at most 2 GiB");
    bytes.resize(before + piece);
    got = file.read(bytes.data() + before, piece);
    bytes.resize(before + got);
  }
  return bytes;
}

// "Chapter 3" or "CHAPTER XIV." becomes its name; any other line becomes empty.
std::string chapter_name(std::string_view line) {
  const auto trim = [&](const char* what) {
    const auto first = line.find_first_not_of(what);
    line =
        first == line.npos ? std::string_view() : line.substr(first, line.find_last_not_of(what) - first + 1);
  };
  trim(" \t\r.");
  constexpr std::string_view word = "chapter";
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  if (line.size() <= word.size() ||
      !std::equal(word.begin(), word.end(), line.begin(), [&](char b, char a) { return same(a, b); }))
    return {};
  const std::string name(line);
  line.remove_prefix(word.size());
  if (line.front() != ' ') return {};
  trim(" \t");
  const bool number =
      line.find_first_not_of("0123456789") == line.npos || line.find_first_not_of("IVXLC") == line.npos;
  return number ? name : std::string();
}

std::vector<Chapter> chapters_of(std::string_view text) {
  std::vector<Chapter> chapters;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (const std::string name = chapter_name(text.substr(at, end - at)); !name.empty()) {
      if (!chapters.empty()) chapters.back().end = at;
      chapters.push_back({name, chapters.empty() ? 0 : at});
    }
    at = end + 1;
  }
  if (chapters.empty()) chapters.push_back({"all"});
  chapters.back().end = text.size();
  return chapters;
}

// The numbers of the bytes that occur; of the others −1.
std::array<int, 256> symbols_of(const std::vector<std::uint8_t>& bytes) {
  std::array<int, 256> symbols;
  symbols.fill(-1);
  for (const std::uint8_t byte : bytes) symbols[byte] = 0;
  int next = 0;
  for (int& symbol : symbols)
    if (symbol == 0) symbol = next++;
  return symbols;
}

template <class Scalar>
class TextTable {
 public:
  TextTable(const std::string& path, std::shared_ptr<const std::vector<std::uint8_t>> text, Index context)
      : context_(context), symbols_(symbols_of(*text)), text_(std::move(text)) {
    name_ = std::filesystem::path(path).filename().string();
    classes_ = *std::max_element(symbols_.begin(), symbols_.end()) + 1;
  }
  int classes() const { return classes_; }

  std::shared_ptr<Dataset<Scalar>> empty(const std::vector<Chapter>& chapters) const {
    auto data = std::make_shared<Dataset<Scalar>>();
    data->name = name_;
    data->classes = data->symbols = classes_;
    data->shape = {context_};
    data->bytes = {text_, {}, context_, Matrix<Scalar>(256, 1)};
    for (std::size_t b = 0; b < 256; ++b)
      data->bytes.values(static_cast<Index>(b), 0) = static_cast<Scalar>(std::max(symbols_[b], 0));
    data->origins.total = static_cast<Index>(text_->size());
    for (const Chapter& chapter : chapters) data->origins.owner_names.push_back(chapter.name);
    return data;
  }

  // The samples whose labels are the characters first … end − 1 of a chapter.
  void add(std::size_t first, std::size_t end, std::uint32_t chapter, Dataset<Scalar>& data) const {
    for (std::size_t at = first; at < end; ++at) {
      data.bytes.starts.push_back(at - static_cast<std::size_t>(context_));
      data.labels.push_back(symbols_[(*text_)[at]]);
      data.origins.rows.push_back(static_cast<std::uint32_t>(at));
      data.origins.owners.push_back(chapter);
    }
  }

 private:
  Index context_;
  std::array<int, 256> symbols_;
  std::shared_ptr<const std::vector<std::uint8_t>> text_;
  std::string name_;
  int classes_;
};

}  // namespace

template <class Scalar>
DatasetPair<Scalar> read_text(const std::string& path, const TextOptions& options) {
  const auto text = std::make_shared<const std::vector<std::uint8_t>>(read_bytes(path));
  if (text->empty()) throw InputError(path, "is empty", "", "a text");
  const auto chapters = chapters_of({reinterpret_cast<const char*>(text->data()), text->size()});
  const TextTable<Scalar> table(path, text, options.context);
  if (table.classes() < 2) throw InputError(path, "holds one character alone", "", "a text");
  const auto train = table.empty(chapters), test = table.empty(chapters);
  for (std::size_t k = 0; k < chapters.size(); ++k) {
    const auto& [name, begin, end] = chapters[k];
    const std::size_t first = begin + static_cast<std::size_t>(options.context);
    const auto tests = static_cast<std::size_t>(
        std::llround(options.test_fraction * static_cast<double>(end - std::min(first, end))));
    if (end <= first + tests)
      throw InputError(path, fmt::format("{} is too short", name), fmt::format("{} characters", end - begin),
                       fmt::format("more than the context of {}", options.context));
    table.add(first, end - tests, static_cast<std::uint32_t>(k), *train);
    table.add(end - tests, end, static_cast<std::uint32_t>(k), *test);
  }
  DatasetPair<Scalar> pair{train, nullptr};
  if (test->samples() > 0) pair.test = test;
  return pair;
}

template DatasetPair<float> read_text(const std::string&, const TextOptions&);
template DatasetPair<double> read_text(const std::string&, const TextOptions&);

}  // namespace acidsim

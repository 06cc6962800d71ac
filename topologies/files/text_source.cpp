#include "topologies/files/text_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/locale/utf.hpp>
#include <cstring>
#include <istream>
#include <utility>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

constexpr std::size_t block_size = 1 << 16;  // bytes

bool is_control(std::uint32_t point) { return (point < 0x20 && point != '\t') || point == 0x7f; }

// Reads one code point and moves `at` behind it (behind the bad bytes, where it is none).
std::uint32_t decode(std::string_view::iterator& at, std::string_view::iterator end) {
  return boost::locale::utf::utf_traits<char>::decode(at, end);
}

bool is_valid(std::uint32_t point) { return boost::locale::utf::is_valid_codepoint(point); }

}  // namespace

TextSource::TextSource(std::istream& in, std::string file)
    : in_(in), file_(std::move(file)), buffer_(block_size) {
  fill();
  if (std::string_view(buffer_.data(), size_).starts_with("\xef\xbb\xbf")) at_ = 3;
}

std::string TextSource::place(std::uint64_t line) const { return fmt::format("{}:{}", file_, line); }

// Moves what is left to the front of the buffer and reads on; false where nothing came.
bool TextSource::fill() {
  const std::size_t left = size_ - at_;
  std::memmove(buffer_.data(), buffer_.data() + at_, left);
  at_ = 0;
  size_ = left;
  if (!in_.good()) return false;
  in_.read(buffer_.data() + left, static_cast<std::streamsize>(buffer_.size() - left));
  if (in_.bad()) throw InputError(file_, "cannot be read");
  size_ += static_cast<std::size_t>(in_.gcount());
  return size_ > left;
}

bool TextSource::next_line(std::string_view& line, std::size_t longest) {
  if (std::exchange(line_given_, false)) ++line_;
  const void* newline = nullptr;
  for (std::size_t searched = 0;;) {
    newline = std::memchr(buffer_.data() + at_ + searched, '\n', size_ - at_ - searched);
    searched = size_ - at_;
    if (newline != nullptr || searched > longest + 1 || !fill()) break;
  }
  const std::size_t length =
      newline != nullptr
          ? static_cast<std::size_t>(static_cast<const char*>(newline) - (buffer_.data() + at_))
          : size_ - at_;
  if (length == 0 && newline == nullptr) return false;
  line = {buffer_.data() + at_, length};
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.size() > longest) {
    throw InputError(place(), "line too long", {},
                     fmt::format("at most {} bytes; is the file of the format that its name says?", longest));
  }
  at_ += length + (newline != nullptr ? 1 : 0);
  line_given_ = true;
  return true;
}

void check_text(std::string_view text, const std::string& place, const std::string& hint) {
  const auto plain = [](char c) { return (c >= 0x20 && c < 0x7f) || c == '\t'; };
  if (std::all_of(text.begin(), text.end(), plain)) return;
  for (auto at = text.begin(); at != text.end();) {
    const auto begin = at;
    if (const std::uint32_t point = decode(at, text.end()); !is_valid(point) || is_control(point)) {
      throw InputError(place, "not text", fmt::format("byte 0x{:02x}", static_cast<unsigned char>(*begin)),
                       hint);
    }
  }
}

std::string one_line(std::string_view text) {
  std::string line;
  for (auto at = text.begin(); at != text.end();) {
    const auto begin = at;
    const std::uint32_t point = decode(at, text.end());
    if (is_valid(point) && !is_control(point) && point != '\t') {
      line.append(begin, at);
    } else {
      line += ' ';
    }
  }
  const std::size_t first = line.find_first_not_of(' ');
  if (first == line.npos) return {};
  return line.substr(first, line.find_last_not_of(' ') - first + 1);
}

std::string beginning(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return one_line(text);
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
  return one_line(text.substr(0, bytes)) + "…";
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

}  // namespace acidsim

// The bytes of a graph file, read in blocks, with the number of the line they stand on.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace acidsim {

class TextSource {
 public:
  static constexpr int end = -1;

  // A byte order mark in front is skipped. `file` names the source in messages.
  TextSource(std::istream& in, std::string file);

  // The next byte, or `end`.
  int peek() { return at_ < size_ || fill() ? static_cast<unsigned char>(buffer_[at_]) : end; }
  int get() {
    const int byte = peek();
    if (byte == end) return end;
    ++at_;
    if (byte == '\n') ++line_;
    return byte;
  }
  // The rest of the line, without its end ("\n" or "\r\n"); valid until the next call. False at the end of
  // the file. Throws InputError where it has more than `longest` bytes (at most 60000).
  bool next_line(std::string_view& line, std::size_t longest);

  // Of the next byte; after next_line, of the line that it gave.
  std::uint64_t line() const { return line_; }
  const std::string& file() const { return file_; }
  std::string place() const { return place(line_); }
  std::string place(std::uint64_t line) const;

 private:
  bool fill();

  std::istream& in_;
  std::string file_;
  std::vector<char> buffer_;
  std::size_t at_ = 0, size_ = 0;
  std::uint64_t line_ = 1;
  bool line_given_ = false;  // by next_line, and not counted yet
};

// Throws InputError at `place` unless the text is valid UTF-8 without control characters other than tab.
void check_text(std::string_view text, const std::string& place, const std::string& hint = {});

// The same text with every control character and every byte that is no UTF-8 replaced by a space, and without
// blanks at its ends.
std::string one_line(std::string_view text);

// The beginning of a text, at most `bytes` long, as it may stand in a message.
std::string beginning(std::string_view text, std::size_t bytes = 60);

std::string lower(std::string_view text);

}  // namespace acidsim

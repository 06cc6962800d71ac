#include "topologies/files/dot_tokens.hpp"

#include <fmt/format.h>

#include <string_view>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

constexpr std::size_t longest_token = 1 << 20;  // bytes

bool is_digit(int c) { return c >= '0' && c <= '9'; }
bool is_letter(int c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80; }

}  // namespace

// Appends the next byte of the file to the token.
void DotTokens::take(DotToken& token) {
  if (token.text.size() == longest_token)
    throw InputError(source_.place(token.line), "a word or string is too long", {},
                     fmt::format("at most {} bytes", longest_token));
  token.text += static_cast<char>(source_.get());
}

// Skips a comment whose first character has been read.
void DotTokens::skip_comment() {
  const std::uint64_t line = source_.line();
  if (source_.peek() == '/') {
    while (source_.peek() != '\n' && source_.peek() != TextSource::end) source_.get();
  } else if (source_.peek() == '*') {
    source_.get();
    for (int last = 0, c = source_.get();; last = c, c = source_.get()) {
      if (c == TextSource::end) throw InputError(source_.place(line), "a comment is not closed");
      if (last == '*' && c == '/') break;
    }
  } else {
    throw InputError(source_.place(), "a single /", {}, "comments begin with // or /*");
  }
}

void DotTokens::skip_blanks() {
  for (;;) {
    const int c = source_.peek();
    if (c == '\n') {
      source_.get();
      line_begins_ = true;
    } else if (c == ' ' || c == '\t' || c == '\r') {
      source_.get();
    } else if (c == '#' && line_begins_) {
      while (source_.peek() != '\n' && source_.peek() != TextSource::end) source_.get();
    } else if (c == '/') {
      source_.get();
      skip_comment();
    } else {
      line_begins_ = false;
      return;
    }
  }
}

DotToken DotTokens::next() {
  skip_blanks();
  DotToken token;
  token.line = source_.line();
  const int c = source_.peek();
  if (c == TextSource::end) return token;
  token.kind = DotToken::punctuation;
  if (c == '"') {
    read_quoted(token);
  } else if (c == '<') {
    read_html(token);
  } else if (c == '-') {
    take(token);
    if (source_.peek() == '-' || source_.peek() == '>') {
      take(token);
    } else {
      read_id(token);
    }
  } else if (c < 0x80 && std::string_view("{}[];,=:+").find(static_cast<char>(c)) != std::string_view::npos) {
    take(token);
  } else {
    read_id(token);
  }
  return token;
}

// Letters, digits and underscores, or a number. A minus sign may be there already.
void DotTokens::read_id(DotToken& token) {
  token.kind = DotToken::id;
  if (token.text.empty() && is_letter(source_.peek())) {
    while (is_letter(source_.peek()) || is_digit(source_.peek())) take(token);
  } else {
    bool point = false;
    std::size_t digits = 0;
    for (int c = source_.peek(); is_digit(c) || (c == '.' && !point); c = source_.peek()) {
      point = point || c == '.';
      digits += is_digit(c) ? 1 : 0;
      take(token);
    }
    if (digits == 0) {
      const int c = source_.peek();
      throw InputError(source_.place(), "not part of DOT",
                       c > ' ' && c < 0x7f ? std::string(1, static_cast<char>(c))
                                           : fmt::format("byte 0x{:02x}", c & 0xff));
    }
    if (is_letter(source_.peek()) || source_.peek() == '.')
      throw InputError(source_.place(), "letters behind a number", token.text, "quote such a word");
  }
  check_text(token.text, source_.place(token.line), "DOT in UTF-8");
}

// Of the escapes, \" is a quote and a backslash before the end of a line joins it to the next; the others
// stay.
void DotTokens::read_quoted(DotToken& token) {
  token.kind = DotToken::quoted;
  source_.get();
  for (int c = source_.peek(); c != '"'; c = source_.peek()) {
    if (c == TextSource::end) throw InputError(source_.place(token.line), "a string is not closed");
    take(token);
    if (c != '\\') continue;
    const int escaped = source_.peek();
    if (escaped == '"' || escaped == '\n') token.text.pop_back();
    if (escaped == '\n') source_.get();
    if (escaped == '"' || escaped == '\\') take(token);
  }
  source_.get();
}

// <…> with balanced brackets inside.
void DotTokens::read_html(DotToken& token) {
  token.kind = DotToken::html;
  for (std::size_t depth = 0;;) {
    const int c = source_.peek();
    if (c == TextSource::end) throw InputError(source_.place(token.line), "an HTML string is not closed");
    if (c == '<') ++depth;
    if (c == '>') --depth;
    take(token);
    if (depth == 0) return;
  }
}

}  // namespace acidsim

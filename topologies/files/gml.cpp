#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>

#include "sim/core/error.hpp"
#include "topologies/files/graph_builder.hpp"
#include "topologies/files/readers.hpp"
#include "topologies/files/text_source.hpp"

namespace acidsim {
namespace {

constexpr std::size_t longest_word = 1000;       // bytes
constexpr std::size_t longest_string = 1 << 20;  // bytes

void append_utf8(std::string& text, std::uint32_t point) {
  const auto byte = [&](std::uint32_t value) { text += static_cast<char>(value); };
  if (point < 0x80) {
    byte(point);
  } else if (point < 0x800) {
    byte(0xc0 | point >> 6), byte(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    byte(0xe0 | point >> 12), byte(0x80 | (point >> 6 & 0x3f)), byte(0x80 | (point & 0x3f));
  } else {
    byte(0xf0 | point >> 18), byte(0x80 | (point >> 12 & 0x3f)), byte(0x80 | (point >> 6 & 0x3f));
    byte(0x80 | (point & 0x3f));
  }
}

// The character that the inside of &…; stands for; empty where it stands for none.
std::string character(std::string_view entity) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> named = {
      {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}}};
  for (const auto& [name, text] : named) {
    if (entity == name) return std::string(text);
  }
  if (!entity.starts_with('#') || entity.size() < 2) return {};
  const bool hex = entity[1] == 'x' || entity[1] == 'X';
  std::uint32_t point = 0;
  for (const char c : entity.substr(hex ? 2 : 1)) {
    const std::string_view digits = hex ? "0123456789abcdef" : "0123456789";
    const std::size_t digit = digits.find(lower(std::string_view(&c, 1)));
    if (digit == digits.npos || point > 0x10ffff) return {};
    point = point * (hex ? 16 : 10) + static_cast<std::uint32_t>(digit);
  }
  if (point < 0x20 || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return {};
  std::string text;
  append_utf8(text, point);
  return text;
}

// GML is ASCII: other characters are written &#233; or &eacute;, of which those with a number are known here.
std::string decoded(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t semicolon = text[0] == '&' ? text.substr(0, 12).find(';') : text.npos;
    if (semicolon != text.npos) {
      if (const std::string c = character(text.substr(1, semicolon - 1)); !c.empty()) {
        result += c;
        text.remove_prefix(semicolon + 1);
        continue;
      }
    }
    result += text[0];
    text.remove_prefix(1);
  }
  return result;
}

struct Token {
  enum Kind { word, string, open, close, end } kind = end;
  std::string text;
  std::uint64_t line = 0;
};

class GmlReader {
 public:
  GmlReader(std::istream& in, const std::string& file, const ReadOptions& options)
      : source_(in, file), builder_(file, options) {}

  RawGraph read() {
    bool found = false;
    for (next(); token_.kind != Token::end; next()) {
      const std::string key = take_key();
      if (key == "graph" && token_.kind == Token::open) {
        if (std::exchange(found, true)) refuse("a second graph");
        read_graph();
      } else {
        skip_value();
      }
    }
    if (!found)
      throw InputError(source_.file(), "no graph", {},
                       "graph [ node [ id 0 ] … edge [ source 0 target 1 ] … ]");
    return builder_.finish();
  }

 private:
  [[noreturn]] void refuse(const std::string& problem, const std::string& hint = {}) const {
    throw InputError(source_.place(token_.line), problem,
                     token_.kind == Token::end ? std::string("end of file") : beginning(token_.text), hint);
  }

  void skip_blanks() {
    for (int c = source_.peek();; c = source_.peek()) {
      if (c == '#') {
        while (source_.peek() != '\n' && source_.peek() != TextSource::end) source_.get();
      } else if (c == ' ' || (c >= '\t' && c <= '\r')) {
        source_.get();
      } else {
        return;
      }
    }
  }

  void next() {
    skip_blanks();
    token_.line = source_.line();
    token_.text.clear();
    const int c = source_.peek();
    if (c == TextSource::end) {
      token_.kind = Token::end;
    } else if (c == '[' || c == ']') {
      token_.kind = c == '[' ? Token::open : Token::close;
      token_.text = static_cast<char>(source_.get());
    } else if (c == '"') {
      read_string();
    } else {
      read_word();
    }
  }

  void read_string() {
    token_.kind = Token::string;
    source_.get();
    for (int c = source_.get(); c != '"'; c = source_.get()) {
      if (c == TextSource::end) throw InputError(source_.place(token_.line), "a string is not closed");
      if (token_.text.size() == longest_string)
        refuse("a string is too long", fmt::format("at most {} bytes", longest_string));
      token_.text += static_cast<char>(c);
    }
  }

  void read_word() {
    token_.kind = Token::word;
    for (int c = source_.peek(); c > ' ' && c != '[' && c != ']' && c != '"' && c != '#';
         c = source_.peek()) {
      if (token_.text.size() == longest_word)
        refuse("a word is too long", fmt::format("at most {} bytes", longest_word));
      token_.text += static_cast<char>(source_.get());
    }
    check_text(token_.text, source_.place(), "a GML file");
    if (token_.text.empty())
      throw InputError(source_.place(), "not text", fmt::format("byte 0x{:02x}", source_.peek()),
                       "a GML file");
  }

  // The key here, in small letters; its value is the next token then.
  std::string take_key() {
    const char first = token_.text.empty() ? ' ' : token_.text[0];
    const bool letter = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') || first == '_';
    if (token_.kind != Token::word || !letter) refuse("a key is missing here", "key value, or key [ … ]");
    key_as_written_ = token_.text;
    std::string key = lower(token_.text);
    next();
    if (token_.kind == Token::close || token_.kind == Token::end) refuse(fmt::format("{} has no value", key));
    return key;
  }

  // Behind a value of any kind. Lists may be nested to any depth: no recursion.
  void skip_value() {
    std::uint64_t depth = 0;
    const std::uint64_t line = token_.line;
    for (;; next()) {
      if (token_.kind == Token::open) ++depth;
      if (token_.kind == Token::close) --depth;
      if (token_.kind == Token::end) throw InputError(source_.place(line), "a list is not closed");
      if (depth == 0) return;
    }
  }

  // Calls take(key) for each key of the list that begins here; take leaves the last token of the value.
  template <class Take>
  void read_list(Take take) {
    const std::uint64_t line = token_.line;
    for (next(); token_.kind != Token::close; next()) {
      if (token_.kind == Token::end) throw InputError(source_.place(line), "a list is not closed");
      take(take_key());
    }
  }

  bool is_scalar() const { return token_.kind == Token::word || token_.kind == Token::string; }

  // The value here as text, where it is a number or a string.
  std::string scalar(const std::string& key) const {
    if (!is_scalar()) refuse(fmt::format("{} is not a number or a string", key));
    return token_.kind == Token::string ? decoded(token_.text) : token_.text;
  }

  void read_graph() {
    read_list([&](const std::string& key) {
      if (key == "node" && token_.kind == Token::open) {
        read_node();
      } else if (key == "edge" && token_.kind == Token::open) {
        read_edge();
      } else if (key == "graph" || key == "node" || key == "edge") {
        refuse(key == "graph" ? "a graph within a graph" : fmt::format("{} is not a list", key));
      } else if (key == "directed") {
        builder_.graph().directed = scalar(key) == "1";
      } else if ((key == "label" || key == "name") && is_scalar()) {
        builder_.graph().name = scalar(key);
      } else {
        skip_value();
      }
    });
  }

  void read_node() {
    const std::uint64_t line = token_.line;
    std::optional<std::string> id;
    NodeAttributes attributes;
    read_list([&](const std::string& key) {
      if (key == "id") {
        id = scalar(key);
      } else if (key == "graphics" && token_.kind == Token::open) {
        read_list([&](const std::string&) { take_attribute(attributes); });
      } else if (key == "graph" && token_.kind == Token::open) {
        refuse("a graph within a node");
      } else {
        take_attribute(attributes);
      }
    });
    if (!id) throw InputError(source_.place(line), "a node without id");
    builder_.describe(builder_.declare(*id, line), attributes);
  }

  void take_attribute(NodeAttributes& attributes) {
    if (is_scalar()) {
      builder_.set(attributes, key_as_written_, scalar(key_as_written_), source_.place(token_.line));
    } else {
      skip_value();
    }
  }

  void read_edge() {
    const std::uint64_t line = token_.line;
    std::optional<std::string> source, target;
    EdgeAttributes attributes;
    read_list([&](const std::string& key) {
      if (key == "source") {
        source = scalar(key);
      } else if (key == "target") {
        target = scalar(key);
      } else if (const EdgeKey known = builder_.edge_key(builder_.names_rate() ? key_as_written_ : key);
                 known.matters()) {
        attributes.set(known, scalar(key), source_.place(token_.line));
      } else {
        skip_value();
      }
    });
    if (!source || !target)
      throw InputError(source_.place(line), source ? "an edge without target" : "an edge without source");
    const Worker a = builder_.refer(*source, line), b = builder_.refer(*target, line);
    builder_.link(a, b, attributes, line);
  }

  TextSource source_;
  GraphBuilder builder_;
  Token token_;
  std::string key_as_written_;  // the last key that was taken
};

}  // namespace

RawGraph parse_gml(std::istream& in, const std::string& file, const ReadOptions& options) {
  return GmlReader(in, file, options).read();
}

RawGraph parse_gml(std::istream& in, const std::string& file) { return parse_gml(in, file, ReadOptions()); }

}  // namespace acidsim

// The words of a DOT file.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "topologies/files/text_source.hpp"

namespace acidsim {

struct DotToken {
  enum Kind { id, quoted, html, punctuation, end };  // punctuation: { } [ ] ; , = : + -- ->
  Kind kind = end;
  std::string text;
  std::uint64_t line = 0;
};

// Comments (//, /* */, lines that begin with #) are skipped. Throws InputError at "file:line".
class DotTokens {
 public:
  DotTokens(std::istream& in, const std::string& file) : source_(in, file) {}

  const TextSource& source() const { return source_; }
  DotToken next();

 private:
  void skip_blanks();
  void skip_comment();
  void read_id(DotToken& token);
  void read_quoted(DotToken& token);
  void read_html(DotToken& token);
  void take(DotToken& token);

  TextSource source_;
  bool line_begins_ = true;
};

}  // namespace acidsim

// Expat behind a C++ face: one callback per element, exceptions allowed, memory bounded.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace acidsim {

// What happens in an XML document. Names come without their namespace prefix.
class XmlHandler {
 public:
  using Attributes = std::vector<std::pair<std::string_view, std::string_view>>;

  virtual ~XmlHandler() = default;
  virtual void start(std::string_view element, const Attributes& attributes, std::uint64_t line) = 0;
  virtual void end(std::string_view element) = 0;
  virtual void text(std::string_view piece) = 0;  // of an element, in pieces
};

// Throws InputError at "file:line" where the stream is not well-formed XML, declares entities (a few lines of
// which can stand for gigabytes), is nested more than 100 levels deep, or has a tag of more than 1 MB.
void parse_xml(std::istream& in, const std::string& file, XmlHandler& handler);

}  // namespace acidsim

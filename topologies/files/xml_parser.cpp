#include "topologies/files/xml_parser.hpp"

#include <expat.h>
#include <fmt/format.h>

#include <exception>
#include <istream>
#include <memory>
#include <new>
#include <type_traits>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

constexpr int xml_block = 1 << 16;  // bytes
constexpr int blocks_per_tag = 16;  // at most
constexpr int deepest = 100;        // levels

std::string_view local(std::string_view name) {
  const std::size_t colon = name.rfind(':');
  return colon == name.npos ? name : name.substr(colon + 1);
}

class Expat {
 public:
  Expat(const std::string& file, XmlHandler& handler)
      : file_(file), handler_(handler), parser_(XML_ParserCreate(nullptr)) {
    if (!parser_) throw std::bad_alloc();
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(
        parser_.get(),
        [](void* self, const char* name, const char** attributes) {
          guarded(self, [&](Expat& expat) { expat.start(name, attributes); });
        },
        [](void* self, const char* name) {
          guarded(self, [&](Expat& expat) {
            --expat.depth_;
            expat.handler_.end(local(name));
          });
        });
    XML_SetCharacterDataHandler(parser_.get(), [](void* self, const char* text, int size) {
      guarded(self, [&](Expat& expat) { expat.handler_.text({text, static_cast<std::size_t>(size)}); });
    });
    XML_SetEntityDeclHandler(parser_.get(), [](void* self, const char* name, auto...) {
      guarded(self, [&](Expat& expat) {
        throw InputError(expat.place(), "entities are not declared in graph files", name,
                         "write the text itself");
      });
    });
    // So that every part of the document counts as progress, comments too.
    XML_SetDefaultHandlerExpand(
        parser_.get(), [](void* self, const char*, int) { static_cast<Expat*>(self)->progress_ = true; });
  }

  void read(std::istream& in) {
    for (int idle = 0; in.good();) {
      void* buffer = XML_GetBuffer(parser_.get(), xml_block);
      if (buffer == nullptr) throw std::bad_alloc();
      in.read(static_cast<char*>(buffer), xml_block);
      if (in.bad()) throw InputError(file_, "cannot be read");
      progress_ = false;
      const auto status = XML_ParseBuffer(parser_.get(), static_cast<int>(in.gcount()), in.eof());
      if (error_) std::rethrow_exception(error_);
      if (status != XML_STATUS_OK)
        throw InputError(place(),
                         fmt::format("not XML: {}", XML_ErrorString(XML_GetErrorCode(parser_.get()))));
      idle = progress_ ? 0 : idle + 1;
      if (idle > blocks_per_tag)
        throw InputError(place(), "a tag or comment is too long", {}, "at most 1 MB");
    }
  }

 private:
  std::uint64_t line() const { return XML_GetCurrentLineNumber(parser_.get()); }
  std::string place() const { return fmt::format("{}:{}", file_, line()); }

  // No exception may pass through expat, which is C: it is kept, and the parser stopped.
  template <class Action>
  static void guarded(void* self, Action action) {
    Expat& expat = *static_cast<Expat*>(self);
    expat.progress_ = true;
    if (expat.error_) return;
    try {
      action(expat);
    } catch (...) {
      expat.error_ = std::current_exception();
      XML_StopParser(expat.parser_.get(), XML_FALSE);
    }
  }

  void start(const char* name, const char** attributes) {
    if (++depth_ > deepest)
      throw InputError(place(), "nested too deeply", {}, fmt::format("at most {} levels", deepest));
    attributes_.clear();
    for (; *attributes != nullptr; attributes += 2)
      attributes_.emplace_back(local(attributes[0]), attributes[1]);
    handler_.start(local(name), attributes_, line());
  }

  struct Free {
    void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
  };
  const std::string& file_;
  XmlHandler& handler_;
  std::unique_ptr<std::remove_pointer_t<XML_Parser>, Free> parser_;
  XmlHandler::Attributes attributes_;
  std::exception_ptr error_;
  int depth_ = 0;
  bool progress_ = false;
};

}  // namespace

void parse_xml(std::istream& in, const std::string& file, XmlHandler& handler) {
  Expat(file, handler).read(in);
}

}  // namespace acidsim

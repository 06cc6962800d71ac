// The bytes of a graph file, wherever they come from.
#pragma once

#include <filesystem>
#include <istream>
#include <memory>
#include <streambuf>
#include <string>
#include <string_view>

namespace acidsim {

// A regular file, or a pipe or terminal (which is read whole when it is first opened, and from memory ever after:
// what is in it can be had once only). Text in gzip is unpacked. Throws InputError for anything else (a folder,
// nothing) and for UTF-16, which is recognised by its first bytes.
class GraphInput {
 public:
  explicit GraphInput(const std::filesystem::path& file);

  std::istream& stream() { return stream_; }
  // Its first bytes, at most 64 KB.
  std::string_view head() const { return head_; }
  bool from_pipe() const { return from_pipe_; }

 private:
  void check_encoding(const std::string& file) const;

  std::unique_ptr<std::streambuf> bytes_;
  std::istream stream_{nullptr};
  std::string_view head_;
  bool from_pipe_ = false;
};

}  // namespace acidsim

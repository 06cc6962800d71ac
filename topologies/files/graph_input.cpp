#include "topologies/files/graph_input.hpp"

#include <zlib.h>

#include <map>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

#include "sim/core/error.hpp"
#include "topologies/files/text_source.hpp"

namespace acidsim {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t input_block = 1 << 16;              // bytes
constexpr std::size_t most_piped = std::size_t{1} << 32;  // bytes

// A file read through zlib, which leaves what is not packed as it is. The first block is kept.
class PackedBytes : public std::streambuf {
 public:
  explicit PackedBytes(const fs::path& file) : file_(printable_text(file.string())), block_(input_block) {
    packed_.reset(gzopen(file.c_str(), "rb"));
    if (!packed_) throw InputError(file_, "cannot be opened", {}, "check its permissions");
    gzbuffer(packed_.get(), 2 * input_block);
    const std::size_t size = read_block();
    head_.assign(block_.data(), size);
    setg(block_.data(), block_.data(), block_.data() + size);
  }

  std::string_view head() const { return head_; }
  // All that is left of a pipe.
  std::string rest() {
    std::string text;
    for (std::size_t size = input_block; underflow() != traits_type::eof();) {
      size = static_cast<std::size_t>(egptr() - gptr());
      if (text.size() + size > most_piped)
        throw InputError(file_, "too much for a pipe", {}, "write it to a file");
      text.append(gptr(), size);
      setg(block_.data(), block_.data() + size, block_.data() + size);
    }
    return text;
  }

 private:
  int_type underflow() override {
    if (gptr() < egptr()) return traits_type::to_int_type(*gptr());
    const std::size_t size = read_block();
    setg(block_.data(), block_.data(), block_.data() + size);
    return size == 0 ? traits_type::eof() : traits_type::to_int_type(block_[0]);
  }

  std::size_t read_block() {
    const int size = gzread(packed_.get(), block_.data(), static_cast<unsigned>(block_.size()));
    int error = Z_OK;
    const char* reason = gzerror(packed_.get(), &error);
    if (size >= 0 && error == Z_OK) return static_cast<std::size_t>(size);
    if (error == Z_ERRNO) throw InputError(file_, "cannot be read");
    throw InputError(file_, "the packed file is damaged or cut short", beginning(reason),
                     "pack it again with gzip");
  }

  std::string file_;
  std::vector<char> block_;
  std::string head_;
  struct Close {
    void operator()(gzFile file) const { gzclose(file); }
  };
  std::unique_ptr<std::remove_pointer_t<gzFile>, Close> packed_;
};

// Bytes that live elsewhere.
class KeptBytes : public std::streambuf {
 public:
  explicit KeptBytes(const std::string& text) {
    char* begin = const_cast<char*>(text.data());  // a streambuf that is only read from never writes
    setg(begin, begin, begin + text.size());
  }
};

// Of a pipe, read once in the life of the program.
const std::string& text_of_pipe(const fs::path& file) {
  static std::mutex mutex;
  static std::map<std::string, std::string> texts;
  const std::scoped_lock lock(mutex);
  const auto found = texts.find(file.string());
  if (found != texts.end()) return found->second;
  std::string text = PackedBytes(file).rest();
  return texts.emplace(file.string(), std::move(text)).first->second;
}

}  // namespace

GraphInput::GraphInput(const fs::path& file) {
  const std::string name = printable_text(file.string());
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (!fs::exists(status)) throw InputError(name, "no such file");
  if (fs::is_directory(status)) throw InputError(name, "is a directory", {}, "name a graph file in it");
  from_pipe_ =
      fs::is_fifo(status) || fs::is_socket(status) || (fs::is_character_file(status) && file == "/dev/stdin");
  if (!fs::is_regular_file(status) && !from_pipe_)
    throw InputError(name, "neither a file nor a pipe", {}, "name a graph file");
  if (from_pipe_) {
    const std::string& text = text_of_pipe(file);
    bytes_ = std::make_unique<KeptBytes>(text);
    head_ = std::string_view(text).substr(0, input_block);
  } else {
    auto packed = std::make_unique<PackedBytes>(file);
    head_ = packed->head();
    bytes_ = std::move(packed);
  }
  stream_.rdbuf(bytes_.get());
  stream_.exceptions(std::ios::badbit);  // so that what zlib finds is not lost
  check_encoding(name);
}

void GraphInput::check_encoding(const std::string& file) const {
  const auto has_zeros_at = [&](std::size_t first) {
    return head_.size() >= 4 && head_[first] == '\0' && head_[first + 2] == '\0' &&
           head_[1 - first] != '\0' && head_[3 - first] != '\0';
  };
  const auto starts = [&](const char(&bytes)[5]) { return head_.starts_with(std::string_view(bytes, 4)); };
  if (starts("\xff\xfe<\0") || starts("\xfe\xff\0<")) return;  // XML, whose reader knows UTF-16
  if (!head_.starts_with("\xff\xfe") && !head_.starts_with("\xfe\xff") && !has_zeros_at(0) &&
      !has_zeros_at(1))
    return;
  throw InputError(file, "the text is in UTF-16", {}, "save it as UTF-8: iconv -f UTF-16 -t UTF-8");
}

}  // namespace acidsim

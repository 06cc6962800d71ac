#include "sim/data/gzip_file.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "sim/core/error.hpp"

namespace acidsim {

GzipFile::GzipFile(const std::string& path) : path_(path), file_(nullptr, gzclose) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    throw InputError(path, "is a directory", "", "a file is needed");
  file_.reset(gzopen(path.c_str(), "rb"));
  if (!file_) throw InputError(path, "cannot be opened", std::strerror(errno));
}

std::size_t GzipFile::read(unsigned char* out, std::size_t count) {
  const int got = gzread(file_.get(), out, static_cast<unsigned>(count));
  int code = Z_OK;
  gzerror(file_.get(), &code);
  if (got < 0 || (code != Z_OK && code != Z_STREAM_END)) {
    throw InputError(path_,
                     code == Z_BUF_ERROR ? "ends before its gzip stream does" : "holds damaged gzip data", "",
                     "truncated download?");
  }
  return static_cast<std::size_t>(got);
}

}  // namespace acidsim

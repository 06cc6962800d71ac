// A file that may be compressed: gzip or plain, read forward.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <memory>
#include <string>

namespace acidsim {

class GzipFile {
 public:
  explicit GzipFile(const std::string& path);  // InputError where it cannot be opened

  // Up to `count` bytes; fewer only at the end of the file.
  std::size_t read(unsigned char* out, std::size_t count);

 private:
  std::string path_;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
};

}  // namespace acidsim

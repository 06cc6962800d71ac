// For readers that open files: made-up bytes as a file in memory, and what every data set promises.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "sim/core/dataset.hpp"
#include "sim/core/error.hpp"

namespace acidsim {

inline void promise(bool kept) {
  if (!kept) std::abort();
}

// A file in memory, used again and again.
class MemoryFile {
 public:
  MemoryFile() : file_(::memfd_create("fuzz", 0)) { promise(file_ >= 0); }
  ~MemoryFile() { ::close(file_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  // Replaces the contents, and returns the path.
  std::string holding(const void* data, std::size_t size) {
    promise(::ftruncate(file_, 0) == 0);
    promise(::pwrite(file_, data, size, 0) == static_cast<ssize_t>(size));
    return "/proc/self/fd/" + std::to_string(file_);
  }

 private:
  int file_;
};

template <class Scalar>
void check_dataset(const Dataset<Scalar>& data, bool classification) {
  promise(data.samples() > 0 && data.sample_size() > 0 && data.features.allFinite());
  if (data.bytes)
    for (const std::uint64_t start : data.bytes.starts)
      promise(start + static_cast<std::uint64_t>(data.bytes.size) <= data.bytes.bytes->size());
  if (!classification) {
    promise(data.labels.empty() && data.classes == 0 && data.targets.size() == data.samples());
    promise(data.targets.allFinite());
    return;
  }
  promise(data.targets.size() == 0 && static_cast<Index>(data.labels.size()) == data.samples());
  for (const std::int32_t label : data.labels) promise(label >= 0 && label < data.classes);
}

}  // namespace acidsim

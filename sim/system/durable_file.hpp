// System calls for files that must survive a crash.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>

namespace acidsim {

// Owns a file descriptor and closes it on destruction; −1 = none.
class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  operator int() const { return value_; }

 private:
  int value_;
};

// Waits until a file, or a folder's list of names, is on the disk (fsync). No-op on file systems without it.
void sync_to_disk(const std::filesystem::path& path);

// Throws std::runtime_error: the file cannot be written.
[[noreturn]] void refuse_to_write(const std::filesystem::path& file);

// HOST.PID: for names of temporary files, in folders that several hosts may share.
std::string process_name();

}  // namespace acidsim

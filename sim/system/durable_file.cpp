#include "sim/system/durable_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <climits>
#include <stdexcept>

namespace acidsim {

void sync_to_disk(const std::filesystem::path& path) {
  if (const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC)); file >= 0) ::fsync(file);
}

void refuse_to_write(const std::filesystem::path& file) {
  throw std::runtime_error(
      fmt::format("{}: cannot be written (disk full, or no permission?)", file.string()));
}

std::string process_name() {
  char host[HOST_NAME_MAX + 1] = "";
  ::gethostname(host, sizeof host - 1);
  return fmt::format("{}.{}", host, ::getpid());
}

}  // namespace acidsim

#include "sim/system/standard_streams.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

namespace acidsim {
namespace {

void write(std::FILE* stream, std::string_view text) {
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stream));
}

}  // namespace

void open_standard_streams() {
  int opened = 0;
  while (opened >= 0 && opened <= STDERR_FILENO) opened = ::open("/dev/null", O_RDWR);
  if (opened > STDERR_FILENO) ::close(opened);
}

void print_out(std::string_view text) { write(stdout, text); }

void print_error(std::string_view text) {
  std::fflush(stdout);  // what was said before comes first
  write(stderr, text);
}

}  // namespace acidsim

#include "sim/app/output/files.hpp"

#include <fmt/format.h>

#include <fstream>

#include "sim/system/durable_file.hpp"

namespace acidsim {

std::string csv_text(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

void write_file(const std::filesystem::path& file, const std::string& content) {
  const std::filesystem::path pending =
      file.parent_path() / fmt::format(".{}.{}", file.filename().string(), process_name());
  {
    std::ofstream out(pending, std::ios::binary);
    out << content;
    out.flush();
    if (!out) {
      std::error_code ignored;
      std::filesystem::remove(pending, ignored);
      refuse_to_write(file);
    }
  }
  sync_to_disk(pending);
  std::filesystem::rename(pending, file);
}

}  // namespace acidsim

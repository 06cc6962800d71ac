#include "sim/experiment/plugin.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "sim/core/error.hpp"
#include "sim/experiment/plugin_entry.hpp"
#include "sim/system/digest.hpp"

namespace acidsim {
namespace {

namespace fs = std::filesystem;

constexpr const char* how_to_build = "acidsim_add_plugin() of CMake's find_package(acidsim) builds one";

// What the system's loader says, without the file's name, which the message has.
std::string loader_reason(const std::string& file) {
  const char* const told = ::dlerror();
  std::string reason = told != nullptr ? told : "";
  if (reason.starts_with(file + ": ")) reason.erase(0, file.size() + 2);
  return reason;
}

// The loader would read beyond the end of a library that was cut off, which ends the program.
void refuse_cut_off(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  Elf64_Ehdr header{};
  in.read(reinterpret_cast<char*>(&header), sizeof header);
  if (!in || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return;  // the loader says what is wrong
  std::uint64_t end = 0;
  in.seekg(static_cast<std::streamoff>(header.e_phoff));
  for (int k = 0; k < header.e_phnum; ++k) {
    Elf64_Phdr part{};
    in.read(reinterpret_cast<char*>(&part), sizeof part);
    end = std::max(end, part.p_offset + part.p_filesz);
  }
  if (const std::uint64_t size = fs::file_size(file); !in || size < end)
    throw InputError(file.string(), "is cut off", fmt::format("{} bytes", size), "build or copy it again");
}

void* open_library(const fs::path& file) {
  std::error_code failed;
  if (!fs::exists(file, failed)) throw InputError(file.string(), "there is no such file", "", how_to_build);
  if (!fs::is_regular_file(file, failed)) throw InputError(file.string(), "is no file", "", how_to_build);
  refuse_cut_off(file);
  const std::string path =
      fs::absolute(file).string();  // without a slash the loader would search its own folders
  void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    throw InputError(file.string(), "cannot be loaded as a plug-in", loader_reason(path), how_to_build);
  return library;
}

}  // namespace

Plugin load_plugin(const fs::path& file) {
  void* const library = open_library(file);
  using Stamp = const char*();
  using Entry = void(Extension&);
  auto* const stamp = reinterpret_cast<Stamp*>(::dlsym(library, "acidsim_extension_stamp"));
  auto* const entry = reinterpret_cast<Entry*>(::dlsym(library, "acidsim_extension"));
  if (stamp == nullptr || entry == nullptr)
    throw InputError(
        file.string(), "is no plug-in of acidsim",
        fmt::format("no symbol {}", stamp == nullptr ? "acidsim_extension_stamp" : "acidsim_extension"),
        "ACIDSIM_EXTENSION(extension) { … } in one of its sources");
  const std::string theirs = stamp(), ours = abi_stamp(ACIDSIM_VERSION);
  if (theirs != ours)
    throw InputError(file.string(), "was built for another acidsim, or with another compiler or options",
                     theirs, fmt::format("build it again for this one: {}", ours));
  Plugin plugin{file.filename().string(), file_digest(file), {}};
  try {
    entry(plugin.rows);
  } catch (const InputError& error) {
    throw error.within(file.string());
  } catch (const std::exception& error) {
    throw InputError(file.string(), "failed while it added its rows", error.what());
  }
  return plugin;
}

}  // namespace acidsim

// SHA-256 of states and files.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace acidsim {

class Digest {
 public:
  Digest();
  ~Digest();
  void add(std::span<const std::byte> bytes);
  std::string hexadecimal();  // ends the digest

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Of a file's bytes. Throws std::runtime_error where it cannot be read.
std::string file_digest(const std::filesystem::path& file);

}  // namespace acidsim

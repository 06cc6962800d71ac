// SHA-256 of states.
#pragma once

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

}  // namespace acidsim

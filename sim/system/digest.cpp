#include "sim/system/digest.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <bit>
#include <fstream>
#include <stdexcept>
#include <vector>

namespace acidsim {

static_assert(std::endian::native == std::endian::little, "state digests are defined on little-endian bytes");

struct Digest::Impl {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~Impl() { EVP_MD_CTX_free(context); }
};

Digest::Digest() : impl_(std::make_unique<Impl>()) {
  EVP_DigestInit_ex(impl_->context, EVP_sha256(), nullptr);
}
Digest::~Digest() = default;

void Digest::add(std::span<const std::byte> bytes) {
  EVP_DigestUpdate(impl_->context, bytes.data(), bytes.size());
}

std::string Digest::hexadecimal() {
  unsigned char raw[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  EVP_DigestFinal_ex(impl_->context, raw, &length);
  std::string text;
  for (unsigned k = 0; k < length; ++k) text += fmt::format("{:02x}", raw[k]);
  return text;
}

std::string file_digest(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  Digest digest;
  std::vector<char> piece(1 << 20);
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0)
    digest.add(std::as_bytes(std::span(piece.data(), static_cast<std::size_t>(in.gcount()))));
  if (!in.eof()) throw std::runtime_error(fmt::format("{}: cannot be read", file.string()));
  return digest.hexadecimal();
}

}  // namespace acidsim

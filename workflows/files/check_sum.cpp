#include "workflows/files/check_sum.hpp"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <memory>
#include <openssl/evp.h>
#include <vector>

namespace livedata {

std::optional<std::string> md5_of(const std::filesystem::path& file) {
  constexpr std::size_t part_size = std::size_t{1} << 20;
  std::ifstream in(file, std::ios::binary);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> digest(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (!in || !digest || EVP_DigestInit_ex(digest.get(), EVP_md5(), nullptr) != 1) return std::nullopt;
  std::vector<char> part(part_size);
  while (in.read(part.data(), static_cast<std::streamsize>(part.size())) || in.gcount() > 0)
    if (EVP_DigestUpdate(digest.get(), part.data(), static_cast<std::size_t>(in.gcount())) != 1) return std::nullopt;
  if (in.bad()) return std::nullopt;
  std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
  unsigned length = 0;
  if (EVP_DigestFinal_ex(digest.get(), sum.data(), &length) != 1) return std::nullopt;
  std::string text;
  for (unsigned i = 0; i < length; ++i)
    text += fmt::format("{:02x}", sum[i]);
  return text;
}

} // namespace livedata

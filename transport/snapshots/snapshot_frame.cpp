#include "transport/snapshots/snapshot_frame.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <new>
#include <openssl/evp.h>
#include <string_view>
#include <utility>

namespace livedata {

namespace {

constexpr std::string_view snapshot_magic{"LDSNAP\n\0", 8};
constexpr std::uint32_t frame_version = 1;
constexpr std::size_t digest_size = 32;
static_assert(snapshot_header_size == snapshot_magic.size() + sizeof frame_version + digest_size);

using snapshot_digest = std::array<std::byte, digest_size>;

snapshot_digest digest_of(snapshot_parts parts) {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> sum(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  snapshot_digest out{};
  unsigned size = 0;
  auto ok = sum && EVP_DigestInit_ex(sum.get(), EVP_sha256(), nullptr) == 1;
  for (const auto& p : parts)
    ok = ok && EVP_DigestUpdate(sum.get(), p.data(), p.size()) == 1;
  ok = ok && EVP_DigestFinal_ex(sum.get(), reinterpret_cast<unsigned char*>(out.data()), &size) == 1;
  if (!ok) throw std::bad_alloc();
  return out;
}

} // namespace

std::vector<std::byte> snapshot_header(snapshot_parts parts) {
  std::vector<std::byte> header(snapshot_header_size);
  std::memcpy(header.data(), snapshot_magic.data(), snapshot_magic.size());
  std::memcpy(header.data() + snapshot_magic.size(), &frame_version, sizeof frame_version);
  const auto sum = digest_of(parts);
  std::memcpy(header.data() + snapshot_magic.size() + sizeof frame_version, sum.data(), sum.size());
  return header;
}

status check_snapshot_header(snapshot_store::bytes bytes, const std::string& place) {
  if (bytes.size() < snapshot_header_size ||
      std::memcmp(bytes.data(), snapshot_magic.data(), snapshot_magic.size()) != 0)
    return failure{"damaged", fmt::format("{} is no snapshot, or was cut short", place)};
  std::uint32_t version = 0;
  std::memcpy(&version, bytes.data() + snapshot_magic.size(), sizeof version);
  if (version != frame_version)
    return failure{"newer", fmt::format("{} has format version {}; this program reads version {}{}", place, version,
                                        frame_version, version > frame_version ? ": use a newer one" : "")};
  return nothing{};
}

status check_snapshot_content(snapshot_store::bytes header, snapshot_parts content, const std::string& place) {
  const auto sum = digest_of(content);
  if (std::memcmp(header.data() + snapshot_header_size - digest_size, sum.data(), digest_size) != 0)
    return failure{"damaged", fmt::format("{} is damaged: its check sum is another", place)};
  return nothing{};
}

snapshot_store::search newest_of(const std::vector<kept_generation>& newest_first,
                                 const std::function<status(const snapshot_store::found&)>& accepts) {
  snapshot_store::search out;
  for (const auto& g : newest_first) {
    auto content = g.read();
    if (!content) {
      out.passed_over.push_back(content.error().message);
      continue;
    }
    snapshot_store::found here{g.number, std::move(*content)};
    if (auto ok = accepts(here); !ok) {
      out.passed_over.push_back(fmt::format("{}: {}", g.place, ok.error().message));
      continue;
    }
    out.snapshot = std::move(here);
    break;
  }
  return out;
}

} // namespace livedata

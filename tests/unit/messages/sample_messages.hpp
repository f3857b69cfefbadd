// Messages for the tests of codecs: the recorded ones with what they hold, and buffers placed and damaged at will.
#pragma once

#include "messages/packed_span.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <places.hpp>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace livedata::test {

using byte_vector = std::vector<std::byte>;

inline std::ifstream open_data(const std::string& name) {
  std::ifstream file(std::string(LIVEDATA_TEST_DATA) + "/" + name, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), "cannot open test data " << name);
  return file;
}

inline byte_vector load(const std::string& name) {
  auto file = open_data(name);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const auto raw = std::as_bytes(std::span(text));
  return {raw.begin(), raw.end()};
}

// The entries of the manifest for a schema. At least one.
inline std::vector<nlohmann::json> recorded(const std::string& schema) {
  auto file = open_data("manifest.json");
  std::vector<nlohmann::json> entries;
  for (const auto& entry : nlohmann::json::parse(file))
    if (entry.at("schema") == schema) entries.push_back(entry);
  REQUIRE(!entries.empty());
  return entries;
}

template <class T>
std::vector<T> to_vector(packed_span<T> view) {
  std::vector<T> out(view.size());
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = view[i];
  return out;
}

// A copy of a message in a heap block of its own that ends with it, so that a sanitizer sees every byte read beyond;
// `offset` bytes after an aligned address.
class placed {
public:
  placed(std::span<const std::byte> message, std::size_t offset) : block_(offset + message.size()), offset_(offset) {
    std::ranges::copy(message, block_.begin() + static_cast<std::ptrdiff_t>(offset));
    block_.shrink_to_fit();
  }

  std::span<const std::byte> bytes() const { return std::span(block_).subspan(offset_); }

  // Whether `size` bytes from `begin` on lie in the message.
  bool holds(const void* begin, std::size_t size) const {
    const auto first = reinterpret_cast<std::uintptr_t>(bytes().data());
    const auto at = reinterpret_cast<std::uintptr_t>(begin);
    return at >= first && at + size <= first + bytes().size();
  }

private:
  byte_vector block_;
  std::size_t offset_;
};

// Changes a few bytes: random ones, single bits, or a whole offset or length.
inline void damage(byte_vector& message, std::mt19937_64& random) {
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (auto changes = 1 + below(4); changes > 0; --changes) {
    // Most of the structure lies near the start.
    const auto at = below(below(2) == 0 ? std::min<std::size_t>(message.size(), 96) : message.size());
    switch (below(4)) {
    case 0:
      message[at] = static_cast<std::byte>(below(256));
      break;
    case 1:
      message[at] ^= std::byte{1} << below(8);
      break;
    case 2:
      message[at] = below(2) == 0 ? std::byte{0} : std::byte{0xff};
      break;
    default: {
      const auto number = static_cast<std::uint32_t>(below(4) == 0 ? random() : below(message.size() + 8));
      for (std::size_t i = 0; i < 4; ++i)
        message[(at / 4 * 4 + i) % message.size()] = static_cast<std::byte>(number >> (8 * i));
    }
    }
  }
  if (below(8) == 0) message.resize(below(message.size() + 1));
}

} // namespace livedata::test

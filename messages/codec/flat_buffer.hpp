// What every FlatBuffers codec needs: the checks that come before a verifier, and reads that are right at any
// alignment. The accessors that flatc generates are not: they read lengths of vectors and strings as aligned numbers.
#pragma once

#include "messages/packed_span.hpp"
#include "messages/result.hpp"
#include "messages/utf8.hpp"

#include <flatbuffers/flatbuffers.h>
#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace livedata::flat {

// Root offset and schema identifier.
inline constexpr std::size_t min_size = 8;
// Offsets are signed 32 bit numbers; a verifier takes nothing longer.
inline constexpr std::size_t max_size = FLATBUFFERS_MAX_BUFFER_SIZE - 1;

inline const std::uint8_t* begin_of(std::span<const std::byte> bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

inline failure invalid_buffer(std::string_view schema, std::size_t size) {
  return {"invalid_buffer",
          fmt::format("{} message of {} bytes is damaged: an offset or length in it leads astray, or a "
                      "required field is missing; check its producer",
                      schema, size)};
}

// Length and schema identifier, the things to look at before a verifier may run.
// Reasons: "too_short", "wrong_schema", "invalid_buffer".
inline std::optional<failure> check_envelope(std::span<const std::byte> bytes, std::string_view schema) {
  if (bytes.size() < min_size)
    return failure{"too_short", fmt::format("{} message of {} bytes: at least {} are needed; check its producer",
                                            schema, bytes.size(), min_size)};
  if (std::memcmp(bytes.data() + 4, schema.data(), schema.size()) != 0) {
    std::string found;
    for (auto b : bytes.subspan(4, 4)) {
      const auto c = static_cast<char>(b);
      if (c >= ' ' && c <= '~')
        found += c;
      else
        found += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
    return failure{"wrong_schema",
                   fmt::format("message has schema '{}' where {} is expected; check which topic its producer writes to",
                               found, schema)};
  }
  if (bytes.size() > max_size) return invalid_buffer(schema, bytes.size());
  return std::nullopt;
}

using livedata::is_utf8;

// The root table of a verified buffer.
template <class Table>
const Table* root_of(std::span<const std::byte> bytes) {
  const auto* begin = begin_of(bytes);
  return reinterpret_cast<const Table*>(begin + flatbuffers::ReadScalar<flatbuffers::uoffset_t>(begin));
}

// Looks at length, identifier and every offset of a message once, and gives its root table. Nothing is copied, and
// alignment is no matter as long as what is behind the table is read by the functions of this file.
// Reasons: "too_short", "wrong_schema", "invalid_buffer".
template <class Table>
result<const Table*> verified(std::span<const std::byte> bytes, std::string_view schema) {
  if (auto f = check_envelope(bytes, schema)) return *std::move(f);
  flatbuffers::Verifier::Options options;
  options.check_alignment = false;
  flatbuffers::Verifier verifier(begin_of(bytes), bytes.size(), options);
  if (!verifier.VerifyBuffer<Table>(nullptr)) return invalid_buffer(schema, bytes.size());
  return root_of<Table>(bytes);
}

// A vector of numbers of a verified buffer; empty if it is absent.
template <class T>
packed_span<T> view_of(const flatbuffers::Vector<T>* vector) {
  if (!vector) return {};
  const auto* begin = reinterpret_cast<const std::byte*>(vector);
  return {begin + sizeof(flatbuffers::uoffset_t), flatbuffers::ReadScalar<flatbuffers::uoffset_t>(begin)};
}

// A string of a verified buffer; empty if it is absent.
inline std::string_view text_of(const flatbuffers::String* string) {
  if (!string) return {};
  const auto* begin = reinterpret_cast<const char*>(string);
  return {begin + sizeof(flatbuffers::uoffset_t), flatbuffers::ReadScalar<flatbuffers::uoffset_t>(begin)};
}

// The same, to be shown or kept: failure "invalid_buffer" unless it is UTF-8.
inline result<std::string_view> utf8_of(const flatbuffers::String* string, std::string_view schema,
                                        std::string_view field) {
  const auto text = text_of(string);
  if (is_utf8(text)) return text;
  return failure{"invalid_buffer", fmt::format("{} message: its {} is not UTF-8; check its producer", schema, field)};
}

// A text field of a table, and where it is to be kept.
struct text_field {
  std::string& text;
  const flatbuffers::String* sent;
  std::string_view name;
};

// Keeps all of them. Failure "invalid_buffer" unless each is UTF-8.
inline status keep_texts(std::string_view schema, std::initializer_list<text_field> fields) {
  for (const auto& [text, sent, name] : fields) {
    const auto read = utf8_of(sent, schema, name);
    if (!read) return read.error();
    text = *read;
  }
  return nothing{};
}

// Throws std::invalid_argument if a message with that many bytes of content would be too long for its offsets.
inline void check_room(std::string_view schema, std::size_t content) {
  constexpr std::size_t overhead = 1 << 20;
  if (content > max_size - overhead)
    throw std::invalid_argument(
      fmt::format("{} message with {} bytes of content: at most {} fit into one message; split it", schema, content,
                  max_size - overhead));
}

inline std::vector<std::byte> bytes_of(const flatbuffers::FlatBufferBuilder& builder) {
  const auto* begin = reinterpret_cast<const std::byte*>(builder.GetBufferPointer());
  return {begin, begin + builder.GetSize()};
}

} // namespace livedata::flat

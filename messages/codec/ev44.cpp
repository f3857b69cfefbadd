#include "messages/codec/ev44.hpp"

#include "messages/codec/flat_buffer.hpp"

#include <ev44_generated.h>

namespace livedata::ev44 {

namespace {

namespace wire = livedata::wire::ev44;

message fields_of(std::span<const std::byte> bytes) {
  const auto* table = flat::root_of<wire::Event44Message>(bytes);
  return {
    .source_name = flat::text_of(table->source_name()),
    .message_id = table->message_id(),
    .reference_time = flat::view_of(table->reference_time()),
    .reference_time_index = flat::view_of(table->reference_time_index()),
    .time_of_flight = flat::view_of(table->time_of_flight()),
    .has_time_of_flight = table->time_of_flight() != nullptr,
    .pixel_id = flat::view_of(table->pixel_id()),
  };
}

failure unusable(const message& m, std::string_view reason, std::string_view what) {
  return {reason, fmt::format("ev44 message {} of '{}': {}; check its producer", m.message_id, m.source_name, what)};
}

// What a detector asks beyond the schema and its pixels.
std::optional<failure> check_pulse(const message& m) {
  if (m.reference_time_index.empty()) return unusable(m, "no_pulse", "reference_time_index is empty");
  if (m.reference_time_index.size() > 1 || m.reference_time.size() > 1)
    return unusable(m, "several_pulses",
                    fmt::format("{} reference times and {} indices where one pulse is expected",
                                m.reference_time.size(), m.reference_time_index.size()));
  if (m.reference_time_index[0] != 0)
    return unusable(m, "several_pulses",
                    fmt::format("the pulse starts at event {} instead of 0", m.reference_time_index[0]));
  return std::nullopt;
}

std::optional<failure> check_pixels(const message& m) {
  if (m.pixel_id.size() != m.time_of_flight.size())
    return unusable(m, "length_mismatch",
                    fmt::format("{} pixel ids for {} times of flight", m.pixel_id.size(), m.time_of_flight.size()));
  return std::nullopt;
}

} // namespace

result<message> read(std::span<const std::byte> bytes) {
  if (auto f = flat::check_envelope(bytes, schema)) return *std::move(f);
  // Alignment is no matter: every read of ours goes by single bytes.
  flatbuffers::Verifier::Options options;
  options.check_alignment = false;
  flatbuffers::Verifier verifier(flat::begin_of(bytes), bytes.size(), options);
  if (!verifier.VerifyBuffer<wire::Event44Message>(nullptr)) return flat::invalid_buffer(schema, bytes.size());
  auto m = fields_of(bytes);
  if (!flat::is_utf8(m.source_name))
    return failure{"invalid_buffer",
                   fmt::format("ev44 message {}: its source name is not UTF-8; check its producer", m.message_id)};
  return m;
}

result<event_chunk> events(const message& m, flavour f, payload_ptr owner, timestamp received) {
  event_chunk chunk;
  if (f != flavour::plain_monitor) {
    if (!m.has_time_of_flight) return unusable(m, "missing_field", "no time_of_flight");
    if (f == flavour::detector)
      if (auto refused = check_pulse(m)) return *std::move(refused);
    if (auto refused = check_pixels(m)) return *std::move(refused);
    chunk.pixel_id = m.pixel_id;
  }
  const auto& times = m.reference_time;
  chunk.pulse_time = times.empty() ? received : timestamp{times[times.size() - 1]};
  chunk.time_of_arrival = m.time_of_flight;
  chunk.owner = std::move(owner);
  return chunk;
}

std::vector<std::byte> write(std::string_view source_name, std::int64_t message_id,
                             std::span<const std::int64_t> reference_time,
                             std::span<const std::int32_t> reference_time_index,
                             std::span<const std::int32_t> time_of_flight, std::span<const std::int32_t> pixel_id) {
  const auto content = source_name.size() + reference_time.size_bytes() + reference_time_index.size_bytes() +
                       time_of_flight.size_bytes() + pixel_id.size_bytes();
  flat::check_room(schema, content);
  flatbuffers::FlatBufferBuilder builder(content + 128);
  builder.ForceDefaults(true);
  // The order of creation is that of the writers in the field, and so are the bytes.
  const auto source = builder.CreateString(source_name.data(), source_name.size());
  const auto vector = [&](auto numbers) { return builder.CreateVector(numbers.data(), numbers.size()); };
  const auto times = vector(reference_time);
  const auto indices = vector(reference_time_index);
  const auto arrivals = vector(time_of_flight);
  const auto pixels = vector(pixel_id);
  wire::Event44MessageBuilder table(builder);
  table.add_reference_time(times);
  table.add_reference_time_index(indices);
  table.add_time_of_flight(arrivals);
  table.add_pixel_id(pixels);
  table.add_message_id(message_id);
  table.add_source_name(source);
  wire::FinishEvent44MessageBuffer(builder, table.Finish());
  return flat::bytes_of(builder);
}

void restamp(std::span<std::byte> bytes, timestamp reference_time) {
  const auto times = fields_of(bytes).reference_time;
  if (times.empty())
    throw std::invalid_argument("ev44 message without a reference time cannot be restamped; write it with one");
  std::memcpy(bytes.data() + (times.data() - bytes.data()), &reference_time.ns, sizeof reference_time.ns);
}

} // namespace livedata::ev44

#include "app/tools/message_summary.hpp"

#include "messages/codec/6s4t.hpp"
#include "messages/codec/ad00.hpp"
#include "messages/codec/da00.hpp"
#include "messages/codec/ev44.hpp"
#include "messages/codec/f144.hpp"
#include "messages/codec/pl72.hpp"
#include "messages/codec/x5f2.hpp"
#include "messages/data_array.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <exception>
#include <string_view>
#include <variant>

namespace livedata {

namespace {

constexpr std::size_t longest_json = 400;
// Schema identifiers stand there in the message.
constexpr std::size_t begin_of_schema = 4;
constexpr std::size_t end_of_schema = 8;

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string schema_in(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && (text[first] == '{' || text[first] == '[')) return "json";
  if (text.size() < end_of_schema) return "?";
  const auto name = text.substr(begin_of_schema, end_of_schema - begin_of_schema);
  for (char c : name)
    if ((c < '0' || c > '9') && (c < 'a' || c > 'z')) return "?";
  return std::string(name);
}

std::string described(const data_array& a) {
  std::vector<std::string> coords;
  for (const auto& [name, v] : a.coords)
    coords.push_back(fmt::format("{} ({}) in {}", name, fmt::join(v.shape, " x "), v.unit.value_or("no unit")));
  return fmt::format("'{}' ({}: {}) in {}; {}", a.name, fmt::join(a.data.dims, ", "), fmt::join(a.data.shape, " x "),
                     a.data.unit.value_or("no unit"), fmt::join(coords, ", "));
}

// Fills what the reader of the schema finds.
template <class Message, class Fill>
void take(message_summary& s, const result<Message>& m, Fill&& fill) {
  if (!m)
    s.damage = m.error().message;
  else
    fill(*m);
}

void fill(message_summary& s, std::span<const std::byte> bytes) {
  if (s.schema == ev44::schema) {
    take(s, ev44::read(bytes), [&](const auto& m) {
      s.source = m.source_name;
      s.events = m.time_of_flight.size();
      s.text = fmt::format(
        "{} events, {} pixel numbers, {} pulses{}", s.events, m.pixel_id.size(), m.reference_time.size(),
        m.reference_time.size() > 0 ? ", the first at " + to_string(timestamp{m.reference_time[0]}) : std::string());
    });
  } else if (s.schema == f144::schema) {
    take(s, f144::read(bytes), [&](const auto& m) {
      s.source = m.source_name;
      const auto value = std::visit([](const auto& v) { return fmt::format("{}", v); }, m.value);
      s.text = fmt::format("{} at {}", value, to_string(m.time));
    });
  } else if (s.schema == da00::schema) {
    take(s, da00::read(bytes), [&](const auto& m) {
      s.source = m.source_name;
      s.text = fmt::format("{} at {}", described(m.data), to_string(m.time));
    });
  } else if (s.schema == ad00::schema) {
    take(s, ad00::read(bytes), [&](const auto& m) {
      s.source = m.source_name;
      s.text = fmt::format("{} at {}", described(m.data), to_string(m.time));
    });
  } else if (s.schema == x5f2::schema) {
    take(s, x5f2::read(bytes), [&](const auto& m) {
      s.source = m.service_id;
      s.text = m.status_json.substr(0, longest_json);
    });
  } else if (s.schema == pl72::schema) {
    take(s, pl72::read(bytes), [&](const auto& m) {
      s.source = m.service_id;
      s.text = fmt::format("run '{}' of {} begins", m.run_name, m.instrument_name);
    });
  } else if (s.schema == run_6s4t::schema) {
    take(s, run_6s4t::read(bytes), [&](const auto& m) {
      s.source = m.service_id;
      s.text = fmt::format("run '{}' ends", m.run_name);
    });
  } else if (s.schema == "json") {
    s.text = text_of(bytes).substr(0, longest_json);
  } else {
    s.text = fmt::format("{} bytes", bytes.size());
  }
}

} // namespace

message_summary summary_of(std::span<const std::byte> bytes) {
  message_summary s;
  s.schema = schema_in(text_of(bytes));
  try {
    fill(s, bytes);
  } catch (const std::exception& e) {
    s.damage = e.what();
  }
  return s;
}

} // namespace livedata

// Damage of every kind to the messages of all smaller schemas. Those of ev44 and da00 have files of their own.
#include "messages/codec/6s4t.hpp"
#include "messages/codec/acknowledgements.hpp"
#include "messages/codec/ad00.hpp"
#include "messages/codec/commands.hpp"
#include "messages/codec/f144.hpp"
#include "messages/codec/pl72.hpp"
#include "messages/codec/x5f2.hpp"
#include "sample_messages.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <set>

namespace codec_damage_test {

using namespace livedata;
using namespace livedata::test;

namespace {

// Reads everything that a message holds; gives the reason of a refusal, or nothing.
using reader = std::function<std::string_view(std::span<const std::byte>)>;

struct schema_under_test {
  std::string name;
  reader read;
  std::vector<byte_vector> good;
};

template <class Read>
reader reading(Read read) {
  return [read](std::span<const std::byte> bytes) -> std::string_view {
    const auto m = read(bytes);
    if (m) return {};
    CHECK_FALSE(m.error().message.empty());
    return m.error().reason;
  };
}

std::vector<byte_vector> recorded_bytes(const std::string& schema) {
  std::vector<byte_vector> out;
  for (const auto& entry : recorded(schema))
    out.push_back(load(entry.at("file")));
  return out;
}

std::vector<schema_under_test> flat_schemas() {
  return {
    {"f144", reading([](auto b) { return f144::read(b); }), recorded_bytes("f144")},
    {"ad00", reading([](auto b) { return ad00::read(b); }), recorded_bytes("ad00")},
    {"x5f2", reading([](auto b) { return x5f2::read(b); }), recorded_bytes("x5f2")},
    {"pl72",
     reading([](auto b) { return pl72::read(b); }),
     {load("pl72.bin"), load("pl72_no_stop.bin"),
      pl72::write({1, 2, "run", "i", "n", "j", "b", "s", "f", 1, pl72::spectra_mapping{{1, 2}, {3, 4}, 2}, "m", "c"})}},
    {"6s4t", reading([](auto b) { return run_6s4t::read(b); }), recorded_bytes("6s4t")},
  };
}

bool is_known(std::string_view reason) {
  static const std::set<std::string_view> reasons{"too_short", "wrong_schema", "invalid_buffer", "unsupported_type",
                                                  "shape_mismatch"};
  return reasons.contains(reason);
}

byte_vector bytes_of(std::string_view text) {
  const auto b = std::as_bytes(std::span(text));
  return {b.begin(), b.end()};
}

} // namespace

TEST_CASE("a message of any schema cut off anywhere is refused, unless only padding is gone") {
  for (const auto& s : flat_schemas())
    for (const auto& whole : s.good) {
      CAPTURE(s.name);
      REQUIRE(s.read(whole).empty());
      for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        const placed part(std::span<const std::byte>(whole).first(size), size % 8);
        const auto reason = s.read(part.bytes());
        if (reason.empty())
          REQUIRE(whole.size() - size < 8);
        else
          REQUIRE(reason == (size < 8 ? "too_short" : "invalid_buffer"));
      }
    }
}

TEST_CASE("a message of another schema, and noise, are refused by the identifier") {
  const auto schemas = flat_schemas();
  byte_vector ramp(1024);
  for (std::size_t i = 0; i < ramp.size(); ++i)
    ramp[i] = static_cast<std::byte>(i);
  for (const auto& s : schemas) {
    CAPTURE(s.name);
    for (const auto& other : schemas)
      if (other.name != s.name) CHECK(s.read(other.good.front()) == "wrong_schema");
    CHECK(s.read(load("ev44_detector_7.bin")) == "wrong_schema");
    CHECK(s.read(ramp) == "wrong_schema");
    CHECK(s.read(byte_vector(12)) == "wrong_schema");
    CHECK(s.read(byte_vector(7)) == "too_short");
    auto bad = s.good.front();
    bad[4] = std::byte{0xff};
    CHECK(s.read(bad) == "wrong_schema");
  }
}

TEST_CASE("a damaged message of any schema is refused for a known reason or read to its end") {
  std::mt19937_64 random(20'261'125);
  for (const auto& s : flat_schemas()) {
    CAPTURE(s.name);
    int accepted = 0, refused = 0;
    for (int i = 0; i < 8'000; ++i) {
      auto bytes = s.good[random() % s.good.size()];
      damage(bytes, random);
      const placed copy(bytes, random() % 8);
      const auto reason = s.read(copy.bytes());
      if (reason.empty())
        ++accepted;
      else {
        ++refused;
        REQUIRE_MESSAGE(is_known(reason), reason);
      }
    }
    CHECK(accepted > 200);
    CHECK(refused > 2'000);
  }
}

TEST_CASE("damaged JSON is refused for a known reason or read to its end") {
  const start_command start{"id",         {"i", "w", 1},      {"bank", {}}, {timestamp{1}, timestamp{2}},
                            {{"a", "b"}}, json{{"x", {1, 2}}}};
  const std::set<std::string_view> known{"bad_json", "unknown_kind", "bad_field"};
  const std::vector<std::pair<reader, byte_vector>> cases{
    {reading([](auto b) { return commands::read(b, [] { return "new"; }); }), commands::write(start)},
    {reading([](auto b) { return commands::read(b, [] { return "new"; }); }),
     commands::write(job_command{"id", job_id{"s", {}}, workflow_id{"i", "w", 1}, job_action::reset})},
    {reading([](auto b) { return acknowledgements::read(b); }), acknowledgements::write({"id", "all", "no"})},
    {reading([](auto b) {
       const std::string_view text(reinterpret_cast<const char*>(b.data()), b.size());
       return x5f2::heartbeat_of({{}, {}, {}, {}, 0, 0, std::string(text)});
     }),
     bytes_of(
       x5f2::read(x5f2::write(
                    service_heartbeat{
                      "i", "s", {}, service_state::error, {1}, 2, "e", 1.0, stream_statistics{1, {{"t", "s", "n", 3}}}},
                    {}))
         .value()
         .status_json)},
  };
  std::mt19937_64 random(7);
  for (const auto& [read, good] : cases) {
    REQUIRE(read(good).empty());
    for (std::size_t size = 0; size < good.size(); ++size)
      REQUIRE(read(std::span(good).first(size)) == "bad_json");
    for (int i = 0; i < 8'000; ++i) {
      auto bytes = good;
      damage(bytes, random);
      const auto reason = read(bytes);
      REQUIRE_MESSAGE((reason.empty() || known.contains(reason)), reason);
    }
  }
}

TEST_CASE("JSON that is nested without end is refused, and so is a number without end") {
  const auto reason = [](const std::string& text) {
    const auto c = commands::read(bytes_of(text), [] { return "new"; });
    return c ? "accepted" : c.error().reason;
  };
  const std::string head = R"({"kind":"workflow_config","params":{"a":)";
  CHECK(reason(head + std::string(1'000'000, '[')) == "bad_json");
  CHECK(reason(head + std::string(1'000'000, '[') + std::string(1'000'000, ']') + "}}") == "bad_json");
  CHECK(reason(head + std::string(100'000, '9') + "}}") != "accepted");
  CHECK(reason("") == "bad_json");
  CHECK(reason("\xff\xfe") == "bad_json");
  CHECK(reason("null") == "bad_field");
  CHECK(reason("[]") == "bad_field");
}

} // namespace codec_damage_test

// Messages of every schema, and the JSON of commands and answers: any bytes give a value or a reason. What was read
// and is written again reads the same.
#include "messages/codec/6s4t.hpp"
#include "messages/codec/acknowledgements.hpp"
#include "messages/codec/ad00.hpp"
#include "messages/codec/commands.hpp"
#include "messages/codec/da00.hpp"
#include "messages/codec/ev44.hpp"
#include "messages/codec/f144.hpp"
#include "messages/codec/pl72.hpp"
#include "messages/codec/x5f2.hpp"
#include "tests/fuzz/fuzz_input.hpp"

#include <variant>

using namespace livedata;
using namespace livedata::fuzz;

namespace {

void read_events(std::span<const std::byte> bytes) {
  const auto m = ev44::read(bytes);
  if (!m) return;
  auto owner = make_payload({bytes.begin(), bytes.end()});
  const auto kept = ev44::read(owner->bytes());
  must_hold(kept.has_value());
  for (auto flavour : {ev44::flavour::detector, ev44::flavour::plain_monitor, ev44::flavour::pixel_monitor})
    if (const auto events = ev44::events(*kept, flavour, owner, {1}))
      for (std::size_t i = 0; i < events->size(); ++i)
        (void)events->time_of_arrival[i];
}

void read_array(std::span<const std::byte> bytes) {
  const auto m = da00::read(bytes);
  const auto outline = da00::read_outline(bytes);
  if (!m) return;
  must_hold(outline.has_value());
  must_hold(outline->dims == m->data.data.dims && outline->shape == m->data.data.shape);
  const auto again = da00::read(da00::write(m->source_name, m->time, m->data));
  must_hold(again.has_value() && again->data.data.shape == m->data.data.shape);
}

void read_command(std::span<const std::byte> bytes) {
  const auto id = [] { return std::string("1"); };
  const auto c = commands::read(bytes, id);
  if (!c) return;
  std::visit([&](const auto& command) { must_hold(commands::read(commands::write(command), id).has_value()); }, *c);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz_input in(data, size);
  const auto which = in.choice(9);
  const auto bytes = in.rest();
  switch (which) {
  case 0:
    read_events(bytes);
    break;
  case 1:
    read_array(bytes);
    break;
  case 2:
    if (const auto m = f144::read(bytes)) (void)f144::sample(*m);
    break;
  case 3:
    (void)ad00::read(bytes);
    break;
  case 4:
    (void)x5f2::read(bytes);
    break;
  case 5:
    if (const auto m = run_6s4t::read(bytes)) (void)run_6s4t::stop_of(*m);
    break;
  case 6:
    if (const auto m = pl72::read(bytes)) (void)pl72::start_of(*m);
    break;
  case 7:
    read_command(bytes);
    break;
  default:
    (void)acknowledgements::read(bytes);
  }
  return 0;
}

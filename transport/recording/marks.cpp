#include "transport/recording/marks.hpp"

namespace livedata {

namespace {

void write(field_writer& out, const portion_mark& m) {
  out.number(static_cast<std::uint32_t>(record_kind::portion));
  out.number(m.number);
  out.number(m.arrived.ns);
  out.number(m.clock.ns);
}

void write(field_writer& out, const length_mark& m) {
  out.number(static_cast<std::uint32_t>(record_kind::length));
  out.number(m.portion);
  out.number(m.length.ns);
  out.text(m.service);
}

void write(field_writer& out, const loss_mark& m) {
  out.number(static_cast<std::uint32_t>(record_kind::loss));
  out.number(m.portion);
  out.number(std::uint32_t{m.whole});
  out.text(m.service);
  for (auto place : m.places)
    out.number(place);
}

void write(field_writer& out, const cycle_mark& m) {
  out.number(static_cast<std::uint32_t>(record_kind::cycle));
  out.number(m.batch);
  out.number(static_cast<std::uint32_t>(m.what));
  out.text(m.service);
  out.text(m.job);
}

void write(field_writer& out, const setup_mark& m) {
  out.number(static_cast<std::uint32_t>(record_kind::setup));
  out.number(std::uint32_t{m.development});
  out.text(m.instrument);
  for (const auto& service : m.services)
    out.text(service);
}

} // namespace

void write_mark(field_writer& out, const flow_mark& m) {
  std::visit([&out](const auto& mark) { write(out, mark); }, m);
}

std::optional<flow_mark> read_mark(record_kind kind, field_reader& in) {
  std::optional<flow_mark> out;
  if (kind == record_kind::portion) {
    portion_mark m;
    m.number = in.number<std::uint64_t>();
    m.arrived = {in.number<std::int64_t>()};
    m.clock = {in.number<std::int64_t>()};
    out = m;
  } else if (kind == record_kind::length) {
    length_mark m;
    m.portion = in.number<std::uint64_t>();
    m.length = {in.number<std::int64_t>()};
    m.service = in.text();
    out = m;
  } else if (kind == record_kind::first_messages_lost) {
    loss_mark m;
    m.portion = in.number<std::uint64_t>();
    m.first = in.number<std::uint64_t>();
    m.whole = in.number<std::uint32_t>() != 0;
    m.service = in.text();
    out = m;
  } else if (kind == record_kind::loss) {
    loss_mark m;
    m.portion = in.number<std::uint64_t>();
    m.whole = in.number<std::uint32_t>() != 0;
    m.service = in.text();
    while (in.good() && !in.rest().empty())
      m.places.push_back(in.number<std::uint32_t>());
    out = m;
  } else if (kind == record_kind::cycle) {
    cycle_mark m;
    m.batch = in.number<std::uint64_t>();
    const auto what = in.number<std::uint32_t>();
    m.what = static_cast<cycle_mark::kind>(what);
    m.service = in.text();
    m.job = in.text();
    if (what <= static_cast<std::uint32_t>(cycle_mark::kind::dropped)) out = m;
  } else if (kind == record_kind::setup) {
    setup_mark m;
    m.development = in.number<std::uint32_t>() != 0;
    m.instrument = in.text();
    while (in.good() && !in.rest().empty())
      m.services.push_back(in.text());
    out = m;
  }
  if (!in.good() || !in.rest().empty()) return std::nullopt;
  return out;
}

} // namespace livedata

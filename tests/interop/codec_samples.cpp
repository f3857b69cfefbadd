// Our side of the test against the field's own library: writes messages to order, and tells what it reads in messages.
//
//   codec_samples write FOLDER   reads a JSON list of orders, writes message number i to FOLDER/i
//   codec_samples read FILE…     prints a JSON list of what the messages hold, null for those that are refused
#include "messages/codec/6s4t.hpp"
#include "messages/codec/acknowledgements.hpp"
#include "messages/codec/ad00.hpp"
#include "messages/codec/commands.hpp"
#include "messages/codec/da00.hpp"
#include "messages/codec/ev44.hpp"
#include "messages/codec/f144.hpp"
#include "messages/codec/pl72.hpp"
#include "messages/codec/x5f2.hpp"
#include "messages/json.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <type_traits>

using namespace livedata;

namespace {

using bytes = std::vector<std::byte>;

template <class T>
std::vector<T> list(const json& j) {
  return j.get<std::vector<T>>();
}

template <class F>
auto with_type(const std::string& name, F f) {
  if (name == "int8") return f(std::type_identity<std::int8_t>{});
  if (name == "uint8") return f(std::type_identity<std::uint8_t>{});
  if (name == "int16") return f(std::type_identity<std::int16_t>{});
  if (name == "uint16") return f(std::type_identity<std::uint16_t>{});
  if (name == "int32") return f(std::type_identity<std::int32_t>{});
  if (name == "uint32") return f(std::type_identity<std::uint32_t>{});
  if (name == "int64") return f(std::type_identity<std::int64_t>{});
  if (name == "uint64") return f(std::type_identity<std::uint64_t>{});
  if (name == "float32") return f(std::type_identity<float>{});
  return f(std::type_identity<double>{});
}

values numbers_of(const json& data, const std::string& type) {
  if (type == "float64") return list<double>(data);
  if (type == "float32") return list<float>(data);
  if (type == "int64") return list<std::int64_t>(data);
  return list<std::int32_t>(data);
}

std::optional<std::string> text_or_nothing(const json& j) {
  return j.is_null() ? std::nullopt : std::optional(j.get<std::string>());
}

variable variable_of(const json& j) {
  return {list<std::string>(j.at("axes")), list<std::int64_t>(j.at("shape")), text_or_nothing(j.at("unit")),
          numbers_of(j.at("data"), j.at("dtype"))};
}

job_id job_of(const json& j) {
  return {j.at("source_name"), parse_uuid(j.at("job_number").get<std::string>()).value()};
}

std::optional<timestamp> time_or_nothing(const json& j) {
  return j.is_null() ? std::nullopt : std::optional(timestamp{j.get<std::int64_t>()});
}

bytes written(const json& o) {
  const auto schema = o.at("schema").get<std::string>();
  if (schema == "ev44")
    return ev44::write(o.at("source_name").get<std::string>(), o.at("message_id"),
                       list<std::int64_t>(o.at("reference_time")), list<std::int32_t>(o.at("reference_time_index")),
                       list<std::int32_t>(o.at("time_of_flight")), list<std::int32_t>(o.at("pixel_id")));
  if (schema == "f144") {
    const auto& v = o.at("value");
    f144::log_value value;
    const bool whole = o.at("whole").get<bool>();
    if (v.is_array() && whole) value = list<std::int64_t>(v);
    if (v.is_array() && !whole) value = list<double>(v);
    if (!v.is_array() && whole) value = v.get<std::int64_t>();
    if (!v.is_array() && !whole) value = v.get<double>();
    return f144::write(o.at("source_name").get<std::string>(), {o.at("timestamp").get<std::int64_t>()}, value);
  }
  if (schema == "ad00")
    return with_type(o.at("dtype"), [&]<class T>(std::type_identity<T>) {
      const auto shape = list<std::int64_t>(o.at("shape"));
      const auto data = list<T>(o.at("data"));
      return ad00::write<T>(o.at("source_name").get<std::string>(), o.at("id"), {o.at("timestamp").get<std::int64_t>()},
                            shape, data);
    });
  if (schema == "da00") {
    data_array a{o.at("name"), variable_of(o.at("signal")), {}, {}};
    if (!o.at("variances").is_null()) a.variances = numbers_of(o.at("variances"), o.at("signal").at("dtype"));
    for (const auto& c : o.at("coords"))
      a.set_coord(c.at("name"), variable_of(c));
    return da00::write(o.at("source_name").get<std::string>(), {o.at("timestamp").get<std::int64_t>()}, a);
  }
  if (schema == "pl72")
    return pl72::write({o.at("start_time"), o.at("stop_time"), o.at("run_name"), o.at("instrument_name"),
                        o.at("nexus_structure"), o.at("job_id"), o.at("broker"), o.at("service_id"), o.at("filename"),
                        1,
                        pl72::spectra_mapping{list<std::int32_t>(o.at("spectrum")),
                                              list<std::int32_t>(o.at("detector_id")), o.at("n_spectra")},
                        o.at("metadata"), o.at("control_topic")});
  if (schema == "6s4t")
    return run_6s4t::write(
      {o.at("stop_time"), o.at("run_name"), o.at("job_id"), o.at("service_id"), o.at("command_id")});
  const x5f2::sender who{"1.2.3", "a-host", 4321};
  if (schema == "x5f2 job") {
    job_heartbeat h{job_of(o.at("job_id")),
                    parse_workflow_id(o.at("workflow_id").get<std::string>()).value(),
                    job_state::warning,
                    text_or_nothing(o.at("warning")),
                    text_or_nothing(o.at("error")),
                    time_or_nothing(o.at("start_time")),
                    time_or_nothing(o.at("end_time"))};
    return x5f2::write(h, who);
  }
  if (schema == "x5f2 service") {
    service_heartbeat h{o.at("instrument"),
                        o.at("service_name"),
                        parse_uuid(o.at("worker_id").get<std::string>()).value(),
                        service_state::running,
                        {o.at("started_at").get<std::int64_t>()},
                        o.at("active_job_count"),
                        text_or_nothing(o.at("error")),
                        o.at("batch_interval_s"),
                        stream_statistics{}};
    h.stream_stats->window_seconds = o.at("window_seconds");
    for (const auto& s : o.at("streams"))
      h.stream_stats->streams.push_back(
        {s.at("topic"), s.at("source_name"), text_or_nothing(s.at("stream")), s.at("count")});
    return x5f2::write(h, who);
  }
  if (schema == "acknowledgement")
    return acknowledgements::write({o.at("message_id"), o.at("device"), text_or_nothing(o.at("error"))});
  throw std::runtime_error("no such schema: " + schema);
}

json told(const variable& v) {
  const char* types[] = {"float64", "float32", "int64", "int32"};
  return {{"axes", v.dims},
          {"shape", v.shape},
          {"unit", v.unit ? json(*v.unit) : json(nullptr)},
          {"dtype", types[v.data.index()]},
          {"data", std::visit([](const auto& n) { return json(n); }, v.data)}};
}

template <class T>
json told(packed_span<T> view) {
  auto out = json::array();
  for (std::size_t i = 0; i < view.size(); ++i)
    out.push_back(view[i]);
  return out;
}

// What a message holds, by its schema.
json told(std::span<const std::byte> b) {
  const std::string schema = b.size() < 8 ? "" : std::string(reinterpret_cast<const char*>(b.data()) + 4, 4);
  if (schema == "ev44") {
    const auto m = ev44::read(b);
    if (!m) return nullptr;
    return {{"source_name", m->source_name},
            {"message_id", m->message_id},
            {"reference_time", told(m->reference_time)},
            {"reference_time_index", told(m->reference_time_index)},
            {"time_of_flight", told(m->time_of_flight)},
            {"pixel_id", told(m->pixel_id)}};
  }
  if (schema == "f144") {
    const auto m = f144::read(b);
    if (!m) return nullptr;
    return {{"source_name", m->source_name},
            {"timestamp", m->time.ns},
            {"value", std::visit([](const auto& v) { return json(v); }, m->value)}};
  }
  if (schema == "ad00") {
    const auto m = ad00::read(b);
    if (!m) return nullptr;
    return {{"source_name", m->source_name}, {"id", m->id}, {"timestamp", m->time.ns}, {"signal", told(m->data.data)}};
  }
  if (schema == "da00") {
    const auto m = da00::read(b);
    if (!m) return nullptr;
    auto coords = json::object();
    for (const auto& [name, c] : m->data.coords)
      coords[name] = told(c);
    return {{"source_name", m->source_name},
            {"timestamp", m->time.ns},
            {"name", m->data.name},
            {"signal", told(m->data.data)},
            {"variances",
             m->data.variances ? std::visit([](const auto& n) { return json(n); }, *m->data.variances) : json(nullptr)},
            {"coords", coords}};
  }
  if (schema == "pl72") {
    const auto m = pl72::read(b);
    if (!m) return nullptr;
    return {{"start_time", m->start_time}, {"stop_time", m->stop_time}, {"run_name", m->run_name},
            {"job_id", m->job_id},         {"filename", m->filename},   {"metadata", m->metadata}};
  }
  if (schema == "6s4t") {
    const auto m = run_6s4t::read(b);
    if (!m) return nullptr;
    return {{"stop_time", m->stop_time}, {"run_name", m->run_name}, {"job_id", m->job_id}};
  }
  if (schema == "x5f2") {
    const auto m = x5f2::read(b);
    if (!m) return nullptr;
    return {{"software_name", m->software_name},
            {"service_id", m->service_id},
            {"process_id", m->process_id},
            {"update_interval", m->update_interval},
            {"status_json", m->status_json}};
  }
  return nullptr;
}

bytes load(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  const auto b = std::as_bytes(std::span(text));
  return {b.begin(), b.end()};
}

} // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "write") {
    const auto orders = json::parse(std::cin);
    for (std::size_t i = 0; i < orders.size(); ++i) {
      const auto message = written(orders[i]);
      std::ofstream out(std::filesystem::path(argv[2]) / std::to_string(i), std::ios::binary);
      out.write(reinterpret_cast<const char*>(message.data()), static_cast<std::streamsize>(message.size()));
      if (!out) return 1;
    }
    return 0;
  }
  if (argc >= 2 && std::string_view(argv[1]) == "read") {
    auto all = json::array();
    for (int i = 2; i < argc; ++i)
      all.push_back(told(load(argv[i])));
    std::cout << all.dump() << '\n';
    return 0;
  }
  std::cerr << "codec_samples write FOLDER < orders.json | codec_samples read FILE…\n";
  return 2;
}

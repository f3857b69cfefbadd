#include "messages/codec/pl72.hpp"

#include "messages/codec/flat_buffer.hpp"
#include "messages/codec/run_time.hpp"

#include <pl72_generated.h>

namespace livedata::pl72 {

namespace {

namespace wire = livedata::wire::pl72;

std::vector<std::int32_t> list_of(const flatbuffers::Vector<std::int32_t>* vector) {
  const auto view = flat::view_of(vector);
  std::vector<std::int32_t> out(view.size());
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = view[i];
  return out;
}

} // namespace

result<message> read(std::span<const std::byte> bytes) {
  const auto verified = flat::verified<wire::RunStart>(bytes, schema);
  if (!verified) return verified.error();
  const auto& table = **verified;
  message m;
  m.start_time = table.start_time();
  m.stop_time = table.stop_time();
  m.n_periods = table.n_periods();

  const auto texts = flat::keep_texts(schema, {{m.run_name, table.run_name(), "run_name"},
                                               {m.instrument_name, table.instrument_name(), "instrument_name"},
                                               {m.nexus_structure, table.nexus_structure(), "nexus_structure"},
                                               {m.job_id, table.job_id(), "job_id"},
                                               {m.broker, table.broker(), "broker"},
                                               {m.service_id, table.service_id(), "service_id"},
                                               {m.filename, table.filename(), "filename"},
                                               {m.metadata, table.metadata(), "metadata"},
                                               {m.control_topic, table.control_topic(), "control_topic"}});
  if (!texts) return texts.error();
  if (const auto* map = table.detector_spectrum_map())
    m.detector_spectrum_map = {list_of(map->spectrum()), list_of(map->detector_id()), map->n_spectra()};
  return m;
}

result<run_start> start_of(const message& m) {
  const auto start = time_of_ms(m.start_time, schema, "start_time");
  if (!start) return start.error();
  run_start out{m.run_name, *start, std::nullopt};
  if (m.stop_time != 0) {
    const auto stop = time_of_ms(m.stop_time, schema, "stop_time");
    if (!stop) return stop.error();
    out.stop = *stop;
  }
  return out;
}

std::vector<std::byte> write(const message& m) {
  auto content = m.run_name.size() + m.instrument_name.size() + m.nexus_structure.size() + m.job_id.size() +
                 m.broker.size() + m.service_id.size() + m.filename.size() + m.metadata.size() + m.control_topic.size();
  if (const auto& map = m.detector_spectrum_map) content += 4 * (map->spectrum.size() + map->detector_id.size());
  flat::check_room(schema, content);
  flatbuffers::FlatBufferBuilder builder(content + 512);
  builder.ForceDefaults(true);
  flatbuffers::Offset<wire::SpectraDetectorMapping> map;
  if (const auto& given = m.detector_spectrum_map)
    map = wire::CreateSpectraDetectorMapping(builder, builder.CreateVector(given->spectrum),
                                             builder.CreateVector(given->detector_id), given->n_spectra);
  const auto run_name = builder.CreateString(m.run_name);
  const auto instrument_name = builder.CreateString(m.instrument_name);
  const auto nexus_structure = builder.CreateString(m.nexus_structure);
  const auto job_id = builder.CreateString(m.job_id);
  const auto broker = builder.CreateString(m.broker);
  const auto service_id = builder.CreateString(m.service_id);
  const auto filename = builder.CreateString(m.filename);
  const auto metadata = builder.CreateString(m.metadata);
  const auto control_topic = builder.CreateString(m.control_topic);
  wire::RunStartBuilder table(builder);
  table.add_start_time(m.start_time);
  table.add_stop_time(m.stop_time);
  table.add_run_name(run_name);
  table.add_instrument_name(instrument_name);
  table.add_nexus_structure(nexus_structure);
  table.add_job_id(job_id);
  table.add_broker(broker);
  table.add_service_id(service_id);
  table.add_filename(filename);
  table.add_n_periods(m.n_periods);
  if (m.detector_spectrum_map) table.add_detector_spectrum_map(map);
  table.add_metadata(metadata);
  table.add_control_topic(control_topic);
  wire::FinishRunStartBuffer(builder, table.Finish());
  return flat::bytes_of(builder);
}

} // namespace livedata::pl72

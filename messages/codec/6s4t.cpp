#include "messages/codec/6s4t.hpp"

#include "messages/codec/flat_buffer.hpp"
#include "messages/codec/run_time.hpp"

#include <6s4t_generated.h>

namespace livedata::run_6s4t {

namespace {

namespace wire = livedata::wire::run_6s4t;

} // namespace

result<message> read(std::span<const std::byte> bytes) {
  const auto verified = flat::verified<wire::RunStop>(bytes, schema);
  if (!verified) return verified.error();
  const auto& table = **verified;
  message m;
  m.stop_time = table.stop_time();

  const auto texts = flat::keep_texts(schema, {{m.run_name, table.run_name(), "run_name"},
                                               {m.job_id, table.job_id(), "job_id"},
                                               {m.service_id, table.service_id(), "service_id"},
                                               {m.command_id, table.command_id(), "command_id"}});
  if (!texts) return texts.error();
  return m;
}

result<run_stop> stop_of(const message& m) {
  const auto stop = time_of_ms(m.stop_time, schema, "stop_time");
  if (!stop) return stop.error();
  return run_stop{m.run_name, *stop};
}

std::vector<std::byte> write(const message& m) {
  const auto content = m.run_name.size() + m.job_id.size() + m.service_id.size() + m.command_id.size();
  flat::check_room(schema, content);
  flatbuffers::FlatBufferBuilder builder(content + 256);
  builder.ForceDefaults(true);
  const auto run_name = builder.CreateString(m.run_name);
  const auto job_id = builder.CreateString(m.job_id);
  const auto service_id = builder.CreateString(m.service_id);
  const auto command_id = builder.CreateString(m.command_id);
  wire::RunStopBuilder table(builder);
  table.add_stop_time(m.stop_time);
  table.add_run_name(run_name);
  table.add_job_id(job_id);
  table.add_service_id(service_id);
  table.add_command_id(command_id);
  wire::FinishRunStopBuffer(builder, table.Finish());
  return flat::bytes_of(builder);
}

} // namespace livedata::run_6s4t

#include "actors/view/http/view_tap.hpp"

#include "messages/codec/6s4t.hpp"
#include "messages/codec/commands.hpp"
#include "messages/codec/pl72.hpp"

#include <string>

namespace livedata {

namespace {

void learn_from_command(std::span<const std::byte> bytes, latest_results& latest) {
  const auto command = commands::read(bytes, [] { return std::string(); });
  if (!command) return;
  if (const auto* start = std::get_if<start_command>(&*command))
    latest.take_wish(start->job, {start->workflow, start->params, start->aux_source_names, start->schedule});
}

void learn_from_run(std::span<const std::byte> bytes, latest_results& latest) {
  if (const auto told = pl72::read(bytes)) {
    if (const auto run = pl72::start_of(*told)) latest.take(viewed_run{run->run_name, run->start, run->stop});
  } else if (const auto end = run_6s4t::read(bytes)) {
    if (const auto run = run_6s4t::stop_of(*end)) latest.take_stop(run->stop);
  }
}

} // namespace

void learn_from(const raw_message& raw, latest_results& latest) {
  if (!raw.content) return;
  if (raw.topic.ends_with("_livedata_commands"))
    learn_from_command(raw.content->bytes(), latest);
  else if (raw.topic.ends_with("_filewriter"))
    learn_from_run(raw.content->bytes(), latest);
}

} // namespace livedata

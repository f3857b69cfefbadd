#include "actors/service/job_shard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace livedata {

namespace {

// FNV-1a: the same in every build and on every machine.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 14695981039346656037U;
  for (const unsigned char c : text)
    hash = (hash ^ c) * 1099511628211U;
  return hash;
}

} // namespace

std::uint32_t shard_of(const instrument& inst, const workflow_id& workflow, const job_id& job, std::uint32_t count) {
  const auto of_configuration = job.job_number == configured_number(workflow, job.source_name);
  const auto first = hash_of(to_string(workflow) + (of_configuration ? "" : " " + to_string(job.job_number)));
  std::uint64_t place = 0;
  if (const auto* declared = inst.find_workflow(workflow.name, workflow.version)) {
    const auto at = std::ranges::find(declared->sources, job.source_name);
    place = static_cast<std::uint64_t>(at - declared->sources.begin());
  }
  return static_cast<std::uint32_t>((first % count + place) % count);
}

uuid configured_number(const workflow_id& workflow, std::string_view source) {
  return uuid_from_name(fmt::format("{} {}", to_string(workflow), source));
}

std::string name_of(const std::string& service, const job_shard& shard) {
  return shard.is_all() ? service : fmt::format("{}.{}", service, shard.number);
}

} // namespace livedata

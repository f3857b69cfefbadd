#include "app/process.hpp"

#include "workflows/registry.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <unistd.h>

namespace livedata {

result<engine_plan> plan_of(const settings& s) {
  auto workflows = builtin_workflows();
  workflows.limit({s.limits.job_memory * 1'000'000});
  return make_plan(s, workflows);
}

bool started_by_commands(const settings& s) {
  return s.jobs.empty() && s.job_set == "none";
}

status check_summary_place(const settings& s) {
  if (!s.summary) return nothing{};
  auto folder = std::filesystem::absolute(*s.summary).parent_path();
  if (std::filesystem::is_directory(folder) && access(folder.c_str(), W_OK) == 0 &&
      !std::filesystem::is_directory(*s.summary))
    return nothing{};
  return failure{"value", fmt::format("summary: {} cannot be written; give a file in a folder that exists and may be "
                                      "written to",
                                      s.summary->string())};
}

} // namespace livedata

#include "actors/publisher/image_sink.hpp"

#include "actors/publisher/nexus_file.hpp"
#include "actors/publisher/png_image.hpp"
#include "actors/publisher/whole_file.hpp"
#include "messages/codec/da00.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <vector>

namespace livedata {

namespace {

// Letters and digits of any script, and what is harmless in a shell.
std::string clean(std::string_view name) {
  std::string out(name);
  for (auto& c : out) {
    auto u = static_cast<unsigned char>(c);
    auto harmless = u >= 0x80U || (u >= '0' && u <= '9') || (u >= 'A' && u <= 'Z') || (u >= 'a' && u <= 'z') ||
                    c == '_' || c == '-' || c == '.' || c == '+';
    if (!harmless) c = '_';
  }
  if (out.empty() || out.front() == '.') out.insert(out.begin(), '_');
  return out;
}

result<std::vector<std::byte>> picture_of(const std::vector<job_output>& outputs, const image_labels& labels) {
  std::vector<da00::message> contents;
  for (const auto& o : outputs) {
    auto content = da00::read(o.message->bytes());
    if (!content) return content.error();
    contents.push_back(std::move(*content));
  }
  std::vector<named_output> named;
  for (std::size_t i = 0; i < outputs.size(); ++i)
    named.push_back({outputs[i].name, &contents[i]});
  return to_png(default_output(named)->content->data, labels);
}

} // namespace

image_sink::image_sink(std::filesystem::path folder) : folder_(std::move(folder)) {
  std::error_code problem;
  std::filesystem::create_directories(folder_, problem);
  if (problem)
    throw std::runtime_error(
      fmt::format("folder {} for images could not be created: {}; name another one, or see that its "
                  "parent may be written to",
                  folder_.string(), problem.message()));
}

void image_sink::deliver(const result_set& results) {
  const auto is_cumulative = [](const job_output& o) { return o.name == "cumulative"; };
  for (const auto& r : results.results) {
    if (r->outputs.empty()) continue;
    auto& kept = latest_[r->job];
    const auto cumulative = std::ranges::find_if(r->outputs, is_cumulative);
    if (cumulative != r->outputs.end())
      kept = {r->workflow, {*cumulative}};
    else if (kept.workflow != r->workflow || std::ranges::none_of(kept.outputs, is_cumulative))
      kept = {r->workflow, r->outputs};
  }
}

void image_sink::finish() {
  auto stem = [](const job_id& job, const entry& e) {
    return fmt::format("{}-{}", clean(job.source_name), clean(e.workflow.name));
  };
  std::map<std::string, int> uses;
  for (const auto& [job, e] : latest_)
    ++uses[stem(job, e)];

  std::string problems;
  for (const auto& [job, e] : latest_) {
    auto name = stem(job, e);
    if (uses[name] > 1) name += fmt::format("-{}", to_string(job.job_number));
    auto path = folder_ / (name + ".png");
    auto png = picture_of(e.outputs, {job.source_name, to_string(e.workflow)});
    auto written = png ? write_whole_file(path, *png) : status(png.error());
    if (written) continue;
    auto text = png ? written.error().message : fmt::format("{}: {}", path.string(), written.error().message);
    problems += problems.empty() ? text : "; " + text;
  }
  if (problems.empty()) return;
  missing_ = problems;
  throw std::runtime_error(problems);
}

} // namespace livedata

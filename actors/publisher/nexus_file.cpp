#include "actors/publisher/nexus_file.hpp"

#include "workflows/geometry/hdf5_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <variant>

namespace livedata {

namespace {

hdf5_shape lengths_of(const variable& v) {
  return {v.shape.begin(), v.shape.end()};
}

void write_numbers(hdf5_writer& to, const std::string& path, const values& v, const hdf5_shape& lengths) {
  std::visit(
    [&]<class T>(const std::vector<T>& numbers) {
      if constexpr (std::is_same_v<T, float>)
        to.numbers(path, std::vector<double>(numbers.begin(), numbers.end()), lengths);
      else if constexpr (std::is_same_v<T, double>)
        to.numbers(path, numbers, lengths);
      else
        to.integers(path, numbers, lengths);
    },
    v);
}

void write_variable(hdf5_writer& to, const std::string& path, const variable& v) {
  write_numbers(to, path, v.data, lengths_of(v));
  if (v.unit) to.attribute(path, "units", *v.unit);
}

// A name as one part of a path in the file.
std::string member_name(std::string_view name) {
  std::string out(name);
  std::ranges::replace(out, '/', '_');
  return out.empty() || out == "." ? "data" : out;
}

// The coordinate of each dimension, "." where there is none.
std::vector<std::string> axes_of(const data_array& a) {
  std::vector<std::string> axes;
  for (const auto& dim : a.data.dims) {
    const auto* c = a.coord(dim);
    axes.push_back(c != nullptr && c->dims == std::vector<std::string>{dim} ? member_name(dim) : ".");
  }
  return axes;
}

void write_errors(hdf5_writer& to, const std::string& path, const data_array& a) {
  auto errors = *a.variances;
  std::visit(
    [](auto& numbers) {
      std::ranges::transform(numbers, numbers.begin(), [](auto x) {
        return static_cast<std::decay_t<decltype(x)>>(std::sqrt(static_cast<double>(x)));
      });
    },
    errors);
  write_numbers(to, path, errors, lengths_of(a.data));
  if (a.data.unit) to.attribute(path, "units", *a.data.unit);
}

// A scalar point in time, or a series of them, is nanoseconds since 1970 there.
void write_coordinate(hdf5_writer& to, const std::string& path, const variable& c) {
  write_variable(to, path, c);
  if (c.unit == "datetime64[ns]") {
    to.attribute(path, "units", std::string("ns"));
    to.attribute(path, "start", std::string("1970-01-01T00:00:00Z"));
  }
}

void write_output(hdf5_writer& to, const std::string& group, const std::string& name, const data_array& a) {
  to.group(group, "NXdata");
  to.text(group + "/title", a.name.empty() ? name : a.name);
  write_variable(to, group + "/signal", a.data);
  to.attribute(group, "signal", std::string("signal"));
  if (!a.data.dims.empty()) to.attribute(group, "axes", axes_of(a));
  if (a.variances) write_errors(to, group + "/errors", a);
  for (const auto& [coord, c] : a.coords) {
    const auto member = member_name(coord);
    if (member == "signal" || member == "errors" || member == "title" || to.exists(group + "/" + member)) continue;
    write_coordinate(to, group + "/" + member, c);
  }
}

} // namespace

const named_output* default_output(const std::vector<named_output>& outputs) {
  auto found = std::ranges::find(outputs, "cumulative", &named_output::name);
  if (found == outputs.end())
    found = std::ranges::find_if(outputs, [](const named_output& o) { return !o.content->data.data.dims.empty(); });
  if (found != outputs.end()) return &*found;
  return outputs.empty() ? nullptr : &outputs.front();
}

void write_nexus(const std::filesystem::path& file, const nexus_job& job, const std::vector<named_output>& outputs) {
  hdf5_writer to(file);
  to.group("/entry", "NXentry");
  to.attribute("/", "default", std::string("entry"));
  to.attribute("/entry", "job", to_string(job.job));
  to.attribute("/entry", "workflow", to_string(job.workflow));
  to.text("/entry/title", fmt::format("{} of {}", job.workflow.name, job.job.source_name));
  to.text("/entry/start_time", to_string(job.start));
  to.text("/entry/end_time", to_string(job.end));
  to.text("/entry/program_name", "livedata");
  for (const auto& o : outputs)
    write_output(to, "/entry/" + member_name(o.name), o.name, o.content->data);
  if (const auto* first = default_output(outputs)) to.attribute("/entry", "default", member_name(first->name));
}

} // namespace livedata

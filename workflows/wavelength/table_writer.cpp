#include "workflows/geometry/hdf5_writer.hpp"
#include "workflows/wavelength/table_file.hpp"

#include <fmt/format.h>

#include <utility>

namespace livedata {

namespace {

// Of the version whose layout this is.
constexpr const char* scipp_version = "26.3.1";

struct unit_of_file {
  double multiplier;
  const char* base;
};

constexpr unit_of_file metre{1, "m"};
constexpr unit_of_file angstrom{1e-10, "m"};
constexpr unit_of_file microsecond{1e-6, "s"};
constexpr double ns_per_microsecond = 1e3;

class scipp_writer {
public:
  explicit scipp_writer(const std::filesystem::path& file) : out_(file) {}

  void object(const std::string& path, const char* type) {
    if (path != "/") out_.plain_group(path);
    out_.attribute(path, "scipp-version", std::string(scipp_version));
    out_.attribute(path, "scipp-type", std::string(type));
  }

  void plain_group(const std::string& path) { out_.plain_group(path); }

  void name(const std::string& path, const std::string& text) { out_.attribute(path, "name", text); }

  // What all variables have.
  void describe(const std::string& values, const char* dtype, const std::vector<std::string>& dims,
                const std::vector<std::int64_t>& shape) {
    out_.attribute(values, "dtype", std::string(dtype));
    out_.attribute(values, "dims", dims);
    out_.attribute(values, "shape", shape);
    out_.truth_attribute(values, "aligned", true);
  }

  void variable(const std::string& path, const std::vector<std::string>& dims, const std::vector<std::int64_t>& shape,
                const std::vector<double>& numbers, const unit_of_file& unit,
                const std::vector<double>& variances = {}) {
    object(path, "Variable");
    const hdf5_shape lengths(shape.begin(), shape.end());
    const auto values = path + "/values";
    out_.numbers(values, numbers, lengths);
    describe(values, "float64", dims, shape);
    out_.unit_attribute(values, unit.multiplier, unit.base);
    if (variances.empty()) return;
    out_.numbers(path + "/variances", variances, lengths);
    out_.reference_attribute(values, "variances", path + "/variances");
  }

  void whole(const std::string& path, std::int64_t number) {
    object(path, "Variable");
    out_.integers(path + "/values", std::vector<std::int64_t>{number}, {});
    describe(path + "/values", "int64", {}, {});
  }

  void plain_int(const std::string& path, std::int64_t number) {
    object(path, "int");
    out_.integers(path + "/entry", std::vector<std::int64_t>{number}, {});
  }

private:
  hdf5_writer out_;
};

// Groups of named children, numbered.
class child_list {
public:
  child_list(scipp_writer& out, std::string group) : out_(out), group_(std::move(group)) {}

  // Calls write(path) for the next child.
  template <class F>
  void add(const std::string& name, F&& write) {
    const auto path = fmt::format("{}/elem_{:03}_{}", group_, next_++, name);
    std::forward<F>(write)(path);
    out_.name(path, name);
  }

private:
  scipp_writer& out_;
  std::string group_;
  int next_ = 0;
};

std::vector<double> in_microseconds(std::vector<double> times) {
  for (auto& t : times)
    t /= ns_per_microsecond;
  return times;
}

// Data and masks of the array are written; its coordinates are added to `coords`.
void write_array(scipp_writer& out, const std::string& group, const lookup_table& t, child_list& coords) {
  const auto rows = static_cast<std::int64_t>(t.distance.size());
  const auto columns = static_cast<std::int64_t>(t.time.size());
  out.variable(group + "/data", {"distance", "event_time_offset"}, {rows, columns}, t.wavelength, angstrom, t.variance);
  out.plain_group(group + "/masks");
  coords.add("distance", [&](const std::string& path) { out.variable(path, {"distance"}, {rows}, t.distance, metre); });
  coords.add("event_time_offset", [&](const std::string& path) {
    out.variable(path, {"event_time_offset"}, {columns}, in_microseconds(t.time), microsecond);
  });
}

void write_scalars(scipp_writer& out, const lookup_table& t, child_list& to, bool plain_stride) {
  const auto scalar = [&](const char* name, double value, const unit_of_file& unit) {
    to.add(name, [&](const std::string& path) { out.variable(path, {}, {}, {value}, unit); });
  };
  scalar("pulse_period", t.pulse_period / ns_per_microsecond, microsecond);
  to.add("pulse_stride", [&](const std::string& path) {
    if (plain_stride)
      out.plain_int(path, t.pulse_stride);
    else
      out.whole(path, t.pulse_stride);
  });
  scalar("distance_resolution", t.distance_resolution, metre);
  scalar("time_resolution", t.time_resolution / ns_per_microsecond, microsecond);
}

void write_table(const lookup_table& t, const std::filesystem::path& file, table_form form) {
  scipp_writer out(file);
  if (form == table_form::data_array) {
    out.object("/", "DataArray");
    out.name("/", "");
    out.plain_group("/coords");
    child_list coords(out, "/coords");
    write_array(out, "", t, coords);
    write_scalars(out, t, coords, false);
    return;
  }
  out.object("/", "DataGroup");
  out.plain_group("/entries");
  child_list entries(out, "/entries");
  entries.add("array", [&](const std::string& path) {
    out.object(path, "DataArray");
    out.plain_group(path + "/coords");
    child_list coords(out, path + "/coords");
    write_array(out, path, t, coords);
  });
  write_scalars(out, t, entries, true);
}

} // namespace

status write_lookup_table(const lookup_table& table, const std::filesystem::path& file, table_form form) {
  if (auto ok = check(table); !ok) return ok;
  return write_whole_file(file, [&](const std::filesystem::path& part) { write_table(table, part, form); });
}

} // namespace livedata

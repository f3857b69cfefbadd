#include "golden/golden_case.hpp"

#include "support/events.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <stdexcept>

namespace livedata::golden {

namespace {

// A log or device as far as it has come.
struct samples {
  std::vector<timestamp> time;
  std::vector<double> value;
  std::vector<double> target;
  std::vector<std::int32_t> idle;
  std::optional<std::string> unit;

  stream_value series() const {
    auto owner = std::make_shared<const samples>(*this);
    auto s = std::make_shared<log_series>();
    s->time = owner->time;
    s->value = owner->value;
    s->target = owner->target;
    s->idle = owner->idle;
    s->unit = owner->unit;
    s->owner = owner;
    return series_ptr(std::move(s));
  }
};

void append(const hdf5_content& file, const std::string& group, samples& to) {
  for (auto t : file.integers(group + "/time"))
    to.time.push_back({t});
  const auto add = [&](const char* name, auto& list) {
    if (!file.has(group + "/" + name)) return;
    for (auto v : file.numbers(group + "/" + name))
      list.push_back(static_cast<std::remove_cvref_t<decltype(list)>::value_type>(v));
  };
  add("value", to.value);
  add("target", to.target);
  add("idle", to.idle);
  to.unit = file.text(group + "/value", "unit");
}

// Variables of a group, in the order that their attribute `order` gives.
std::vector<std::pair<std::string, variable>> variables_of(const hdf5_content& file, const std::string& group) {
  std::vector<std::pair<std::int64_t, std::string>> order;
  for (const auto& name : file.members(group))
    if (const auto place = file.integer(group + "/" + name, "order")) order.emplace_back(*place, name);
  std::sort(order.begin(), order.end());
  std::vector<std::pair<std::string, variable>> all;
  for (const auto& [place, name] : order)
    all.emplace_back(name, file.read(group + "/" + name));
  return all;
}

wire_array read_array(const hdf5_content& file, const std::string& group) {
  wire_array e;
  for (auto& [name, v] : variables_of(file, group)) {
    if (name == "signal") {
      e.array.data = std::move(v);
      e.array.name = file.text(group + "/signal", "label").value_or("");
    } else if (name == "errors") {
      e.has_errors = true;
      e.errors = file.numbers(group + "/errors");
    } else {
      e.array.set_coord(name, std::move(v));
    }
  }
  return e;
}

array_ptr read_input_array(const hdf5_content& file, const std::string& group) {
  auto e = read_array(file, group);
  if (e.has_errors) {
    for (auto& x : e.errors)
      x *= x;
    e.array.variances = std::move(e.errors);
  }
  if (file.has(group + "/variances")) e.array.variances = file.numbers(group + "/variances");
  return std::make_shared<const data_array>(std::move(e.array));
}

class input_reader {
public:
  explicit input_reader(const std::filesystem::path& path) : file_(path) {}

  std::vector<input_batch> read() {
    std::vector<input_batch> batches;
    for (std::size_t k = 0;; ++k) {
      const auto group = "/batch_" + std::to_string(k);
      if (!file_.has(group)) return batches;
      input_batch b;
      b.start = {file_.integer(group, "start_time").value()};
      b.end = {file_.integer(group, "end_time").value()};
      b.finalize = file_.integer(group, "finalize").value_or(1) != 0;
      add_streams(group, "", b);
      batches.push_back(std::move(b));
    }
  }

private:
  // Names of streams may have a '/' in them: then groups lie in groups.
  void add_streams(const std::string& group, const std::string& stream, input_batch& b) {
    for (const auto& member : file_.members(group)) {
      const auto path = group + "/" + member;
      const auto name = stream.empty() ? member : stream + "/" + member;
      if (file_.has(path + "/message_time"))
        b.streams.emplace_back(name, read_events(file_, path));
      else if (file_.has(path + "/signal"))
        b.streams.emplace_back(name, read_input_array(file_, path));
      else if (file_.has(path + "/time")) {
        append(file_, path, logs_[name]);
        b.streams.emplace_back(name, logs_[name].series());
      } else if (!file_.is_dataset(path))
        add_streams(path, name, b);
    }
  }

  hdf5_content file_;
  std::map<std::string, samples> logs_;
};

} // namespace

events_ptr read_events(const hdf5_content& file, const std::string& group) {
  const auto time = file.integers(group + "/message_time");
  const auto size = file.integers(group + "/message_size");
  const auto arrival = file.integers(group + "/time_of_flight");
  const auto has_pixels = file.has(group + "/pixel_id");
  const auto pixel = has_pixels ? file.integers(group + "/pixel_id") : std::vector<std::int64_t>(arrival.size());
  auto batch = std::make_shared<event_batch>();
  std::size_t next = 0;
  for (std::size_t m = 0; m < time.size(); ++m) {
    std::vector<test::event> events;
    for (std::int64_t i = 0; i < size[m]; ++i, ++next)
      events.push_back({static_cast<std::int32_t>(arrival.at(next)), static_cast<std::int32_t>(pixel.at(next))});
    auto chunk = test::make_chunk(events, {time[m]});
    if (!has_pixels) chunk.pixel_id = {};
    batch->add(std::move(chunk));
  }
  return batch;
}

golden_case::golden_case(std::string case_name, std::filesystem::path case_folder)
  : name(std::move(case_name)), folder(std::move(case_folder)) {
  std::ifstream in(folder / "manifest.json");
  if (!in) throw std::runtime_error("manifest.json cannot be read");
  manifest = json::parse(in);
}

std::vector<input_batch> golden_case::inputs() const {
  return input_reader(folder / "inputs.h5").read();
}

std::vector<std::optional<expected_batch>> golden_case::expected(const std::string& file, std::size_t batches) const {
  const hdf5_content content(folder / file);
  std::vector<std::optional<expected_batch>> all(batches);
  for (std::size_t k = 0; k < batches; ++k) {
    const auto group = "/batch_" + std::to_string(k);
    if (!content.has(group)) continue;
    const auto error = content.text(group, "error");
    const auto order = content.text(group, "order");
    if (!error && !order) continue;
    auto& b = all[k].emplace();
    b.error = error.value_or("");
    if (order)
      for (const auto& output : json::parse(*order).get<std::vector<std::string>>())
        b.outputs.emplace_back(output, read_array(content, group + "/" + output));
  }
  return all;
}

bool golden_case::has_events(const std::string& stream) const {
  const hdf5_content file(folder / "inputs.h5");
  for (std::size_t k = 0;; ++k) {
    const auto group = "/batch_" + std::to_string(k);
    if (!file.has(group)) return false;
    if (file.has(group + "/" + stream + "/message_time")) return true;
  }
}

} // namespace livedata::golden

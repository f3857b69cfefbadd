// A whole engine on one of the real instruments, told what to receive step by step: messages of the wire, commands
// among them.
#pragma once

#include "messages/codec/f144.hpp"
#include "support/instrument_run.hpp"

#include <functional>
#include <places.hpp>
#include <string>
#include <vector>

namespace livedata::test {

// What a step holds is received together, and is a batch of its own: the next step comes when its time has passed,
// which a message on a stream that no job uses tells.
class scripted_service {
public:
  // Adds a message of another stream to the present step.
  using ticking = std::function<void(scripted_service&)>;

  scripted_service(const std::string& instrument_name, std::vector<std::string> services, ticking tick)
    : tick_(std::move(tick)) {
    inst_ = std::make_shared<const instrument>(
      load_instrument(std::string(LIVEDATA_SOURCE_DIR) + "/instruments/" + instrument_name + ".json").value());
    settings_.services = std::move(services);
    settings_.dev = true;
    settings_.batch.kind = "simple";
    settings_.batch.adaptive = false;
    portion();
  }

  // Before run().
  settings& configuration() { return settings_; }

  timestamp now() const { return now_; }

  // What follows comes in a later batch.
  void step() {
    portion();
    now_ = now_ + second;
    tick_(*this);
    portion();
    now_ = now_ + second;
  }

  // What follows is received later, while the same batch is open.
  void portion() { portions_.emplace_back(); }

  void receive(const std::string& topic, std::vector<std::byte> bytes) {
    portions_.back().push_back({inst_->name + "_" + topic, now(), make_payload(std::move(bytes))});
  }

  // As many events as told, on the pixels from `first_pixel` on, of the pulse at `when`.
  void events(const std::string& topic, const std::string& source, std::size_t count, std::int32_t first_pixel,
              std::int32_t pixels, std::optional<timestamp> when = {}) {
    std::vector<std::int32_t> time(count);
    std::vector<std::int32_t> pixel(count);
    for (std::size_t i = 0; i < count; ++i) {
      time[i] = static_cast<std::int32_t>((i * 7919) % 71'000'000);
      pixel[i] = first_pixel + static_cast<std::int32_t>(i) % pixels;
    }
    std::vector<std::int64_t> reference{when.value_or(now()).ns};
    std::vector<std::int32_t> index{0};
    receive(topic, ev44::write(source, 0, reference, index, time, pixel));
  }

  void log(const std::string& name, f144::log_value value, std::optional<timestamp> when = {}) {
    receive("motion", f144::write(name, when.value_or(now()), value));
  }

  void command(const json& c) {
    auto text = c.dump();
    const auto* p = reinterpret_cast<const std::byte*>(text.data());
    receive("livedata_commands", {p, p + text.size()});
  }

  // Gives the id of the job.
  job_id start(const std::string& workflow, const std::string& source, const json& params = json::object()) {
    auto number = std::to_string(++jobs_);
    command({{"kind", "workflow_config"},
             {"identifier", {{"instrument", inst_->name}, {"name", workflow}, {"version", 1}}},
             {"message_id", to_string(uuid_from_name("message" + number))},
             {"job_id", {{"source_name", source}, {"job_number", to_string(uuid_from_name(number))}}},
             {"params", params}});
    return {source, uuid_from_name(number)};
  }

  // A request for regions of interest of a job: "rectangle" or "polygon".
  void regions(const job_id& job, const std::string& shape, const data_array& request) {
    receive("livedata_roi", da00::write(to_string(job) + "/roi_" + shape, now(), request));
  }

  void run() {
    settings_.source.pulses = portions_.size();
    auto run =
      run_instrument(inst_, settings_, 2, made_by([this](std::uint64_t k, timestamp) { return portions_.at(k); }));
    results_ = told(std::move(run.results));
    sent_ = std::move(run.sent);
    report_ = std::move(run.report);
  }

  const std::vector<told_result>& results() const { return results_; }

  // The sums of an output of all jobs of a workflow (any if none is named), in the order of publication: "2000 5000".
  std::string sums(const std::string& output, const std::string& workflow = {}) const {
    std::vector<double> out;
    for (const auto& r : results_)
      if (r.output == output && (workflow.empty() || r.workflow == workflow)) out.push_back(r.sum());
    return fmt::format("{}", fmt::join(out, " "));
  }

  std::vector<std::string> outputs() const {
    std::vector<std::string> out;
    for (const auto& r : results_)
      out.push_back(r.output);
    return out;
  }

  const std::vector<outgoing_message>& sent() const { return sent_; }

  const run_report& report() const { return report_; }

private:
  static constexpr duration second{1'000'000'000};

  ticking tick_;
  std::shared_ptr<const instrument> inst_;
  settings settings_;
  std::vector<std::vector<raw_message>> portions_;
  timestamp now_ = first_pulse;
  int jobs_ = 0;
  std::vector<told_result> results_;
  std::vector<outgoing_message> sent_;
  run_report report_;
};

} // namespace livedata::test

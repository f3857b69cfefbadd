// A workflow for tests that counts events and misbehaves when its parameters say so, and an instrument that has it.
#pragma once

#include "workflows/archive.hpp"
#include "workflows/instrument/json_node.hpp"
#include "workflows/registry.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace livedata::test {

// What the workflows of a test did, from whatever thread.
class probe {
public:
  struct call {
    std::string source;
    std::string what;
    std::thread::id thread;
    // Addresses of the events that were read.
    std::vector<const std::byte*> addresses;
  };

  void note(call c) {
    std::lock_guard lock(mutex_);
    calls_.push_back(std::move(c));
  }

  std::vector<call> calls() const {
    std::lock_guard lock(mutex_);
    return calls_;
  }

private:
  mutable std::mutex mutex_;
  std::vector<call> calls_;
};

// Parameters: fail_accumulate, fail_finalize, absent, inconsistent (lists of the numbers of the calls, counting from 1,
// in which that happens), fail_build (true), waits (true: for auxiliary data).
class scripted_workflow final : public workflow {
public:
  using hook = std::function<void(const std::string& source, int accumulate_call)>;

  scripted_workflow(const json& params, std::string source, std::shared_ptr<probe> p, hook h)
    : source_(std::move(source)), probe_(std::move(p)), hook_(std::move(h)) {
    const json_node script(params, "the parameters");
    script.allow_keys({"fail_accumulate", "fail_finalize", "absent", "inconsistent", "fail_build", "waits"});
    for (const auto* key : {"fail_accumulate", "fail_finalize", "absent", "inconsistent"})
      if (const auto list = script.find(key)) script_[key] = list->value().get<std::vector<int>>();
    if (const auto fails = script.find("fail_build"); fails && fails->boolean())
      throw std::runtime_error("told not to build");
    if (const auto waits = script.find("waits")) waits_ = waits->boolean();
  }

  void accumulate(const job_data& data) override {
    ++accumulate_calls_;
    probe::call c{source_, "accumulate", std::this_thread::get_id(), {}};
    std::uint64_t counted = 0;
    std::int64_t checksum = 0;
    for (const auto& stream : data.primary)
      for (const auto& chunk : std::get<events_ptr>(stream.value)->chunks) {
        c.addresses.push_back(chunk.time_of_arrival.data());
        counted += chunk.size();
        for (std::size_t i = 0; i < chunk.size(); ++i)
          checksum += chunk.time_of_arrival[i] % 1000 + (chunk.pixel_id.empty() ? 0 : chunk.pixel_id[i] % 1000);
      }
    if (probe_) probe_->note(std::move(c));
    if (hook_) hook_(source_, accumulate_calls_);
    if (scripted("fail_accumulate", accumulate_calls_)) throw std::runtime_error("scripted accumulate failure");
    if (!data.auxiliary.empty()) waits_ = false;
    tally_.received += counted;
    tally_.accepted += counted;
    counts_ += static_cast<double>(counted);
    checksum_ += static_cast<double>(checksum);
  }

  std::vector<workflow_output> finalize() override {
    ++finalize_calls_;
    if (probe_) probe_->note({source_, "finalize", std::this_thread::get_id(), {}});
    if (scripted("fail_finalize", finalize_calls_)) throw std::runtime_error("scripted finalize failure");
    std::vector<workflow_output> out;
    auto counts = make_scalar(counts_, "counts");
    if (scripted("inconsistent", finalize_calls_)) counts.shape = {7};
    out.push_back({"counts", data_array{{}, std::move(counts), {}, {}}});
    if (scripted("absent", finalize_calls_))
      out.push_back({"checksum", std::nullopt});
    else
      out.push_back({"checksum", data_array{{}, make_scalar(checksum_, "counts"), {}, {}}});
    return out;
  }

  std::vector<std::string> waits_for() const override {
    return waits_ ? std::vector<std::string>{"the other bank"} : std::vector<std::string>{};
  }

  void clear() override {
    counts_ = 0;
    checksum_ = 0;
  }

  void state(archive& a) override {
    a.field("accumulate_calls", accumulate_calls_);
    a.field("finalize_calls", finalize_calls_);
    a.field("counts", counts_);
    a.field("checksum", checksum_);
    a.field("tally", tally_);
    a.field("waits", waits_);
  }

  event_tally tally() const override { return tally_; }

private:
  bool scripted(const std::string& key, int call) const {
    auto i = script_.find(key);
    return i != script_.end() && std::find(i->second.begin(), i->second.end(), call) != i->second.end();
  }

  std::string source_;
  std::shared_ptr<probe> probe_;
  hook hook_;
  std::map<std::string, std::vector<int>> script_;
  int accumulate_calls_ = 0;
  int finalize_calls_ = 0;
  double counts_ = 0;
  double checksum_ = 0;
  event_tally tally_;
  bool waits_ = false;
};

inline workflow_kind scripted_kind(std::shared_ptr<probe> p = nullptr, scripted_workflow::hook h = {}) {
  return {[](const workflow_declaration&) -> std::vector<output_spec> {
            return {{"counts", "Counts"}, {"checksum", "Checksum"}};
          },
          [p, h](const build_request& r) -> std::unique_ptr<workflow> {
            return std::make_unique<scripted_workflow>(r.params, r.source, p, h);
          }};
}

// Three banks of 1000 pixels and a monitor; workflows `scripted` (on banks), `view` (logical view) and
// `monitor_histogram`.
inline std::shared_ptr<const instrument> small_instrument() {
  auto inst = std::make_shared<instrument>();
  inst->name = "small";
  inst->title = "Small";
  workflow_declaration scripted{"scripted", 1, "Scripted", "detector_data", "scripted", {}, json::object()};
  workflow_declaration view{"view", 1, "View", "detector_data", "logical_view", {}, json{{"reduce", {"pixel"}}}};
  workflow_declaration monitors{"monitor_histogram", 1,      "Beam monitor", "monitor_data",
                                "monitor_histogram", {"m1"}, json::object()};
  for (int b = 0; b < 3; ++b) {
    detector d;
    d.name = "bank" + std::to_string(b);
    d.title = d.name;
    d.first_pixel = 1 + 1000 * b;
    d.sizes = {{"tube", 10}, {"pixel", 100}};
    inst->detectors.push_back(d);
    scripted.sources.push_back(d.name);
    view.sources.push_back(d.name);
  }
  inst->monitors.push_back({"m1", "Monitor 1", 100});
  inst->workflows = {scripted, view, monitors};
  return inst;
}

inline workflow_registry small_registry(std::shared_ptr<probe> p = nullptr, scripted_workflow::hook h = {}) {
  auto r = builtin_workflows();
  r.add("scripted", scripted_kind(std::move(p), std::move(h)));
  return r;
}

} // namespace livedata::test

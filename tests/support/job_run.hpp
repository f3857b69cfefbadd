// One job as a service runs it: job table and job, without actors.
#pragma once

#include "actors/job/job.hpp"
#include "actors/job/job_table.hpp"
#include "actors/service/commands.hpp"

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace livedata::test {

class job_run {
public:
  // Throws std::runtime_error if the workflow cannot be built.
  job_run(const recipe_ptr& recipe, const std::string& source) : id_{source, uuid_from_name("run")}, job_(id_, recipe) {
    if (auto failure = job_.build(); !failure.empty()) throw std::runtime_error(failure);
    table_.add(make_entry(id_, *recipe, {}));
  }

  // What a batch brings, by stream. Streams that begin with "roi_" are requests for this job.
  job_reply batch(timestamp start, timestamp end, const std::vector<std::pair<std::string, stream_value>>& streams,
                  bool finalize = true) {
    batch_data b{start, end, {}, 0, 0};
    for (const auto& [stream, value] : streams) {
      const auto name = stream.starts_with("roi_") ? to_string(id_) + "/" + stream : stream;
      b.streams.insert_or_assign(name, value);
      if (!std::holds_alternative<events_ptr>(value)) latest_.insert_or_assign(name, value);
    }
    const auto latest = [this](const std::string& stream) -> std::optional<stream_value> {
      const auto known = latest_.find(stream);
      return known == latest_.end() ? std::nullopt : std::optional(known->second);
    };
    job_reply reply;
    for (const auto& item : table_.prepare(b, latest, !finalize).work) {
      reply = job_.process(item.task);
      table_.book(id_, reply);
    }
    return reply;
  }

  void reset() {
    table_.reset(id_, [](const std::string&) { return std::nullopt; });
    job_.reset();
  }

  const job_record& record() const { return table_.jobs().at(0); }

private:
  job_id id_;
  job job_;
  job_table table_;
  std::map<std::string, stream_value> latest_;
};

} // namespace livedata::test

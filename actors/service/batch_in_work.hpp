// The batch that the jobs are at: what was asked of whom, what came back, and what is to be told of it when all have
// answered. Plain code.
#pragma once

#include "actors/actors.hpp"
#include "actors/service/job_table.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace livedata {

struct batch_in_work {
  batch_data data;
  timestamp lag_from;
  std::vector<job_table::work_item> items;
  // By item; null for a job that died.
  std::vector<reply_ptr> replies;
  std::size_t outstanding = 0;
  // Not a batch, but a job that begins with what is remembered.
  bool from_memory = false;
  std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
};

using label_lookup = std::function<std::shared_ptr<const job_label>(const job_id&)>;

// What the reporter is told of batches, one after the other: of all jobs if anything but their work has changed since
// it was told last, so that jobs without data cost nothing but a look whether it has.
class batch_reports {
public:
  // Service and number of the batch are left to the caller.
  batch_report make(const batch_in_work& done, const job_table& table, const label_lookup& label_of);

private:
  struct told {
    job_state state;
    std::string text;

    friend bool operator==(const told&, const told&) = default;
  };

  // Whether they are others than before.
  bool look_at(const job_table& table);

  std::uint64_t revision_ = 0;
  // By job of the table.
  std::vector<told> told_;
};

} // namespace livedata

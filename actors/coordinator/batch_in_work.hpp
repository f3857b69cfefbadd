// The batch that the jobs are at: what was asked of whom, what came back, and what is to be told of it when all have
// answered. Plain code.
#pragma once

#include "actors/coordinator/job_table.hpp"
#include "actors/interfaces.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
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

// What the reporter is told, of all jobs of the table. Service and number of the batch are left to the caller.
batch_report make_report(const batch_in_work& done, const job_table& table, const label_lookup& label_of);

} // namespace livedata

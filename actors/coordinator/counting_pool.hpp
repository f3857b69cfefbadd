// Which jobs of a service have their events counted in common: jobs whose workflows count alike, at the same turn, and
// get the same events. Keeps the common counts, and knows from the offers of the jobs who rests on which. Plain code.
#pragma once

#include "actors/coordinator/job_table.hpp"
#include "workflows/common_counts.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace livedata {

class counting_pool {
public:
  // What the job's workflow said last; nullptr: nothing.
  using offer_lookup = std::function<const counting_offer*(const job_id&)>;

  // One counting for several jobs.
  struct pass {
    std::uint64_t group = 0;
    std::shared_ptr<common_counts> counts;
    std::size_t turn = 0;
    // That the counts are to have then.
    std::uint64_t version = 0;
    // Places of the items it is for, in order. All have the same data.
    std::vector<std::size_t> items;
  };

  // A job that rests on counts which go on without it, and has to make its part its own before.
  struct departure {
    job_id job;
    std::shared_ptr<const common_counts> counts;
  };

  struct plan {
    std::vector<pass> passes;
    std::vector<departure> leave;
    // Items without new events that are to be lent what they rest on.
    std::vector<std::pair<std::size_t, std::shared_ptr<const common_counts>>> lend;
  };

  // For the tasks of one batch. The counts of its passes are away until passed().
  plan prepare(const std::vector<job_table::work_item>& items, const offer_lookup& offers);

  // The pass has been made; or could not be made, and the counts are as before.
  void passed(std::uint64_t number, std::shared_ptr<common_counts> counts);

  // The counts have gone with whoever had them. What counts in that way is not counted in common any more.
  void lost(std::uint64_t number);

  bool has(std::uint64_t number) const { return groups_.contains(number); }

  // Counts that are kept.
  std::size_t size() const noexcept { return groups_.size(); }

private:
  struct common_group {
    std::string key;
    std::shared_ptr<common_counts> counts;
    // Who may rest on them.
    std::set<job_id> members;
  };

  void drop_deserted(const offer_lookup& offers);
  // 0: none.
  std::uint64_t group_of_version(std::uint64_t version) const;

  // By number.
  std::map<std::uint64_t, common_group> groups_;
  // Keys of methods whose counts broke.
  std::set<std::string, std::less<>> broken_;
  std::uint64_t last_group_ = 0;
  std::uint64_t last_version_ = 0;
};

} // namespace livedata

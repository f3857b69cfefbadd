#include "actors/snapshot/resume_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace livedata {

namespace {

const present_lane* find_lane(const std::vector<present_lane>& lanes, const lane_name& name) {
  const auto found = std::ranges::find(lanes, name, &present_lane::name);
  return found == lanes.end() ? nullptr : &*found;
}

bool is_read(const std::vector<present_lane>& lanes, const std::string& topic) {
  return std::ranges::any_of(lanes, [&](const auto& l) { return l.name.topic == topic; });
}

// Whether a held message is missed that does not come again. Its lane may not be read for a reason: that no job takes
// the stream.
bool lost_by_jobs(const held_message& m, const service_snapshot& s, const std::vector<present_lane>& lanes) {
  const auto saved = std::ranges::find(s.lanes, m.position.lane, &saved_lane::number);
  if (saved != s.lanes.end() && is_read(lanes, saved->name.topic)) return true;
  return std::ranges::any_of(s.jobs, [&](const auto& j) {
    const auto takes = [&](const auto& role) { return role.second == m.stream.name; };
    return j.spec.job.source_name == m.stream.name || std::ranges::any_of(j.spec.auxiliary, takes);
  });
}

bool reads_topic(const service_snapshot& s, const std::string& topic) {
  return std::ranges::any_of(s.lanes, [&](const auto& l) { return l.name.topic == topic; });
}

std::string text_of(const lane_name& name) {
  return fmt::format("{}, partition {}", name.topic, name.partition);
}

// What a configuration asks for by that id; null: nothing.
const job_spec* find_spec(const std::vector<job_spec>& specs, const job_id& id) {
  const auto found = std::ranges::find(specs, id, &job_spec::job);
  return found == specs.end() ? nullptr : &*found;
}

bool same(const job_spec* a, const job_spec* b) {
  return a == nullptr || b == nullptr ? a == b : *a == *b;
}

} // namespace

std::map<lane_name, std::int64_t> needed_offsets(const service_snapshot& s) {
  std::map<lane_name, std::int64_t> out;
  std::map<std::uint32_t, std::int64_t*> by_number;
  for (const auto& l : s.lanes)
    by_number[l.number] = &out.emplace(l.name, l.next).first->second;
  for (const auto& m : s.held)
    if (const auto lane = by_number.find(m.position.lane); !m.sample && lane != by_number.end())
      *lane->second = std::min(*lane->second, m.position.offset);
  return out;
}

std::int64_t begin_of(const present_lane& lane, const std::vector<std::shared_ptr<const service_snapshot>>& services) {
  auto begin = lane.first;
  for (const auto& s : services) {
    if (!s) continue;
    const auto needed = needed_offsets(*s);
    const auto found = needed.find(lane.name);
    if (found != needed.end())
      begin = std::min(begin, found->second > lane.end ? lane.oldest : found->second);
    else if (reads_topic(*s, lane.name.topic))
      begin = lane.oldest;
  }
  return std::max(begin, lane.oldest);
}

resumed_lanes resume_at(std::shared_ptr<const service_snapshot> from, const std::vector<present_lane>& lanes) {
  resumed_lanes out;
  out.service.from = from;
  auto& given = out.service.given;
  for (const auto& l : lanes)
    if (!from || !reads_topic(*from, l.name.topic)) given.until[l.number] = l.first;
  if (!from) return out;
  std::map<std::uint32_t, std::int64_t> oldest;
  for (const auto& saved : from->lanes) {
    const auto* present = find_lane(lanes, saved.name);
    if (present == nullptr) {
      // A topic that is not read any more is one that no job needs.
      if (is_read(lanes, saved.name.topic))
        out.losses.push_back(fmt::format("{} is not there any more", text_of(saved.name)));
    } else if (saved.next > present->end) {
      out.losses.push_back(fmt::format("{} was made anew: it ends at {}, but was read up to {}; it is read from its "
                                       "beginning",
                                       text_of(saved.name), present->end, saved.next));
    } else {
      out.service.lanes[saved.number] = present->number;
      given.until[present->number] = saved.next;
      oldest[saved.number] = present->oldest;
      if (saved.next >= present->oldest) continue;
      const auto lost = present->oldest - saved.next;
      out.lost_messages += static_cast<std::uint64_t>(lost);
      out.losses.push_back(fmt::format("{} has lost {} messages by its retention: {} to {}", text_of(saved.name), lost,
                                       saved.next, present->oldest - 1));
    }
  }
  for (std::uint64_t i = 0; i < from->held.size(); ++i) {
    const auto& m = from->held[i];
    if (m.sample) continue;
    const auto first = oldest.find(m.position.lane);
    if (first != oldest.end() && m.position.offset >= first->second) {
      given.held.emplace(message_position{out.service.lanes.at(m.position.lane), m.position.offset}, m.stream.name);
    } else {
      (lost_by_jobs(m, *from, lanes) ? out.service.lost : out.service.unneeded).push_back(i);
    }
  }
  const auto lost_held = out.service.lost.size();
  out.lost_messages += lost_held;
  if (lost_held > 0)
    out.losses.push_back(fmt::format("{} messages that waited for their batch cannot be read again", lost_held));
  return out;
}

job_spec spec_of(const job_order& order) {
  return order.recipe->spec(order.id.job_number, order.schedule);
}

resumed_jobs resume_jobs(service_snapshot s, const std::vector<order_ptr>& orders) {
  resumed_jobs out;
  const auto before = std::exchange(s.configured, {});
  for (const auto& o : orders)
    s.configured.push_back(spec_of(*o));
  std::erase_if(s.jobs, [&](const saved_job& j) {
    const auto* had = find_spec(before, j.spec.job);
    const auto* wanted = find_spec(s.configured, j.spec.job);
    const auto ends = !same(had, wanted) && (wanted == nullptr ? same(&j.spec, had) : !same(&j.spec, wanted));
    if (ends)
      out.notes.push_back(fmt::format("job {} {}", to_string(j.spec.job),
                                      wanted == nullptr ? "ends: the configuration does not list it any more"
                                                        : "begins anew: the configuration asks for it otherwise"));
    return ends;
  });
  for (const auto& o : orders) {
    if (std::ranges::any_of(s.jobs, [&](const auto& j) { return j.spec.job == o->id; })) continue;
    if (same(find_spec(before, o->id), find_spec(s.configured, o->id)))
      out.notes.push_back(fmt::format("job {} had ended or was stopped, and is not started", to_string(o->id)));
    else
      out.orders.push_back(o);
  }
  out.snapshot = std::make_shared<const service_snapshot>(std::move(s));
  return out;
}

} // namespace livedata

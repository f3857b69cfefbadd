#include "transport/recording/recorded_flow.hpp"

#include <algorithm>
#include <limits>

namespace livedata {

recorded_flow recorded_flow::of(recording_reader& recording) {
  recorded_flow out;
  // The replay reports damage when it comes there.
  for (auto item = recording.next(); item && *item; item = recording.next())
    if (const auto* mark = std::get_if<flow_mark>(&**item)) std::visit([&out](const auto& m) { out.take(m); }, *mark);
  recording.rewind();
  return out;
}

namespace {

template <class Mark>
const std::vector<Mark>& of_service(const std::map<std::string, std::vector<Mark>>& marks, const std::string& service) {
  static const std::vector<Mark> none;
  auto i = marks.find(service);
  return i == marks.end() ? none : i->second;
}

} // namespace

const std::vector<length_mark>& recorded_flow::lengths(const std::string& service) const {
  return of_service(lengths_, service);
}

const std::vector<cycle_mark>& recorded_flow::cycles(const std::string& service) const {
  return of_service(cycles_, service);
}

const loss_mark* recorded_flow::loss(const std::string& service, std::uint64_t portion) const {
  auto i = losses_.find({service, portion});
  return i == losses_.end() ? nullptr : &i->second;
}

// One portion may lose messages several times.
void recorded_flow::take(const loss_mark& m) {
  auto& known = losses_.try_emplace({m.service, m.portion}, loss_mark{m.service, m.portion}).first->second;
  known.whole = known.whole || m.whole;
  known.first += std::min(m.first, std::numeric_limits<std::uint64_t>::max() - known.first);
  known.places.insert(known.places.end(), m.places.begin(), m.places.end());
  std::ranges::sort(known.places);
}

} // namespace livedata

#include "actors/snapshot/snapshot_actor.hpp"

#include "actors/snapshot/service_snapshot.hpp"

#include <exception>
#include <utility>

namespace livedata {

namespace {

struct snapshot_writer_state {
  static inline const char* name = "livedata.snapshots";

  snapshot_writer_state(snapshot_actor::pointer self, snapshot_stores where) : stores(std::move(where)) {
    survive_stray_errors(self);
  }

  snapshot_actor::behavior_type make_behavior() {
    return {[this](const snapshot_ptr& s) { return save(*s); }};
  }

  caf::result<std::uint64_t> save(const service_snapshot& s) {
    try {
      const auto written = write(s);
      auto ok = stores.at(s.service)->save(written.parts);
      if (!ok) return caf::make_error(caf::sec::runtime_error, ok.error().message);
      return written.size;
    } catch (const std::exception& e) {
      return caf::make_error(caf::sec::runtime_error, e.what());
    }
  }

  snapshot_stores stores;
};

} // namespace

snapshot_actor spawn_snapshot_writer(caf::actor_system& system, snapshot_stores stores) {
  return system.spawn<caf::stateful_actor<snapshot_writer_state, snapshot_actor::impl>, caf::detached>(
    std::move(stores));
}

} // namespace livedata

#include "app/wire_status.hpp"

#include "messages/codec/x5f2.hpp"

#include <array>
#include <unistd.h>

namespace livedata {

namespace {

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

} // namespace

status_writer wire_status() {
  const x5f2::sender self{LIVEDATA_VERSION, host_name(), static_cast<std::uint32_t>(getpid())};
  return {[self](const job_heartbeat& h) { return make_payload(x5f2::write(h, self)); },
          [self](const service_heartbeat& h) { return make_payload(x5f2::write(h, self)); }};
}

} // namespace livedata

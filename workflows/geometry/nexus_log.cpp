#include "workflows/geometry/nexus_log.hpp"

#include "workflows/geometry/byte_stream.hpp"
#include "workflows/geometry/nexus_detector.hpp"

namespace livedata {

recorded_log read_recorded_log(const std::filesystem::path& file, const std::string& group) {
  constexpr std::size_t most_samples = std::size_t{1} << 26;
  const auto bytes = read_isolated(file.string(), [&](const nexus_file& content) {
    const auto value = group + "/value";
    auto unit = content.text_attribute(value, "units");
    if (!unit) unit = content.text_attribute(group, "units");
    if (!unit) throw nexus_error(value + " has no attribute \"units\"");
    byte_writer out;
    out.list(content.numbers(value, most_samples));
    out.text(*unit);
    return std::move(out.bytes);
  });
  byte_reader in(bytes);
  auto values_of_log = in.list<double>();
  return {std::move(values_of_log), in.text()};
}

} // namespace livedata

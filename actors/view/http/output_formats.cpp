#include "actors/view/http/output_formats.hpp"

#include "actors/publisher/nexus_file.hpp"
#include "workflows/geometry/isolated.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <unistd.h>

namespace livedata {

namespace {

constexpr auto longest_writing = std::chrono::seconds(5);

json numbers_of(const values& v) {
  return std::visit(
    []<class T>(const std::vector<T>& numbers) {
      auto out = json::array();
      out.get_ref<json::array_t&>().reserve(numbers.size());
      for (auto x : numbers) {
        if constexpr (std::is_floating_point_v<T>)
          out.push_back(std::isfinite(x) ? json(x) : json(nullptr));
        else
          out.push_back(x);
      }
      return out;
    },
    v);
}

json variable_json(const variable& v) {
  return {{"dims", v.dims},
          {"shape", v.shape},
          {"unit", v.unit ? json(*v.unit) : json(nullptr)},
          {"dtype", std::visit([]<class T>(const std::vector<T>&) { return element_name<T>(); }, v.data)},
          {"values", numbers_of(v.data)}};
}

// A file that is gone at the end.
class passing_file {
public:
  passing_file() {
    auto pattern = (std::filesystem::temp_directory_path() / "livedata-output-XXXXXX").string();
    const auto fd = mkstemp(pattern.data());
    if (fd < 0) throw std::runtime_error("no file can be made in " + std::filesystem::temp_directory_path().string());
    ::close(fd);
    path_ = pattern;
  }

  passing_file(const passing_file&) = delete;
  passing_file& operator=(const passing_file&) = delete;

  ~passing_file() { ::unlink(path_.c_str()); }

  const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

} // namespace

json output_json(const da00::message& m) {
  auto out = variable_json(m.data.data);
  auto coords = json::object();
  for (const auto& [name, c] : m.data.coords)
    coords[name] = variable_json(c);
  return {{"name", m.data.name},
          {"time", m.time.seconds_since_1970()},
          {"dims", out["dims"]},
          {"shape", out["shape"]},
          {"unit", out["unit"]},
          {"dtype", out["dtype"]},
          {"values", std::move(out["values"])},
          {"variances", m.data.variances ? numbers_of(*m.data.variances) : json(nullptr)},
          {"coords", std::move(coords)}};
}

result<std::vector<std::byte>> output_hdf5(const da00::message& m, std::string_view output, const nexus_job& job) {
  return run_isolated(
    [&] {
      const passing_file file;
      write_nexus(file.path(), job, {{std::string(output), &m}});
      std::ifstream in(file.path(), std::ios::binary);
      const std::string content{std::istreambuf_iterator<char>(in), {}};
      const auto bytes = std::as_bytes(std::span(content));
      return std::vector<std::byte>(bytes.begin(), bytes.end());
    },
    longest_writing);
}

payload_ptr message_of(const da00::message& m) {
  return make_payload(da00::write(m.source_name, m.time, m.data));
}

std::optional<view_size> parse_view_size(std::string_view text) {
  constexpr std::int64_t most = 100'000;
  const auto times = text.find('x');
  if (times == std::string_view::npos) return std::nullopt;
  const auto number = [](std::string_view digits) {
    std::int64_t n = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
    return problem == std::errc() && end == digits.data() + digits.size() ? n : 0;
  };
  const view_size size{number(text.substr(0, times)), number(text.substr(times + 1))};
  if (size.width < 1 || size.width > most || size.height < 1 || size.height > most) return std::nullopt;
  return size;
}

result<sized_message> message_of_size(const payload_ptr& message, const std::optional<view_size>& most) {
  if (!most) return sized_message{message};
  const auto outline = da00::read_outline(message->bytes());
  if (!outline) return outline.error();
  const auto rank = outline->dims.size();
  if (rank == 0 || (outline->shape[rank - 1] <= most->width && (rank == 1 || outline->shape[rank - 2] <= most->height)))
    return sized_message{message};
  const auto read = da00::read(message->bytes());
  if (!read) return read.error();
  const auto scaled = scaled_to(read->data, *most);
  if (!scaled) return sized_message{message};
  return sized_message{message_of({read->source_name, read->time, scaled->array}), scaled->by_y, scaled->by_x};
}

} // namespace livedata

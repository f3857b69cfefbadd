#include "messages/codec/da00_writer.hpp"

#include "messages/codec/da00.hpp"
#include "messages/codec/flat_buffer.hpp"

#include <algorithm>
#include <cstring>
#include <da00_generated.h>

namespace livedata::da00 {

namespace {

namespace wire = livedata::wire::da00;

std::span<const std::byte> bytes_of(const values& v) {
  return std::visit([](const auto& numbers) { return std::as_bytes(std::span(numbers)); }, v);
}

// Variable 0 is the data, the others are the coordinates.
const variable& variable_of(const data_array& array, std::size_t number) {
  return number == 0 ? array.data : array.coords[number - 1].second;
}

} // namespace

repeated_writer::form::form(std::string_view variable_name, const variable& v)
  : name(variable_name), dims(v.dims), shape(v.shape), unit(v.unit), type(v.data.index()), size(size_of(v.data)) {}

bool repeated_writer::form::fits(std::string_view variable_name, const variable& v) const {
  return type == v.data.index() && size == size_of(v.data) && shape == v.shape && name == variable_name &&
         unit == v.unit && dims == v.dims;
}

bool repeated_writer::fits(std::string_view source_name, const data_array& array) const {
  if (forms_.size() != array.coords.size() + 1 || array.variances || source_name_ != source_name) return false;
  if (!forms_.front().fits(array.name, array.data)) return false;
  for (std::size_t i = 0; i < array.coords.size(); ++i)
    if (!forms_[i + 1].fits(array.coords[i].first, array.coords[i].second)) return false;
  return true;
}

void repeated_writer::remember(std::string_view source_name, const data_array& array,
                               std::span<const std::byte> message) {
  source_name_ = source_name;
  forms_.emplace_back(array.name, array.data);
  for (const auto& [name, coord] : array.coords)
    forms_.emplace_back(name, coord);

  const auto* table = flat::root_of<wire::da00_DataArray>(message);
  auto place = [&](const void* at) {
    return static_cast<std::size_t>(static_cast<const std::byte*>(at) - message.data());
  };

  struct numbers {
    std::size_t at;
    std::size_t variable;
  };

  std::vector<numbers> found;
  for (flatbuffers::uoffset_t i = 0; i < table->data()->size(); ++i)
    found.push_back({place(table->data()->Get(i)->data()->data()), i});
  std::ranges::sort(found, {}, &numbers::at);
  const auto time_at =
    place(flat::root_of<flatbuffers::Table>(message)->GetAddressOf(wire::da00_DataArray::VT_TIMESTAMP));

  std::size_t at = 0;
  auto keep_until = [&](std::size_t end) {
    if (time_at >= at && time_at < end) time_at_ = fixed_.size() + time_at - at;
    fixed_.insert(fixed_.end(), message.begin() + static_cast<std::ptrdiff_t>(at),
                  message.begin() + static_cast<std::ptrdiff_t>(end));
    at = end;
  };
  for (const auto& n : found) {
    const auto before = fixed_.size();
    keep_until(n.at);
    parts_.push_back({fixed_.size() - before, n.variable});
    at += bytes_of(variable_of(array, n.variable).data).size();
  }
  keep_until(message.size());
  size_ = message.size();
}

std::vector<std::byte> repeated_writer::write(std::string_view source_name, timestamp time, const data_array& array) {
  std::vector<std::byte> message;
  append(source_name, time, array, message);
  return message;
}

void repeated_writer::append(std::string_view source_name, timestamp time, const data_array& array,
                             std::vector<std::byte>& to) {
  // Appended to rather than filled with zeros first.
  auto add = [&](std::span<const std::byte> bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); };
  auto make_room = [&](std::size_t bytes) {
    if (to.capacity() - to.size() < bytes) to.reserve(std::max(to.size() + bytes, 2 * to.capacity()));
  };
  if (!fits(source_name, array)) {
    *this = {};
    auto message = da00::write(source_name, time, array);
    // Errors have to be worked out; nobody who repeats himself has any.
    if (!array.variances) remember(source_name, array, message);
    make_room(message.size());
    add(message);
    return;
  }
  flatbuffers::WriteScalar(fixed_.data() + time_at_, time.ns);
  make_room(size_);
  std::size_t at = 0;
  for (const auto& p : parts_) {
    add(std::span(fixed_).subspan(at, p.fixed));
    add(bytes_of(variable_of(array, p.variable).data));
    at += p.fixed;
  }
  add(std::span(fixed_).subspan(at));
}

} // namespace livedata::da00

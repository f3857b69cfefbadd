// Where pixels show on a screen, as a table for inner loops: in the smallest integer that holds all bins, with an entry
// of its own for what shows nowhere, so that neither needs a jump.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <variant>
#include <vector>

namespace livedata {

// A share in a table that nobody changes.
class pixel_table {
public:
  // Detector number `first_pixel + i` shows in screen bin `bins[i]`; -1: nowhere. Every other number shows nowhere.
  pixel_table(std::span<const std::int32_t> bins, std::int32_t first_pixel);

  // -1: nowhere.
  std::int32_t find(std::int32_t number) const noexcept;

  std::size_t size() const noexcept { return size_; }

  std::int32_t first_pixel() const noexcept { return first_pixel_; }

  // Memory of the table, shared or not.
  std::size_t bytes() const noexcept {
    return std::visit([](const auto& table) { return table.size() * sizeof(table.front()); }, *entries_);
  }

  // The table for a loop over many pixels. The largest value of `Entry` stands for nowhere.
  template <class Entry>
  struct view {
    static constexpr auto nowhere = static_cast<Entry>(~Entry{0});
    const Entry* entries;
    std::uint32_t size;
    std::uint32_t first_pixel;

    const Entry* place(std::int32_t number) const noexcept {
      auto index = static_cast<std::uint32_t>(number) - first_pixel;
      return entries + (index < size ? index : size);
    }

    Entry operator()(std::int32_t number) const noexcept { return *place(number); }
  };

  // Calls f(view<Entry>).
  template <class F>
  decltype(auto) visit(F&& f) const {
    return std::visit(
      [&]<class Entry>(const std::vector<Entry>& table) -> decltype(auto) {
        return f(
          view<Entry>{table.data(), static_cast<std::uint32_t>(size_), static_cast<std::uint32_t>(first_pixel_)});
      },
      *entries_);
  }

private:
  // One more than there are pixels; the last is for numbers without a pixel.
  using entries = std::variant<std::vector<std::uint8_t>, std::vector<std::uint16_t>, std::vector<std::uint32_t>>;

  std::shared_ptr<const entries> entries_;
  std::size_t size_;
  std::int32_t first_pixel_;
};

} // namespace livedata

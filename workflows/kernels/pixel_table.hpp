// Where pixels show on a screen, for inner loops. A table has one entry for each pixel, in the smallest integer that
// holds all bins; the largest value stands for nowhere. Pixels that show in order, the same number of them in each bin
// (the tubes of a bank, the pixels of a plane), need no table.
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
    return std::visit([](const auto& table) { return bytes_of(table); }, *entries_);
  }

  // Calls f(const void*, bytes()) with that memory, if there is any.
  template <class F>
  void visit_memory(F&& f) const {
    visit([&]<class View>(const View& table) {
      if constexpr (requires { table.entries; }) f(static_cast<const void*>(table.entries), bytes());
    });
  }

  // A loop may read so many bytes behind the last entry of a view.
  static constexpr std::size_t readable_behind = 3;

  // The table for a loop over many pixels. The largest value of `Entry` stands for nowhere.
  template <class Entry>
  struct view {
    static constexpr std::uint32_t nowhere = static_cast<Entry>(~Entry{0});

    const Entry* entries;
    // The entry of that number is for detector numbers without a pixel.
    std::uint32_t size;
    std::uint32_t first_pixel;

    std::uint32_t operator()(std::int32_t number) const noexcept { return *place(number); }

    // Has the entry on its way into the cache.
    void fetch(std::int32_t number) const noexcept { __builtin_prefetch(place(number)); }

  private:
    const Entry* place(std::int32_t number) const noexcept {
      const auto index = static_cast<std::uint32_t>(number) - first_pixel;
      return entries + (index < size ? index : size);
    }
  };

  // The same without a table: pixel `i` of fewer than 2^20 shows in bin i / length.
  struct run_view {
    static constexpr std::uint32_t nowhere = ~std::uint32_t{0};
    static constexpr std::uint32_t most_pixels = 1U << 20;
    static constexpr unsigned places = 42;

    std::uint32_t length;
    std::uint32_t size;
    std::uint32_t first_pixel;
    // 2^places / length, rounded up. Too large by less than one, it is exact for as many pixels.
    std::uint64_t reciprocal;

    std::uint32_t operator()(std::int32_t number) const noexcept {
      const auto index = static_cast<std::uint32_t>(number) - first_pixel;
      return index < size ? static_cast<std::uint32_t>(index * reciprocal >> places) : nowhere;
    }

    void fetch(std::int32_t /*number*/) const noexcept {}
  };

  // Calls f(view<Entry>) or f(run_view).
  template <class F>
  decltype(auto) visit(F&& f) const {
    return std::visit([&](const auto& table) -> decltype(auto) { return f(view_of(table)); }, *entries_);
  }

private:
  struct runs {
    std::uint32_t length;
  };

  // One entry for each pixel, one for detector numbers without a pixel, and the bytes that are readable behind it.
  using entries = std::variant<runs, std::vector<std::uint8_t>, std::vector<std::uint16_t>, std::vector<std::uint32_t>>;

  static std::shared_ptr<const entries> make_entries(std::span<const std::int32_t> bins);

  template <class Entry>
  static std::size_t bytes_of(const std::vector<Entry>& table) noexcept {
    return table.size() * sizeof(Entry);
  }

  static std::size_t bytes_of(runs /*table*/) noexcept { return 0; }

  template <class Entry>
  view<Entry> view_of(const std::vector<Entry>& table) const noexcept {
    return {table.data(), static_cast<std::uint32_t>(size_), static_cast<std::uint32_t>(first_pixel_)};
  }

  run_view view_of(runs table) const noexcept {
    return {table.length, static_cast<std::uint32_t>(size_), static_cast<std::uint32_t>(first_pixel_),
            ((std::uint64_t{1} << run_view::places) + table.length - 1) / table.length};
  }

  std::shared_ptr<const entries> entries_;
  std::size_t size_;
  std::int32_t first_pixel_;
};

} // namespace livedata

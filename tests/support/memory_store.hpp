// Snapshots in memory: all generations. Each takes as long to write as told.
#pragma once

#include "transport/snapshots/snapshot_store.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace livedata::test {

class memory_store final : public snapshot_store {
public:
  using generation = std::shared_ptr<const std::vector<std::byte>>;

  explicit memory_store(std::vector<generation> there = {}, std::chrono::milliseconds takes = {})
    : takes_(takes), kept_(std::move(there)) {}

  status save(std::span<const bytes> parts) override {
    std::this_thread::sleep_for(takes_);
    auto all = std::make_shared<std::vector<std::byte>>();
    for (const auto& p : parts)
      all->insert(all->end(), p.begin(), p.end());
    std::lock_guard lock(mutex_);
    kept_.push_back(std::move(all));
    return nothing{};
  }

  result<search> newest(const std::function<status(const found&)>& accepts) const override {
    search out;
    const auto all = generations();
    for (auto n = all.size(); n > 0; --n) {
      found f{n, all[n - 1]};
      auto ok = accepts(f);
      if (ok) {
        out.snapshot = std::move(f);
        break;
      }
      out.passed_over.push_back(ok.error().message);
    }
    return out;
  }

  std::vector<generation> generations() const {
    std::lock_guard lock(mutex_);
    return kept_;
  }

private:
  std::chrono::milliseconds takes_;
  mutable std::mutex mutex_;
  std::vector<generation> kept_;
};

} // namespace livedata::test

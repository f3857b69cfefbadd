// Hands everything to several sinks.
#pragma once

#include "actors/publisher/result_sink.hpp"

#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace livedata {

// A sink that fails does not keep results from the others: what was wrong is thrown when all have been asked.
class fan_sink final : public result_sink {
public:
  void add(std::shared_ptr<result_sink> sink) { sinks_.push_back(std::move(sink)); }

  void deliver(const result_set& results) override;
  void send(std::span<const outgoing_message> messages) override;
  void finish() override;
  std::optional<std::string> missing() const override;

private:
  template <class F>
  void each(F&& f);

  std::vector<std::shared_ptr<result_sink>> sinks_;
};

} // namespace livedata

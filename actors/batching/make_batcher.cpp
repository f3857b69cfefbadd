#include "actors/batching/adaptive_batcher.hpp"
#include "actors/batching/naive_batcher.hpp"
#include "actors/batching/rate_aware_batcher.hpp"
#include "actors/batching/simple_batcher.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace livedata {

namespace {

std::unique_ptr<batcher> make_inner(std::string_view kind, duration length) {
  if (kind == "naive") return std::make_unique<naive_batcher>(length);
  if (kind == "simple") return std::make_unique<simple_batcher>(length);
  if (kind == "rate-aware") return std::make_unique<rate_aware_batcher>(length);
  throw std::invalid_argument(fmt::format("there is no batcher '{}'; there are: naive, simple, rate-aware", kind));
}

} // namespace

void batcher::state(archive&, held_messages&, duration) {
  throw std::logic_error("this batcher cannot be saved");
}

std::unique_ptr<batcher> make_batcher(std::string_view kind, duration length, bool adaptive) {
  auto inner = make_inner(kind, length);
  if (!adaptive || kind == "naive") return inner;
  return std::make_unique<adaptive_batcher>(std::move(inner));
}

} // namespace livedata

// The spellings that differ between CAF 0.18 and CAF 1.x, in one place.
#pragma once

#include <caf/all.hpp>

#include <functional>
#include <map>
#include <string_view>
#include <utility>
#include <variant>

namespace livedata {

// CAF_VERSION counts differently in the two; the major version does not.
#if CAF_MAJOR_VERSION >= 1
using caf_string_view = std::string_view;
#else
using caf_string_view = caf::string_view;
#endif

// The option that names the actors of which CAF keeps metrics.
#if CAF_MAJOR_VERSION > 1 || (CAF_MAJOR_VERSION == 1 && CAF_MINOR_VERSION >= 2)
inline constexpr std::string_view caf_measured_actors = "caf.metrics.filters.actors.includes";
#else
inline constexpr std::string_view caf_measured_actors = "caf.metrics-filters.actors.includes";
#endif

inline caf_string_view to_caf(std::string_view s) {
  return {s.data(), s.size()};
}

// The configuration of an actor system that reads no file unasked.
class fileless_config : public caf::actor_system_config {
protected:
  fileless_config() {
#if CAF_MAJOR_VERSION >= 1
    config_file_paths({});
#else
    config_file_path.clear();
#endif
  }
};

// Calls the overload of `f` for the type that `value` holds.
template <class F>
auto visit_value(F&& f, const caf::config_value& value) {
#if CAF_MAJOR_VERSION >= 1
  return std::visit(std::forward<F>(f), value.get_data());
#else
  return caf::visit(std::forward<F>(f), value.get_data());
#endif
}

// Sends without expecting an answer.
template <class Self, class Receiver, class... Ts>
void tell(Self* self, const Receiver& receiver, Ts&&... content) {
#if CAF_MAJOR_VERSION >= 1
  self->mail(std::forward<Ts>(content)...).send(receiver);
#else
  self->send(receiver, std::forward<Ts>(content)...);
#endif
}

// The same from outside of any actor.
template <class Receiver, class... Ts>
void tell_from_outside(const Receiver& receiver, Ts&&... content) {
#if CAF_MAJOR_VERSION >= 1
  caf::anon_mail(std::forward<Ts>(content)...).send(receiver);
#else
  caf::anon_send(receiver, std::forward<Ts>(content)...);
#endif
}

// Sends and waits for an answer without a time limit: whoever may die is monitored by CAF, and then answers with an
// error.
template <class Self, class Receiver, class... Ts>
auto ask(Self* self, const Receiver& receiver, Ts&&... content) {
#if CAF_MAJOR_VERSION >= 1
  return self->mail(std::forward<Ts>(content)...).request(receiver, caf::infinite);
#else
  return self->request(receiver, caf::infinite, std::forward<Ts>(content)...);
#endif
}

// Lets another actor answer the request in work.
template <class Self, class Receiver, class... Ts>
auto pass_on(Self* self, const Receiver& receiver, Ts&&... content) {
#if CAF_MAJOR_VERSION >= 1
  return self->mail(std::forward<Ts>(content)...).delegate(receiver);
#else
  return self->delegate(receiver, std::forward<Ts>(content)...);
#endif
}

// Calls back once when a watched actor ends. Member of the watching actor's state.
class watcher {
public:
  using callback = std::function<void(const caf::error& reason)>;

#if CAF_MAJOR_VERSION >= 1
  explicit watcher(caf::scheduled_actor* self) : self_(self) {}

  template <class Handle>
  void watch(const Handle& who, callback f) {
    self_->monitor(who, std::move(f));
  }

private:
  caf::scheduled_actor* self_;
#else
  explicit watcher(caf::scheduled_actor* self) : self_(self) {
    self->set_down_handler([this](caf::down_msg& m) {
      auto node = callbacks_.extract(m.source);
      if (!node.empty()) node.mapped()(m.reason);
    });
  }

  template <class Handle>
  void watch(const Handle& who, callback f) {
    callbacks_[who.address()] = std::move(f);
    self_->monitor(who);
  }

private:
  caf::scheduled_actor* self_;
  std::map<caf::actor_addr, callback> callbacks_;
#endif
};

// The same for somebody who is no actor of its own and receives by hand: a caf::down_msg comes when `who` ends.
template <class Handle>
void watch_by_hand(caf::scoped_actor& self, const Handle& who) {
  self->monitor(who);
}

// Keeps an actor alive when an error message reaches it that nobody waits for. CAF would end the receiver.
template <class Self>
void survive_stray_errors([[maybe_unused]] Self* self) {
#if CAF_MAJOR_VERSION < 1
  self->set_error_handler([](caf::error&) {});
#endif
}

} // namespace livedata

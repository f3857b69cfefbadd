#include "actors/view/http/viewer.hpp"

#include "actors/view/http/output_formats.hpp"
#include "messages/codec/json_text.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <span>
#include <utility>

namespace livedata {

namespace {

using json_text::bad_field;

// Between two status frames, or two lists of jobs.
constexpr double between_texts = 1;

job_id job_of(const json& entry) {
  const auto text = json_text::text(json_text::member(entry, "job", "show.job"), "show.job");
  const auto slash = text.rfind('/');
  const auto number = slash == std::string::npos ? result<uuid>(failure{}) : parse_uuid(text.substr(slash + 1));
  if (!number || slash == 0) throw bad_field("show.job is <source>/<job number>");
  return {text.substr(0, slash), *number};
}

std::optional<view_size> size_of_view(const json& entry) {
  const auto* size = json_text::find(entry, "max_size");
  if (size == nullptr || size->is_null()) return std::nullopt;
  const auto good = [](const json& n) {
    return n.is_number_integer() && n.get<std::int64_t>() >= 1 && n.get<std::int64_t>() <= 100'000;
  };
  if (!size->is_array() || size->size() != 2 || !good((*size)[0]) || !good((*size)[1]))
    throw bad_field("show.max_size is [width, height], each from 1 to 100000, or null");
  return view_size{(*size)[0].get<std::int64_t>(), (*size)[1].get<std::int64_t>()};
}

std::string with_length(const std::string& header) {
  const auto n = static_cast<std::uint32_t>(header.size());
  std::string out;
  for (int shift = 0; shift < 32; shift += 8)
    out += static_cast<char>((n >> shift) & 0xffU);
  return out + header;
}

view_frame text_frame(std::string_view type, const std::string& document) {
  // The document is an object: the type becomes its first member.
  view_frame f;
  f.head = "{\"type\":\"" + std::string(type) + "\"," + document.substr(document.find('{') + 1);
  return f;
}

} // namespace

result<scaled_outputs::entry> scaled_outputs::get(const job_id& job, const std::string& output,
                                                  const viewed_output& latest, const std::optional<view_size>& size) {
  if (!size) return entry{latest.message};
  auto& k = kept_[{job, output, *size}];
  k.used = ++uses_;
  if (k.sequence == latest.sequence && k.content.message) return k.content;
  auto sized = message_of_size(latest.message, size);
  if (!sized) return sized.error();
  const auto own_bytes = [&](const entry& e) { return e.by_x > 1 || e.by_y > 1 ? e.message->bytes().size() : 0; };
  if (k.content.message) bytes_ -= own_bytes(k.content);
  k.content = {std::move(sized->message), sized->by_y, sized->by_x};
  k.sequence = latest.sequence;
  bytes_ += own_bytes(k.content);
  const auto out = k.content;
  make_room();
  return out;
}

void scaled_outputs::make_room() {
  constexpr std::size_t most_entries = 2000;
  while (kept_.size() > 1 && (bytes_ > most_bytes_ || kept_.size() > most_entries)) {
    const auto oldest = std::ranges::min_element(kept_, {}, [](const auto& k) { return k.second.used; });
    const auto& e = oldest->second.content;
    if (e.message && (e.by_x > 1 || e.by_y > 1)) bytes_ -= e.message->bytes().size();
    kept_.erase(oldest);
  }
}

status viewer::take(std::string_view text) {
  const auto message = json_text::parse(std::as_bytes(std::span(text)));
  if (!message) return message.error();
  try {
    json_text::object(*message, "the message");
    std::vector<shown_output> shown;
    if (const auto* list = json_text::find(*message, "show")) {
      if (!list->is_array() || list->size() > most_shown) throw bad_field("show is a list of at most 200 outputs");
      for (const auto& entry : *list) {
        json_text::object(entry, "show");
        shown_output s;
        s.job = job_of(entry);
        s.job_text = to_string(s.job);
        s.output = json_text::text(json_text::member(entry, "output", "show.output"), "show.output");
        s.size = size_of_view(entry);
        // What he has seen he need not see again.
        const auto same = std::ranges::find_if(
          shown_, [&](const auto& old) { return old.job == s.job && old.output == s.output && old.size == s.size; });
        if (same != shown_.end()) {
          s.sent = same->sent;
          s.sent_at = same->sent_at;
        }
        shown.push_back(std::move(s));
      }
      shown_ = std::move(shown);
      turn_ = 0;
    }
    if (const auto* rate = json_text::find(*message, "most_per_s")) {
      if (!rate->is_number() || !(rate->get<double>() > 0)) throw bad_field("most_per_s is a number above 0");
      interval_ = 1 / std::min(rate->get<double>(), most_per_second);
    }
    return nothing{};
  } catch (const bad_field& e) {
    return failure{"bad_field", e.what()};
  }
}

std::optional<view_frame> viewer::next(view_api& api, scaled_outputs& scaled, double now, double& wait_s) {
  wait_s = between_texts;
  if (auto text = next_text(api, now)) return text;
  return next_output(api, scaled, now, wait_s);
}

std::optional<view_frame> viewer::next_text(view_api& api, double now) {
  if (now - status_at_ >= between_texts) {
    status_at_ = now;
    return text_frame("status", api.status_text());
  }
  if (now - jobs_at_ >= between_texts && api.jobs_text() != jobs_sent_) {
    jobs_at_ = now;
    jobs_sent_ = api.jobs_text();
    return text_frame("jobs", jobs_sent_);
  }
  return std::nullopt;
}

std::optional<view_frame> viewer::next_output(view_api& api, scaled_outputs& scaled, double now, double& wait_s) {
  for (std::size_t i = 0; i < shown_.size(); ++i) {
    auto& s = shown_[(turn_ + i) % shown_.size()];
    const auto latest = api.latest().output(s.job, s.output);
    if (!latest || latest->sequence == s.sent) continue;
    if (const auto left = s.sent_at + interval_ - now; left > 0) {
      wait_s = std::min(wait_s, left);
      continue;
    }
    turn_ = (turn_ + i + 1) % shown_.size();
    s.sent_at = now;
    const auto series = api.latest().series(s.job, s.output, std::exchange(s.sent, latest->sequence));
    const auto sized =
      series ? result(scaled_outputs::entry{message_of(*series)}) : scaled.get(s.job, s.output, *latest, s.size);
    // A viewer is not told of a message that cannot be read; the log of the publisher has it.
    if (!sized) continue;
    const bool is_scaled = sized->by_x > 1 || sized->by_y > 1;
    const json header{{"job", s.job_text},
                      {"output", s.output},
                      {"time", latest->end.seconds_since_1970()},
                      {"sequence", latest->sequence},
                      {"scaled", is_scaled ? json{sized->by_y, sized->by_x} : json(nullptr)}};
    return view_frame{true, with_length(header.dump(-1, ' ', false, json::error_handler_t::replace)), sized->message};
  }
  return std::nullopt;
}

} // namespace livedata

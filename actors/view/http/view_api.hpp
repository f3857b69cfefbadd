// Answers requests: finds what a path means, and makes the answer. All of it is plain code but for the ways into the
// engine (view_links). docs/api.md describes it for people, docs/openapi.json for programs.
#pragma once

#include "actors/view/http/documents.hpp"
#include "actors/view/http/http_message.hpp"
#include "actors/view/http/latest_results.hpp"
#include "actors/view/http/view_settings.hpp"
#include "messages/wall_clock.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace livedata {

// An answer that takes long to make; to be called on a thread that may be busy for a while.
using slow_answer = std::function<http_response()>;

// An answer that comes when the engine has done something: to be called with who takes it, on whatever thread.
using respond = std::function<void(http_response)>;
using later_answer = std::function<void(respond)>;

using view_answer = std::variant<http_response, slow_answer, later_answer>;

class view_api {
public:
  view_api(view_identity who, access_rules rules, view_links links, std::shared_ptr<latest_results> latest,
           std::shared_ptr<const wall_clock> clock, std::string_view openapi);

  // To be called by one thread at a time. Never throws because of what is in a request.
  view_answer answer(const http_request& request);

  // Whether a request for updates (a WebSocket) may be granted: nothing if so, else the answer.
  std::optional<http_response> refuse_updates(const http_request& request) const;

  // What /api/v1/status and /api/v1/jobs give; made anew once a second at most.
  const std::string& status_text();
  const std::string& jobs_text();

  const latest_results& latest() const noexcept { return *latest_; }

private:
  // A text that is made anew after a while.
  struct kept_text {
    std::string text;
    timestamp made;
    std::uint64_t revision = 0;
  };

  view_answer route(const http_request& request, const request_target& target);
  view_answer route_api(const http_request& request, const request_target& target);
  view_answer route_job(const http_request& request, const request_target& target);
  view_answer output(const http_request& request, const request_target& target, const job_id& id) const;
  view_answer start(const http_request& request);
  view_answer act(const job_id& id, std::string_view action);
  view_answer regions(const http_request& request, const job_id& id);
  http_response health_answer(bool live) const;
  http_response log_answer(const request_target& target) const;
  http_response table_answer(const request_target& target) const;
  http_response page(const http_request& request, const request_target& target) const;
  const json* workflow(std::string_view id) const;
  health_input health_now() const;
  bool is_fresh(const kept_text& t) const;

  view_identity who_;
  access_rules rules_;
  view_links links_;
  std::shared_ptr<latest_results> latest_;
  std::shared_ptr<const wall_clock> clock_;
  std::string_view openapi_;
  std::string workflows_text_;
  job_documents job_documents_;
  kept_text status_;
  kept_text jobs_;
};

// Which parameters a problem is about, from its text: {"toa_edges.num_bins", "is 0, but must be …"}.
std::vector<std::pair<std::string, std::string>> fields_of_problem(std::string_view text);

} // namespace livedata

// What the server of the view is told when it is made, and the ways from it into the engine.
#pragma once

#include "actors/type_ids.hpp"
#include "actors/view/http/access.hpp"
#include "actors/view/http/latest_results.hpp"
#include "messages/json.hpp"
#include "messages/wall_clock.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace livedata {

// A file of the page.
struct page_file {
  std::string_view content_type;
  // Lives as long as the program.
  std::string_view bytes;
};

// What is the same for the whole run.
struct view_identity {
  std::string instrument;
  std::string version;
  std::vector<std::string> services;
  timestamp started;
  // Whether data time is the time on the wall.
  bool live_source = true;
  // As in "workflows" of the answer to /api/v1/workflows.
  json workflows = json::array();
  // What the engine was started with, in the form of a configuration file, without secrets.
  std::string configuration = {};
};

// Calls back once, on any thread, with what was wrong, or nothing.
using command_done = std::function<void(const std::string& problem)>;

// The ways into the engine. All but `running` may be empty, and then what needs them is refused. They are called on the
// thread of the server and must not block.
struct view_links {
  // Whether data flows, or is about to.
  std::function<bool()> running = [] { return true; };
  // Gives a command to the coordinator of a service, by the way that all commands take.
  std::function<void(const std::string& service, command_ptr, command_done)> command = {};
  // Takes a request for regions of interest, as a da00 message, the way that such messages take.
  std::function<void(const std::string& source_name, payload_ptr message)> request_regions = {};
  // The metrics in the text form of Prometheus.
  std::function<std::string()> metrics = {};
  // The last lines of the log, the oldest first.
  std::function<json(std::size_t most)> log = {};
  // What is wrong with the connection over which results go.
  std::function<std::optional<std::string>()> producer_trouble = {};
  // A file of the page by the path of the request.
  std::function<std::optional<page_file>(std::string_view path)> page = {};
};

} // namespace livedata

// The answers about the run and its jobs, as JSON. Members are those of docs/openapi.json.
#pragma once

#include "actors/view/http/health.hpp"
#include "actors/view/http/latest_results.hpp"
#include "actors/view/http/view_settings.hpp"
#include "messages/codec/da00.hpp"
#include "messages/json.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace livedata {

// "image", "curve", "scalar", "volume" or "timeseries".
std::string_view kind_of_output(const da00::outline& o);

json status_document(const view_identity& who, const health_input& in, bool control);
json history_document(const std::vector<history_point>& points);

// Makes the list of jobs. Remembers what outputs look like: their form changes seldom.
class job_documents {
public:
  explicit job_documents(const view_identity& who);

  json list(const std::vector<viewed_job>& jobs, const run_report* report);

private:
  struct known_form {
    std::size_t bytes;
    std::uint64_t looked_at;
    json form;
  };

  json outputs(const viewed_job& job);
  const json& form_of(const std::string& job, const job_output& output);

  std::map<std::string, std::string, std::less<>> titles_;
  // By job and output.
  std::map<std::pair<std::string, std::string>, known_form> forms_;
  std::uint64_t round_ = 0;
};

} // namespace livedata

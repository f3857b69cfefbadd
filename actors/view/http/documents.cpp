#include "actors/view/http/documents.hpp"

#include <algorithm>

namespace livedata {

namespace {

// The form of an output is looked up again after so many lists, whatever its size.
constexpr std::uint64_t lists_of_a_form = 10;

json seconds_or_null(const std::optional<timestamp>& t) {
  return t ? json(t->seconds_since_1970()) : json(nullptr);
}

// Of the data in its results.
json data_start(const viewed_job& job) {
  if (job.result) return job.result->start.seconds_since_1970();
  if (job.status && job.status->start) return job.status->start->seconds_since_1970();
  return nullptr;
}

json data_end(const viewed_job& job) {
  if (job.result) return job.result->end.seconds_since_1970();
  if (job.status && job.status->end) return job.status->end->seconds_since_1970();
  return nullptr;
}

json run_of(const std::optional<viewed_run>& run) {
  if (!run) return nullptr;
  return {
    {"name", run->name}, {"start_time", run->start.seconds_since_1970()}, {"stop_time", seconds_or_null(run->stop)}};
}

json problems_of(const health& h) {
  auto problems = json::array();
  for (const auto& r : h.reasons)
    problems.push_back({{"severity", "error"}, {"what", r.what}, {"text", r.text}});
  for (const auto& w : h.warnings)
    problems.push_back({{"severity", "warning"}, {"what", "warning"}, {"text", w}});
  return problems;
}

json losses_of(const run_report& r) {
  std::uint64_t rejected = 0;
  for (const auto& [reason, n] : r.rejected)
    rejected += n;
  return {{"messages_dropped", r.messages_dropped},
          {"events_dropped", r.events_dropped},
          {"messages_rejected", rejected},
          {"rejected_by_reason", r.rejected},
          {"results_failed", r.results_failed}};
}

// How far the newest data of any job lies behind the wall clock.
json data_age(const health_input& in) {
  if (!in.live_source) return nullptr;
  json newest;
  for (const auto& job : in.jobs)
    if (const auto end = data_end(job); !end.is_null() && (newest.is_null() || newest < end)) newest = end;
  return newest.is_null() ? newest : json(std::max(0.0, in.now.seconds_since_1970() - newest.get<double>()));
}

const job_line* line_of(const run_report* report, const std::string& id) {
  if (report == nullptr) return nullptr;
  const auto is_it = [&](const job_line& l) { return l.label && l.label->id == id; };
  const auto at = std::ranges::find_if(report->jobs, is_it);
  return at == report->jobs.end() ? nullptr : &*at;
}

job_state shown_state(const viewed_job& job, const job_line* line) {
  // The status comes every two seconds, the report after each batch.
  if (job.status && (line == nullptr || job.status->state == job_state::stopped)) return job.status->state;
  return line ? line->state : job.result ? job_state::active : job_state::scheduled;
}

std::string state_text(const viewed_job& job, const job_line* line) {
  if (line != nullptr) return line->text;
  if (!job.status) return {};
  return job.status->error ? *job.status->error : job.status->warning.value_or("");
}

json auxiliary_of(const viewed_job& job) {
  auto aux = json::object();
  if (job.wish)
    for (const auto& [role, stream] : job.wish->aux_source_names)
      aux[role] = stream;
  return aux;
}

} // namespace

std::string_view kind_of_output(const da00::outline& o) {
  switch (o.dims.size()) {
  case 0:
    return "scalar";
  case 1:
    return is_series(o) ? "timeseries" : "curve";
  case 2:
    return "image";
  default:
    return "volume";
  }
}

json status_document(const view_identity& who, const health_input& in, bool control) {
  const run_report none;
  const auto& r = in.report.report ? *in.report.report : none;
  const auto h = decide_health(in);
  return {{"instrument", who.instrument},
          {"version", who.version},
          {"started_time", who.started.seconds_since_1970()},
          {"now_time", in.now.seconds_since_1970()},
          {"run", run_of(in.report.run)},
          {"services", who.services},
          {"control", control},
          {"live_source", in.live_source},
          {"ready", h.ready()},
          {"events_per_s", r.events_per_second},
          {"received_events_per_s", r.received_per_second},
          {"messages_per_s", in.report.messages_per_s},
          {"lag",
           {{"p50_s", r.recent_lag.p50},
            {"p99_s", r.recent_lag.p99},
            {"last_s", r.no_data_seconds ? json() : json(r.lag_seconds)}}},
          {"data_age_s", data_age(in)},
          {"jobs", in.jobs.size()},
          {"memory_bytes", r.rss_bytes},
          {"cpu_share", r.cpu_share},
          {"problems", problems_of(h)},
          {"losses", losses_of(r)}};
}

json history_document(const std::vector<history_point>& points) {
  json out{{"time", json::array()},
           {"lag_p50_s", json::array()},
           {"lag_p99_s", json::array()},
           {"events_per_s", json::array()},
           {"messages_per_s", json::array()}};
  for (const auto& p : points) {
    out["time"].push_back(p.time.seconds_since_1970());
    out["lag_p50_s"].push_back(p.lag_p50_s);
    out["lag_p99_s"].push_back(p.lag_p99_s);
    out["events_per_s"].push_back(p.events_per_s);
    out["messages_per_s"].push_back(p.messages_per_s);
  }
  return out;
}

job_documents::job_documents(const view_identity& who) {
  for (const auto& w : who.workflows)
    if (w.contains("id") && w.contains("title"))
      titles_[w.at("id").get<std::string>()] = w.at("title").get<std::string>();
}

json job_documents::list(const std::vector<viewed_job>& jobs, const run_report* report) {
  ++round_;
  auto out = json::array();
  for (const auto& job : jobs) {
    const auto id = to_string(job.id);
    const auto workflow = to_string(job.workflow);
    const auto* line = line_of(report, id);
    const auto title = titles_.find(workflow);
    out.push_back({{"id", id},
                   {"source", job.id.source_name},
                   {"job_number", to_string(job.id.job_number)},
                   {"workflow", workflow},
                   {"title", title == titles_.end() ? workflow : title->second},
                   {"service", job.service},
                   {"state", to_string(shown_state(job, line))},
                   {"text", state_text(job, line)},
                   {"lag_s", line && !line->silent_seconds ? json(line->lag_seconds) : json(nullptr)},
                   {"events_per_s", line ? line->events_per_second : 0.0},
                   {"events", line ? line->events : 0},
                   {"start_time", data_start(job)},
                   {"end_time", data_end(job)},
                   {"params", job.wish ? job.wish->params : json(nullptr)},
                   {"aux_source_names", auxiliary_of(job)},
                   {"outputs", outputs(job)}});
  }
  std::erase_if(forms_, [&](const auto& f) { return f.second.looked_at + 2 * lists_of_a_form < round_; });
  return {{"jobs", std::move(out)}};
}

json job_documents::outputs(const viewed_job& job) {
  auto out = json::array();
  if (!job.result) return out;
  const auto id = to_string(job.id);
  for (const auto& o : job.result->outputs) {
    json entry{{"name", o.name}};
    entry.update(form_of(id, o));
    entry["time"] = job.result->end.seconds_since_1970();
    out.push_back(std::move(entry));
  }
  return out;
}

const json& job_documents::form_of(const std::string& job, const job_output& output) {
  const auto bytes = output.message->bytes();
  auto& known = forms_[{job, output.name}];
  if (!known.form.is_null() && known.bytes == bytes.size() && round_ < known.looked_at + lists_of_a_form)
    return known.form;
  const auto read = da00::read_outline(bytes);
  const auto o = read ? *read : da00::outline{};
  known = {bytes.size(), round_,
           json{{"title", o.label},
                {"dims", o.dims},
                {"shape", o.shape},
                {"unit", o.unit ? json(*o.unit) : json(nullptr)},
                {"dtype", o.element_type},
                {"kind", kind_of_output(o)}}};
  return known.form;
}

} // namespace livedata

#include "app/snapshots.hpp"

#include "actors/service/stream_demand.hpp"
#include "messages/log_line.hpp"
#include "transport/snapshots/directory_store.hpp"
#include "transport/snapshots/topic_store.hpp"

#include <fmt/format.h>

#include <future>
#include <iterator>
#include <map>
#include <optional>
#include <spdlog/spdlog.h>
#include <system_error>
#include <utility>

namespace livedata {

namespace {

status fits(const service_snapshot& s, const engine_plan& plan, const std::string& service) {
  if (s.instrument == plan.inst->name && s.service == service) return nothing{};
  return failure{"snapshot", fmt::format("it is of service {} of instrument {}", s.service, s.instrument)};
}

// Null if there is none that can be used.
result<std::shared_ptr<const service_snapshot>> find_newest(const snapshot_store& store, const engine_plan& plan,
                                                            const std::string& service) {
  std::optional<service_snapshot> taken;
  auto search = store.newest([&](const snapshot_store::found& f) -> status {
    auto read = read_snapshot(f.content);
    if (!read) return read.error();
    if (auto ok = fits(*read, plan, service); !ok) return ok;
    taken = *std::move(read);
    return nothing{};
  });
  if (!search) return search.error();
  for (const auto& why : search->passed_over)
    spdlog::warn(log_line("snapshot_passed_over", {{"service", log_word{service}}, {"text", why}}));
  if (search->snapshot) {
    spdlog::info(log_line("snapshot_found", {{"service", log_word{service}},
                                             {"generation", search->snapshot->generation},
                                             {"taken", log_word{to_string(taken->taken)}},
                                             {"jobs", taken->jobs.size()}}));
    return std::make_shared<const service_snapshot>(*std::move(taken));
  }
  if (!search->passed_over.empty())
    spdlog::error(log_line("no_usable_snapshot", {{"service", log_word{service}},
                                                  {"text", "no snapshot can be used: the service begins anew"}}));
  return std::shared_ptr<const service_snapshot>();
}

using opened_store = result<std::unique_ptr<snapshot_store>>;

// The place of a service and its shard. In a cluster the number of shards is part of the name: where it has changed,
// jobs are in other shards.
opened_store open_snapshot_store(const settings& s, const engine_plan& plan, std::size_t number,
                                 const kafka_properties& connection) {
  const auto& shard = plan.shards[number];
  auto name = fmt::format("{}.{}", plan.inst->name, name_of(plan.services[number], shard));
  if (s.cluster) name += fmt::format(".{}-{}", *s.cluster.name, shard.count);
  if (!s.snapshots.topic) return open_directory_store(*s.snapshots.directory, name, s.snapshots.keep);
  return open_topic_store(connection, {*s.snapshots.topic, static_cast<std::int32_t>(shard.number)}, name,
                          s.snapshots.keep);
}

// What names the place in the settings, before what is wrong with it.
failure of_place(const snapshot_settings& s, const failure& why) {
  return {s.topic && why.reason != "value" ? "kafka" : "value",
          fmt::format("snapshots.{}: {}", s.topic ? "topic" : "directory", why.message)};
}

std::string describe_folder(const std::filesystem::path& folder, const std::string& instrument) {
  std::error_code none;
  std::size_t files = 0;
  for (auto i = std::filesystem::directory_iterator(folder, none); !none && i != std::filesystem::directory_iterator();
       i.increment(none))
    files += i->path().filename().string().starts_with(instrument + ".") && i->path().extension() == ".snapshot";
  return fmt::format("  there are {} of this instrument: a start {}\n", files,
                     files > 0 ? "goes on from the newest that can be used" : "begins anew");
}

} // namespace

result<kept_snapshots> find_snapshots(snapshot_stores stores, const engine_plan& plan) {
  kept_snapshots out;
  const auto names = service_names(plan);
  std::vector<std::future<result<std::shared_ptr<const service_snapshot>>>> finding;
  for (const auto& name : names)
    finding.push_back(std::async(std::launch::async, [&, name] { return find_newest(*stores.at(name), plan, name); }));
  std::optional<failure> problem;
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto newest = finding[i].get();
    if (!newest) {
      problem = newest.error();
      continue;
    }
    auto orders = orders_of(plan, i);
    if (*newest) {
      auto jobs = resume_jobs(**newest, orders);
      for (const auto& text : jobs.notes)
        spdlog::info(log_line("resume_jobs", {{"service", log_word{names[i]}}, {"text", text}}));
      *newest = std::move(jobs.snapshot);
      orders = std::move(jobs.orders);
    }
    out.newest.push_back(std::move(*newest));
    out.orders.insert(out.orders.end(), orders.begin(), orders.end());
  }
  if (problem) return *problem;
  out.stores = std::move(stores);
  return out;
}

result<kept_snapshots> open_snapshots(const settings& s, const engine_plan& plan, const variable_lookup& variable,
                                      const snapshot_stores& there) {
  kept_snapshots none;
  none.newest.resize(plan.services.size());
  none.orders = plan.orders;
  if (!s.snapshots) return none;
  kafka_properties connection;
  if (s.snapshots.topic) {
    auto made = connection_properties({s.kafka.bootstrap_servers, s.kafka.properties}, variable);
    if (!made) return made.error();
    connection = std::move(*made);
  }
  auto stores = there;
  const auto names = service_names(plan);
  // All at once: each waits for the broker.
  std::map<std::string, std::future<opened_store>> opening;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (!stores.contains(names[i]))
      opening[names[i]] =
        std::async(std::launch::async, [&, i] { return open_snapshot_store(s, plan, i, connection); });
  std::optional<failure> problem;
  for (auto& [name, o] : opening) {
    auto opened = o.get();
    if (opened)
      stores[name] = std::move(*opened);
    else if (!problem)
      problem = opened.error();
  }
  if (problem) return of_place(s.snapshots, *problem);
  auto found = find_snapshots(std::move(stores), plan);
  if (!found) return of_place(s.snapshots, found.error());
  return found;
}

std::vector<std::set<std::string>> needed_streams_of(const kept_snapshots& kept, const engine_plan& plan) {
  std::vector<std::set<std::string>> out(plan.services.size());
  const auto add = [&](std::size_t service, const workflow_recipe& recipe, const job_id& id) {
    out[service].merge(streams_for(*plan.inst, recipe.source(), recipe.needs(id)));
  };
  for (const auto& o : kept.orders)
    add(number_of_service(plan, *o), *o->recipe, o->id);
  for (std::size_t i = 0; i < kept.newest.size(); ++i) {
    if (!kept.newest[i]) continue;
    for (const auto& j : kept.newest[i]->jobs)
      // One that cannot be made any more needs nothing.
      if (const auto recipe = plan.workflows.recipe(plan.inst, j.spec)) add(i, **recipe, j.spec.job);
  }
  return out;
}

engine_snapshots go_on_from(const kept_snapshots& kept, const std::vector<present_lane>& lanes,
                            std::function<std::optional<lane_name>(std::uint32_t)> lane_name_of) {
  engine_snapshots out;
  if (kept.stores.empty()) return out;
  out.stores = kept.stores;
  out.lane_name_of = std::move(lane_name_of);
  out.orders = kept.orders;
  for (const auto& from : kept.newest) {
    out.services.push_back(resume_at(from, lanes));
    for (const auto& loss : out.services.back().losses)
      spdlog::error(log_line("resume_loss", {{"service", log_word{from->service}}, {"text", loss}}));
  }
  return out;
}

std::string describe_snapshots(const settings& s, const engine_plan& plan) {
  if (!s.snapshots) return {};
  const auto place = s.snapshots.topic ? "topic " + *s.snapshots.topic : s.snapshots.directory->string();
  auto text = fmt::format("snapshots: every {:g} s in {}, the last {} of each service\n",
                          s.snapshots.interval.seconds(), place, s.snapshots.keep);
  text += s.snapshots.topic
            ? "  a start goes on from the newest that can be used, and makes the topic if it is not there\n"
            : describe_folder(*s.snapshots.directory, plan.inst->name);
  if (s.source.kind == "simulator")
    text +=
      "  note: the simulator cannot be read again, so that what it sends between a snapshot and the next start is "
      "missing from the results\n";
  return text;
}

} // namespace livedata

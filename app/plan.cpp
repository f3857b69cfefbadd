#include "app/plan.hpp"

#include "actors/job/job.hpp"
#include "actors/preprocess/device_synthesizer.hpp"
#include "app/configuration/environment.hpp"
#include "app/geometry_choice.hpp"
#include "workflows/wavelength/simulated_choppers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <map>
#include <stdexcept>

namespace livedata {

namespace {

bool contains(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// Jobs named by the settings; without a list, those of the job set that belong to the services that run.
result<std::vector<job_request>> requested_jobs(const settings& s, const instrument& inst) {
  if (!s.jobs.empty()) return s.jobs;
  std::vector<job_request> jobs;
  if (s.job_set == "none") return jobs;
  const auto* set = inst.find_job_set(s.job_set);
  if (set == nullptr) {
    std::string known = "none";
    for (const auto& [name, content] : inst.job_sets)
      known += ", " + name;
    return failure{
      "value", fmt::format("job-set: instrument {} has no job set '{}'; there are: {}", inst.name, s.job_set, known)};
  }
  for (const auto& suggestion : *set) {
    const auto* w = inst.find_workflow(suggestion.workflow, 1);
    if (w == nullptr || !contains(s.services, w->service)) continue;
    job_request request;
    request.workflow = suggestion.workflow;
    request.source = suggestion.source;
    request.params = suggestion.params;
    request.where = fmt::format("job set '{}'", s.job_set);
    jobs.push_back(std::move(request));
  }
  return jobs;
}

result<order_ptr> make_order(const job_request& request, const std::shared_ptr<const instrument>& inst,
                             const settings& s, const workflow_registry& workflows) {
  auto at_fault = [&](const failure& f) { return failure{f.reason, fmt::format("{}: {}", request.where, f.message)}; };
  auto recipe = workflows.recipe(inst, request.workflow, request.source, request.params);
  if (!recipe) return at_fault(recipe.error());
  if (!contains(s.services, (*recipe)->service()))
    return at_fault(
      {"value", fmt::format("workflow {} belongs to service '{}', which is not among the services that run; add it "
                            "to 'services'",
                            to_string((*recipe)->id()), (*recipe)->service())});
  auto number = configured_number((*recipe)->id(), request.source);
  if (request.number) {
    auto given = parse_uuid(*request.number);
    if (!given) return at_fault(given.error());
    number = *given;
  }
  auto time = [](std::optional<std::int64_t> ns) { return ns ? std::optional(timestamp{*ns}) : std::nullopt; };
  job_schedule schedule{time(request.start_ns), time(request.end_ns)};
  if (auto ok = schedule.check(); !ok) return at_fault(ok.error());
  return order_ptr{std::make_shared<job_order>(job_order{{request.source, number}, *recipe, schedule, request.where})};
}

std::shared_ptr<const adapter> routes_of(const engine_plan& plan, const settings& s) {
  return std::make_shared<const adapter>(
    route_table(*plan.inst, plan.services, {speaks_development(s), s.run_control}));
}

} // namespace

std::vector<std::filesystem::path> instrument_folders(const settings& s) {
  auto folders = s.instrument_path;
  std::error_code ignored;
  auto program = std::filesystem::read_symlink("/proc/self/exe", ignored);
  if (!ignored) folders.push_back(program.parent_path().parent_path() / "share" / "livedata" / "instruments");
  folders.emplace_back(LIVEDATA_INSTRUMENTS);
  return folders;
}

result<engine_plan> make_plan(const settings& s, const workflow_registry& workflows) {
  auto file = find_instrument(s.instrument, instrument_folders(s));
  if (!file) return file.error();
  auto inst = load_instrument(*file);
  if (!inst) return inst.error();
  auto files =
    std::make_shared<data_files>(file_folders_from([](const char* name) { return environment_variable(name); }));
  auto placed = choose_geometry(std::move(inst).value(), s.geometry, today(), *files);
  if (!placed) return placed.error();
  const auto there = std::make_shared<const instrument>(std::move(placed->inst));
  // What simulated neutrons need to have the wavelengths that they were given.
  if (s.source.kind == "simulator") simulate_tables(there, *files);
  auto with_files = workflows;
  with_files.use(std::move(files));
  auto plan = make_plan_for(there, s, with_files);
  if (plan) plan->instrument_file = *file;
  if (plan) plan->geometry_note = placed->note;
  return plan;
}

result<engine_plan> make_plan_for(std::shared_ptr<const instrument> inst, const settings& s,
                                  const workflow_registry& workflows) {
  engine_plan plan;
  plan.inst = std::move(inst);
  plan.workflows = workflows;
  plan.services = s.services;
  plan.shards.resize(plan.services.size());
  try {
    device_synthesizer{plan.inst->devices};
  } catch (const std::invalid_argument& e) {
    return failure{"value", fmt::format("instrument {}: {}", plan.inst->name, e.what())};
  }

  auto requests = requested_jobs(s, *plan.inst);
  if (!requests) return requests.error();
  std::map<job_id, std::string> seen;
  for (const auto& request : *requests) {
    auto order = make_order(request, plan.inst, s, workflows);
    if (!order) return order.error();
    if (auto [first, added] = seen.try_emplace((*order)->id, request.where); !added)
      return failure{"value",
                     fmt::format("{}: job {} is there already ({}); give one of them another number, or remove it",
                                 request.where, to_string((*order)->id), first->second)};
    plan.orders.push_back(std::move(*order));
  }

  plan.routes = routes_of(plan, s);
  const auto streams = plan.routes->routes().streams();
  for (const auto& d : plan.inst->detectors)
    if (contains(streams, d.name)) plan.detectors.push_back(d.name);
  for (const auto& m : plan.inst->monitors)
    if (contains(streams, m.name)) plan.monitors.push_back(m.name);
  for (const auto& d : plan.inst->area_detectors)
    if (contains(streams, d.name)) plan.area_detectors.push_back(d.name);
  for (const auto& log : plan.inst->logs)
    if (contains(streams, log.name)) plan.logs.push_back(log.name);
  return plan;
}

std::vector<std::string> service_names(const engine_plan& plan) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < plan.services.size(); ++i)
    out.push_back(name_of(plan.services[i], plan.shards[i]));
  return out;
}

std::size_t number_of_service(const engine_plan& plan, const job_order& order) {
  std::size_t number = 0;
  while (plan.services.at(number) != order.recipe->service() ||
         !holds(plan.shards.at(number), *plan.inst, order.recipe->id(), order.id))
    ++number;
  return number;
}

std::vector<order_ptr> orders_of(const engine_plan& plan, std::size_t number) {
  std::vector<order_ptr> out;
  std::ranges::copy_if(plan.orders, std::back_inserter(out),
                       [&](const order_ptr& o) { return number_of_service(plan, *o) == number; });
  return out;
}

std::vector<std::string> topics_at_start(const engine_plan& plan) {
  const auto& routes = plan.routes->routes();
  return plan.needed.empty() ? routes.topics() : routes.topics_for(plan.needed);
}

engine_plan with_shards(const engine_plan& whole, const settings& s, const std::set<std::uint32_t>& numbers,
                        std::uint32_t count) {
  auto plan = whole;
  plan.services.clear();
  plan.shards.clear();
  plan.orders.clear();
  for (const auto& service : whole.services)
    for (auto number : numbers) {
      plan.services.push_back(service);
      plan.shards.push_back({number, count});
    }
  for (const auto& order : whole.orders)
    if (numbers.contains(shard_of(*plan.inst, order->recipe->id(), order->id, count))) plan.orders.push_back(order);
  plan.routes = routes_of(plan, s);
  return plan;
}

std::vector<std::string> services_without_jobs(const engine_plan& plan, bool by_command) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < plan.services.size(); ++i) {
    const auto& service = plan.services[i];
    if (!orders_of(plan, i).empty()) continue;
    std::string names;
    for (const auto& w : plan.inst->workflows)
      if (w.service == service) names += (names.empty() ? "" : ", ") + w.name;
    if (names.empty())
      out.push_back(
        fmt::format("service {} can never have a job: instrument {} has no workflow for it; leave it out of "
                    "'services'",
                    service, plan.inst->name));
    else if (!by_command)
      out.push_back(
        fmt::format("service {} has no job: name some in 'jobs', choose a 'job-set' that has, or start them by "
                    "commands; its workflows: {}",
                    service, names));
  }
  return out;
}

status try_jobs(const engine_plan& plan, const memory_budget& jobs) {
  std::vector<memory_budget::share> claimed;
  const auto claim = claim_of(jobs, claimed);
  for (const auto& order : plan.orders)
    if (auto built = order->recipe->build(claim); !built)
      return failure{built.error().reason, fmt::format("{}: {}", order->origin, built.error().message)};
  return nothing{};
}

std::string explain_source(const instrument& inst, const std::vector<std::string>& services, bool development,
                           std::string_view topic, std::string_view source) {
  const route_table other(inst, services, {!development, false});
  const auto* there = other.find(topic);
  if (there == nullptr || !there->sources.contains(source)) return {};
  return development ? "this is the name of the production set-up: leave out --dev"
                     : "this is the name of the development set-up: add --dev";
}

simulator_settings simulator_for(const engine_plan& plan, double rate, std::uint64_t seed) {
  simulator_settings s;
  s.rate = rate;
  s.seed = seed;
  s.detectors = plan.detectors;
  s.monitors = plan.monitors;
  s.area_detectors = plan.area_detectors;
  s.logs = plan.logs;
  return s;
}

std::string describe(const engine_plan& plan) {
  auto text =
    fmt::format("instrument {} ({}) from {}\n", plan.inst->name, plan.inst->title, plan.instrument_file.string());
  if (!plan.inst->note.empty()) text += fmt::format("  note: {}\n", plan.inst->note);
  if (!plan.geometry_note.empty()) text += fmt::format("geometry: {}\n", plan.geometry_note);
  text += fmt::format("services: {}\n", fmt::join(plan.services, ", "));
  text += fmt::format("streams: {} detector banks, {} monitors", plan.detectors.size(), plan.monitors.size());
  if (!plan.area_detectors.empty()) text += fmt::format(", {} area detectors", plan.area_detectors.size());
  if (!plan.logs.empty()) text += fmt::format(", {} logs", plan.logs.size());
  text += "\n";
  text += fmt::format("jobs: {}\n", plan.orders.size());
  for (const auto& order : plan.orders)
    text += fmt::format("  {} on {}\n", to_string(order->recipe->id()), order->recipe->source());
  return text;
}

} // namespace livedata

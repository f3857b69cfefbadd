#include "actors/job/job.hpp"

#include "actors/error_text.hpp"
#include "workflows/archive.hpp"
#include "workflows/parameter_model.hpp"
#include "workflows/partly_refused.hpp"
#include "workflows/window_bounds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace livedata {

namespace {

// Actor, queues, messages in the making: what the simplest job takes.
constexpr std::uint64_t bytes_of_any_job = 200'000;

std::string over_budget(std::uint64_t bytes, const memory_budget& all) {
  const auto megabytes = [](std::uint64_t n) { return static_cast<double>(n) / 1e6; };
  return fmt::format("the job needs {:.1f} MB, but of the {:.1f} MB that all jobs together may have "
                     "(limits.jobs-memory) only {:.1f} MB are left; stop other jobs, or ask for fewer bins, for "
                     "example with toa_edges.num_bins",
                     megabytes(bytes), megabytes(all.limit()), megabytes(all.left().value_or(0)));
}

// Takes away at the end what coordinates an array has been given meanwhile.
class added_coords {
public:
  explicit added_coords(data_array& array) : array_(array), before_(array.coords.size()) {}

  added_coords(const added_coords&) = delete;
  added_coords& operator=(const added_coords&) = delete;

  ~added_coords() {
    array_.coords.erase(array_.coords.begin() + static_cast<std::ptrdiff_t>(before_), array_.coords.end());
  }

private:
  data_array& array_;
  std::size_t before_;
};

event_tally operator-(const event_tally& a, const event_tally& b) {
  return {a.received - b.received, a.accepted - b.accepted, a.unknown_pixel - b.unknown_pixel,
          a.out_of_range - b.out_of_range, a.out_of_table - b.out_of_table};
}

} // namespace

job::job(job_id id, recipe_ptr recipe, listener over)
  : id_(std::move(id)), recipe_(std::move(recipe)), over_(std::move(over)) {}

void job::over(phase p) const {
  if (over_) over_(p);
}

memory_claim claim_of(const memory_budget& all, std::vector<memory_budget::share>& into) {
  return [&](std::uint64_t bytes) {
    auto share = all.reserve(bytes);
    if (!share) throw parameter_error(over_budget(bytes, all));
    into.push_back(std::move(*share));
  };
}

memory_use use_of(const memory_budget& all) {
  return [all, used = std::make_shared<memory_budget::share>(all)](std::uint64_t bytes) {
    if (!used->try_set(bytes)) throw parameter_error(over_budget(bytes - used->bytes(), all));
  };
}

std::string job::build(const memory_budget& all) {
  claimed_.clear();
  const auto claim = claim_of(all, claimed_);
  if (auto full = text_of_failure([&] { claim(bytes_of_any_job); })) return *full;
  auto built = recipe_->build(claim, use_of(all));
  if (!built) {
    claimed_.clear();
    return built.error().message;
  }
  take_over(std::move(*built));
  return {};
}

void job::take_over(std::unique_ptr<workflow> built) {
  workflow_ = std::move(built);
  divisible_ = dynamic_cast<divisible*>(workflow_.get());
  reuses_outputs_ = dynamic_cast<reuses_outputs*>(workflow_.get());
}

job_reply job::process(const job_task& task) {
  std::string failure;
  if (auto work = begin(task))
    for (std::size_t i = 0; i < work->pieces(); ++i)
      failure += run_piece(*work, i);
  return complete(task, failure);
}

std::shared_ptr<divided_work> job::begin(const job_task& task) {
  if (!workflow_) throw std::logic_error("a job was given data before its workflow was built");
  reply_ = {};
  divided_.reset();
  before_ = workflow_->tally();
  if (!task.context.empty()) tell(task.context, reply_);
  if (task.data.empty()) return nullptr;
  if (divisible_ != nullptr && task.workers > 1) {
    auto failure = text_of_failure([&] {
      auto work = std::shared_ptr<divided_work>(divisible_->divide(task.data, task.workers));
      // The workflow lives as long as the work.
      if (work)
        divided_ =
          std::shared_ptr<divided_work>(work.get(), [work, owner = workflow_](divided_work*) mutable { work.reset(); });
    });
    if (failure) took(task.data, failure, reply_);
    if (failure || divided_) return divided_;
  }
  accumulate(task.data, reply_);
  return nullptr;
}

job_reply job::complete(const job_task& task, const std::string& failure) {
  if (divided_) {
    divided_->join();
    divided_.reset();
    reply_.divided = true;
    took(task.data, failure.empty() ? std::nullopt : std::optional(failure), reply_);
  }
  over(phase::accumulate);
  if (!task.hold && (task.pending || reply_.took_primary)) finalize(reply_);
  reply_.events = workflow_->tally() - before_;
  (void)text_of_failure([&] { reply_.notes = workflow_->take_notes(); });
  reply_.start = start_;
  reply_.end = end_;
  return std::move(reply_);
}

std::string run_piece(divided_work& work, std::size_t piece) {
  return text_of_failure([&] { work.run(piece); }).value_or("");
}

void job::tell(const std::vector<stream_data>& context, job_reply& reply) {
  reply.context = step::ok;
  for (const auto& s : context)
    if (auto text = text_of_failure([&] { workflow_->set_context(s.stream, s.value); })) {
      reply.context = step::failed;
      reply.context_error += fmt::format("{}Context {} was refused, the former value stays in force: {}",
                                         reply.context_error.empty() ? "" : "\n", s.stream, *text);
    }
}

void job::accumulate(const job_data& data, job_reply& reply) {
  std::string left_out;
  auto failure = text_of_failure([&] {
    try {
      workflow_->accumulate(data);
    } catch (const partly_refused& e) {
      left_out = e.what();
    }
  });
  took(data, failure, reply);
  if (left_out.empty()) return;
  reply.push = step::failed;
  reply.push_error = fmt::format("Job left out a part of the latest data.\n\n{}", left_out);
}

void job::took(const job_data& data, const std::optional<std::string>& failure, job_reply& reply) {
  if (failure) {
    reply.push = step::failed;
    reply.push_error = fmt::format("Job failed to process latest data.\n\n{}", *failure);
    return;
  }
  reply.push = step::ok;
  if (data.primary.empty()) return;
  reply.took_primary = true;
  latch_times(data.start, data.end, reply);
}

void job::latch_times(timestamp start, timestamp end, job_reply& reply) {
  if (!start_) {
    start_ = start;
  } else if (end < *start_) {
    start_ = start;
    reply.start_set_back = true;
  }
  end_ = end;
}

void job::finalize(job_reply& reply) {
  auto text = text_of_failure([&] {
    if (!start_)
      throw std::runtime_error(
        "Job has no time bounds to stamp on its outputs: finalized before accumulating any primary data.");
    reply.waits_for = workflow_->waits_for();
    if (!reply.waits_for.empty()) return;
    auto outputs = workflow_->finalize();
    over(phase::finalize);
    reply.result = encode(outputs, reply.absent_outputs);
    if (reuses_outputs_ != nullptr) reuses_outputs_->reuse(std::move(outputs));
  });
  if (!reply.waits_for.empty()) return over(phase::finalize);
  over(text ? phase::finalize : phase::encode);
  reply.finalize = text ? step::failed : step::ok;
  if (text) reply.finalize_error = fmt::format("Job failed to compute result.\n\n{}", *text);
}

std::shared_ptr<const job_result> job::encode(std::vector<workflow_output>& outputs, std::string& absent) {
  auto result = std::make_shared<job_result>();
  result->job = id_;
  result->workflow = recipe_->id();
  result->start = *start_;
  result->end = *end_;
  result->outputs.reserve(outputs.size());
  const auto messages = std::make_shared<payload_bundle>(memory_);
  std::string unwritable;
  for (auto& output : outputs) {
    if (!output.value) {
      absent += absent.empty() ? output.name : ", " + output.name;
      continue;
    }
    if (auto why = text_of_failure([&] { add_output(output, *result, messages); }))
      unwritable += fmt::format("{}Output {} cannot be written and was excluded from the result: {}",
                                unwritable.empty() ? "" : "\n", output.name, *why);
  }
  if (!absent.empty())
    absent =
      fmt::format("Workflow returned None for output(s): {}. These outputs were excluded from the result.", absent);
  if (!unwritable.empty()) absent += (absent.empty() ? "" : "\n") + unwritable;
  return result;
}

// Making a key takes longer than writing a small output.
job::output_writer job::make_writer(const std::string& output) const {
  output_writer w{output, std::string(recipe_->title_of(output)), {result_key(recipe_->id(), id_, output), {}}, {}};
  constexpr std::string_view placeholder = "{source_name}";
  for (const auto& [name, device] : recipe_->declaration().device_outputs) {
    if (name != output) continue;
    auto full_name = device;
    if (auto at = full_name.find(placeholder); at != std::string::npos)
      full_name.replace(at, placeholder.size(), id_.source_name);
    w.devices.push_back({std::move(full_name), {}});
  }
  return w;
}

job::output_writer& job::writer_of(const std::string& output) {
  auto is_it = [&](const output_writer& w) { return w.output == output; };
  auto at = writers_.begin() + static_cast<std::ptrdiff_t>(next_writer_);
  if (at == writers_.end() || !is_it(*at)) at = std::find_if(writers_.begin(), writers_.end(), is_it);
  if (at == writers_.end()) at = writers_.insert(at, make_writer(output));
  next_writer_ = static_cast<std::size_t>(at - writers_.begin() + 1) % writers_.size();
  return *at;
}

payload_ptr job::message_writer::write(timestamp time, const data_array& array,
                                       const std::shared_ptr<payload_bundle>& messages) {
  return payload_bundle::add(messages,
                             [&](std::vector<std::byte>& bytes) { writer.append(source_name, time, array, bytes); });
}

void job::add_output(workflow_output& output, job_result& result, const std::shared_ptr<payload_bundle>& messages) {
  auto& array = *output.value;
  const added_coords added(array);
  if (array.coord("start_time") == nullptr && array.coord("time") == nullptr) stamp_times(array, *start_, *end_);
  auto& writer = writer_of(output.name);
  array.name = writer.title;
  result.outputs.push_back({output.name, writer.result.write(*start_, array, messages)});
  for (auto& device : writer.devices)
    add_device(device, array, result, messages);
}

void job::add_device(message_writer& writer, const data_array& output, job_result& result,
                     const std::shared_ptr<payload_bundle>& messages) {
  auto array = output;
  if (const auto* time = array.coord("time"); time != nullptr && array.coord("end_time") == nullptr)
    array.set_coord("end_time", variable(*time));
  result.devices.push_back({channel::devices, writer.source_name, writer.write(result.start, array, messages)});
}

void job::state(archive& a) {
  a.field("start", start_);
  a.field("end", end_);
}

saved_work job::save() {
  archive own;
  state(own);
  return {own.finish(), workflow_->save()};
}

void job::load(const work_bytes& saved) {
  archive own(saved.job);
  const auto start = start_;
  const auto end = end_;
  try {
    state(own);
    own.finish();
    workflow_->load(saved.workflow);
  } catch (...) {
    start_ = start;
    end_ = end;
    throw;
  }
}

void job::reset() {
  if (workflow_) workflow_->clear();
  start_.reset();
  end_.reset();
}

} // namespace livedata

#include "bare_jobs.hpp"

#include "bare_loop.hpp"
#include "bare_wavelengths.hpp"
#include "workflows/detector_view/detector_view.hpp"
#include "workflows/geometry/beamline.hpp"
#include "workflows/geometry/detector_geometry.hpp"
#include "workflows/qmap/indirect_spectrometer.hpp"
#include "workflows/reduction/monitor_spectrum.hpp"
#include "workflows/reduction/scattering.hpp"
#include "workflows/value_models.hpp"
#include "workflows/wavelength/table_choice.hpp"
#include "workflows/wavelength/table_file.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace livedata::bench {

namespace {

constexpr std::size_t powder_rows = 1023;

json parameters_of(const prepared_job& job) {
  return job.recipe->spec(job.id.job_number).params;
}

std::shared_ptr<const lookup_table> table_of(const prepared_job& job, const instrument& inst, data_files& files) {
  const json_node choice(job.recipe->declaration().settings.at("lookup_table"), "lookup_table");
  return find_lookup_table(inst, chosen_table(choice, parameters_of(job)), files);
}

const detector& detector_of(const prepared_job& job, const instrument& inst) {
  const auto* d = inst.find_detector(job.id.source_name);
  if (d == nullptr) throw std::runtime_error(job.id.source_name + " is no detector");
  return *d;
}

scattering_pixels pixels_of(const detector& d, const instrument& inst) {
  return scattering_of(make_geometry(d).value(), d.first_pixel, incident_beam_of(read_beamline(inst).value()));
}

bare_bins bins_of(const json& edges, quantity q) {
  return bare_bins(edges_in_base(to_edges(edges), q));
}

// Calls f(Bin{}) with the smallest integer that holds so many bins.
template <class F>
auto with_smallest(std::size_t bins, F&& f) {
  if (bins <= std::numeric_limits<std::uint8_t>::max() + std::size_t{1}) return f(std::uint8_t{});
  if (bins <= std::numeric_limits<std::uint16_t>::max() + std::size_t{1}) return f(std::uint16_t{});
  return f(std::uint32_t{});
}

template <class Bin>
std::vector<std::vector<Bin>> maps_of(std::span<const pixel_table> tables) {
  std::vector<std::vector<Bin>> maps;
  for (const auto& table : tables)
    maps.push_back(as_map<Bin>(table));
  return maps;
}

template <class Loop>
std::function<void()> work_of(std::shared_ptr<Loop> loop, events_ptr part) {
  return [loop = std::move(loop), part = std::move(part)] { loop->add(*part); };
}

std::function<void()> monitor_loop(const prepared_job& job, const events_ptr& part) {
  const auto bins = static_cast<std::size_t>(job.work->finalize().front().value->data.shape.front());
  using loop = bare_loop<std::uint8_t>;
  return work_of(std::make_shared<loop>(std::vector<std::vector<std::uint8_t>>{}, 0, 1, bins), part);
}

// Which map each pixel belongs to, by its index along the dimension that maps are for.
std::size_t map_of(const detector& d, const std::string& group, std::size_t pixel) {
  std::size_t inner = 1;
  for (auto dim = d.sizes.rbegin(); dim != d.sizes.rend(); ++dim) {
    const auto size = static_cast<std::size_t>(dim->second);
    if (dim->first == group) return pixel / inner % size;
    inner *= size;
  }
  return 0;
}

} // namespace

bare_jobs::bare_jobs(std::shared_ptr<const instrument> inst, std::shared_ptr<data_files> files)
  : inst_(std::move(inst)), files_(std::move(files)) {}

template <class Pixels>
std::shared_ptr<const Pixels> bare_jobs::kept(const std::string& what, const std::function<Pixels()>& make) {
  auto& slot = kept_[what];
  if (!slot) slot = std::make_shared<const Pixels>(make());
  return std::static_pointer_cast<const Pixels>(slot);
}

std::function<void()> bare_jobs::loop_of(const prepared_job& job, const events_ptr& part, bool first) {
  const auto& kind = job.recipe->declaration().kind;
  if (dynamic_cast<const detector_view*>(job.work.get()) != nullptr) return view_loop(job, part);
  if (kind == "monitor_histogram") return monitor_loop(job, part);
  if (kind == "i_of_q") return i_of_q_loop(job, part, first);
  if (kind == "powder_reduction") return powder_loop(job, part);
  if (kind == "qmap") return qmap_loop(job, part);
  return nullptr;
}

std::function<void()> bare_jobs::view_loop(const prepared_job& job, const events_ptr& part) {
  const auto& view = dynamic_cast<const detector_view&>(*job.work);
  const auto& tables = view.tables();
  const auto first_pixel = tables.front().first_pixel();
  const auto screen_bins = view.histogram().screen_size();
  return with_smallest(screen_bins, [&]<class Bin>(Bin) -> std::function<void()> {
    auto maps = maps_of<Bin>(tables);
    if (view.wavelengths() == nullptr)
      return work_of(
        std::make_shared<bare_loop<Bin>>(std::move(maps), first_pixel, screen_bins, view.histogram().time_size()),
        part);
    const auto& wavelengths = *view.wavelengths();
    const auto paths = kept<std::vector<double>>("paths of " + job.id.source_name, [&] {
      std::vector<double> all;
      for (std::size_t i = 0; i < tables.front().size(); ++i)
        all.push_back(wavelengths.flight_path(i + static_cast<std::size_t>(first_pixel - wavelengths.first_pixel())));
      return all;
    });
    const auto table = kept<bare_table>("table of views", [&] { return bare_table(wavelengths.table()); });
    const bare_bins bins(view.histogram().bins().over_wavelength()->edges());
    return work_of(
      std::make_shared<bare_view_in_wavelengths<Bin>>(std::move(maps), first_pixel, screen_bins, bins, paths, table),
      part);
  });
}

std::function<void()> bare_jobs::i_of_q_loop(const prepared_job& job, const events_ptr& part, bool first) {
  const auto& d = detector_of(job, *inst_);
  const auto params = parameters_of(job);
  const auto table = kept<bare_table>("table of i_of_q", [&] { return bare_table(*table_of(job, *inst_, *files_)); });
  const auto pixels = kept<std::vector<bare_sans_pixel>>("pixels of " + d.name, [&] {
    const auto all = pixels_of(d, *inst_);
    std::vector<bare_sans_pixel> out;
    for (std::size_t i = 0; i < all.size(); ++i)
      out.push_back({all.flight_path[i], std::sin(all.two_theta[i] / 2)});
    return out;
  });
  auto counting = work_of(std::make_shared<bare_i_of_q>(
                            pixels, d.first_pixel, bins_of(params.at("q_edges"), quantity::momentum_transfer), table),
                          part);
  if (!first) return counting;
  std::vector<std::function<void()>> all{std::move(counting)};
  const auto parts = read_beamline(*inst_).value();
  const auto band = bins_of(params.at("wavelength_edges"), quantity::wavelength);
  for (const auto& monitor : job.data->auxiliary)
    if (const auto* events = std::get_if<events_ptr>(&monitor.value))
      all.push_back(
        work_of(std::make_shared<bare_monitor>(monitor_flight_path(parts, monitor.stream), band, table), *events));
  return [all = std::move(all)] {
    for (const auto& work : all)
      work();
  };
}

std::function<void()> bare_jobs::powder_loop(const prepared_job& job, const events_ptr& part) {
  const auto& d = detector_of(job, *inst_);
  const auto bins = bins_of(parameters_of(job).at("dspacing_edges"), quantity::dspacing);
  const auto table =
    kept<bare_table>("table of powder_reduction", [&] { return bare_table(*table_of(job, *inst_, *files_)); });
  const auto pixels = kept<std::vector<bare_powder_pixel>>("pixels of " + d.name, [&] {
    const auto all = pixels_of(d, *inst_);
    const auto [lowest, highest] = std::ranges::minmax(all.two_theta);
    const auto per_rad = static_cast<double>(powder_rows) / (highest - lowest);
    std::vector<bare_powder_pixel> out;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto row = std::min(static_cast<std::size_t>((all.two_theta[i] - lowest) * per_rad), powder_rows - 1);
      out.push_back(
        {all.flight_path[i], std::sin(all.two_theta[i] / 2), static_cast<std::uint32_t>(row * bins.size())});
    }
    return out;
  });
  return work_of(std::make_shared<bare_powder>(pixels, d.first_pixel, powder_rows, bins, table), part);
}

std::function<void()> bare_jobs::qmap_loop(const prepared_job& job, const events_ptr& part) {
  const auto& d = detector_of(job, *inst_);
  const auto& settings = job.recipe->declaration().settings;
  const auto params = parameters_of(job);
  const auto energy = settings.at("cut") == "q_and_energy";
  const auto edges = [&](const char* along, quantity q) { return bins_of(params.at(along), q); };
  const auto custom = settings.at("cut") == "vectors";
  const bare_map_axes axes{energy   ? edges("q_edges", quantity::momentum_transfer)
                           : custom ? edges("axis1_edges", quantity::momentum_transfer)
                                    : edges("axis1", quantity::momentum_transfer),
                           energy   ? edges("energy_edges", quantity::energy_transfer)
                           : custom ? edges("axis2_edges", quantity::momentum_transfer)
                                    : edges("axis2", quantity::momentum_transfer),
                           energy};
  const auto& monitor = settings.at("monitor").get_ref<const std::string&>();
  const auto* file = inst_->find_file(settings.at("simulation").get<std::string>());
  if (file == nullptr) throw std::runtime_error("the instrument has no simulated run");
  const auto path = files_->find(*file, "the simulated run").value();
  const auto s = kept<indirect_spectrometer>("spectrometer", [&] { return read_indirect_spectrometer(path, monitor); });
  const auto cells = axes.columns.size() * (axes.rows.size() + 1);
  std::vector<bare_analysed_pixel> pixels(s->pixels.size());
  for (const auto& p : s->pixels) {
    const auto i = static_cast<std::size_t>(p.number - d.first_pixel);
    pixels.at(i) = {p.secondary_time, p.final_energy, p.final_wavevector,
                    static_cast<std::uint32_t>(map_of(d, settings.at("group").get<std::string>(), i) * cells)};
  }
  const auto table = table_of(job, *inst_, *files_);
  const bare_table wavelengths(*table);
  const auto flight_path = distance(s->source, s->sample);
  std::vector<double> line;
  for (auto t : table->time)
    line.push_back(wavelengths.wavelength(flight_path, t));
  const auto maps = settings.at("group_values").size();
  const auto bins = s->monitor_counts.size();
  constexpr double longest = 10;
  std::vector<double> weight_edges(bins + 1);
  for (std::size_t i = 0; i <= bins; ++i)
    weight_edges[i] = longest * static_cast<double>(i) / static_cast<double>(bins);
  return work_of(std::make_shared<bare_qmap>(
                   std::make_shared<const std::vector<bare_analysed_pixel>>(std::move(pixels)), d.first_pixel, maps,
                   axes, std::move(line), table->pulse_period, bare_bins(weight_edges), std::vector<double>(bins, 1.0)),
                 part);
}

} // namespace livedata::bench

#include "workflows/ratemeter/detector_ratemeter.hpp"

#include "workflows/declared_settings.hpp"
#include "workflows/reduction/pixels.hpp"
#include "workflows/reduction/reduction.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace livedata {

namespace {

struct ratemeter_settings {
  std::string group;
  // In the order of the instrument file.
  std::vector<std::string> choices;
  std::vector<std::string> fold;
  // Places in the folded dimensions.
  std::int64_t places;
};

ratemeter_settings read_ratemeter(const workflow_declaration& declaration) {
  return read_settings(declaration, [](const json_node& node) {
    node.allow_keys({"group", "choices", "fold", "places"});
    ratemeter_settings s{node.at("group").text(), {}, {}, 0};
    for (const auto& c : node.at("choices").items())
      s.choices.push_back(c.text());
    for (const auto& dim : node.at("fold").items())
      s.fold.push_back(dim.text());
    s.places = node.at("places").integer(1, 1'000'000'000);
    return s;
  });
}

// S += events of the pixels of the region, var S += the same.
class detector_ratemeter final : public reduction {
public:
  detector_ratemeter(const std::string& source, pixel_table region) : region_(std::move(region)) {
    events(source, "", [this](const event_batch& batch) { count(batch); });
    accumulator("update", window_, since::last_result);
    accumulator("total", total_);
    target(
      "detector_region_counts", [this] { return to_array(window_); }, since::last_result);
    target("detector_region_counts_cumulative", [this] { return to_array(total_); });
  }

private:
  void count(const event_batch& batch) {
    std::uint64_t inside = 0;
    std::uint64_t unknown = 0;
    region_.visit([&]<class View>(const View table) {
      for (const auto& chunk : batch.chunks)
        for (std::size_t i = 0; i < chunk.size(); ++i) {
          const auto place = table(chunk.pixel_id[i]);
          inside += place == in_region ? 1 : 0;
          unknown += place == View::nowhere ? 1 : 0;
        }
    });
    const auto n = static_cast<double>(inside);
    window_[0] += {n, n};
    total_[0] += {n, n};
    tally_.received += batch.events;
    tally_.unknown_pixel += unknown;
    tally_.accepted += batch.events - unknown;
  }

public:
  static constexpr std::int32_t elsewhere = 0;
  static constexpr std::int32_t in_region = 1;

private:
  pixel_table region_;
  histogram window_{{}, "counts"};
  histogram total_{{}, "counts"};
};

// The index of a pixel in one dimension of its detector, by its place in the flat list.
std::int64_t index_of(const sized_dims& sizes, std::int64_t pixel, std::string_view dim) {
  for (auto i = sizes.rbegin(); i != sizes.rend(); ++i) {
    if (i->first == dim) return pixel % i->second;
    pixel /= i->second;
  }
  throw parameter_error(fmt::format("the detector has no dimension '{}'", dim));
}

std::unique_ptr<workflow> build_ratemeter(const build_request& request) {
  const auto settings = read_ratemeter(request.declaration);
  const auto& region = request.params.at("region");
  const auto start = region.at("pixel_start").get<std::int64_t>();
  const auto stop = region.at("pixel_stop").get<std::int64_t>();
  if (start >= stop) throw parameter_error("region: pixel_start must be less than pixel_stop");
  const auto chosen = std::ranges::find(settings.choices, region.at(settings.group).get<std::string>());
  const auto group = chosen - settings.choices.begin();
  const auto pixels = pixels_of(request.inst, request.source);
  std::vector<std::int32_t> places(static_cast<std::size_t>(pixels.pixel_count()));
  for (std::int64_t p = 0; p < pixels.pixel_count(); ++p) {
    std::int64_t place = 0;
    for (const auto& dim : settings.fold) {
      const auto size = std::ranges::find(pixels.sizes, dim, &sized_dims::value_type::first)->second;
      place = place * size + index_of(pixels.sizes, p, dim);
    }
    const auto inside = index_of(pixels.sizes, p, settings.group) == group && start <= place && place < stop;
    places[static_cast<std::size_t>(p)] = inside ? detector_ratemeter::in_region : detector_ratemeter::elsewhere;
  }
  return std::make_unique<detector_ratemeter>(request.source, pixel_places(pixels, std::move(places)));
}

parameter_model ratemeter_parameters(const workflow_declaration& declaration) {
  using kind = parameter_field::kind;
  const auto settings = read_ratemeter(declaration);
  parameter_field arc{settings.group, kind::text, settings.choices.back(), {}};
  for (const auto& choice : settings.choices)
    arc.allowed.emplace_back(choice);
  parameter_field start{"pixel_start", kind::integer, 0, {}, {}, 0, static_cast<double>(settings.places - 1)};
  parameter_field stop{"pixel_stop", kind::integer, settings.places, {}, {}, 1, static_cast<double>(settings.places)};
  return {{"region", {std::move(arc), std::move(start), std::move(stop)}}};
}

} // namespace

workflow_kind detector_ratemeter_kind() {
  auto outputs = [](const workflow_declaration&) -> std::vector<output_spec> {
    return {{"detector_region_counts", "Detector Region Counts"},
            {"detector_region_counts_cumulative", "Detector Region Counts"}};
  };
  return {outputs, build_ratemeter, {}, ratemeter_parameters};
}

} // namespace livedata

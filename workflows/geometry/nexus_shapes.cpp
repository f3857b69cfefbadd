#include "workflows/geometry/nexus_shapes.hpp"

#include "workflows/geometry/transformation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace livedata {

namespace {

using object = nexus_file::object;

constexpr std::size_t box_vertices = 8;
// Of a mesh: vertices, faces, and what leads from one to the other.
constexpr std::size_t most_numbers = std::size_t{1} << 27;

// Adds up points of each pixel.
class pixel_means {
public:
  explicit pixel_means(const std::vector<std::int32_t>& numbers) : sums_(numbers.size()), counts_(numbers.size()) {
    for (std::size_t i = 0; i < numbers.size(); ++i)
      index_.emplace(numbers[i], i);
  }

  std::size_t index_of(std::int32_t number, const std::string& from) const {
    const auto known = index_.find(number);
    if (known == index_.end())
      throw nexus_error(fmt::format("{} names the detector number {}, which detector_number has not", from, number));
    return known->second;
  }

  void add(std::size_t pixel, const vec3& p) {
    auto& sum = sums_[pixel];
    sum = {sum.x + p.x, sum.y + p.y, sum.z + p.z};
    ++counts_[pixel];
  }

  std::vector<vec3> take() {
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      auto& p = sums_[i];
      const auto n = counts_[i] == 0 ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(counts_[i]);
      p = {p.x / n, p.y / n, p.z / n};
    }
    return std::move(sums_);
  }

private:
  std::unordered_map<std::int32_t, std::size_t> index_;
  std::vector<vec3> sums_;
  std::vector<std::size_t> counts_;
};

std::size_t place_in(std::int32_t i, std::size_t size, const std::string& from, const char* what) {
  if (i < 0 || static_cast<std::size_t>(i) >= size)
    throw nexus_error(fmt::format("{} names {} {}, but there are {}", from, what, i, size));
  return static_cast<std::size_t>(i);
}

// Vertices that faces of a pixel share count once.
std::vector<vec3> centres_of_faces(const nexus_file& file, const std::string& shape,
                                   const std::vector<std::int32_t>& numbers) {
  const auto pairs_path = shape + "/detector_faces";
  const auto lengths = file.shape(pairs_path);
  if (lengths.size() != 2 || lengths[1] != 2)
    throw nexus_error(fmt::format("{} holds {} numbers; needed: pairs of a face and a detector number", pairs_path,
                                  fmt::join(lengths, " x ")));
  const auto pairs = file.integers(pairs_path, most_numbers);
  const auto faces = file.integers(shape + "/faces", most_numbers);
  const auto winding = file.integers(shape + "/winding_order", most_numbers);
  const auto points = read_points(file, shape + "/vertices", most_numbers / 3);
  pixel_means means(numbers);
  // Pixel and vertex.
  std::vector<std::pair<std::size_t, std::size_t>> corners;
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
    const auto face = place_in(pairs[i], faces.size(), pairs_path, "face");
    const auto pixel = means.index_of(pairs[i + 1], pairs_path);
    const auto last = face + 1 < faces.size() ? static_cast<std::size_t>(faces[face + 1]) : winding.size();
    for (auto w = place_in(faces[face], winding.size(), shape + "/faces", "place"); w < last; ++w)
      corners.emplace_back(pixel, place_in(winding.at(w), points.size(), shape + "/winding_order", "vertex"));
  }
  std::ranges::sort(corners);
  corners.erase(std::ranges::unique(corners).begin(), corners.end());
  for (const auto& [pixel, vertex] : corners)
    means.add(pixel, points[vertex]);
  return means.take();
}

std::vector<vec3> centres_of_cylinders(const nexus_file& file, const std::string& shape,
                                       const std::vector<std::int32_t>& numbers) {
  const auto path = shape + "/cylinders";
  const auto lengths = file.shape(path);
  const auto of = file.integers(shape + "/detector_number", most_numbers);
  if (lengths.size() != 2 || lengths[1] != 3 || lengths[0] != of.size())
    throw nexus_error(fmt::format("{} holds {} numbers; needed: three vertices for each of the {} numbers of "
                                  "{}/detector_number",
                                  path, fmt::join(lengths, " x "), of.size(), shape));
  const auto cylinders = file.integers(path, most_numbers);
  const auto points = read_points(file, shape + "/vertices", most_numbers / 3);
  pixel_means means(numbers);
  for (std::size_t i = 0; i < of.size(); ++i) {
    const auto pixel = means.index_of(of[i], shape + "/detector_number");
    // The middle of one end, a point on its edge, and the middle of the other end.
    for (auto vertex : {cylinders[3 * i], cylinders[3 * i + 2]})
      means.add(pixel, points[place_in(vertex, points.size(), path, "vertex")]);
  }
  return means.take();
}

std::vector<vec3> centres_of_boxes(const nexus_file& file, const std::string& shape, std::size_t pixels) {
  const auto points = read_points(file, shape + "/vertices", box_vertices * pixels);
  if (points.size() != box_vertices * pixels)
    throw nexus_error(fmt::format("the detector has no pixel offsets, and {}/vertices holds {} points rather than "
                                  "eight for each of {} pixels; no detector_faces say which belong to which",
                                  shape, points.size(), pixels));
  std::vector<vec3> centres(pixels);
  for (std::size_t i = 0; i < points.size(); ++i) {
    auto& c = centres[i / box_vertices];
    const auto& p = points[i];
    c = {c.x + p.x / box_vertices, c.y + p.y / box_vertices, c.z + p.z / box_vertices};
  }
  return centres;
}

} // namespace

double metres_of_unit(const nexus_file& file, const std::string& dataset) {
  const auto unit = file.text_attribute(dataset, "units");
  if (!unit) throw nexus_error(dataset + " has no attribute \"units\"");
  const auto metres = metres_per(*unit);
  if (!metres) throw nexus_error(fmt::format("{} is in \"{}\"; allowed: a unit of length", dataset, *unit));
  return *metres;
}

std::vector<vec3> read_points(const nexus_file& file, const std::string& dataset, std::size_t most) {
  const auto flat = file.numbers(dataset, 3 * most);
  const auto lengths = file.shape(dataset);
  if (flat.size() % 3 != 0 || (lengths.size() > 1 && lengths.back() != 3))
    throw nexus_error(fmt::format("{} holds {} numbers; needed: three for each point, in its last dimension", dataset,
                                  fmt::join(lengths, " x ")));
  const auto metres = metres_of_unit(file, dataset);
  std::vector<vec3> points(flat.size() / 3);
  for (std::size_t i = 0; i < points.size(); ++i)
    points[i] = {flat[3 * i] * metres, flat[3 * i + 1] * metres, flat[3 * i + 2] * metres};
  return points;
}

std::optional<std::vector<vec3>> positions_of_shapes(const nexus_file& file, const std::string& detector,
                                                     const std::vector<std::int32_t>& numbers) {
  for (const auto* name : {"/pixel_shape", "/detector_shape"}) {
    const auto shape = detector + name;
    if (file.what(shape) != object::group) continue;
    const auto has = [&](const char* field) { return file.what(shape + field) == object::dataset; };
    const auto nx_class = file.text_attribute(shape, "NX_class").value_or("");
    if (nx_class == "NXoff_geometry" && has("/detector_faces")) return centres_of_faces(file, shape, numbers);
    if (nx_class == "NXcylindrical_geometry" && has("/detector_number"))
      return centres_of_cylinders(file, shape, numbers);
  }
  const auto boxes = detector + "/pixel_shape";
  if (file.what(boxes) == object::group && file.text_attribute(boxes, "NX_class") == "NXoff_geometry")
    return centres_of_boxes(file, boxes, numbers.size());
  return std::nullopt;
}

} // namespace livedata

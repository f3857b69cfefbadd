#include "workflows/wavelength/table_choice.hpp"

#include "workflows/declared_settings.hpp"
#include "workflows/wavelength/table_file.hpp"

#include <fmt/format.h>

namespace livedata {

std::string chosen_table(const json_node& lookup_table, const json& completed_parameters) {
  if (lookup_table.value().is_string()) return lookup_table.text();
  lookup_table.allow_keys({"parameter", "files"});
  const auto parameter = lookup_table.at("parameter").text();
  const auto value = completed_parameters.at(parameter).at("value").get<std::string>();
  const auto file = lookup_table.at("files").find(value);
  if (!file) throw parameter_error(fmt::format("there is no wavelength lookup table for {} \"{}\"", parameter, value));
  return file->text();
}

std::shared_ptr<const lookup_table> table_of(const build_request& request) {
  const auto name = read_settings(request.declaration, [&](const json_node& settings) {
    return chosen_table(settings.at("lookup_table"), request.params);
  });
  return find_lookup_table(request.inst, name, request.files);
}

} // namespace livedata

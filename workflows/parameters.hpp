// Reading of a workflow's settings from JSON, field by field: defaults for what is missing, and an error that names the
// field for what is wrong or unknown. (What users choose is described by a parameter_model.)
#pragma once

#include "messages/json.hpp"
#include "workflows/parameter_model.hpp"
#include "workflows/value_models.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

// Reads the fields of one JSON object by name. Every read notes the name; finish() refuses names that nobody asked for.
// The object must outlive the reader. Throws parameter_error throughout.
class object_reader {
public:
  // `path` leads to the object, for messages; empty for the outermost. Null stands for an empty object.
  object_reader(const json& object, std::string path);

  double number(std::string_view name, double fallback);
  std::int64_t integer(std::string_view name, std::int64_t fallback, std::int64_t low, std::int64_t high);
  bool boolean(std::string_view name, bool fallback);
  std::string text(std::string_view name, std::string_view fallback);
  // One of the allowed words.
  std::string choice(std::string_view name, std::string_view fallback, std::initializer_list<std::string_view> allowed);
  // A reader for the object of that name; for an empty object if it is missing.
  object_reader object(std::string_view name);
  // The value as it stands, or nullptr.
  const json* raw(std::string_view name);

  void finish() const;

  std::string path_of(std::string_view name) const;

private:
  const json* find(std::string_view name);

  const json& object_;
  std::string path_;
  std::vector<std::string> known_;
};

} // namespace livedata

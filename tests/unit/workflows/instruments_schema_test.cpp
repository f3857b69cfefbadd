// The schema of instrument files against the files that we have, and against files with faults. A small validator for
// the part of JSON Schema that the schema uses.
#include "workflows/instrument/instrument.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <places.hpp>
#include <regex>

namespace instruments_schema_test {

using namespace livedata;
namespace fs = std::filesystem;

namespace {

const fs::path folder = fs::path(LIVEDATA_SOURCE_DIR) / "instruments";

json read(const fs::path& file) {
  std::ifstream in(file);
  return json::parse(in);
}

class validator {
public:
  explicit validator(json schema) : schema_(std::move(schema)) {}

  // Places in the document that break the schema.
  std::vector<std::string> faults(const json& document) const {
    std::vector<std::string> found;
    check(document, schema_, "", found);
    return found;
  }

private:
  using faults_t = std::vector<std::string>;

  static bool is_type(const json& value, const std::string& type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "number") return value.is_number();
    if (type == "integer") return value.is_number_integer();
    if (type == "boolean") return value.is_boolean();
    throw std::runtime_error("unknown type in the schema: " + type);
  }

  void check(const json& value, const json& schema, const std::string& at, faults_t& found) const {
    auto wrong = [&](const std::string& what) { found.push_back(at + ": " + what); };
    for (const auto& [word, rule] : schema.items()) {
      if (word == "$ref") {
        auto name = rule.get<std::string>().substr(std::string("#/$defs/").size());
        check(value, schema_.at("$defs").at(name), at, found);
      } else if (word == "type") {
        if (!is_type(value, rule)) wrong("no " + rule.get<std::string>());
      } else if (word == "enum") {
        if (std::find(rule.begin(), rule.end(), value) == rule.end()) wrong("not among " + rule.dump());
      } else if (word == "anyOf") {
        auto fits = std::any_of(rule.begin(), rule.end(), [&](const json& choice) {
          faults_t in_choice;
          check(value, choice, at, in_choice);
          return in_choice.empty();
        });
        if (!fits) wrong("fits none of the choices");
      } else if (word == "minimum") {
        if (value.is_number() && value.get<double>() < rule.get<double>()) wrong("too small");
      } else if (word == "exclusiveMinimum") {
        if (value.is_number() && !(value.get<double>() > rule.get<double>())) wrong("too small");
      } else if (word == "maximum") {
        if (value.is_number() && value.get<double>() > rule.get<double>()) wrong("too large");
      } else if (word == "minLength") {
        if (value.is_string() && value.get<std::string>().size() < rule.get<std::size_t>()) wrong("too short");
      } else if (word == "pattern") {
        if (value.is_string() && !std::regex_search(value.get<std::string>(), std::regex(rule.get<std::string>())))
          wrong("does not match");
      } else if (word == "minItems" || word == "minProperties") {
        if (value.is_structured() && value.size() < rule.get<std::size_t>()) wrong("too few");
      } else if (word == "maxItems") {
        if (value.is_array() && value.size() > rule.get<std::size_t>()) wrong("too many");
      } else if (word == "required") {
        for (const auto& name : rule)
          if (value.is_object() && !value.contains(name.get<std::string>())) wrong("without " + name.dump());
      } else if (word == "items") {
        if (value.is_array())
          for (std::size_t i = 0; i < value.size(); ++i)
            check(value[i], rule, at + "/" + std::to_string(i), found);
      } else if (word == "additionalProperties") {
        check_others(value, schema, rule, at, found);
      } else if (word == "properties") {
        if (value.is_object())
          for (const auto& [name, member] : rule.items())
            if (value.contains(name)) check(value.at(name), member, at + "/" + name, found);
      } else if (word != "description" && word != "title" && word != "default" && word[0] != '$') {
        throw std::runtime_error("unknown word in the schema: " + word);
      }
    }
  }

  void check_others(const json& value, const json& schema, const json& rule, const std::string& at,
                    faults_t& found) const {
    if (!value.is_object()) return;
    for (const auto& [name, member] : value.items()) {
      if (schema.contains("properties") && schema.at("properties").contains(name)) continue;
      if (rule == false)
        found.push_back(at + ": unknown " + name);
      else
        check(member, rule, at + "/" + name, found);
    }
  }

  json schema_;
};

const validator& schema() {
  static const validator v(read(folder / "instrument.schema.json"));
  return v;
}

const std::vector<std::string> names{"beer", "bifrost", "dream", "dummy", "estia",
                                     "loki", "magic",   "nmx",   "odin",  "tbl"};

} // namespace

TEST_CASE("the schema takes every instrument file that we have") {
  for (const auto& name : names) {
    auto faults = schema().faults(read(folder / (name + ".json")));
    for (const auto& f : faults)
      MESSAGE(name << f);
    CHECK(faults.empty());
  }
}

TEST_CASE("schema and reader know the same keys: what is unknown or missing is refused by both") {
  const auto whole = read(folder / "loki.json");
  for (const char* place :
       {"", "/detectors/0", "/monitors/0", "/logs/0", "/devices/0", "/workflows/0", "/geometry_files/0",
        "/detectors/0/addresses/0", "/detectors/0/geometry/transformations/0"}) {
    CAPTURE(place);
    json::json_pointer at(place);
    auto unknown = whole;
    unknown[at]["sourcse"] = 1;
    CHECK_FALSE(schema().faults(unknown).empty());
    for (const auto& [key, value] : whole[at].items()) {
      CAPTURE(key);
      auto without = whole;
      without[at].erase(key);
      auto refused_for_key = [&] {
        auto read_back = parse_instrument(without.dump(), "loki.json");
        return !read_back && read_back.error().message.find("the key \"" + key + "\" is missing") != std::string::npos;
      };
      // Geometries are checked when they are used.
      if (std::string_view(place).find("geometry/") == std::string_view::npos)
        CHECK(schema().faults(without).empty() != refused_for_key());
    }
  }
}

TEST_CASE("the schema refuses values that the reader refuses") {
  struct change {
    const char* place;
    const char* value;
  };

  const auto whole = read(folder / "loki.json");
  for (auto [place, value] : std::initializer_list<change>{{"/name", "\"a/b\""},
                                                           {"/title", "\"\""},
                                                           {"/detectors/0/first_pixel", "-1"},
                                                           {"/detectors/0/sizes", "{}"},
                                                           {"/detectors/0/sizes/tube", "0"},
                                                           {"/detectors/0/simulated_share", "1.5"},
                                                           {"/monitors/0/simulated_events", "2.5"},
                                                           {"/monitors/3/pixels", "[4]"},
                                                           {"/workflows/0/service", "\"detector\""},
                                                           {"/workflows/0/sources", "\"all\""},
                                                           {"/workflows/0/supports_reset", "1"},
                                                           {"/geometry_files/0/name", "\"loki.nxs\""},
                                                           {"/job_sets/default", "{}"}}) {
    CAPTURE(place);
    auto changed = whole;
    changed[json::json_pointer(place)] = json::parse(value);
    CHECK_FALSE(schema().faults(changed).empty());
    CHECK_FALSE(parse_instrument(changed.dump(), "loki.json"));
  }
}

} // namespace instruments_schema_test

// Strict reading of JSON that people write: every look at a value checks its type and range, and every failure names
// the place, what stands there and what is allowed.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace livedata {

using json = nlohmann::ordered_json;

// What is wrong with a document; the text begins with the place in it.
class json_error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

// Parses a document; throws json_error. On top of the grammar, a key may stand only once in an object, and nesting
// deeper than 64 levels is refused. Syntax errors name line and column.
json parse_json(std::string_view text);

// A value in a document and the way to it. Refers to the document, which has to live as long. Every check that fails
// throws json_error. An object may have a member "comment" (a text) in addition to what is allowed.
class json_node {
public:
  // The whole of a document, or the part that `pointer` leads to. `name` stands for the whole in messages.
  explicit json_node(const json& value, std::string name = "the document", std::string pointer = {});

  [[noreturn]] void fail(std::string_view what) const;
  // "… is wrong; allowed: …", with the value as it stands.
  [[noreturn]] void refuse(std::string_view allowed) const;

  const json& value() const noexcept { return *value_; }

  // Fails unless this is an object with no other keys than these.
  void allow_keys(std::initializer_list<std::string_view> keys) const;
  // The member of that name; fails if there is none.
  json_node at(std::string_view key) const;
  // Same, nothing if there is none.
  std::optional<json_node> find(std::string_view key) const;
  // All members but the comment, in the order of the document.
  std::vector<std::pair<std::string, json_node>> members() const;
  // The elements of a list.
  std::vector<json_node> items() const;

  // A text that is not empty.
  std::string text() const;
  // One of these texts.
  std::string choice(std::initializer_list<std::string_view> allowed) const;
  bool boolean() const;
  // A whole number within the bounds, which are included.
  std::int64_t integer(std::int64_t low, std::int64_t high) const;
  // A number within the bounds, which are included.
  double number(double low, double high = std::numeric_limits<double>::max()) const;
  // A number greater than zero.
  double positive() const;

  // A copy of an object without its comments, at any depth.
  json object_without_comments() const;

private:
  json_node(const json& value, const json_node& parent, std::string_view step);

  const json* value_;
  std::string name_;
  std::string pointer_;
};

} // namespace livedata

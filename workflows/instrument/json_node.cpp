#include "workflows/instrument/json_node.hpp"

#include "messages/suggestion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace livedata {

namespace {

constexpr std::size_t max_nesting = 64;
constexpr std::string_view comment_key = "comment";

// A key as one step of a JSON pointer (RFC 6901).
std::string pointer_step(std::string_view key) {
  std::string step = "/";
  for (char c : key) {
    if (c == '~') {
      step += "~0";
    } else if (c == '/') {
      step += "~1";
    } else {
      step += c;
    }
  }
  return step;
}

// Follows the parser through a document and refuses what its grammar lets pass.
class structure_check {
public:
  bool operator()(int, json::parse_event_t event, const json& parsed) {
    using kind = json::parse_event_t;
    switch (event) {
    case kind::object_start:
      open(true);
      break;
    case kind::array_start:
      open(false);
      break;
    case kind::key:
      take_key(parsed.get<std::string>());
      break;
    case kind::value:
      count_element();
      break;
    case kind::object_end:
    case kind::array_end:
      levels_.pop_back();
      count_element();
      break;
    }
    return true;
  }

private:
  struct level {
    bool is_object;
    std::set<std::string, std::less<>> keys;
    std::string key;
    std::size_t index = 0;
  };

  void open(bool is_object) {
    if (levels_.size() == max_nesting) {
      throw json_error(fmt::format("{}: nested too deeply; allowed: {} levels", place(levels_.size()), max_nesting));
    }
    levels_.push_back({is_object, {}, {}, 0});
  }

  void take_key(const std::string& key) {
    auto& top = levels_.back();
    top.key = key;
    if (!top.keys.insert(key).second) {
      throw json_error(fmt::format("{}: the key stands twice in its object; allowed: once", place(levels_.size())));
    }
  }

  void count_element() {
    if (!levels_.empty() && !levels_.back().is_object) ++levels_.back().index;
  }

  std::string place(std::size_t depth) const {
    std::string pointer;
    for (std::size_t i = 0; i < depth; ++i) {
      pointer += pointer_step(levels_[i].is_object ? levels_[i].key : std::to_string(levels_[i].index));
    }
    return pointer;
  }

  std::vector<level> levels_;
};

// Where the parser stopped, by the number of bytes that it had read.
std::string line_and_column(std::string_view text, std::size_t bytes_read) {
  auto before = text.substr(0, bytes_read > 0 ? bytes_read - 1 : 0);
  auto line_start = before.rfind('\n') + 1; // npos + 1 is 0
  return fmt::format("line {}, column {}", std::count(before.begin(), before.end(), '\n') + 1,
                     before.size() - line_start + 1);
}

// What follows the first separator.
std::string_view after(std::string_view separator, std::string_view text) {
  auto at = text.find(separator);
  return at == std::string_view::npos ? text : text.substr(at + separator.size());
}

// The value for a message: as JSON if that is short, else only what it is.
std::string described(const json& value) {
  if (value.is_structured()) {
    if (value.empty()) return value.is_object() ? "an empty object" : "an empty list";
    return value.is_object() ? "an object" : "a list";
  }
  auto text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  return text.size() <= 60 ? text : "a text of " + std::to_string(text.size() - 2) + " bytes";
}

json copy_without_comments(const json_node& node) {
  const auto& value = node.value();
  if (value.is_object()) {
    auto copy = json::object();
    for (const auto& [key, member] : node.members())
      copy[key] = copy_without_comments(member);
    return copy;
  }
  if (value.is_array()) {
    auto copy = json::array();
    for (const auto& item : node.items())
      copy.push_back(copy_without_comments(item));
    return copy;
  }
  return value;
}

} // namespace

json parse_json(std::string_view text) {
  try {
    return json::parse(text, structure_check{});
  } catch (const json::parse_error& e) {
    throw json_error(fmt::format("not valid JSON: {}: {}", line_and_column(text, e.byte), after(": ", e.what())));
  } catch (const json::exception& e) {
    throw json_error(fmt::format("not valid JSON: {}", after("] ", e.what())));
  }
}

json_node::json_node(const json& value, std::string name, std::string pointer)
  : value_(&value), name_(std::move(name)), pointer_(std::move(pointer)) {}

json_node::json_node(const json& value, const json_node& parent, std::string_view step)
  : value_(&value), name_(parent.name_), pointer_(parent.pointer_ + pointer_step(step)) {}

void json_node::fail(std::string_view what) const {
  throw json_error(fmt::format("{}: {}", pointer_.empty() ? name_ : pointer_, what));
}

void json_node::refuse(std::string_view allowed) const {
  fail(fmt::format("{} is wrong here; allowed: {}", described(*value_), allowed));
}

void json_node::allow_keys(std::initializer_list<std::string_view> keys) const {
  for (const auto& [key, member] : members()) {
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    auto close = nearest(key, std::vector<std::string>(keys.begin(), keys.end()));
    fail(fmt::format("unknown key \"{}\"{}; allowed: {}", key,
                     close ? fmt::format(" (did you mean \"{}\"?)", *close) : "", fmt::join(keys, ", ")));
  }
}

json_node json_node::at(std::string_view key) const {
  if (auto found = find(key)) return *found;
  fail(fmt::format("the key \"{}\" is missing", key));
}

std::optional<json_node> json_node::find(std::string_view key) const {
  if (!value_->is_object()) refuse("an object");
  auto found = value_->find(std::string(key));
  if (found == value_->end()) return std::nullopt;
  return json_node(*found, *this, key);
}

std::vector<std::pair<std::string, json_node>> json_node::members() const {
  if (!value_->is_object()) refuse("an object");
  std::vector<std::pair<std::string, json_node>> result;
  for (const auto& [key, member] : value_->items()) {
    json_node node(member, *this, key);
    if (key != comment_key) {
      result.emplace_back(key, std::move(node));
    } else if (!member.is_string()) {
      node.refuse("a text");
    }
  }
  return result;
}

std::vector<json_node> json_node::items() const {
  if (!value_->is_array()) refuse("a list");
  std::vector<json_node> result;
  for (std::size_t i = 0; i < value_->size(); ++i)
    result.push_back(json_node((*value_)[i], *this, std::to_string(i)));
  return result;
}

std::string json_node::text() const {
  if (!value_->is_string() || value_->get_ref<const std::string&>().empty()) refuse("a text that is not empty");
  return value_->get<std::string>();
}

std::string json_node::choice(std::initializer_list<std::string_view> allowed) const {
  if (value_->is_string())
    for (auto word : allowed)
      if (value_->get_ref<const std::string&>() == word) return std::string(word);
  refuse(fmt::format("{}", fmt::join(allowed, ", ")));
}

bool json_node::boolean() const {
  if (!value_->is_boolean()) refuse("true or false");
  return value_->get<bool>();
}

std::int64_t json_node::integer(std::int64_t low, std::int64_t high) const {
  auto wraps = value_->is_number_unsigned() &&
               value_->get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (value_->is_number_integer() && !wraps) {
    auto number = value_->get<std::int64_t>();
    if (number >= low && number <= high) return number;
  }
  refuse(fmt::format("whole numbers from {} to {}", low, high));
}

double json_node::number(double low, double high) const {
  if (value_->is_number()) {
    auto number = value_->get<double>();
    if (number >= low && number <= high) return number;
  }
  if (high < std::numeric_limits<double>::max()) refuse(fmt::format("numbers from {} to {}", low, high));
  if (low > std::numeric_limits<double>::lowest()) refuse(fmt::format("numbers from {}", low));
  refuse("a number");
}

double json_node::positive() const {
  constexpr auto smallest = std::numeric_limits<double>::min();
  if (!value_->is_number() || !(value_->get<double>() >= smallest)) refuse("a number greater than 0");
  return number(smallest);
}

json json_node::object_without_comments() const {
  if (!value_->is_object()) refuse("an object");
  return copy_without_comments(*this);
}

} // namespace livedata

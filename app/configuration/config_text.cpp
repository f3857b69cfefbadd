#include "app/configuration/config_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <optional>
#include <utility>

namespace livedata {

namespace {

constexpr std::size_t deepest_nesting = 64;

bool is_key_letter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
}

// A recursive descent through the file. A step that fails throws its failure, which never leaves scan_config().
class scanner {
public:
  scanner(std::string_view text, std::string_view origin) : text_(text), origin_(origin) {}

  config_node file() {
    config_node root;
    skip_space();
    // A file may also be one object, as in JSON.
    if (peek() == '{') {
      open_.push_back({"{", line_, column()});
      ++at_;
      pairs(root, true);
      skip_space();
      if (peek() == '}') surplus_brace();
      if (!at_end()) refuse(fmt::format("nothing may follow the '}}' that ends the file, but there is '{}'", word()));
    } else {
      pairs(root, false);
    }
    return root;
  }

private:
  struct open_block {
    std::string name;
    int line;
    std::size_t column;
  };

  [[noreturn]] void refuse(std::string message) { refuse_at(line_, std::move(message)); }

  [[noreturn]] void refuse_at(int line, std::string message) {
    throw failure{"syntax", fmt::format("{}:{}: {}", origin_, line, message)};
  }

  bool at_end() const { return at_ >= text_.size(); }

  char peek() const { return at_end() ? '\0' : text_[at_]; }

  std::size_t column() const {
    auto start = text_.rfind('\n', at_ == 0 ? 0 : at_ - 1);
    return start == std::string_view::npos ? at_ : at_ - start - 1;
  }

  // "//" and "/*" begin comments in other languages.
  bool at_foreign_comment() const {
    const auto two = text_.substr(std::min(at_, text_.size()), 2);
    return two == "//" || two == "/*";
  }

  // What stands here, for messages.
  std::string word() const {
    if (at_end()) return "the end of the file";
    auto end = at_ + 1;
    while (end < text_.size() && is_key_letter(text_[at_]) && is_key_letter(text_[end]))
      ++end;
    return std::string{text_.substr(at_, end - at_)};
  }

  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t')
      ++at_;
  }

  // Blanks, line ends and comments; true if there was a line end.
  bool skip_space() {
    bool line_end = false;
    for (;;) {
      skip_blanks();
      if (peek() == '#')
        while (!at_end() && peek() != '\n')
          ++at_;
      if (peek() != '\n') return line_end;
      ++at_;
      ++line_;
      line_end = true;
    }
  }

  [[noreturn]] void surplus_brace() {
    refuse("'}' closes nothing: no block is open here; remove it, or look for a '}' too many above");
  }

  [[noreturn]] void missing_brace() {
    auto& inner = open_.back();
    auto name = inner.name == "{" ? std::string{"the '{'"} : fmt::format("the block '{}'", inner.name);
    refuse_at(inner.line, fmt::format("{} that begins here is never closed; add its '}}'{}", name, suspect_));
  }

  // A key that stands no further right than the block it is in points to the brace that was forgotten.
  void suspect(const std::string& key, std::size_t key_column) {
    if (!suspect_.empty() || open_.empty() || open_.back().name == "{") return;
    auto& inner = open_.back();
    if (inner.line < line_ && key_column <= inner.column)
      suspect_ = fmt::format(" (perhaps before '{}' in line {}, which stands inside '{}' of line {})", key, line_,
                             inner.name, inner.line);
  }

  void pairs(config_node& block, bool nested) {
    for (;;) {
      skip_space();
      if (at_end()) {
        if (nested) missing_brace();
        return;
      }
      if (peek() == '}') {
        if (!nested) surplus_brace();
        ++at_;
        open_.pop_back();
        return;
      }
      pair(block);
      separator(nested);
    }
  }

  void separator(bool nested) {
    auto line_end = skip_space();
    if (peek() == ',') {
      ++at_;
      return;
    }
    if (line_end || at_end() || (nested && peek() == '}')) return;
    if (peek() == '}') surplus_brace();
    if (at_foreign_comment()) refuse("comments begin with '#'");
    refuse(fmt::format("'{}' follows a value on the same line; put a comma or a new line between them", word()));
  }

  void pair(config_node& block) {
    config_node node;
    node.line = line_;
    auto key_column = column();
    node.name = key();
    suspect(node.name, key_column);
    if (peek() == '.') dotted_key(node.name);
    skip_blanks();
    if (peek() == '=' || peek() == ':') {
      const auto colon = peek() == ':';
      ++at_;
      skip_blanks();
      // "key:" with its values on the next lines, further right.
      if (colon && (peek() == '\n' || peek() == '#')) refuse(std::string(no_yaml));
    } else if (peek() != '{') {
      no_assignment(node.name);
    }
    if (auto* earlier = block.find(node.name))
      refuse_at(node.line,
                fmt::format("'{}' is here a second time, it is already in line {}; {}", node.name, earlier->line,
                            earlier->kind == node_kind::block ? "put all of it into one block" : "remove one of them"));
    value(node, key_column);
    block.children.push_back(std::move(node));
  }

  static constexpr std::string_view no_yaml =
    "this looks like YAML; a block is written with braces: livedata { instrument = \"loki\" }";

  std::string key() {
    if (peek() == '"' || peek() == '\'') return quoted();
    if (text_.substr(at_, 3) == "---") refuse(std::string(no_yaml));
    std::string name;
    while (is_key_letter(peek()))
      name += text_[at_++];
    if (name.empty() && at_foreign_comment()) refuse("expected a key, but there is a comment; comments begin with '#'");
    if (name.empty()) refuse(fmt::format("expected a key, but there is '{}'", word()));
    return name;
  }

  [[noreturn]] void dotted_key(const std::string& first) {
    auto end = at_;
    while (end < text_.size() && (text_[end] == '.' || is_key_letter(text_[end])))
      ++end;
    auto rest = std::string{text_.substr(at_ + 1, end - at_ - 1)};
    refuse(fmt::format("'{}.{}': a key may hold no dot; write {} {{ {} = … }}", first, rest, first, rest));
  }

  [[noreturn]] void no_assignment(const std::string& name) {
    auto line = line_;
    auto found = peek() == '\n' || at_end() ? std::string{"the line ends"} : fmt::format("there is '{}'", word());
    if (skip_space() && peek() == '{')
      refuse_at(line, fmt::format("the '{{' of block '{}' must stand on the same line as its name", name));
    refuse_at(line, fmt::format("expected '=' or '{{' after '{}', but {}", name, found));
  }

  void value(config_node& node, std::size_t block_column) {
    if (open_.size() + lists_ > deepest_nesting) refuse(fmt::format("nested deeper than {} levels", deepest_nesting));
    switch (peek()) {
    case '"':
    case '\'':
      node.kind = node_kind::text;
      node.text = quoted();
      return;
    case '{':
      node.kind = node_kind::block;
      open_.push_back({node.name.empty() ? "{" : node.name, line_, block_column});
      ++at_;
      pairs(node, true);
      return;
    case '[':
      list(node);
      return;
    case '<':
      uri(node);
      return;
    default:
      bare(node);
    }
  }

  void list(config_node& node) {
    node.kind = node_kind::list;
    auto begin = line_;
    ++at_;
    ++lists_;
    for (;;) {
      skip_space();
      if (at_end())
        refuse_at(begin, fmt::format("the list {} that begins here is never closed; add its ']'", described(node)));
      if (peek() == ']') break;
      config_node element;
      element.line = line_;
      value(element, column());
      node.children.push_back(std::move(element));
      skip_space();
      if (peek() == ']') break;
      if (peek() != ',' && !at_end())
        refuse(fmt::format("expected ',' or ']' in the list {} that begins in line {}, but there is '{}'",
                           described(node), begin, word()));
      if (!at_end()) ++at_;
    }
    ++at_;
    --lists_;
  }

  static std::string described(const config_node& node) {
    return node.name.empty() ? "(in a list)" : fmt::format("'{}'", node.name);
  }

  void uri(config_node& node) {
    node.kind = node_kind::uri;
    auto end = text_.find_first_of(">\n", at_);
    if (end == std::string_view::npos || text_[end] == '\n')
      refuse("'<' begins a URI that is not ended by '>' on the same line");
    node.text = std::string{text_.substr(at_ + 1, end - at_ - 1)};
    at_ = end + 1;
  }

  void bare(config_node& node) {
    auto end = std::min(text_.find_first_of(" \t\n,]}#={[", at_), text_.size());
    node.text = std::string{text_.substr(at_, end - at_)};
    if (node.text.empty())
      refuse(fmt::format("{} has no value on this line",
                         node.name.empty() ? "an element of a list" : fmt::format("'{}'", node.name)));
    auto kind = classify_value(node.text);
    if (!kind)
      refuse(node.name.empty() ? kind.error().message : fmt::format("{}: {}", node.name, kind.error().message));
    node.kind = *kind;
    at_ = end;
  }

  std::string quoted() {
    auto mark = text_[at_++];
    std::string content;
    for (;;) {
      if (at_end() || peek() == '\n')
        refuse(fmt::format("a text begins here that is not ended by {} on the same line", mark));
      auto c = text_[at_++];
      if (c == mark) return content;
      content += c == '\\' ? escape(mark) : c;
    }
  }

  char escape(char mark) {
    auto c = peek();
    ++at_;
    if (c == mark || c == '\\') return c;
    switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      refuse(fmt::format("'\\{}' is no escape; these are: \\n \\r \\t \\\\ \\{}", c == '\n' ? ' ' : c, mark));
    }
  }

  std::string_view text_;
  std::string_view origin_;
  std::size_t at_ = 0;
  int line_ = 1;
  std::size_t lists_ = 0;
  std::vector<open_block> open_;
  std::string suspect_;
};

} // namespace

const config_node* config_node::find(std::string_view child) const {
  for (auto& c : children)
    if (c.name == child) return &c;
  return nullptr;
}

std::string normalised(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::string out;
  out.reserve(text.size() + 1);
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n') out += text[i];
  if (!out.ends_with('\n')) out += '\n';
  return out;
}

result<config_node> scan_config(std::string_view text, std::string_view origin) {
  auto clean = normalised(text);
  try {
    return scanner{clean, origin}.file();
  } catch (failure& f) {
    return std::move(f);
  }
}

} // namespace livedata

#include "actors/view/http/http_message.hpp"

#include "messages/utf8.hpp"

namespace livedata {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_blank) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (text.size() - i < 3) return std::nullopt;
      const auto high = hex_digit(text[i + 1]);
      const auto low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(16 * high + low);
      i += 2;
    } else {
      out += plus_is_blank && text[i] == '+' ? ' ' : text[i];
    }
  }
  for (auto c : out)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') return std::nullopt;
  if (!is_utf8(out)) return std::nullopt;
  return out;
}

// Calls `f` with each part between separators; false as soon as `f` is.
template <class F>
bool each_part(std::string_view text, char separator, F&& f) {
  for (;;) {
    const auto end = text.find(separator);
    if (!f(text.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

} // namespace

http_response json_answer(int code, const json& content) {
  http_response r;
  r.status = code;
  r.content_type = "application/json";
  r.text = content.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  return r;
}

http_response error_answer(int code, const std::string& text,
                           const std::vector<std::pair<std::string, std::string>>& fields) {
  auto list = json::array();
  for (const auto& [path, what] : fields)
    list.push_back({{"path", path}, {"text", what}});
  return json_answer(code, {{"error", text}, {"fields", std::move(list)}});
}

std::optional<request_target> parse_target(std::string_view target) {
  if (!target.starts_with('/')) return std::nullopt;
  target = target.substr(0, target.find('#'));
  request_target out;
  const auto question = target.find('?');
  auto path = target.substr(1, question == std::string_view::npos ? question : question - 1);
  if (path.ends_with('/')) path.remove_suffix(1);
  const auto add_segment = [&](std::string_view part) {
    auto segment = percent_decoded(part, false);
    if (!segment || segment->empty() || *segment == "." || *segment == "..") return false;
    out.path.push_back(std::move(*segment));
    return true;
  };
  if (!path.empty() && !each_part(path, '/', add_segment)) return std::nullopt;
  if (question == std::string_view::npos) return out;
  const auto add_value = [&](std::string_view part) {
    const auto equals = part.find('=');
    auto name = percent_decoded(part.substr(0, equals), true);
    auto value = equals == std::string_view::npos ? std::string() : percent_decoded(part.substr(equals + 1), true);
    if (!name || !value) return false;
    if (!name->empty()) out.query[*name] = std::move(*value);
    return true;
  };
  if (!each_part(target.substr(question + 1), '&', add_value)) return std::nullopt;
  return out;
}

} // namespace livedata

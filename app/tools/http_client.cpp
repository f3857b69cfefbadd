#include "app/tools/http_client.hpp"

#include "messages/json.hpp"

#include <fmt/format.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fstream>
#include <iterator>

namespace livedata {

namespace {

namespace http = boost::beast::http;

// Most of what is asked for is far smaller.
constexpr std::uint64_t largest_answer = 100'000'000;

failure unreachable(const http_place& where, const std::string& why) {
  return {"unreachable", fmt::format("no engine answers at {}: {}; is it running with --http-port, and is that its "
                                     "address (--address)?",
                                     where.text(), why)};
}

// The text of an error of the interface, or the answer as it is.
std::string error_text(const std::string& content) {
  const auto document = json::parse(content, nullptr, false);
  return document.is_object() ? document.value("error", content) : content;
}

} // namespace

std::string http_place::text() const {
  const bool v6 = host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", v6 ? "[" : "", host, v6 ? "]" : "", port);
}

result<http_place> parse_http_place(std::string_view text) {
  const auto wrong = [given = std::string(text)] {
    return failure{"value", fmt::format("--address={}: expected host:port, such as 127.0.0.1:8080", given)};
  };
  if (text.starts_with("http://")) text.remove_prefix(7);
  if (text.ends_with('/')) text.remove_suffix(1);
  http_place out;
  const bool all_digits = !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  if (all_digits) {
    out.port = text;
    return out;
  }
  auto host_end = text.find(':');
  if (text.starts_with('[')) {
    const auto bracket = text.find(']');
    if (bracket == std::string_view::npos) return wrong();
    out.host = text.substr(1, bracket - 1);
    host_end = bracket + 1 < text.size() ? bracket + 1 : std::string_view::npos;
    if (host_end != std::string_view::npos && text[host_end] != ':') return wrong();
  } else {
    out.host = text.substr(0, host_end);
  }
  if (host_end != std::string_view::npos) out.port = text.substr(host_end + 1);
  if (out.host.empty() || out.port.empty() || out.host.find_first_of("/ \r\n") != std::string::npos ||
      out.port.find_first_not_of("0123456789") != std::string::npos)
    return wrong();
  return out;
}

std::vector<tool_option> http_tool_options() {
  return {{"address", "<host:port>", "Where the engine answers (its --http-port). Default: 127.0.0.1:8080."},
          {"token-file", "<file>", "File of the engine's token, where it asks for one."}};
}

result<http_place> http_tool_place(const tool_arguments& args) {
  auto place = parse_http_place(args.value_or("address", "127.0.0.1:8080"));
  if (!place) return place;
  if (auto file = args.value("token-file")) {
    std::ifstream in(*file);
    std::string token;
    if (!(in >> token)) return failure{"value", fmt::format("--token-file={}: it cannot be read, or is empty", *file)};
    place->token = std::move(token);
  }
  return place;
}

result<http_reply> http_ask(const http_place& where, const std::string& path, std::chrono::milliseconds patience) {
  boost::asio::ip::tcp::iostream stream;
  stream.expires_after(patience);
  stream.connect(where.host, where.port);
  if (!stream) return unreachable(where, stream.error().message());
  stream << "GET " << path << " HTTP/1.1\r\nHost: " << where.text()
         << "\r\nConnection: close\r\nUser-Agent: livedata\r\n";
  if (where.token) stream << "Authorization: Bearer " << *where.token << "\r\n";
  stream << "\r\n" << std::flush;
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  http::response_parser<http::string_body> parser;
  parser.body_limit(largest_answer);
  parser.eager(true);
  boost::system::error_code problem;
  parser.put(boost::asio::buffer(bytes), problem);
  if (!problem && !parser.is_done()) parser.put_eof(problem);
  if (problem || !parser.is_done())
    return unreachable(where, bytes.empty() ? stream.error().message() : "what came is no whole answer");
  auto& answer = parser.get();
  return http_reply{static_cast<int>(answer.result_int()), std::move(answer.body())};
}

result<std::string> http_get(const http_place& where, const std::string& path, std::chrono::milliseconds patience) {
  auto answer = http_ask(where, path, patience);
  if (!answer) return answer.error();
  if (answer->status == 200) return std::move(answer->content);
  return failure{"refused",
                 fmt::format("{}{}: {}: {}", where.text(), path, answer->status, error_text(answer->content))};
}

} // namespace livedata

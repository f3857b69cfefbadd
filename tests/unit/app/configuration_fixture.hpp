// A configuration made from arguments, variables and the text of a file, for the tests of the configuration.
#pragma once

#include "app/configuration/configuration.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unistd.h>
#include <vector>

namespace livedata::testing {

// A folder of its own for each test, which is removed with it.
class scratch_folder {
public:
  scratch_folder() {
    auto pattern = (std::filesystem::temp_directory_path() / "livedata-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }

  ~scratch_folder() { std::filesystem::remove_all(path_); }

  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  const std::filesystem::path& path() const { return path_; }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream{path_ / name, std::ios::binary} << text;
    return (path_ / name).string();
  }

private:
  std::filesystem::path path_;
};

using variables = std::map<std::string, std::string>;

struct outcome {
  configuration cfg;
  result<configured> made = failure{"", ""};
  std::string file;

  const settings& values() const {
    REQUIRE_MESSAGE(made.has_value(), (made ? "" : made.error().message));
    return made->values;
  }

  std::string error() const {
    REQUIRE(!made.has_value());
    return made.error().message;
  }

  std::string reason() const {
    REQUIRE(!made.has_value());
    return std::string{made.error().reason};
  }
};

inline std::unique_ptr<outcome> configure_with(std::vector<std::string> args, const variables& vars = {}) {
  auto out = std::make_unique<outcome>();
  out->made = configure(out->cfg, args, [&](std::string name) -> std::optional<std::string> {
    auto found = vars.find(name);
    return found == vars.end() ? std::nullopt : std::optional{found->second};
  });
  return out;
}

// The text is written to a file "test.conf" first, so messages hold "test.conf:<line>".
inline std::unique_ptr<outcome> configure_file(const std::string& text, std::vector<std::string> args = {},
                                               const variables& vars = {}) {
  scratch_folder folder;
  auto file = folder.write("test.conf", text);
  args.push_back("--config-file=" + file);
  auto out = configure_with(std::move(args), vars);
  out->file = file;
  return out;
}

// The same for what stands inside `livedata { instrument = "loki"`, from line 2 on.
inline std::unique_ptr<outcome> configure_block(const std::string& inside, std::vector<std::string> args = {},
                                                const variables& vars = {}) {
  return configure_file("livedata { instrument = \"loki\"\n" + inside + "\n}\n", std::move(args), vars);
}

inline bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace livedata::testing

// Checks that a message holds each of the parts, and shows it if it does not.
#define CHECK_HOLDS(text, ...)                                                                                         \
  do {                                                                                                                 \
    std::string text_ = (text);                                                                                        \
    for (const auto& part_ : std::vector<std::string>{__VA_ARGS__}) {                                                  \
      INFO("message: ", text_);                                                                                        \
      INFO("should hold: ", part_);                                                                                    \
      CHECK(livedata::testing::holds(text_, part_));                                                                   \
    }                                                                                                                  \
  } while (false)

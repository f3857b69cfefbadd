// Runs the real program as a user would, and tells what came of it.
#pragma once

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <optional>
#include <places.hpp>
#include <regex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace livedata::test {

// A folder of its own, gone at the end.
class scratch_folder {
public:
  scratch_folder() {
    auto pattern = (std::filesystem::temp_directory_path() / "livedata-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no scratch folder");
    path_ = pattern;
  }

  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  ~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }

  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(path_ / name) << content;
    return (path_ / name).string();
  }

private:
  std::filesystem::path path_;
};

inline std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct outcome {
  // Negative: the signal that ended the program.
  int exit_code = 0;
  std::string out;
  std::string err;
};

struct surroundings {
  // "NAME=value", beside the environment of the test without the program's own variables.
  std::vector<std::string> environment = {};
  // Where standard output and standard error go instead of files.
  std::optional<int> out = std::nullopt;
  std::optional<int> err = std::nullopt;
  // One of our programs.
  std::string program = "livedata";
};

class program {
public:
  // Starts in `folder`, without input. Output is kept in files of the folder.
  program(const std::vector<std::string>& args, std::filesystem::path folder, const surroundings& around = {})
    : folder_(std::move(folder)) {
    std::vector<std::string> command{std::filesystem::path(LIVEDATA_PROGRAM).replace_filename(around.program).string()};
    command.insert(command.end(), args.begin(), args.end());
    auto environment = around.environment;
    for (auto** v = environ; *v != nullptr; ++v)
      if (!std::string_view(*v).starts_with("LIVEDATA_")) environment.emplace_back(*v);
    // Between fork and exec nothing may allocate.
    auto argv = pointers(command);
    auto envp = pointers(environment);
    auto out_file = out_path().string();
    auto err_file = err_path().string();
    pid_ = fork();
    if (pid_ < 0) throw std::runtime_error("cannot fork");
    if (pid_ > 0) return;
    auto to_file = [](const std::string& file) {
      return open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    };
    dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
    dup2(around.out ? *around.out : to_file(out_file), STDOUT_FILENO);
    dup2(around.err ? *around.err : to_file(err_file), STDERR_FILENO);
    if (chdir(folder_.c_str()) == 0) execve(argv.front(), argv.data(), envp.data());
    _exit(127);
  }

  program(const program&) = delete;
  program& operator=(const program&) = delete;

  ~program() {
    if (ended()) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  void signal(int s) {
    if (!ended()) kill(pid_, s);
  }

  std::string out() const { return content_of(out_path()); }

  std::string err() const { return content_of(err_path()); }

  bool ended() {
    int status = 0;
    if (!exit_code_ && waitpid(pid_, &status, WNOHANG) == pid_)
      exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    return exit_code_.has_value();
  }

  // Waits until the output matches a regular expression. False if the program ends without that, or does not write it
  // in time.
  bool shows(const std::string& pattern) {
    return comes([&, r = std::regex(pattern)] { return std::regex_search(out(), r); });
  }

  // The same for a text in the log.
  bool logs(const std::string& text) {
    return comes([&] { return err().find(text) != std::string::npos; });
  }

  // Waits for the end; a program that does not end in time is an error.
  outcome wait() {
    if (!soon([&] { return ended() ? std::optional(true) : std::nullopt; }))
      throw std::runtime_error("the program does not end");
    return {*exit_code_, out(), err()};
  }

private:
  static std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> list;
    for (auto& t : texts)
      list.push_back(t.data());
    list.push_back(nullptr);
    return list;
  }

  template <class F>
  bool comes(F&& there) {
    return soon([&] {
             auto last_chance = ended();
             return there() ? std::optional(true) : last_chance ? std::optional(false) : std::nullopt;
           })
      .value_or(false);
  }

  // Asks every few milliseconds until there is an answer, for two minutes at most: sanitizers are slow.
  template <class F>
  static std::optional<bool> soon(F&& answer) {
    auto end = std::chrono::steady_clock::now() + std::chrono::minutes(2);
    while (std::chrono::steady_clock::now() < end) {
      if (auto a = answer()) return a;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return std::nullopt;
  }

  std::filesystem::path out_path() const { return folder_ / "stdout"; }

  std::filesystem::path err_path() const { return folder_ / "stderr"; }

  std::filesystem::path folder_;
  pid_t pid_ = -1;
  std::optional<int> exit_code_;
};

inline outcome run(const std::vector<std::string>& args, const surroundings& around = {}) {
  scratch_folder folder;
  return program(args, folder.path(), around).wait();
}

} // namespace livedata::test

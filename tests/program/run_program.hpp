// Runs the real program as a user would, and tells what came of it.
#pragma once

#include <chrono>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
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

  ~scratch_folder() { std::filesystem::remove_all(path_); }

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
  int exit_code = -1;
  std::string out;
  std::string err;
};

class program {
public:
  // Starts in `folder`, without input. Output is kept in files of the folder.
  explicit program(const std::vector<std::string>& args, const std::filesystem::path& folder) : folder_(folder) {
    pid_ = fork();
    if (pid_ < 0) throw std::runtime_error("cannot fork");
    if (pid_ > 0) return;
    auto open_as = [&](const char* name, int fd) {
      auto file = open((folder_ / name).c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      dup2(file, fd);
    };
    dup2(open("/dev/null", O_RDONLY), 0);
    open_as("stdout", 1);
    open_as("stderr", 2);
    if (chdir(folder_.c_str()) != 0) _exit(126);
    std::vector<char*> argv{const_cast<char*>(LIVEDATA_PROGRAM)};
    for (const auto& a : args)
      argv.push_back(const_cast<char*>(a.c_str()));
    argv.push_back(nullptr);
    execv(LIVEDATA_PROGRAM, argv.data());
    _exit(127);
  }

  program(const program&) = delete;
  program& operator=(const program&) = delete;

  ~program() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
  }

  void signal(int s) const { kill(pid_, s); }

  std::string out() const { return content_of(folder_ / "stdout"); }

  // Waits until the output has a text; false if that takes more than a minute or the program ends.
  bool says(const std::string& text) const {
    for (int i = 0; i < 1200; ++i) {
      if (out().find(text) != std::string::npos) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return false;
  }

  // Waits for the end, at most two minutes.
  outcome wait() {
    for (int i = 0; i < 12000; ++i) {
      int status = 0;
      if (waitpid(pid_, &status, WNOHANG) == pid_) {
        pid_ = -1;
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), out(), content_of(folder_ / "stderr")};
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    throw std::runtime_error("the program does not end");
  }

private:
  std::filesystem::path folder_;
  pid_t pid_ = -1;
};

inline outcome run(const std::vector<std::string>& args) {
  scratch_folder folder;
  return program(args, folder.path()).wait();
}

} // namespace livedata::test

// golden_tests [--cases=FOLDER] [NAME...]: runs the cases in a folder, or some of them. Each has a folder with
// manifest.json; tests/data/golden/README.md says more. Prints for each its name and the largest relative deviation.
#include "golden/golden_case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <places.hpp>
#include <spdlog/spdlog.h>
#include <string_view>

using namespace livedata::golden;

namespace {

constexpr std::string_view cases_option = "--cases=";
constexpr std::size_t most_faults = 12;

// Whether it passed.
bool run_case(const std::string& name, const std::filesystem::path& folder) {
  verdict v;
  try {
    const golden_case c(name, folder);
    v = c.manifest.contains("workflow") ? run_workflow_case(c) : run_wavelength_case(c);
  } catch (const std::exception& e) {
    v.fault(e.what());
  }
  fmt::print("{:<34} {:>9.2g}  {}\n", name, v.deviation, v.faults.empty() ? "passed" : "FAILED");
  for (std::size_t i = 0; i < std::min(v.faults.size(), most_faults); ++i)
    fmt::print("    {}\n", v.faults[i]);
  if (v.faults.size() > most_faults) fmt::print("    and {} more\n", v.faults.size() - most_faults);
  return v.faults.empty();
}

} // namespace

int main(int argc, char** argv) {
  spdlog::set_level(spdlog::level::off);
  std::filesystem::path folder = LIVEDATA_TEST_DATA "/golden";
  std::vector<std::string> chosen;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with(cases_option))
      folder = argument.substr(cases_option.size());
    else
      chosen.emplace_back(argument);
  }
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (std::filesystem::exists(entry.path() / "manifest.json")) names.push_back(entry.path().filename());
  if (names.empty()) {
    fmt::print(stderr, "golden_tests: no case in {}: each is a folder with a manifest.json\n", folder.string());
    return 2;
  }
  std::sort(names.begin(), names.end());
  int passed = 0;
  int failed = 0;
  for (const auto& name : names)
    if (chosen.empty() || std::find(chosen.begin(), chosen.end(), name) != chosen.end())
      ++(run_case(name, folder / name) ? passed : failed);
  fmt::print("{} passed, {} failed\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}

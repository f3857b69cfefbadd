#include "actors/publisher/fan_sink.hpp"
#include "actors/publisher/file_sink.hpp"
#include "actors/publisher/image_sink.hpp"
#include "messages/codec/da00.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <set>
#include <unistd.h>

namespace file_sink_test {

using namespace livedata;

namespace {

namespace fs = std::filesystem;

class results_folder {
public:
  results_folder() : path_(fs::temp_directory_path() / fmt::format("livedata_file_sink_{}", getpid())) {
    fs::remove_all(path_);
  }

  results_folder(const results_folder&) = delete;
  results_folder& operator=(const results_folder&) = delete;

  ~results_folder() { fs::remove_all(path_); }

  const fs::path& path() const { return path_; }

  std::set<std::string> files() const {
    std::set<std::string> out;
    for (const auto& e : fs::recursive_directory_iterator(path_))
      if (e.is_regular_file()) out.insert(e.path().lexically_relative(path_).string());
    return out;
  }

private:
  fs::path path_;
};

uuid number_of(int n) {
  return uuid_from_name(std::to_string(n));
}

std::shared_ptr<const job_result> result_of(int number, const std::string& source, double value) {
  data_array a;
  a.data = make_scalar(value, "counts");
  auto r = std::make_shared<job_result>();
  r->job = {source, number_of(number)};
  r->workflow = {"dummy", "view", 1};
  r->outputs.push_back({"cumulative", make_payload(da00::write("key", {1}, a))});
  return r;
}

double value_in(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  const auto m = da00::read(std::as_bytes(std::span(bytes)));
  REQUIRE(m);
  return std::get<std::vector<double>>(m->data.data.data).at(0);
}

result_set set_of(std::vector<std::shared_ptr<const job_result>> results, std::uint64_t batch = 1) {
  result_set set;
  set.batch = batch;
  set.results = std::move(results);
  return set;
}

} // namespace

TEST_CASE("two jobs of one workflow and source write files of their own") {
  results_folder folder;
  file_sink sink(folder.path(), file_sink::keep::all);
  for (std::uint64_t batch = 1; batch <= 3; ++batch)
    sink.deliver(set_of({result_of(1, "bank", 1), result_of(2, "bank", 2), result_of(3, "other", 3)}, batch));
  CHECK(folder.files().size() == 9);
  CHECK(value_in(folder.path() / "bank/view/cumulative-00000003.da00") == 1);
  CHECK(value_in(folder.path() / fmt::format("bank/view-{}/cumulative-00000003.da00", to_string(number_of(2)))) == 2);
  CHECK(value_in(folder.path() / "other/view/cumulative-00000001.da00") == 3);
  CHECK_FALSE(sink.missing());
}

TEST_CASE("sources whose names become the same in a path write files of their own") {
  results_folder folder;
  file_sink sink(folder.path(), file_sink::keep::latest);
  sink.deliver(set_of({result_of(1, "a/b", 1), result_of(2, "a_b", 2)}));
  CHECK(folder.files().size() == 2);
  CHECK(value_in(folder.path() / "a_b/view/cumulative.da00") == 1);
}

TEST_CASE("results and pictures that cannot be written are told of at the end, and the others are written") {
  results_folder folder;
  auto files = std::make_shared<file_sink>(folder.path(), file_sink::keep::latest);
  auto images = std::make_shared<image_sink>(folder.path());
  fan_sink all;
  all.add(files);
  all.add(images);
  // Where a file should go lies a folder.
  fs::create_directories(folder.path() / "bad/view/cumulative.da00");
  fs::create_directories(folder.path() / "bad-view.png");
  CHECK_THROWS_AS(all.deliver(set_of({result_of(1, "bad", 1), result_of(2, "good", 2)})), incomplete_delivery);
  CHECK(value_in(folder.path() / "good/view/cumulative.da00") == 2);
  CHECK_THROWS(all.finish());
  const auto missing = all.missing();
  REQUIRE(missing);
  CHECK(missing->find("1 results are missing in " + folder.path().string()) != std::string::npos);
  CHECK(missing->find("bad-view.png") != std::string::npos);
}

TEST_CASE("NeXus files have all outputs of a job, beside da00 or alone; what cannot be written is counted") {
  results_folder folder;
  const auto magic = [](const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {}).substr(0, 8);
  };
  file_sink both(folder.path() / "both", file_sink::keep::latest, {true, true});
  both.deliver(set_of({result_of(1, "a", 1), result_of(2, "b", 2)}));
  CHECK(folder.files() == std::set<std::string>{"both/a/view/cumulative.da00", "both/a/view/results.h5",
                                                "both/b/view/cumulative.da00", "both/b/view/results.h5"});
  CHECK(magic(folder.path() / "both/a/view/results.h5") == "\x89HDF\r\n\x1a\n");
  CHECK_FALSE(both.missing());

  file_sink all(folder.path() / "all", file_sink::keep::all, {false, true});
  all.deliver(set_of({result_of(1, "a", 1)}, 7));
  CHECK(fs::exists(folder.path() / "all/a/view/results-00000007.h5"));
  CHECK_FALSE(fs::exists(folder.path() / "all/a/view/cumulative-00000007.da00"));
  // Where a file should go lies a folder: the others are written.
  fs::create_directories(folder.path() / "all/a/view/results-00000008.h5/x");
  CHECK_THROWS_AS(all.deliver(set_of({result_of(1, "a", 1), result_of(2, "b", 2)}, 8)), incomplete_delivery);
  CHECK(fs::is_regular_file(folder.path() / "all/b/view/results-00000008.h5"));
  REQUIRE(all.missing());
  CHECK(all.missing()->find("results-00000008.h5") != std::string::npos);
}

} // namespace file_sink_test

#include "actors/publisher/image_sink.hpp"
#include "actors/publisher/png_image.hpp"
#include "actors/publisher/whole_file.hpp"
#include "messages/codec/da00.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <unistd.h>

namespace image_sink_test {

using namespace livedata;

namespace fs = std::filesystem;

namespace {

class temporary_folder {
public:
  temporary_folder() {
    auto pattern = (fs::temp_directory_path() / "livedata-images-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }

  ~temporary_folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  const fs::path& path() const { return path_; }

  std::set<std::string> files() const {
    std::set<std::string> out;
    for (const auto& e : fs::recursive_directory_iterator(path_))
      if (e.is_regular_file()) out.insert(fs::relative(e.path(), path_).string());
    return out;
  }

private:
  fs::path path_;
};

std::string content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string as_text(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::span<const std::byte> as_bytes_of(const std::string& text) {
  return std::as_bytes(std::span<const char>(text));
}

job_id id_of_job(const std::string& source, const std::string& number = "1") {
  return {source, uuid_from_name(number)};
}

data_array image(double value) {
  return {"Image", {{"y", "x"}, {1, 2}, "counts", std::vector<double>{1, value}}, {}, {}};
}

result_set one_result(const job_id& id, const std::string& workflow, const std::string& output, data_array array) {
  auto r = std::make_shared<job_result>();
  r->job = id;
  r->workflow = {"loki", workflow, 1};
  r->outputs.push_back({output, make_payload(da00::write(output, {}, array))});
  result_set set;
  set.results.push_back(r);
  return set;
}

std::string problem_of(result_sink& sink) {
  try {
    sink.finish();
  } catch (const std::runtime_error& e) {
    return e.what();
  }
  return "";
}

} // namespace

TEST_CASE(
  "the latest image of each job is written at the end, and nothing before: cumulative, else what is no single number") {
  temporary_folder folder;
  image_sink sink(folder.path() / "a" / "b");
  sink.deliver(one_result(id_of_job("bank"), "view", "cumulative", image(10)));
  sink.deliver(one_result(id_of_job("bank"), "view", "cumulative", image(20)));
  sink.deliver(one_result(id_of_job("bank"), "view", "current", image(30)));
  sink.deliver(one_result(id_of_job("monitor"), "spectrum", "cumulative", image(40)));
  auto reduced = one_result(id_of_job("other"), "i_of_q", "transmission",
                            data_array{"T", {{}, {}, "", std::vector<double>{0.5}}, {}, {}});
  auto both = std::make_shared<job_result>(*reduced.results.front());
  both->outputs.push_back({"i_of_q", make_payload(da00::write("i_of_q", {}, image(50)))});
  reduced.results.front() = both;
  sink.deliver(reduced);
  CHECK(folder.files().empty());
  CHECK(fs::is_directory(folder.path() / "a" / "b"));
  sink.finish();
  CHECK(folder.files() ==
        std::set<std::string>{"a/b/bank-view.png", "a/b/monitor-spectrum.png", "a/b/other-i_of_q.png"});
  CHECK(content(folder.path() / "a/b/other-i_of_q.png") ==
        as_text(to_png(image(50), {"other", "loki/i_of_q/1"}).value()));
  CHECK(content(folder.path() / "a/b/bank-view.png") == as_text(to_png(image(20), {"bank", "loki/view/1"}).value()));
}

TEST_CASE("jobs of one workflow and source are told apart by their number, and only those") {
  temporary_folder folder;
  image_sink sink(folder.path());
  sink.deliver(one_result(id_of_job("bank", "1"), "view", "cumulative", image(1)));
  sink.deliver(one_result(id_of_job("bank", "2"), "view", "cumulative", image(2)));
  sink.deliver(one_result(id_of_job("bank", "3"), "tubes", "cumulative", image(3)));
  sink.finish();
  CHECK(folder.files() == std::set<std::string>{"bank-view-" + to_string(uuid_from_name("1")) + ".png",
                                                "bank-view-" + to_string(uuid_from_name("2")) + ".png",
                                                "bank-tubes.png"});
}

TEST_CASE("names cannot lead out of the folder, nor to the same file") {
  temporary_folder folder;
  image_sink sink(folder.path() / "images");
  sink.deliver(one_result(id_of_job("../up", "1"), "a b", "cumulative", image(1)));
  sink.deliver(one_result(id_of_job(".._up", "2"), "a/b", "cumulative", image(2)));
  sink.deliver(one_result(id_of_job("ä/$x", "3"), "view", "cumulative", image(3)));
  sink.finish();
  CHECK(folder.files() == std::set<std::string>{"images/_.._up-a_b-" + to_string(uuid_from_name("1")) + ".png",
                                                "images/_.._up-a_b-" + to_string(uuid_from_name("2")) + ".png",
                                                "images/ä__x-view.png"});
}

TEST_CASE("an image that cannot be made keeps no other from being written, and is told with path and reason") {
  temporary_folder folder;
  image_sink sink(folder.path());
  data_array nothing{"Image", {{"y", "x"}, {0, 2}, "counts", std::vector<double>{}}, {}, {}};
  sink.deliver(one_result(id_of_job("a"), "view", "cumulative", nothing));
  sink.deliver(one_result(id_of_job("b"), "view", "cumulative", image(1)));
  fs::create_directory(folder.path() / "c-view.png");
  sink.deliver(one_result(id_of_job("c"), "view", "cumulative", image(1)));
  auto problem = problem_of(sink);
  CHECK(folder.files() == std::set<std::string>{"b-view.png"});
  CHECK(problem.find((folder.path() / "a-view.png").string() + ": an array without values") != std::string::npos);
  CHECK(problem.find((folder.path() / "c-view.png").string()) != std::string::npos);
  CHECK(problem.find("b-view.png") == std::string::npos);
}

TEST_CASE("a folder that cannot be created is an error at once") {
  temporary_folder folder;
  std::ofstream(folder.path() / "file") << "x";
  auto inside = folder.path() / "file" / "images";
  std::string problem;
  try {
    image_sink sink(inside);
  } catch (const std::runtime_error& e) {
    problem = e.what();
  }
  CHECK(problem.find(inside.string()) != std::string::npos);
}

TEST_CASE("a file is replaced as a whole, without leaving anything else behind") {
  temporary_folder folder;
  auto path = folder.path() / "f";
  CHECK(write_whole_file(path, as_bytes_of("one")));
  CHECK(content(path) == "one");
  fs::create_hard_link(path, folder.path() / "reader");
  CHECK(write_whole_file(path, as_bytes_of("two")));
  CHECK(content(path) == "two");
  CHECK(content(folder.path() / "reader") == "one");
  CHECK(folder.files() == std::set<std::string>{"f", "reader"});
}

TEST_CASE("a link stays a link, and its target is replaced") {
  temporary_folder folder;
  auto target = folder.path() / "target";
  std::ofstream(target) << "old";
  auto link = folder.path() / "link";
  fs::create_symlink("target", link);
  CHECK(write_whole_file(link, as_bytes_of("new")));
  CHECK(fs::is_symlink(link));
  CHECK(content(target) == "new");
}

TEST_CASE("a device is written to, not replaced") {
  temporary_folder folder;
  auto link = folder.path() / "null";
  fs::create_symlink("/dev/null", link);
  CHECK(write_whole_file(link, as_bytes_of("gone")));
  CHECK(fs::is_symlink(link));
  CHECK(fs::is_character_file("/dev/null"));
  auto full = write_whole_file("/dev/full", as_bytes_of("x"));
  REQUIRE(!full);
  CHECK(full.error().message.find("/dev/full") != std::string::npos);
}

TEST_CASE("a file that cannot be written is a failure that names it, and what was there stays") {
  temporary_folder folder;
  auto missing = folder.path() / "missing" / "f";
  auto r = write_whole_file(missing, as_bytes_of("x"));
  REQUIRE(!r);
  CHECK(r.error().reason == "write");
  CHECK(r.error().message.find(missing.string()) != std::string::npos);
  CHECK(!write_whole_file(folder.path(), as_bytes_of("x")));
  CHECK(folder.files().empty());
}

} // namespace image_sink_test

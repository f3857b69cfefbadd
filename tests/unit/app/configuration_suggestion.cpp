#include "messages/suggestion.hpp"

#include <doctest/doctest.h>

namespace configuration_suggestion {

using namespace livedata;

TEST_CASE("edit distance counts insertions, removals, replacements and swapped neighbours") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("rate", "rate") == 0);
  CHECK(edit_distance("rat", "rate") == 1);
  CHECK(edit_distance("raet", "rate") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("edit distance takes upper and lower case, dash and underscore, for the same") {
  CHECK(edit_distance("Detector_Data", "detector-data") == 0);
}

TEST_CASE("the nearest word is suggested, and none if all are far off") {
  std::vector<std::string> words{"interval", "instrument", "detector_data", "monitor_data"};
  CHECK(nearest("instrment", words) == "instrument");
  CHECK(nearest("Instrument", words) == "instrument");
  CHECK(nearest("detektor_data", words) == "detector_data");
  CHECK(nearest("xyz", words) == std::nullopt);
  CHECK(nearest("", words) == std::nullopt);
  CHECK(nearest("anything", {}) == std::nullopt);
}

TEST_CASE("a word that a candidate begins with suggests that candidate") {
  std::vector<std::string> words{"detector_data", "monitor_data"};
  CHECK(nearest("monitor", words) == "monitor_data");
  CHECK(nearest("mo", words) == std::nullopt);
}

TEST_CASE("a word of one or two letters suggests nothing that shares no letter with it") {
  std::vector<std::string> words{"ab", "c"};
  CHECK(nearest("x", words) == std::nullopt);
  CHECK(nearest("ax", words) == "ab");
}

} // namespace configuration_suggestion

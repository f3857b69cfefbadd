// What programs that write random cases for Python to check have in common.
#pragma once

#include "messages/json.hpp"

#include <cstdlib>
#include <functional>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace livedata::test {

// A kind of case by its name, and what makes one.
template <class Writer>
using case_kinds = std::vector<std::pair<std::string, std::function<json(Writer&)>>>;

// The arguments are a seed and the number of cases of each kind. Writes them all as one JSON object, by kind.
template <class Writer>
int write_cases(int argc, char** argv, const case_kinds<Writer>& kinds) {
  if (argc != 3) return EXIT_FAILURE;
  Writer writer(std::stoull(argv[1]));
  const auto rounds = std::stoul(argv[2]);
  auto all = json::object();
  for (const auto& [name, make] : kinds) {
    auto list = json::array();
    for (unsigned long i = 0; i < rounds; ++i)
      list.push_back(make(writer));
    all[name] = std::move(list);
  }
  std::cout << all << '\n';
  return EXIT_SUCCESS;
}

} // namespace livedata::test

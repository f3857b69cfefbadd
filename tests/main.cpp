// Runs all tests of an executable. CAF wants to know our message types before anything else.
#define DOCTEST_CONFIG_IMPLEMENT
#include "actors/actors.hpp"

#include <caf/io/middleman.hpp>
#include <doctest/doctest.h>

#include <spdlog/spdlog.h>

int main(int argc, char** argv) {
  caf::init_global_meta_objects<caf::id_block::livedata>();
  caf::io::middleman::init_global_meta_objects();
  caf::core::init_global_meta_objects();
  spdlog::set_level(spdlog::level::off);
  return doctest::Context(argc, argv).run();
}

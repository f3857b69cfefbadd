// livedata: see app/program.hpp.
#include "app/program.hpp"

int main(int argc, char** argv) {
  livedata::process p;
  return livedata::program(p, {argv + 1, argv + argc});
}

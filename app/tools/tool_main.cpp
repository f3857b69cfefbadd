// The beginning of every small program beside livedata.
#include "app/tools/tool_options.hpp"

int main(int argc, char** argv) {
  return livedata::run_tool(livedata::this_tool(), {argv + 1, argv + argc});
}

// Loaded before a program's libraries (LD_PRELOAD), makes its disk slow: each fsync takes as many milliseconds longer
// as the file says that the environment variable SLOW_DISK names.
#include <chrono>
#include <cstdlib>
#include <dlfcn.h>
#include <fstream>
#include <thread>

extern "C" int fsync(int fd) {
  static const auto real = reinterpret_cast<int (*)(int)>(dlsym(RTLD_NEXT, "fsync"));
  int ms = 0;
  if (const auto* file = std::getenv("SLOW_DISK")) std::ifstream(file) >> ms;
  if (ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(ms));
  return real(fd);
}

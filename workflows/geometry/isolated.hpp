// Runs a piece of work in a process of its own, so that whatever happens there happens there only: for libraries that a
// damaged file can crash or hang, as it can the HDF5 library.
#pragma once

#include "messages/result.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace livedata {

// What `work` returns in a child of this process (fork). It sees all memory as it is now, and what it changes is lost.
// It must not touch threads or locks that others may hold. Failure: "refused" with the text of the exception that the
// work threw; "crashed" if the child died of it; "too_long" if it took longer than `most` and was ended. The child ends
// with the thread that waits for it.
result<std::vector<std::byte>> run_isolated(const std::function<std::vector<std::byte>()>& work,
                                            std::chrono::milliseconds most);

} // namespace livedata

// What a workflow throws when it could use some of the data that it was given, and has.
#pragma once

#include <stdexcept>

namespace livedata {

// From accumulate(): the data were added, without those that the text tells of. The job warns of them, and goes on
// with the rest.
class partly_refused : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

} // namespace livedata

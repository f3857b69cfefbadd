// Learns from the messages that come in what no result tells: how jobs were asked for, and which run goes on.
#pragma once

#include "actors/view/http/latest_results.hpp"
#include "messages/raw_message.hpp"

namespace livedata {

// Looks at commands, and at starts and stops of runs; passes over everything else by the name of its topic. What cannot
// be read is the business of the source.
void learn_from(const raw_message& raw, latest_results& latest);

} // namespace livedata

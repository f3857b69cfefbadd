// The actors between viewers and the engine: one that is told of the run as a display is, and one for each command.
#pragma once

#include "actors/actors.hpp"
#include "actors/view/http/latest_results.hpp"
#include "actors/view/http/server.hpp"
#include "actors/view/http/view_settings.hpp"
#include "messages/wall_clock.hpp"

#include <memory>
#include <string>

namespace livedata {

// A display that puts each report where viewers see it.
display_actor spawn_view(caf::actor_system& system, std::shared_ptr<latest_results> latest,
                         std::shared_ptr<const wall_clock> clock);

// Gives a command to a coordinator, and calls `done` when it has taken effect, or was refused. After that viewers see
// the jobs as they are then.
void give_command(caf::actor_system& system, const coordinator_actor& coordinator, const std::string& service,
                  command_ptr command, std::shared_ptr<latest_results> latest, command_done done);

// Metrics of the server in the registry of the system.
server_metrics make_server_metrics(caf::actor_system& system);

} // namespace livedata

// The events of an instrument whose file says how its neutrons fly ("simulation"): from a pulse of the source through
// the choppers to monitors and, by way of the sample, to pixels.
#pragma once

#include "messages/result.hpp"
#include "transport/simulator/neutron_beam.hpp"
#include "transport/simulator/sample_scattering.hpp"
#include "workflows/geometry/beamline.hpp"
#include "workflows/instrument/instrument.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace livedata {

// Arrival times (ns after the pulse) and detector numbers of the events in one message.
struct event_columns {
  std::vector<std::int32_t> arrivals;
  std::vector<std::int32_t> pixels;
};

// Makes that many events, always the same for a seed.
using event_maker = std::function<event_columns(std::size_t events, std::uint64_t seed)>;

class simulated_neutrons {
public:
  // Failure: it is not known where source and sample are, speeds of choppers do not fit, or they let no neutrons pass.
  static result<simulated_neutrons> make(const instrument& inst, std::uint64_t seed);

  // nullptr: no neutrons come to the detector, or it is not known where it is.
  event_maker on_detector(const detector& d) const;

  // The `events` of the maker are those without a sample; behind it there are fewer. nullptr: it is not known where
  // the monitor stands, or no neutrons come there.
  event_maker on_monitor(const monitor& m) const;

private:
  simulated_neutrons(beamline parts, const flight_geometry& flight, const simulation::sample& sample, neutron_beam beam,
                     std::vector<flying_neutron> at_sample);

  beamline parts_;
  flight_geometry flight_;
  simulation::sample sample_;
  neutron_beam beam_;
  std::shared_ptr<const wavelength_bands> at_sample_;
};

} // namespace livedata

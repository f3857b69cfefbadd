// The bare loops of jobs: which of bare_loop.hpp and bare_wavelengths.hpp a job has, with its maps, pixels and bins.
#pragma once

#include "prepared_jobs.hpp"
#include "workflows/files/data_files.hpp"
#include "workflows/instrument/instrument.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace livedata::bench {

class bare_jobs {
public:
  // `files` has the lookup tables.
  bare_jobs(std::shared_ptr<const instrument> inst, std::shared_ptr<data_files> files);

  // What does the work of a job for a part of its events; nothing if there is no bare loop for jobs of its kind. The
  // job must have accumulated once: only then do views of moving detectors know where they are. Auxiliary data are
  // part of the work of the `first` part.
  std::function<void()> loop_of(const prepared_job& job, const events_ptr& part, bool first);

private:
  template <class Pixels>
  std::shared_ptr<const Pixels> kept(const std::string& what, const std::function<Pixels()>& make);

  std::function<void()> view_loop(const prepared_job& job, const events_ptr& part);
  std::function<void()> i_of_q_loop(const prepared_job& job, const events_ptr& part, bool first);
  std::function<void()> powder_loop(const prepared_job& job, const events_ptr& part);
  std::function<void()> qmap_loop(const prepared_job& job, const events_ptr& part);

  std::shared_ptr<const instrument> inst_;
  std::shared_ptr<data_files> files_;
  // Pixels of detectors and tables, which the loops of all parts share.
  std::map<std::string, std::shared_ptr<const void>> kept_;
};

} // namespace livedata::bench

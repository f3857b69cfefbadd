// The program livedata, but for one thing: at SIGUSR2 it kills the actor of one of its jobs, each time of another one.
#include "app/program.hpp"

#include <caf/all.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace {

using namespace livedata;

std::atomic<int> wanted = 0;

class mortal_jobs {
public:
  job_spawner spawner() {
    return [this](caf::actor_system& system, const job_order& order, std::shared_ptr<job> work) {
      auto actor = spawn_job(system, order, std::move(work));
      const std::scoped_lock lock(mutex_);
      actors_.push_back(caf::actor_cast<caf::actor_addr>(actor));
      return actor;
    };
  }

  // The one that has been there for longest, or that after it if it has gone. What is killed comes back as a new one.
  void kill_one() {
    const std::scoped_lock lock(mutex_);
    while (!actors_.empty()) {
      const auto actor = caf::actor_cast<caf::actor>(actors_.front());
      actors_.erase(actors_.begin());
      if (actor) return caf::anon_send_exit(actor, caf::exit_reason::kill);
    }
  }

private:
  std::mutex mutex_;
  // Whoever else has them keeps them.
  std::vector<caf::actor_addr> actors_;
};

} // namespace

int main(int argc, char** argv) {
  std::signal(SIGUSR2, [](int) { ++wanted; });
  mortal_jobs jobs;
  process p;
  p.spawn = jobs.spawner();
  // Signals are for the other threads.
  sigset_t all{};
  sigset_t before{};
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const std::jthread killer([&jobs](const std::stop_token& over) {
    while (!over.stop_requested()) {
      for (; wanted > 0; --wanted)
        jobs.kill_one();
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return program(p, {argv + 1, argv + argc});
}

// The page, the interface of HTTP and the health of an engine, wired up from settings: what the server answers with,
// and its ways into the engine.
#pragma once

#include "actors/publisher/fan_sink.hpp"
#include "actors/view/http/latest_results.hpp"
#include "actors/view/http/log_ring.hpp"
#include "actors/view/http/server.hpp"
#include "app/configuration/arguments.hpp"
#include "app/configuration/settings.hpp"
#include "app/engine.hpp"
#include "app/plan.hpp"
#include "messages/result.hpp"
#include "transport/kafka/producer.hpp"

#include <caf/all.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace livedata {

class web_view {
public:
  // Listens, and answers nobody yet. To be asked only where settings have a port. `log` may be null. `configuration`:
  // what the interface gives as such. Failure "value": the port or the address cannot be used, or the token cannot.
  static result<std::unique_ptr<web_view>> open(const settings& s, const engine_plan& plan,
                                                const environment_lookup& variable, std::shared_ptr<log_ring> log,
                                                std::string configuration);

  web_view(const web_view&) = delete;
  web_view& operator=(const web_view&) = delete;
  ~web_view();

  // Makes the engine tell what viewers see. After everything else is connected, and before the engine is made.
  void connect(engine_surroundings& around, fan_sink& sink, caf::actor_system& system);

  // Answers from now on. The system lives until stop().
  void start(caf::actor_system& system);

  // There is an engine to give commands to, until detach(). `producer`: of the results, null without Kafka.
  void attach(const engine& e, const engine_plan& plan, std::shared_ptr<kafka_producer> producer);

  // There is none any more.
  void detach();

  // Data flows.
  void running() { running_ = true; }

  // Answers nobody any more.
  void stop();

  // "http://127.0.0.1:8080/"
  std::string address() const;

private:
  web_view(const settings& s, const engine_plan& plan);

  view_links links();
  void give(const std::string& service, command_ptr command, command_done done);
  void request_regions(const std::string& source_name, const payload_ptr& message);

  std::string host_;
  bool has_token_ = false;
  bool reads_kafka_;
  std::string instrument_;
  std::shared_ptr<const wall_clock> clock_;
  std::shared_ptr<latest_results> latest_ = std::make_shared<latest_results>();
  std::shared_ptr<raw_inbox> inbox_ = std::make_shared<raw_inbox>();
  std::shared_ptr<log_ring> log_;
  std::atomic<bool> running_ = false;

  // What commands go to.
  struct attached_engine {
    engine_plan plan;
    std::vector<coordinator_actor> coordinators;
    publisher_actor publisher;
    // May be null.
    std::shared_ptr<kafka_producer> producer;
  };

  std::shared_ptr<const attached_engine> attached() const;
  void set_attached(std::shared_ptr<const attached_engine> to);

  // From start() to stop().
  caf::actor_system* system_ = nullptr;
  mutable std::mutex mutex_;
  // Null while there is none.
  std::shared_ptr<const attached_engine> attached_;
  std::unique_ptr<http_server> server_;
};

} // namespace livedata

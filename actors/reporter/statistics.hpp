// Adds up the reports of the actors to the state of the run. Plain code: wall time and process usage are arguments.
#pragma once

#include "actors/messages.hpp"
#include "actors/reporter/process_usage.hpp"
#include "actors/reporter/quantile_sketch.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace livedata {

class statistics {
public:
  // `usage` is that at the start of the run.
  explicit statistics(timestamp begin, const process_usage& usage = {});

  void add(const batch_report& report);
  void add(const source_report& report);
  void add(const handover_report& report);

  // Events processed are those in booked batches: an event for two services counts twice, an event for several jobs of
  // one service counts once. Jobs come service by service, in the order of the service's latest batch. The lag of the
  // run is the largest of the latest lags of its services. Rates are over the time since the snapshot before. A
  // snapshot less than 0.9 s after it has the same rates, because one batch more or less would change them too much. If
  // the clock was set back, time counts on from the snapshot before.
  run_report snapshot(timestamp now, const process_usage& usage);

private:
  // A total, what it was when rates were taken last, and its rate.
  template <class T>
  struct tracked {
    T total{};
    T at_base{};
    double rate = 0;

    void take_rate(double seconds) { rate = static_cast<double>(total - at_base) / seconds; }

    void mark() { at_base = total; }
  };

  struct job_record {
    job_report latest;
    tracked<std::uint64_t> events;
    // Of the last batch with work.
    double seconds = 0;
    quantile_sketch processing;
  };

  struct service_record {
    std::string name;
    std::vector<job_record> jobs;
    double lag_seconds = 0;
    message_count books_difference = {};
  };

  service_record& service(const std::string& name);
  static void add(const job_report& now, job_record& job);
  static void follow_table(std::vector<job_record>& jobs, const std::vector<job_report>& table);
  void take_rates(timestamp now);

  timestamp begin_;
  // From when rates count.
  timestamp base_;
  bool has_rates_ = false;
  std::vector<service_record> services_;
  tracked<std::uint64_t> received_;
  tracked<std::uint64_t> processed_;
  tracked<double> cpu_seconds_;
  std::uint64_t batches_ = 0;
  std::uint64_t messages_received_ = 0;
  std::uint64_t messages_dropped_ = 0;
  std::uint64_t events_dropped_ = 0;
  std::map<std::string, std::uint64_t> rejected_;
  std::string awaits_;
  // Of the source.
  message_count books_difference_;
  std::uint64_t results_ = 0;
  std::uint64_t results_failed_ = 0;
  std::vector<silent_stream> silent_;
  std::optional<double> no_data_seconds_;
  std::uint64_t commands_refused_ = 0;
  quantile_sketch lag_;
  recent_quantiles recent_lag_;
  quantile_sketch batch_;
  double batch_seconds_ = 0;
};

} // namespace livedata

#include "transport/snapshots/topic_store.hpp"

#include "messages/log_line.hpp"
#include "messages/random_uuid.hpp"
#include "transport/kafka/admin.hpp"
#include "transport/kafka/topic_reading.hpp"
#include "transport/kafka/transactional_producer.hpp"
#include "transport/snapshots/topic_records.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <spdlog/spdlog.h>
#include <thread>
#include <utility>
#include <vector>

namespace livedata {

namespace {

// Of one record and of one request: what brokers take unless told otherwise, and librdkafka gathers.
constexpr std::size_t usual_record_limit = 1'000'000;

// Closed segments are compacted; the open one is not, and is read at each start.
const std::vector<std::pair<std::string, std::string>> snapshot_topic_settings{
  {"cleanup.policy", "compact"}, {"segment.bytes", "16777216"}, {"min.cleanable.dirty.ratio", "0.1"}};

std::size_t record_limit(std::string_view chosen, std::size_t otherwise) {
  std::size_t number = 0;
  std::from_chars(chosen.data(), chosen.data() + chosen.size(), number);
  return number == 0 ? otherwise : std::min(number, otherwise);
}

// The topic as the broker has it.
class snapshot_topic {
public:
  snapshot_topic(const kafka_properties& connection, std::string name)
    : connection_(connection), name_(std::move(name)) {}

  struct facts {
    // Bytes that a record may have.
    std::size_t record_limit = 0;
    std::int32_t partitions = 0;
  };

  // Makes it, with so many partitions, if it is not there.
  result<facts> prepare(std::int32_t partitions, std::chrono::milliseconds patience) const {
    auto client = kafka_client::make(kafka_client::role::consumer, reading_properties(connection_));
    if (!client) return client.error();
    auto there = topics_of(**client, patience);
    if (!there) return there.error();
    if (const auto known = there->find(name_); known != there->end())
      partitions = known->second;
    else if (auto ok = make(**client, partitions, patience); !ok)
      return ok.error();
    const auto limit = record_limit(property(connection_, "message.max.bytes"), usual_record_limit);
    // A broker that does not know the question does not answer.
    auto settings = settings_of_topic(**client, name_, std::min(patience, std::chrono::milliseconds(2000)));
    if (!settings) {
      spdlog::info(
        log_line("snapshot_topic_unknown",
                 {{"topic", name_}, {"text", settings.error().message + "; it needs cleanup.policy=compact"}}));
      return facts{limit, partitions};
    }
    if (const auto& policy = (*settings)["cleanup.policy"]; policy != "compact") warn_of(policy, (*client)->servers());
    return facts{record_limit((*settings)["max.message.bytes"], limit), partitions};
  }

private:
  status make(const kafka_client& client, std::int32_t partitions, std::chrono::milliseconds patience) const {
    auto made = create_topics(client, {{name_, snapshot_topic_settings}}, patience, partitions);
    const auto why = !made ? made.error().message : made->at(0).what == topic_outcome::failed ? made->at(0).error : "";
    if (why.empty()) {
      spdlog::info(log_line("snapshot_topic_made", {{"topic", name_}, {"servers", client.servers()}}));
      return nothing{};
    }
    return failure{"kafka",
                   fmt::format("topic {} is not there, and the broker at {} does not let us make it: {}. Make it "
                               "once: kafka-topics.sh --bootstrap-server {} --create --topic {} --partitions {} "
                               "--config cleanup.policy=compact",
                               name_, client.servers(), why, client.servers(), name_, partitions)};
  }

  void warn_of(const std::string& policy, const std::string& servers) const {
    spdlog::warn(
      log_line("snapshot_topic_not_compacted",
               {{"topic", name_},
                {"policy", policy},
                {"text", "snapshots fill the topic until retention deletes them, the newest as well; change it: "
                         "kafka-configs.sh --bootstrap-server " +
                           servers + " --alter --entity-type topics --entity-name " + name_ +
                           " --add-config cleanup.policy=compact"}}));
  }

  const kafka_properties& connection_;
  std::string name_;
};

class topic_store final : public snapshot_store {
public:
  topic_store(kafka_properties connection, topic_place place, std::string name, std::size_t kept,
              const topic_store_limits& limits)
    : connection_(std::move(connection)), place_(std::move(place)), topic_(place_.topic), name_(std::move(name)),
      kept_(std::max<std::size_t>(kept, 1)), limits_(limits), id_(to_string(random_uuid())) {}

  // Makes it the only writer.
  status open() {
    auto there = snapshot_topic(connection_, topic_).prepare(1, limits_.answer);
    if (!there) return there.error();
    if (there->partitions <= place_.partition)
      return failure{"kafka", fmt::format("topic {} has {} partitions, and no partition {}", topic_, there->partitions,
                                          place_.partition)};
    record_limit_ = there->record_limit;
    auto properties = transaction_properties(connection_, fmt::format("livedata.{}.{}", topic_, name_));
    // Several records in one request are not larger than one may be.
    properties.emplace_back("batch.size", std::to_string(record_limit_));
    auto opened = transactional_producer::open(properties, limits_.opening);
    if (!opened)
      return failure{opened.error().reason,
                     fmt::format("topic {} cannot be written to: {}; see to the rights of the user on the topic and on "
                                 "the transactional id livedata.{}.{}",
                                 topic_, opened.error().message, topic_, name_)};
    producer_ = std::move(*opened);
    auto claim = producer_->find(topic_, limits_.answer);
    if (claim) claim = transact([this] { return send(owner_record(name_, id_)); });
    if (!claim) {
      producer_ = nullptr;
      return failure{claim.error().reason,
                     fmt::format("topic {} cannot be written to: {}", topic_, claim.error().message)};
    }
    owned_from_ = producer_->last_offset();
    return nothing{};
  }

  status save(snapshot_parts parts) override {
    if (lost_) return in_use();
    if (!producer_)
      if (auto ok = open_again(); !ok) return ok;
    if (!slots_) {
      auto there = read_all();
      if (!there) return cannot_write(there.error().message);
      slots_ = there->slots();
    }
    const auto slot = slots_->next(kept_);
    auto& state = slots_->slots[slot];
    const auto generation = ++slots_->last;
    const auto records = cut_snapshot(name_, slot, generation, parts, chunk_size());
    const auto chunks = static_cast<std::uint32_t>(records.chunks.size());
    state.generation = 0;
    const auto sent = transact([&]() -> status {
      if (auto ok = send_all(records.chunks); !ok) return ok;
      if (auto ok = producer_->settle(limits_.confirmation); !ok) return ok;
      return send(records.manifest);
    });
    if (!sent) {
      state.chunks = std::max(state.chunks, chunks);
      return after_failure(sent.error().message);
    }
    state.generation = generation;
    remove_rest(slot, chunks);
    return nothing{};
  }

  result<search> newest(const std::function<status(const found&)>& accepts) const override {
    auto there = read_all();
    if (!there) return failure{"read", there.error().message};
    slots_ = there->slots();
    return newest_of(there->newest_first(), accepts);
  }

private:
  std::size_t chunk_size() const { return std::max<std::size_t>(record_limit_ / 10 * 9, 1); }

  result<snapshot_assembly> read_all() const {
    snapshot_assembly out(name_, "topic " + topic_);
    auto ok = read_to_end(reading_properties(connection_), place_, 0, limits_.answer,
                          [&](const record_view& r) { out.add(r.key, r.value); });
    if (!ok) return ok.error();
    return out;
  }

  status send(const topic_record& r) {
    return producer_->send(place_, r.key, r.value ? std::optional<bytes>(*r.value) : std::nullopt);
  }

  status send_all(const std::vector<topic_record>& records) {
    for (const auto& r : records)
      if (auto ok = send(r); !ok) return ok;
    return nothing{};
  }

  template <class F>
  status transact(F&& f) {
    if (auto ok = producer_->begin(); !ok) return ok;
    if (auto ok = f(); !ok) return ok;
    if (auto ok = producer_->settle(limits_.confirmation); !ok) return ok;
    return producer_->commit(limits_.commit);
  }

  // Chunks that the generation before had more, and slots of a time when more were kept. The snapshot is saved whether
  // this works or not.
  void remove_rest(std::uint32_t slot, std::uint32_t chunks) {
    auto rest = erase_chunks(name_, slot, chunks, slots_->slots[slot].chunks);
    const auto left_over = slots_->left_over(kept_);
    for (auto n : left_over) {
      const auto more = erase_slot(name_, n, slots_->slots[n].chunks);
      rest.insert(rest.end(), more.begin(), more.end());
    }
    if (!rest.empty() && !transact([&] { return send_all(rest); })) {
      producer_ = nullptr;
      return;
    }
    slots_->slots[slot].chunks = chunks;
    for (auto n : left_over)
      slots_->slots.erase(n);
  }

  // Whether another has become the writer since.
  result<bool> has_lost() const {
    snapshot_assembly since(name_, topic_);
    const auto owner_key = owner_record(name_, id_).key;
    auto ok =
      read_to_end(reading_properties(connection_), place_, owned_from_, limits_.answer, [&](const record_view& r) {
        if (r.key == owner_key) since.add(r.key, r.value);
      });
    if (!ok) return ok.error();
    return !since.owner().empty() && since.owner() != id_;
  }

  // A failed transaction leaves a producer that is of no use, whatever the reason. If that was another writer, this one
  // ends.
  failure after_failure(const std::string& why) {
    const auto is_ended = producer_->ended_by_broker();
    producer_ = nullptr;
    const auto end = std::chrono::steady_clock::now() + limits_.answer;
    do {
      const auto lost = has_lost();
      if (!lost) break;
      lost_ = *lost;
      // One that has just been opened says who it is a moment later.
      if (is_ended && !lost_) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    } while (is_ended && !lost_ && std::chrono::steady_clock::now() < end);
    return lost_ ? in_use() : cannot_write(why);
  }

  status open_again() {
    const auto lost = has_lost();
    if (!lost) return cannot_write(lost.error().message);
    lost_ = *lost;
    if (lost_) return in_use();
    if (auto ok = open(); !ok) return cannot_write(ok.error().message);
    return nothing{};
  }

  failure in_use() const {
    return {"in_use", fmt::format("another engine has begun to keep its snapshots of {} in topic {}, so that this one "
                                  "keeps none any more: end one of them, or name another topic for it",
                                  name_, topic_)};
  }

  failure cannot_write(const std::string& why) const {
    return {"write",
            fmt::format("the snapshot of {} could not be written to topic {}: {}; the one before stays. See that "
                        "the broker runs, and that the topic may be written to",
                        name_, topic_, why)};
  }

  kafka_properties connection_;
  topic_place place_;
  const std::string& topic_;
  std::string name_;
  std::size_t kept_;
  topic_store_limits limits_;
  // Of this store, in the record that says who writes.
  std::string id_;
  std::size_t record_limit_ = 0;
  // Null after a failure.
  std::unique_ptr<transactional_producer> producer_;
  std::int64_t owned_from_ = 0;
  bool lost_ = false;
  // Not known until the topic has been read.
  mutable std::optional<slot_table> slots_;
};

} // namespace

result<std::int32_t> make_snapshot_topic(const kafka_properties& connection, const std::string& topic,
                                         std::int32_t partitions, const topic_store_limits& limits) {
  auto there = snapshot_topic(connection, topic).prepare(partitions, limits.answer);
  if (!there) return there.error();
  return there->partitions;
}

result<std::unique_ptr<snapshot_store>> open_topic_store(const kafka_properties& connection, const topic_place& place,
                                                         const std::string& name, std::size_t kept,
                                                         const topic_store_limits& limits) {
  auto store = std::make_unique<topic_store>(connection, place, name, kept, limits);
  if (auto ok = store->open(); !ok) return ok.error();
  return std::unique_ptr<snapshot_store>(std::move(store));
}

} // namespace livedata

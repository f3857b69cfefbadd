// Counting that several jobs have in common. Where workflows would count the same events in the same way, whoever runs
// the jobs may have them counted once and lend the counts to all: each workflow keeps what is its own (where its counts
// began, its window, its regions), and reads the rest. What it gives out is the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace livedata {

struct job_data;
class divided_work;

// Counts of all events since they were made. One owner changes them; while they are lent nobody does.
class common_counts {
public:
  common_counts() = default;
  common_counts(const common_counts&) = delete;
  common_counts& operator=(const common_counts&) = delete;
  virtual ~common_counts() = default;

  // Makes ready to count the events of a batch, in so many pieces at most. Throws if it brings none, or others than can
  // be counted; then nothing has changed. `turn`: as in the offer.
  virtual std::unique_ptr<divided_work> count(const job_data& data, std::size_t turn, std::size_t pieces) = 0;

  virtual std::shared_ptr<common_counts> copy() const = 0;

  // After a batch has been counted: names what there is now.
  void name(std::uint64_t version) noexcept {
    former_ = version_;
    version_ = version;
  }

  // 0: before the first batch.
  std::uint64_t version() const noexcept { return version_; }

  // What the version before the last batch was.
  std::uint64_t former() const noexcept { return former_; }

protected:
  // For copies.
  void name_as(const common_counts& other) noexcept {
    version_ = other.version_;
    former_ = other.former_;
  }

private:
  std::uint64_t version_ = 0;
  std::uint64_t former_ = 0;
};

// How a workflow counts; does not change.
class counting_method {
public:
  counting_method() = default;
  counting_method(const counting_method&) = delete;
  counting_method& operator=(const counting_method&) = delete;
  virtual ~counting_method() = default;

  // Methods with equal keys count alike.
  virtual const std::string& key() const noexcept = 0;

  virtual std::shared_ptr<common_counts> make() const = 0;
};

// What a workflow says of the next events that it will get.
struct counting_offer {
  std::shared_ptr<const counting_method> method;
  // Workflows of one method count alike only if they are at the same turn; each batch with events is one.
  std::size_t turn = 0;
  // The version of the common counts on which this workflow's own rest; 0: on none.
  std::uint64_t follows = 0;
};

} // namespace livedata

#include "messages/units.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <stdexcept>
#include <udunits2.h>
#include <unordered_map>
#include <utility>
#include <vector>

namespace livedata {

namespace {

// Longer than the name of any unit.
constexpr std::size_t longest_unit = 100;
// Units that are remembered. There are some dozens in use; what a stranger makes up beyond that is parsed each time.
constexpr std::size_t most_units = 1000;

// A unit as a multiple of a product of base units, with the place of its zero.
struct unit_meaning {
  double scale = 1;
  double offset = 0;
  // Symbols of base units and their powers, in the order of the library.
  std::vector<std::pair<std::string, int>> powers;
};

using meaning_ptr = std::shared_ptr<const unit_meaning>;
using unit_handle = std::unique_ptr<ut_unit, decltype(&ut_free)>;

unit_handle owned(ut_unit* unit) {
  return {unit, ut_free};
}

std::string symbol_of(const ut_unit* base) {
  const auto* symbol = ut_get_symbol(base, UT_ASCII);
  if (symbol == nullptr) symbol = ut_get_name(base, UT_ASCII);
  return symbol == nullptr ? "" : symbol;
}

// The library tells the parts of a unit to functions like these.
ut_status take_base(const ut_unit* unit, void* out) {
  static_cast<unit_meaning*>(out)->powers.emplace_back(symbol_of(unit), 1);
  return UT_SUCCESS;
}

ut_status take_product(const ut_unit*, int count, const ut_unit* const* bases, const int* powers, void* out) {
  for (int i = 0; i < count; ++i)
    static_cast<unit_meaning*>(out)->powers.emplace_back(symbol_of(bases[i]), powers[i]);
  return UT_SUCCESS;
}

ut_status take_scaled(const ut_unit*, double scale, const ut_unit* underlying, double offset, void* out);

// A point in time ("s since 1970") and a logarithm are no multiples of anything.
ut_status take_no_time(const ut_unit*, const ut_unit*, double, void*) {
  return UT_MEANINGLESS;
}

ut_status take_no_logarithm(const ut_unit*, double, const ut_unit*, void*) {
  return UT_MEANINGLESS;
}

constexpr ut_visitor unit_visitor{take_base, take_product, take_scaled, take_no_time, take_no_logarithm};

ut_status take_scaled(const ut_unit*, double scale, const ut_unit* underlying, double offset, void* out) {
  auto& meaning = *static_cast<unit_meaning*>(out);
  const auto status = ut_accept_visitor(underlying, &unit_visitor, out);
  meaning.offset += offset * scale * meaning.scale;
  meaning.scale *= scale;
  return status;
}

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n\f\v";
  const auto first = text.find_first_not_of(blanks);
  return first == text.npos ? std::string_view{} : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// The database, and what has been looked up in it. The library keeps the state of its parser in global variables, so
// that one thread at a time may parse.
class unit_database {
public:
  unit_database() {
    ut_set_error_message_handler(ut_ignore);
    system_.reset(ut_read_xml(nullptr));
    if (!system_)
      throw std::runtime_error("the database of units (udunits2.xml) cannot be read; install Debian's package "
                               "libudunits2-data, or set UDUNITS2_XML_PATH to where it is");
    name_counts();
    name("deg", "arc_degree");
    name("D", "day");
    name("dimensionless", "1");
    name("one", "1");
    name("\u212b", "angstrom");
  }

  // nullptr if the text is no unit.
  meaning_ptr find(std::string_view text) {
    text = without_blanks(text);
    // The scanner of the library takes either byte for the end of the text.
    constexpr std::string_view ends("\0\xff", 2);
    if (text.size() > longest_unit || text.find_first_of(ends) != text.npos) return nullptr;
    std::string key(text);
    const std::lock_guard one_at_a_time(mutex_);
    if (const auto i = known_.find(key); i != known_.end()) return i->second;
    auto meaning = parse(key);
    if (known_.size() < most_units) known_.emplace(std::move(key), meaning);
    return meaning;
  }

  // A process that is forked has a single thread, and whatever locks the others held stay locked in it.
  void before_fork() { mutex_.lock(); }

  void after_fork() { mutex_.unlock(); }

private:
  meaning_ptr parse(const std::string& text) {
    const auto unit = owned(ut_parse(system_.get(), text.c_str(), UT_UTF8));
    unit_meaning meaning;
    if (!unit || ut_accept_visitor(unit.get(), &unit_visitor, &meaning) != UT_SUCCESS) return nullptr;
    if (!std::isfinite(meaning.scale) || !std::isfinite(meaning.offset) || meaning.scale <= 0) return nullptr;
    return std::make_shared<const unit_meaning>(std::move(meaning));
  }

  void name(const char* word, const char* meaning) {
    const auto unit = owned(ut_parse(system_.get(), meaning, UT_UTF8));
    if (!unit || ut_map_symbol_to_unit(word, UT_UTF8, unit.get()) != UT_SUCCESS)
      throw std::runtime_error(
        fmt::format("the unit '{}' cannot be defined as '{}' in the database of units, which may "
                    "be damaged; install libudunits2-data anew",
                    word, meaning));
  }

  // Counts are a quantity of their own; for the library they are the number one.
  void name_counts() {
    const auto counts = owned(ut_new_base_unit(system_.get()));
    for (const auto* word : {"count", "counts"}) {
      ut_unmap_name_to_unit(system_.get(), word, UT_ASCII);
      ut_map_name_to_unit(word, UT_ASCII, counts.get());
    }
    if (!counts || ut_map_unit_to_symbol(counts.get(), "counts", UT_ASCII) != UT_SUCCESS)
      throw std::runtime_error("the unit 'counts' cannot be defined in the database of units");
  }

  std::unique_ptr<ut_system, decltype(&ut_free_system)> system_{nullptr, ut_free_system};
  std::mutex mutex_;
  std::unordered_map<std::string, meaning_ptr> known_;
};

// Lives until the process ends: threads that are still at work then may ask it.
unit_database& units_of_process() {
  static auto& units = *[] {
    auto made = std::make_unique<unit_database>();
    return made.release();
  }();
  static const auto watched =
    pthread_atfork([] { units.before_fork(); }, [] { units.after_fork(); }, [] { units.after_fork(); });
  if (watched != 0) throw std::runtime_error("no memory to guard the database of units");
  return units;
}

// `x` as a decimal of twelve digits, if it is one but for rounding: what a product of powers of ten and of other short
// decimals was before it was computed.
double as_short_decimal(double x) {
  constexpr auto rounding = 8 * std::numeric_limits<double>::epsilon();
  std::array<char, 32> digits{};
  const auto end =
    std::to_chars(digits.data(), digits.data() + digits.size(), x, std::chars_format::scientific, 11).ptr;
  double decimal = x;
  std::from_chars(digits.data(), end, decimal);
  return std::abs(decimal - x) <= rounding * x ? decimal : x;
}

} // namespace

void require_units() {
  units_of_process();
}

std::optional<unit_scale> scale_between(std::string_view from, std::string_view to) {
  const auto a = units_of_process().find(from);
  const auto b = units_of_process().find(to);
  if (!a || !b || a->powers != b->powers || a->offset != 0 || b->offset != 0) return std::nullopt;
  const auto ratio = as_short_decimal(a->scale / b->scale);
  const auto inverse = as_short_decimal(b->scale / a->scale);
  if (!std::isfinite(ratio) || !std::isfinite(inverse) || ratio <= 0 || inverse <= 0) return std::nullopt;
  if (ratio < 1 && std::trunc(inverse) == inverse) return unit_scale{1, inverse};
  return unit_scale{ratio, 1};
}

bool same_unit(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const auto x = units_of_process().find(a);
  const auto y = units_of_process().find(b);
  return x && y && x->powers == y->powers && as_short_decimal(x->scale / y->scale) == 1 && x->offset == y->offset;
}

bool same_unit_or_none(const std::optional<std::string>& a, const std::optional<std::string>& b) {
  return a.has_value() == b.has_value() && (!a || same_unit(std::string_view(*a), std::string_view(*b)));
}

std::optional<std::int64_t> nanoseconds_in(std::int64_t count, std::string_view unit) {
  const auto scale = scale_between(unit, "ns");
  constexpr double beyond = 0x1p63;
  if (!scale || std::trunc(scale->multiplier) != scale->multiplier || scale->multiplier >= beyond ||
      scale->divisor >= beyond)
    return std::nullopt;
  std::int64_t product = 0;
  if (__builtin_mul_overflow(count, static_cast<std::int64_t>(scale->multiplier), &product)) return std::nullopt;
  const auto divisor = static_cast<std::int64_t>(scale->divisor);
  return product / divisor - (product % divisor < 0 ? 1 : 0);
}

} // namespace livedata

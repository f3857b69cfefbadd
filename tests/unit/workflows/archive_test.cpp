#include "workflows/archive.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <functional>
#include <limits>

namespace archive_test {

using namespace livedata;

namespace {

struct point {
  double x = 0;
  std::string label;

  void state(archive& a) {
    a.field("x", x);
    a.field("label", label);
  }

  friend bool operator==(const point&, const point&) = default;
};

struct everything {
  bool truth = false;
  std::int32_t small = 0;
  std::int64_t whole = 0;
  std::uint64_t natural = 0;
  double number = 0;
  std::string text;
  timestamp time;
  std::optional<double> maybe;
  std::optional<point> maybe_point;
  std::vector<double> numbers;
  std::vector<std::int32_t> indices;
  std::vector<timestamp> times;
  std::vector<std::string> texts;
  std::vector<point> points;
  data_array array;

  void state(archive& a) {
    a.field("truth", truth);
    a.field("small", small);
    a.field("whole", whole);
    a.field("natural", natural);
    a.field("number", number);
    a.field("text", text);
    a.field("time", time);
    a.field("maybe", maybe);
    a.field("maybe_point", maybe_point);
    a.field("numbers", numbers);
    a.field("indices", indices);
    a.field("times", times);
    a.field("texts", texts);
    a.field("points", points);
    a.field("array", array);
  }

  friend bool operator==(const everything&, const everything&) = default;
};

everything sample() {
  everything e{true,
               -7,
               std::numeric_limits<std::int64_t>::min(),
               std::numeric_limits<std::uint64_t>::max(),
               -0.1,
               "µ\0s",
               {-5},
               2.5,
               point{1.5, "p"},
               {1, 2, 3},
               {-1, 1},
               {{1}, {2}},
               {"", "b"},
               {{1, "one"}, {2, "two"}},
               {}};
  e.array = {"image", make_vector("x", std::vector<float>{1, 2}, std::nullopt), values(std::vector<float>{3, 4}), {}};
  e.array.set_coord("x", make_vector("x", std::vector<double>{0, 1, 2}, "m"));
  e.array.set_coord("time", make_scalar(std::int64_t{9}, "ns"));
  return e;
}

using fields = std::function<void(archive&)>;

std::vector<std::byte> saved(const fields& f) {
  archive a;
  f(a);
  return a.finish();
}

std::string refusal(const std::vector<std::byte>& bytes, const fields& f) {
  try {
    archive a(bytes);
    f(a);
    a.finish();
  } catch (const archive_error& e) {
    return e.what();
  }
  return "";
}

template <class T>
fields field(const char* name, T value = {}) {
  return [=](archive& a) {
    auto v = value;
    a.field(name, v);
  };
}

} // namespace

TEST_CASE("an archive gives back what was saved, of every type") {
  auto one = sample();
  const auto bytes = saved([&](archive& a) { a.field("all", one); });
  everything other;
  archive a(bytes);
  CHECK(a.loading());
  a.field("all", other);
  a.finish();
  CHECK(other == sample());
  everything empty;
  empty.array.data = make_scalar(0.0, "counts");
  const auto nothing = saved([&](archive& s) { s.field("all", empty); });
  archive b(nothing);
  b.field("all", other);
  CHECK(other == empty);
}

TEST_CASE("a table gives back its rows, and small counts take one byte") {
  const std::vector<std::vector<std::uint64_t>> rows{{0, 1, 127}, {128, 1U << 20, ~std::uint64_t{0}}};
  auto get = [&](std::size_t r, std::span<std::uint64_t> row) { std::ranges::copy(rows[r], row.begin()); };
  const auto bytes = saved([&](archive& a) { a.table("t", 2, 3, get, {}); });
  std::vector<std::vector<std::uint64_t>> read;
  auto put = [&](std::size_t, std::span<std::uint64_t> row) { read.emplace_back(row.begin(), row.end()); };
  archive a(bytes);
  a.table("t", 2, 3, {}, put);
  a.finish();
  CHECK(read == rows);
  auto zeros = [](std::size_t, std::span<std::uint64_t> row) { std::ranges::fill(row, 0); };
  CHECK(saved([&](archive& s) { s.table("t", 1000, 10, zeros, {}); }).size() < 10'100);
  CHECK(refusal(bytes, [&](archive& s) { s.table("t", 3, 2, {}, put); }) ==
        "the saved state does not fit: 't' has 2 rows of 3 counts, but must have 3 of 2");
}

TEST_CASE("an archive says what does not fit, and at which name") {
  const auto nested = [](const char* name) -> fields {
    return [name](archive& a) {
      struct inner {
        const char* name;
        double x = 1;

        void state(archive& s) { s.field(name, x); }
      } i{name};
      a.field("outer", i);
    };
  };
  CHECK(refusal(saved(nested("x")), nested("x")) == "");
  CHECK(refusal(saved(nested("x")), nested("y")) == "the saved state does not fit: 'outer.y' is missing; it has: x");
  CHECK(refusal(saved([](archive& a) {
                  field<double>("a")(a);
                  field<double>("b")(a);
                }),
                field<double>("a")) == "the saved state does not fit: 'b' is unknown to this program");
  CHECK(refusal(saved(field<double>("a")), field<std::string>("a")) ==
        "the saved state does not fit: 'a' is a floating-point number, but must be a text");
  CHECK(refusal(saved(field("a", std::vector<double>(3))), [](archive& a) {
          std::vector<double> v(2);
          a.field("a", v, v.size());
        }) == "the saved state does not fit: 'a' has 3 elements, but must have 2");
  data_array wrong{{}, make_vector("x", std::vector<double>{1, 2}, "m"), {}, {}};
  wrong.data.shape = {3};
  CHECK(refusal(saved(field("a", wrong)), field<data_array>("a"))
          .starts_with("the saved state does not fit: 'a.data.numbers' shape [3] does not go with 2 values"));
}

TEST_CASE("two fields of one name are an error of the program") {
  CHECK_THROWS_AS(saved([](archive& a) {
                    field<double>("a")(a);
                    field<double>("a")(a);
                  }),
                  std::logic_error);
}

TEST_CASE("bytes that are damaged, cut off, of a newer version or no state at all are refused") {
  auto one = sample();
  const auto bytes = saved([&](archive& a) { a.field("all", one); });
  const auto load = [](archive& a) {
    everything e;
    a.field("all", e);
  };
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto damaged = bytes;
    damaged[i] ^= std::byte{0x10};
    REQUIRE(refusal(damaged, load) != "");
    REQUIRE(refusal({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(i)}, load) != "");
  }
  auto damaged = bytes;
  damaged.back() ^= std::byte{1};
  CHECK(refusal(damaged, load).starts_with("the saved state is damaged: the check sum"));
  CHECK(refusal({}, load) == "the saved state is damaged: it has 0 bytes, fewer than its header");
  auto newer = bytes;
  newer[8] = std::byte{2};
  CHECK(refusal(newer, load) ==
        "the saved state has format version 2, but this program reads version 1; load it with a newer program");
  auto foreign = bytes;
  foreign[0] = std::byte{'X'};
  CHECK(refusal(foreign, load) == "these bytes are no saved state: they begin otherwise");
}

TEST_CASE("bytes that are damaged before their check sum was made are refused, wherever that is") {
  // The check sum of the header, over bytes that begin behind it.
  const auto signed_again = [](std::vector<std::byte> bytes) {
    std::uint64_t sum = 0xcbf2'9ce4'8422'2325;
    for (std::size_t i = 20; i < bytes.size(); ++i)
      sum = (sum ^ static_cast<std::uint64_t>(bytes[i])) * 0x100'0000'01b3;
    std::memcpy(bytes.data() + 12, &sum, sizeof(sum));
    return bytes;
  };
  auto one = sample();
  const auto bytes = saved([&](archive& a) { a.field("all", one); });
  const auto load = [](archive& a) {
    everything e;
    a.field("all", e);
  };
  CHECK(refusal(signed_again(bytes), load) == "");
  for (std::size_t size = 21; size < bytes.size(); ++size)
    REQUIRE(refusal(signed_again({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)}), load) != "");
  // Not every change can be told from a value; none may do harm.
  for (std::size_t i = 20; i < bytes.size(); ++i)
    for (auto change : {std::byte{1}, std::byte{0x80}, std::byte{0xff}}) {
      auto changed = bytes;
      changed[i] ^= change;
      CHECK_NOTHROW(refusal(signed_again(changed), load));
    }
}

} // namespace archive_test

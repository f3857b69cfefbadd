#include "workflows/kernels/zeroed_array.hpp"

#include <cstdint>
#include <cstdlib>
#include <new>
#include <sys/mman.h>

namespace livedata {

namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20;
// Below this, what a huge page saves is not worth the part of it that stays unused.
constexpr std::size_t least_huge = 2 * huge_page;

std::size_t whole_pages(std::size_t bytes) {
  return (bytes + huge_page - 1) / huge_page * huge_page;
}

bool is_mapped(std::size_t bytes, page_kind pages) noexcept {
  return pages == page_kind::huge && bytes >= least_huge;
}

} // namespace

void* take_zeroed_memory(std::size_t bytes, page_kind pages) {
  if (!is_mapped(bytes, pages)) {
    auto* memory = std::calloc(bytes, 1);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
  }
  // One page more, of which what lies before the first boundary and after the last is given back.
  const auto size = whole_pages(bytes);
  auto* all = mmap(nullptr, size + huge_page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED) throw std::bad_alloc();
  auto* first = static_cast<std::byte*>(all);
  const auto before = (huge_page - reinterpret_cast<std::uintptr_t>(first) % huge_page) % huge_page;
  if (before > 0) munmap(first, before);
  if (before < huge_page) munmap(first + before + size, huge_page - before);
  madvise(first + before, size, MADV_HUGEPAGE); // a wish; ordinary pages will do
  return first + before;
}

void release_zeroed_memory(void* memory, std::size_t bytes, page_kind pages) noexcept {
  if (is_mapped(bytes, pages))
    munmap(memory, whole_pages(bytes));
  else
    std::free(memory);
}

} // namespace livedata

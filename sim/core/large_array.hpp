// Arrays that are accessed in random order and may be larger than the caches.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <limits>
#include <new>
#include <vector>

namespace acidsim {

// Allocates at the start of a cache line. From 2 MiB on it asks the system for huge pages, to avoid TLB
// misses; the system may decline.
template <class T>
struct LargeAllocator {
  using value_type = T;
  static constexpr std::size_t line = 64, huge_page = std::size_t{1} << 21;
#ifdef __SANITIZE_ADDRESS__
  static constexpr bool sanitized = true;  // freed memory is kept aside there, and huge pages fill it at once
#else
  static constexpr bool sanitized = false;
#endif

  LargeAllocator() = default;
  template <class U>
  LargeAllocator(const LargeAllocator<U>&) {}

  T* allocate(std::size_t count) {
    if (count > std::numeric_limits<std::size_t>::max() / 2 / sizeof(T)) throw std::bad_alloc();
    const std::size_t bytes = count * sizeof(T), unit = bytes < huge_page || sanitized ? line : huge_page;
    void* const memory = std::aligned_alloc(unit, (bytes + unit - 1) / unit * unit);
    if (memory == nullptr) throw std::bad_alloc();
    // The last page is left as it is where little of it would be used.
    if (unit == huge_page) ::madvise(memory, bytes / huge_page * huge_page, MADV_HUGEPAGE);
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t) { std::free(memory); }

  friend bool operator==(const LargeAllocator&, const LargeAllocator&) { return true; }
};

template <class T>
using LargeArray = std::vector<T, LargeAllocator<T>>;

}  // namespace acidsim

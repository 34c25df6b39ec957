// SPDX-License-Identifier: Apache-2.0
#include "unit/engine/allocation_count.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace {

thread_local long allocations = 0;
thread_local long frees = 0;
thread_local std::size_t largest_call = 0;

void* counted(std::size_t size, std::size_t alignment) {
  ++allocations;
  largest_call = std::max(largest_call, size);
  const std::size_t whole = (std::max<std::size_t>(size, 1) + alignment - 1) / alignment * alignment;
  if (void* memory = std::aligned_alloc(alignment, whole)) return memory;
  throw std::bad_alloc();
}

void give_back(void* memory) noexcept {
  if (memory == nullptr) return;
  ++frees;
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) { return counted(size, alignof(std::max_align_t)); }
void* operator new[](std::size_t size) { return counted(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return counted(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return counted(size, static_cast<std::size_t>(alignment));
}
// The nothrow forms too: a sanitizer brings its own, whose memory give_back() could not take.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return counted(size, alignof(std::max_align_t));
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return counted(size, alignof(std::max_align_t));
}
void operator delete(void* memory) noexcept { give_back(memory); }
void operator delete[](void* memory) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t) noexcept { give_back(memory); }
void operator delete[](void* memory, std::size_t) noexcept { give_back(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { give_back(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { give_back(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { give_back(memory); }

namespace octocal::engine::test {

AllocationCount::AllocationCount() noexcept : calls_before_(allocations), frees_before_(frees) { largest_call = 0; }
long AllocationCount::calls() const noexcept { return allocations - calls_before_; }
long AllocationCount::not_freed() const noexcept { return calls() - (frees - frees_before_); }
std::size_t AllocationCount::largest() const noexcept { return largest_call; }

}  // namespace octocal::engine::test

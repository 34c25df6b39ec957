// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/internal/hdf5_handle.hpp"

#include <mutex>

#if defined(__SANITIZE_ADDRESS__)
// HDF5 never frees the objects that it could not write out (full disk); leaked handles are counted by a test instead.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libhdf5\n"; }
extern "C" const char* __lsan_default_options();
extern "C" const char* __lsan_default_options() { return "print_suppressions=0"; }  // stderr stays one line
#endif

namespace octocal::data::hdf5 {
namespace {

std::mutex& library_mutex() {
  // Never destroyed: a reader may outlive other static objects.
  static auto* const mutex = new std::mutex;
  return *mutex;
}

/// Locks that this thread holds. Not a recursive mutex: that one knows its holder by a number which changes in a fork.
thread_local int locks_held = 0;

}  // namespace

Lock::Lock() {
  if (locks_held == 0) library_mutex().lock();
  ++locks_held;
  // After a failed write (disk full) the library would try again at exit and complain on stderr; every handle is closed
  // by its owner, so there is nothing for it to do then.
  static const bool never_at_exit = H5dont_atexit() >= 0;
  static_cast<void>(never_at_exit);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Lock::~Lock() {
  if (--locks_held == 0) library_mutex().unlock();
}

bool Handle::reset() noexcept {
  if (id_ < 0) return true;
  const Lock lock;
  return close_(std::exchange(id_, -1)) >= 0;
}

}  // namespace octocal::data::hdf5

// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <hdf5.h>

#include <utility>

// The only header that names HDF5 types: included by sources of data only, not installed.

namespace octocal::data::hdf5 {

/// Held around every group of HDF5 calls: the library is not thread-safe in every build. A thread may hold several, and
/// holds them in a process that it forks, too. Also silences HDF5's error stack on stderr (the setting is kept per
/// thread), because failures are told in our own sentences.
class Lock {
 public:
  Lock();
  ~Lock();
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
};

/// Owns one HDF5 identifier. Closing takes the lock by itself.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);

  Handle() = default;
  Handle(hid_t id, Close close) : id_(id), close_(close) {}
  ~Handle() { reset(); }
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      reset();
      id_ = std::exchange(other.id_, -1);
      close_ = other.close_;
    }
    return *this;
  }

  explicit operator bool() const noexcept { return id_ >= 0; }
  hid_t get() const noexcept { return id_; }

  /// Closes now; false if HDF5 could not (e.g. buffered data did not fit on the disk).
  bool reset() noexcept;

 private:
  hid_t id_ = -1;
  Close close_ = nullptr;
};

}  // namespace octocal::data::hdf5

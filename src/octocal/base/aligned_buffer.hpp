// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <type_traits>

namespace octocal {

/// A fixed-size, zero-initialised array of plain numbers on a 64-byte boundary (one cache line, one AVX-512 register).
/// Movable, not copyable. Throws std::bad_alloc.
template <typename T>
class AlignedBuffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  static constexpr std::size_t kAlignment = 64;  ///< bytes

  AlignedBuffer() = default;
  /// `size` zeros.
  explicit AlignedBuffer(std::size_t size)
      : data_(static_cast<T*>(::operator new[](size * sizeof(T) + kAlignment, std::align_val_t(kAlignment)))),
        size_(size) {
    std::uninitialized_fill_n(data_.get(), size, T{});
  }

  /// The numbers; nullptr if there are none.
  T* data() noexcept { return data_.get(); }
  const T* data() const noexcept { return data_.get(); }
  std::size_t size() const noexcept { return size_; }  ///< numbers
  bool empty() const noexcept { return size_ == 0; }
  /// Number i. Precondition: i < size().
  T& operator[](std::size_t i) noexcept { return data_[static_cast<std::ptrdiff_t>(i)]; }
  const T& operator[](std::size_t i) const noexcept { return data_[static_cast<std::ptrdiff_t>(i)]; }
  /// All of them.
  std::span<T> span() noexcept { return {data(), size_}; }
  std::span<const T> span() const noexcept { return {data(), size_}; }

 private:
  struct Release {
    void operator()(T* data) const noexcept { ::operator delete[](data, std::align_val_t(kAlignment)); }
  };
  std::unique_ptr<T[], Release> data_;
  std::size_t size_ = 0;
};

}  // namespace octocal

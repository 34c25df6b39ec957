// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <limits>

namespace octocal {

/// A size that comes from a file, or from several: sums and products that would overflow become "too large" and stay it,
/// so that one question at the end is enough. Nothing throws; thread-safe.
///
///     CheckedSize bytes = rows;
///     bytes *= columns;
///     if (!(bytes * sizeof(float)).fits(most)) refuse();
class CheckedSize {
 public:
  /// A size as it is; a number converts to it.
  constexpr CheckedSize(std::uint64_t size) noexcept : size_(size) {}  // NOLINT(google-explicit-constructor)

  /// Times a number; by 0 it is 0, however large it was.
  constexpr CheckedSize& operator*=(std::uint64_t factor) noexcept {
    too_large_ = __builtin_mul_overflow(size_, factor, &size_) || too_large_;
    if (factor == 0) too_large_ = false;
    return *this;
  }
  /// And a number more.
  constexpr CheckedSize& operator+=(std::uint64_t more) noexcept {
    too_large_ = __builtin_add_overflow(size_, more, &size_) || too_large_;
    return *this;
  }
  /// The product.
  friend constexpr CheckedSize operator*(CheckedSize size, std::uint64_t factor) noexcept { return size *= factor; }
  /// The sum.
  friend constexpr CheckedSize operator+(CheckedSize size, std::uint64_t more) noexcept { return size += more; }

  /// Whether it is at most `most`.
  constexpr bool fits(std::uint64_t most) const noexcept { return !too_large_ && size_ <= most; }
  /// The size. Precondition: it fits into what was asked for.
  constexpr std::uint64_t value() const noexcept { return size_; }
  /// The size, or `otherwise` if it is too large for 64 bits.
  constexpr std::uint64_t value_or(std::uint64_t otherwise) const noexcept { return too_large_ ? otherwise : size_; }

 private:
  std::uint64_t size_;
  bool too_large_ = false;
};

}  // namespace octocal

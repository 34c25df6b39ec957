// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace octocal {

/// XXH3 128-bit hash of a stream of bytes (xxHash): for provenance and for comparing outputs, not for security.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  /// Adds bytes to the stream.
  void update(std::span<const std::byte> bytes);
  template <typename T>
  void update(std::span<const T> numbers) {
    update(std::as_bytes(numbers));
  }

  /// 32 hexadecimal digits of everything given so far.
  std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Hash of a whole file. Errors: bad_input if it cannot be read.
std::string hash_file(const std::filesystem::path& file);

}  // namespace octocal

// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/hash.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/base/pending_file.hpp"
#include "unit/base/temporary_folder.hpp"

namespace octocal {
namespace {

TEST(Hasher, GivesTheKnownXxh3Values) {
  // `printf '' | xxhsum -H2` and `printf abc | xxhsum -H2`, xxHash 0.8.
  Hasher hasher;
  EXPECT_EQ(hasher.hex(), "99aa06d3014798d86001c324468d497f");
  hasher.update(std::span<const char>("abc", 3));
  EXPECT_EQ(hasher.hex(), "06b05ab6733a618578af5f94892f3950");
}

TEST(Hasher, DoesNotDependOnHowTheBytesAreCut) {
  const std::vector<float> numbers(1000, 1.5F);
  Hasher whole;
  whole.update(std::span(numbers));
  Hasher parts;
  parts.update(std::span(numbers).first(333));
  parts.update(std::span(numbers).subspan(333));
  EXPECT_EQ(whole.hex(), parts.hex());
}

TEST(HashFile, IsTheHashOfItsBytes) {
  const octocal::test::TemporaryFolder folder;
  const std::string text(3'000'000, 'x');  // more than one chunk of the reader
  write_text_file(folder.file("big"), text);
  Hasher hasher;
  hasher.update(std::span<const char>(text.data(), text.size()));
  EXPECT_EQ(hash_file(folder.file("big")), hasher.hex());
  EXPECT_THROW(hash_file(folder.file("absent")), Error);
}

}  // namespace
}  // namespace octocal

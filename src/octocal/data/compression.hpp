// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace octocal::data {

/// How the cells of a file of showers are packed. Every HDF5 reads all of them (filters shuffle and gzip).
///
/// | text     | kind   | packed by                                                                |
/// |----------|--------|--------------------------------------------------------------------------|
/// | "runs"   | kRuns  | runs of cells that are zero alone, a gzip stream: as small as gzip:6, fastest |
/// | "gzip:6" | kGzip  | libdeflate at this level, 1 to 12                                        |
/// | "none"   | kNone  | not at all                                                               |
struct Compression {
  /// How cells are packed.
  enum class Kind { kNone, kRuns, kGzip };
  Kind kind = Kind::kRuns;  ///< see above
  int level = 1;            ///< of kGzip

  bool operator==(const Compression&) const = default;

  /// Error: bad_input for any other text.
  static Compression parse(const std::string& text);
  /// What parse() reads.
  std::string text() const;
};

}  // namespace octocal::data

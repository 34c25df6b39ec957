// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace octocal::report {

/// The result files of one run, read and checked.
struct ResultFiles {
  std::string validation_text;  ///< the file as it is
  std::string bench_text;       ///< "" without one
  std::string tuning_text;      ///< "" without one
  std::string page_json;        ///< {"validation": ..., "bench": ... or null, "tuning": ... or null, "files": {...}}:
      ///< what the page reads, with the flags `judged` and `absolute` where an older file lacks them
  std::vector<std::string> warnings;  ///< what the page will lack, one sentence each
};

/// Reads the JSON of `octocal validate` (docs/validation_json.md) and, unless they are empty, that of `octocal bench`
/// and of `octocal tune`, and checks every key that the page draws from: nothing is drawn from a file that contradicts itself.
///
/// Errors: bad_input naming the file and the key: missing or unreadable file, not JSON, another format, key absent or
/// of the wrong type, arrays that do not fit the geometry or the histogram edges, two samples of one name.
ResultFiles read_result_files(const std::filesystem::path& validation, const std::filesystem::path& bench = {},
                              const std::filesystem::path& tuning = {});

/// The same of a validation's text that is called `validation`, whether or not that file is there.
ResultFiles result_files_of(std::string validation_text, const std::filesystem::path& validation,
                            const std::filesystem::path& bench = {}, const std::filesystem::path& tuning = {});

}  // namespace octocal::report

// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_target.hpp"
#include "octocal/report/result_files.hpp"
#include "octocal/report/summary_table.hpp"

namespace octocal::fuzz {

void read_damaged(const std::string& bytes) {
  const TemporaryFile file(bytes);
  const auto results = report::read_result_files(file.name());
  report::summary_table(results);
}

}  // namespace octocal::fuzz

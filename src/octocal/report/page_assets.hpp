// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

namespace octocal::report {

/// A file of the page that is built into the library: everything in report/assets/, jsroot.min.js and
/// jsroot.LICENSE.txt. The text lives as long as the program. Thread-safe. Error: run_failed for an unknown name.
std::string_view page_asset(std::string_view name);

}  // namespace octocal::report

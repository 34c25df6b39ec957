// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>

#include "octocal/report/result_files.hpp"

namespace octocal::report {

/// Writes the page: a folder with index.html, its style and scripts, JSROOT and copies of the result files, and
/// in figures/ what can stand in a paper (figures.hpp). It opens
/// from disk, in any place, without a network. The same result files give the same bytes.
///
/// The folder is complete or as before: it is written under a temporary name beside its target and renamed. A folder
/// that octocal report wrote (its index.html says so) is replaced; an empty one too; any other only if `force`.
/// Errors: as PendingFolder; bad_input if the target is another folder.
void write_page(const std::filesystem::path& folder, const ResultFiles& results, bool force = false);

/// `json` in a form that can stand inside a `<script type="application/json">`: no '<', which could end the element or
/// begin a comment, and still the same JSON.
std::string json_for_script(const std::string& json);

}  // namespace octocal::report

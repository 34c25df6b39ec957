// SPDX-License-Identifier: Apache-2.0
#include "octocal/report/page_folder.hpp"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <string_view>
#include <system_error>

#include "octocal/base/error.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/base/output_place.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/base/pending_folder.hpp"
#include "octocal/report/figures.hpp"
#include "octocal/report/page_assets.hpp"

namespace octocal::report {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = "<meta name=\"generator\" content=\"octocal report";

/// Everything of the page but index.html and the result files.
constexpr std::array<std::string_view, 12> kParts = {
    "report.css",  "format.js",  "plots.js",  "shower_display.js", "tables.js",     "provenance.js",
    "likeness.js", "texture.js", "tuning.js", "page.js",           "jsroot.min.js", "jsroot.LICENSE.txt"};

constexpr std::string_view kFigures = "figures";

bool is_report(const fs::path& folder) {
  std::ifstream in(folder / "index.html", std::ios::binary);
  std::string head(2000, '\0');
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  return head.find(kMark) != std::string::npos;
}

void check_target(const fs::path& folder, bool force) {
  std::error_code failure;
  if (!fs::is_directory(folder, failure) || force || fs::is_empty(folder, failure) || is_report(folder)) return;
  throw bad_input(
      fmt::format("{}: holds files that are no octocal report; name another folder, or replace it and all that "
                  "is in it with --force",
                  folder.string()));
}

std::string replaced(std::string_view text, std::string_view mark, std::string_view by) {
  const auto at = text.find(mark);
  if (at == std::string_view::npos)
    throw run_failed(fmt::format("report: the page has no {}; build octocal again", mark));
  std::string result(text.substr(0, at));
  result += by;
  result += text.substr(at + mark.size());
  return result;
}

std::string index_html(const ResultFiles& results) {
  const auto versioned = replaced(page_asset("index.html"), "@VERSION@", version());
  return replaced(versioned, "@RESULTS@", json_for_script(results.page_json));
}

}  // namespace

std::string json_for_script(const std::string& json) {
  std::string safe;
  safe.reserve(json.size());
  for (const char c : json)  // JSON has '<' inside texts only, where the escape means the same
    if (c == '<')
      safe += "\\u003c";
    else
      safe += c;
  return safe;
}

void write_page(const fs::path& folder, const ResultFiles& results, bool force) {
  auto target = folder.lexically_normal();
  if (!target.has_filename()) target = target.parent_path();  // "report/" is "report"
  check_target(target, force);
  PendingFolder pending(target);
  const auto write = [&](std::string_view name, std::string_view text) {
    write_text_file(pending.path() / name, std::string(text));
  };
  write("index.html", index_html(results));
  for (const auto part : kParts) write(part, page_asset(part));
  write("validation.json", results.validation_text);
  std::error_code failure;
  fs::create_directory(pending.path() / kFigures, failure);
  if (failure) throw refused_output(folder, failure.value());
  for (const auto& [name, bytes] : figure_files(results)) write(std::string(kFigures) + "/" + name, bytes);
  if (!results.bench_text.empty()) write("bench.json", results.bench_text);
  if (!results.tuning_text.empty()) write("tuning.json", results.tuning_text);
  pending.commit();
}

}  // namespace octocal::report

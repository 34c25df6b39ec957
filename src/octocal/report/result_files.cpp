// SPDX-License-Identifier: Apache-2.0
#include "octocal/report/result_files.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/base/hash.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/physics/limits.hpp"
#include "octocal/report/internal/bench_check.hpp"
#include "octocal/report/internal/json_field.hpp"
#include "octocal/report/internal/tuning_check.hpp"
#include "octocal/report/internal/validation_check.hpp"

namespace octocal::report {
namespace {

using nlohmann::json;

constexpr const char* kWriteValidation = "write it again with octocal validate --json";
constexpr const char* kWriteBench = "write it again with octocal bench --json";
constexpr const char* kWriteTuning = "write it again with octocal tune --json";

json parse(const std::string& text, const std::string& file, const char* remedy) {
  try {
    auto document = json::parse(text);
    if (!document.is_object()) throw bad_input(fmt::format("{}: no JSON object; {}", file, remedy));
    return document;
  } catch (const json::parse_error& error) {
    throw bad_input(fmt::format("{}: not JSON (byte {}); {}", file, error.byte, remedy));
  } catch (const json::out_of_range&) {  // 1e400
    throw bad_input(fmt::format("{}: holds a number that is beyond what a double holds; {}", file, remedy));
  }
}

json file_record(const std::filesystem::path& file, const std::string& text) {
  Hasher hasher;
  hasher.update(std::span<const char>(text));
  return {{"name", file.filename().string()}, {"hash", hasher.hex()}};
}

/// Flags that files of octocal 0.1.0 do not have yet; the page asks for them and not for names of quantities.
void complete_flags(json& validation) {
  const auto mark = [](json& row) {
    if (row.contains("quantity") && row["quantity"].is_string() && !row.contains("absolute"))
      row["absolute"] = physics::is_absolute(row["quantity"].get<std::string>());
  };
  for (auto& sample : validation["samples"]) {
    for (auto& comparison : sample["comparisons"]) mark(comparison);
    for (auto& verdict : sample["verdicts"]) {
      mark(verdict);
      if (!verdict.contains("judged")) verdict["judged"] = true;
    }
  }
}

}  // namespace

ResultFiles read_result_files(const std::filesystem::path& validation, const std::filesystem::path& bench,
                              const std::filesystem::path& tuning) {
  return result_files_of(read_text_file(validation), validation, bench, tuning);
}

ResultFiles result_files_of(std::string validation_text, const std::filesystem::path& validation,
                            const std::filesystem::path& bench, const std::filesystem::path& tuning) {
  ResultFiles files;
  files.validation_text = std::move(validation_text);
  json page = {{"bench", nullptr},
               {"tuning", nullptr},
               {"files", {{"validation", file_record(validation, files.validation_text)}}}};
  page["validation"] = parse(files.validation_text, validation.string(), kWriteValidation);
  files.warnings = check_validation({page["validation"], validation.string(), kWriteValidation});
  complete_flags(page["validation"]);
  if (!bench.empty()) {
    files.bench_text = read_text_file(bench);
    page["bench"] = parse(files.bench_text, bench.string(), kWriteBench);
    check_bench({page["bench"], bench.string(), kWriteBench});
    page["files"]["bench"] = file_record(bench, files.bench_text);
  }
  if (!tuning.empty()) {
    files.tuning_text = read_text_file(tuning);
    page["tuning"] = parse(files.tuning_text, tuning.string(), kWriteTuning);
    check_tuning({page["tuning"], tuning.string(), kWriteTuning});
    page["files"]["tuning"] = file_record(tuning, files.tuning_text);
  }
  try {
    files.page_json = page.dump();
  } catch (const json::type_error&) {  // parse() does not check that texts are UTF-8 to the end
    throw bad_input(fmt::format("{}: a text is not UTF-8; {}", validation.string(), kWriteValidation));
  }
  return files;
}

}  // namespace octocal::report

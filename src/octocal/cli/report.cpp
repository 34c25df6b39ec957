// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>

#include "octocal/base/log.hpp"
#include "octocal/cli/verb.hpp"
#include "octocal/report/page_folder.hpp"
#include "octocal/report/result_files.hpp"
#include "octocal/report/summary_table.hpp"

namespace octocal::cli {
namespace {

constexpr const char* kReportExamples =
    "  octocal report validation.json -o report\n"
    "  octocal report validation.json --bench bench.json -o report\n"
    "  octocal report validation.json --tuning tuning.json -o report\n"
    "  octocal report validation.json -o old-folder --force";

struct ReportSettings {
  std::string validation;
  std::string bench;
  std::string tuning;
  std::string folder = "report";
  bool force = false;
};

std::function<void()> define_report(App& app) {
  auto settings = std::make_shared<ReportSettings>();
  app.add_input("validation", settings->validation, "What octocal validate --json wrote")->required();
  app.add_input("--bench", settings->bench, "What octocal bench --json wrote: adds speed to the page");
  app.add_input("--tuning", settings->tuning,
                "What octocal tune --json wrote: adds all trials, their front and each layer's sensitivity");
  app.add_output_folder("-o,--output", settings->folder, "Folder to write; an older report there is replaced");
  app.add_flag("--force", settings->force, "Replace the folder even if something else is in it");
  return [settings] {
    const auto results = report::read_result_files(settings->validation, settings->bench, settings->tuning);
    for (const auto& warning : results.warnings) log_warning(fmt::format("{}: {}", settings->validation, warning));
    report::write_page(settings->folder, results, settings->force);
    const auto page = (std::filesystem::absolute(settings->folder) / "index.html").lexically_normal();
    fmt::print("{}report: {}\n", report::summary_table(results), page.string());
  };
}

const Verb report_verb({"report", "make a page of plots and tables that opens from disk", kReportExamples,
                        define_report});

}  // namespace
}  // namespace octocal::cli

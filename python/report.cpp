// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "bindings.hpp"
#include "octocal/report/page_folder.hpp"
#include "octocal/report/result_files.hpp"
#include "octocal/report/summary_table.hpp"

namespace py = pybind11;

namespace octocal::python {
namespace {

py::object write_report(const Name& validation, const Name& output, const Name& bench, const Name& tuning, bool force) {
  nlohmann::json document;
  {
    const py::gil_scoped_release unlocked;
    const auto results = report::read_result_files(std::string(validation), std::string(bench), std::string(tuning));
    report::write_page(std::string(output), results, force);
    const auto page = (std::filesystem::absolute(std::string(output)) / "index.html").lexically_normal();
    document = {{"page", page.string()}, {"summary", report::summary_table(results)}, {"warnings", results.warnings}};
  }
  return to_python(document);
}

}  // namespace

void add_report(py::module_& module) {
  module.def("report", &write_report, py::arg("validation"), py::arg("output"), py::kw_only(), py::arg("bench") = "",
             py::arg("tuning") = "", py::arg("force") = false,
             "Makes a folder with a page of plots and tables that opens from disk, as octocal report does, from JSON\n"
             "files of validate, bench and tune. Returns {'page': its path, 'summary': the table as text, 'warnings': "
             "what the\n"
             "page lacks}. force: replace a folder that holds something else.");
}

}  // namespace octocal::python

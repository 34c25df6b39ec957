// SPDX-License-Identifier: Apache-2.0
#include "octocal/report/page_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "octocal/base/error.hpp"
#include "unit/report/validation_making.hpp"

namespace octocal::report {
namespace {

using nlohmann::json;
using octocal::report::testing::TemporaryFolder;
using testing::make_validation;
using Names = std::vector<std::string>;

std::string contents(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

ResultFiles results_of(const TemporaryFolder& folder, const json& document = make_validation()) {
  const auto file = folder.write("run.json", document.dump());
  auto results = read_result_files(file);
  std::filesystem::remove(file);
  return results;
}

/// The JSON that a browser finds in the page: up to the first "</script", as HTML's tokenizer does.
json embedded_json(const std::string& html) {
  const std::string begin = "<script type=\"application/json\" id=\"results\">";
  const auto first = html.find(begin) + begin.size();
  return json::parse(html.substr(first, html.find("</script", first) - first));
}

TEST(PageFolder, HoldsEverythingThatThePageNames) {
  const TemporaryFolder folder;
  write_page(folder / "report", results_of(folder));
  const auto html = contents(folder / "report/index.html");
  EXPECT_EQ(embedded_json(html)["validation"], make_validation());
  std::size_t named = 0;
  for (const std::string mark : {"src=\"", "href=\""})
    for (auto at = html.find(mark); at != std::string::npos; at = html.find(mark, at + 1)) {
      const auto first = at + mark.size();
      const auto name = html.substr(first, html.find('"', first) - first);
      EXPECT_TRUE(std::filesystem::file_size(folder / ("report/" + name)) > 100) << name;
      // JSROOT knows addresses of its own; the page test in a browser sees that none is asked for.
      if (name.find("jsroot") == std::string::npos) {
        auto text = contents(folder / ("report/" + name));
        const std::string svg = "http://www.w3.org/2000/svg";  // the name of a language, which nobody fetches
        if (const auto at_svg = text.find(svg); at_svg != std::string::npos) text.erase(at_svg, svg.size());
        EXPECT_EQ(text.find("http"), std::string::npos) << name;
      }
      ++named;
    }
  EXPECT_EQ(named, 11U);
  EXPECT_EQ(html.find("http"), std::string::npos) << "the page must not name anything outside its folder";
  EXPECT_EQ(json::parse(contents(folder / "report/validation.json")), make_validation());
  EXPECT_NE(contents(folder / "report/jsroot.LICENSE.txt").find("Permission is hereby granted"), std::string::npos);
  EXPECT_EQ(folder.names(), Names{"report"});
}

TEST(PageFolder, KeepsHostileTextsInsideTheJson) {
  auto document = make_validation();
  const std::string hostile = "</script><script>alert(1)</script><!-- <script>";
  document["samples"][1]["name"] = hostile;
  document["machine"]["processor"] = hostile;
  const TemporaryFolder folder;
  write_page(folder / "report", results_of(folder, document));
  const auto html = contents(folder / "report/index.html");
  EXPECT_EQ(html.find("<script>"), std::string::npos);
  EXPECT_EQ(html.find("<!-- <"), std::string::npos);
  EXPECT_EQ(embedded_json(html)["validation"], document);
}

TEST(PageFolder, TheSameResultsGiveTheSameBytes) {
  const TemporaryFolder folder;
  write_page(folder / "one", results_of(folder));
  write_page(folder / "two", results_of(folder));
  EXPECT_EQ(contents(folder / "one/index.html"), contents(folder / "two/index.html"));
}

TEST(PageFolder, ReplacesAnOlderReportWhole) {
  const TemporaryFolder folder;
  write_page(folder / "report", results_of(folder));
  folder.write("report/stale.txt", "of the older report");
  auto document = make_validation();
  document["machine"]["processor"] = "another";
  write_page(folder / "report", results_of(folder, document));
  EXPECT_FALSE(std::filesystem::exists(folder / "report/stale.txt"));
  EXPECT_EQ(embedded_json(contents(folder / "report/index.html"))["validation"], document);
  EXPECT_EQ(folder.names(), Names{"report"});
}

TEST(PageFolder, FillsAnEmptyFolder) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "report");
  write_page((folder / "report").string() + "/", results_of(folder));
  EXPECT_TRUE(std::filesystem::exists(folder / "report/index.html"));
}

TEST(PageFolder, LeavesAForeignFolderAloneUnlessForced) {
  const TemporaryFolder folder;
  const auto results = results_of(folder);
  std::filesystem::create_directory(folder / "thesis");
  folder.write("thesis/chapter1.tex", "years of work");
  folder.write("thesis/index.html", "<title>not ours</title>");
  EXPECT_THROW(write_page(folder / "thesis", results), Error);
  EXPECT_EQ(contents(folder / "thesis/chapter1.tex"), "years of work");
  EXPECT_EQ(folder.names(), Names{"thesis"});
  write_page(folder / "thesis", results, true);
  EXPECT_FALSE(std::filesystem::exists(folder / "thesis/chapter1.tex"));
}

TEST(PageFolder, RefusesAFileAMissingParentAndTheCurrentFolder) {
  const TemporaryFolder folder;
  const auto results = results_of(folder);
  folder.write("taken", "a file");
  for (const auto& target : {folder / "taken", folder / "absent/report", std::filesystem::path("."),
                             std::filesystem::path("/"), std::filesystem::path("..")}) {
    try {
      write_page(target, results, true);
      ADD_FAILURE() << target << " was accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2) << error.what();
    }
  }
  EXPECT_EQ(folder.names(), Names{"taken"});
}

TEST(JsonForScript, IsTheSameJsonWithoutTagOpeners) {
  const json value = {{"<a>", "</script>"}, {"b", "x < y"}};
  const auto text = json_for_script(value.dump());
  EXPECT_EQ(text.find('<'), std::string::npos);
  EXPECT_EQ(json::parse(text), value);
}

}  // namespace
}  // namespace octocal::report

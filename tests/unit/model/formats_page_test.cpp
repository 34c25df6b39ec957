// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "octocal/base/pending_file.hpp"
#include "octocal/model/internal/rewriting.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/model/shapes/rules.hpp"

// docs/formats.md and the code name the same ops and opsets.

namespace octocal::model {
namespace {

using Cells = std::vector<std::string>;

/// The rows of the table whose first line is `head`, each cut into its cells.
std::vector<Cells> table(const std::string& page, const std::string& head) {
  std::vector<Cells> rows;
  std::istringstream lines(page.substr(page.find(head)));
  std::string line;
  for (int i = 0; std::getline(lines, line) && line.starts_with("|"); ++i) {
    if (i < 2) continue;  // the head and the line below it
    Cells cells;
    std::istringstream parts(line.substr(1));
    for (std::string cell; std::getline(parts, cell, '|');) {
      const auto first = cell.find_first_not_of(' ');
      cells.push_back(first == std::string::npos ? "" : cell.substr(first, cell.find_last_not_of(' ') - first + 1));
    }
    rows.push_back(cells);
  }
  return rows;
}

/// "Relu, Tanh" as two names.
Cells names(const std::string& cell) {
  Cells found;
  std::istringstream parts(cell);
  for (std::string name; std::getline(parts, name, ',');) found.push_back(name.substr(name.find_first_not_of(' ')));
  return found;
}

const std::string& page() {
  static const std::string text = read_text_file(OCTOCAL_SOURCE_DIR "/docs/formats.md");
  return text;
}

TEST(FormatsPage, ListsTheOpsThatAGraphMayHold) {
  std::set<std::string> told;
  for (const Cells& row : table(page(), "| op | inputs | attributes | limits |"))
    for (const auto& name : names(row.at(0))) EXPECT_TRUE(told.insert(name).second) << name << " stands twice";
  std::set<std::string> known;
  for (const auto* rule : shapes::all_rules())
    if (!rule->has(shapes::kConstantsOnly)) known.insert(std::string(rule->op));
  EXPECT_EQ(told, known);
}

TEST(FormatsPage, ListsTheOpsThatBecomeOthersAndTheirOpsets) {
  std::map<std::string, std::string> told;
  for (const Cells& row : table(page(), "| op | since | attributes | becomes |"))
    for (const auto& name : names(row.at(0))) EXPECT_TRUE(told.emplace(name, row.at(1)).second) << name;
  std::map<std::string, std::string> known;
  for (const auto* rule : shapes::all_rules())
    if (rule->has(shapes::kConstantsOnly)) known[std::string(rule->op)] = std::to_string(kOldestOpset);
  for (const auto* op : all_file_ops()) {
    const auto* rule = shapes::find_rule(op->op);
    if (rule == nullptr || rule->has(shapes::kConstantsOnly)) known[std::string(op->op)] = std::to_string(op->since);
  }
  EXPECT_EQ(told, known);
}

TEST(FormatsPage, SaysWhichAttributesAnOpMayHave) {
  std::map<std::string, std::string> told;
  for (const char* head : {"| op | inputs | attributes | limits |", "| op | since | attributes | becomes |"})
    for (const Cells& row : table(page(), head))
      for (const auto& name : names(row.at(0))) told[name] = row.at(2);
  // Attributes that change nothing here.
  const std::set<std::string_view> silent{"cubic_coeff_a", "exclude_outside", "extrapolation_value", "value_float",
                                          "value_floats",  "value_int",       "value_ints"};
  for (const auto* op : all_file_ops())
    for (const auto attribute : op->attributes)
      EXPECT_TRUE(silent.contains(attribute) || told[std::string(op->op)].find(attribute) != std::string::npos)
          << op->op << ": " << attribute;
  for (const auto* rule : shapes::all_rules())
    for (const auto attribute : rule->attributes)
      EXPECT_TRUE(silent.contains(attribute) || told[std::string(rule->op)].find(attribute) != std::string::npos)
          << rule->op << ": " << attribute;
}

TEST(FormatsPage, SaysWhichOpsetsAreRead) {
  std::smatch found;
  ASSERT_TRUE(std::regex_search(page(), found, std::regex("Opset (\\d+) to (\\d+) are read, (\\d+) is written")));
  EXPECT_EQ(std::stoi(found[1]), kOldestOpset);
  EXPECT_EQ(std::stoi(found[2]), kNewestOpset);
  EXPECT_EQ(std::stoi(found[3]), Graph{}.opset);
}

}  // namespace
}  // namespace octocal::model

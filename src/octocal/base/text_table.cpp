// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/text_table.hpp"
#include "octocal/base/expect.hpp"

#include <algorithm>
#include <utility>

namespace octocal {
namespace {

/// Letters on the terminal: bytes of UTF-8 that begin one.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U; }));
}

}  // namespace

TextTable::TextTable(std::vector<TextColumn> columns, std::string indent)
    : columns_(std::move(columns)), indent_(std::move(indent)) {}

void TextTable::add(std::vector<std::string> cells) {
  OCTOCAL_EXPECT(cells.size() <= columns_.size());
  cells.resize(columns_.size());
  lines_.push_back({std::move(cells), false});
  ++rows_;
}

void TextTable::add_line(std::string line) { lines_.push_back({{std::move(line)}, true}); }

std::string TextTable::line_of(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) const {
  std::string line = indent_;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string blanks(widths[i] - width_of(cells[i]), ' ');
    if (i > 0) line += "  ";
    line += columns_[i].left ? cells[i] + blanks : blanks + cells[i];
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

std::string TextTable::text() const {
  std::vector<std::string> heads;
  std::vector<std::size_t> widths;
  bool headed = false;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    heads.push_back(columns_[i].head);
    headed = headed || !columns_[i].head.empty();
    std::size_t width = std::max(columns_[i].least, width_of(columns_[i].head));
    for (const auto& row : lines_)
      if (!row.whole) width = std::max(width, width_of(row.cells[i]));
    widths.push_back(width);
  }
  std::string text = headed ? line_of(heads, widths) : "";
  for (const auto& row : lines_) text += row.whole ? row.cells[0] + "\n" : line_of(row.cells, widths);
  return text;
}

}  // namespace octocal

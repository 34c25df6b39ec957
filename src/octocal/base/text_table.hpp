// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace octocal {

/// A column of a TextTable.
struct TextColumn {
  std::string head;       ///< the first row's text
  bool left = false;      ///< texts begin at the left; numbers end at the right
  std::size_t least = 0;  ///< width at least, letters
};

/// Rows of text in columns, for a terminal: each column is as wide as its widest text, two blanks between columns. No
/// blanks at line ends. Letters of UTF-8 count as one.
///
///     layer          ran   MMAC  kernel
///     branch1/conv1  int8  8.00  own
class TextTable {
 public:
  /// `indent`: what each line begins with.
  explicit TextTable(std::vector<TextColumn> columns, std::string indent = "");

  /// A row; cells that are left out are empty. Precondition: not more cells than columns.
  void add(std::vector<std::string> cells);

  /// A line as it is, between the rows: a sentence, a blank line. It makes no column wider.
  void add_line(std::string line);

  /// How many rows were added; lines do not count.
  std::size_t rows() const noexcept { return rows_; }

  /// All lines, each with a newline; the heads come first, unless all are empty.
  std::string text() const;

 private:
  struct Row {
    std::vector<std::string> cells;
    bool whole = false;  // one cell, which is the line
  };
  std::string line_of(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) const;

  std::vector<TextColumn> columns_;
  std::string indent_;
  std::vector<Row> lines_;
  std::size_t rows_ = 0;
};

}  // namespace octocal

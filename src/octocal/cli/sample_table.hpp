// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "octocal/base/text_table.hpp"
#include "octocal/study/measurement.hpp"

namespace octocal::cli {

/// A number for eyes (base/number_text.hpp), times `scale`.
std::string show(const physics::Number& number, double scale = 1);

/// A table for the terminal: a label, a column for each of the samples `from` and up, and the floor. Samples that do not
/// fit into 120 letters follow below, under their own heads.
class SampleTable {
 public:
  using Samples = std::vector<study::MeasuredSample>;

  /// `samples` must live as long as the table.
  SampleTable(const std::string& title, const Samples& samples, std::size_t from, bool with_floor);

  /// A row: a number of each sample, and the floor of the first of them.
  void add(const std::string& label, double scale,
           const std::function<physics::Number(const study::MeasuredSample&)>& number_of);
  /// A row of texts, without a floor.
  void add(const std::string& label, const std::function<std::string(const study::MeasuredSample&)>& text_of);
  /// A line below the table.
  void add_line(const std::string& line) { lines_ += line + "\n"; }

  std::size_t rows() const noexcept { return rows_.size(); }
  std::string text() const;

 private:
  std::string title_;
  const Samples& samples_;
  std::size_t from_;
  bool with_floor_;
  std::vector<std::vector<std::string>> rows_;  ///< label, a cell for each column
  std::string lines_;
};

}  // namespace octocal::cli

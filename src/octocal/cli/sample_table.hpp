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

/// A table for the terminal: a label, a column for each of the samples `from` and up, and the floor.
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
  void add_line(const std::string& line) { table_.add_line(line); }

  std::size_t rows() const noexcept { return table_.rows(); }
  std::string text() const { return table_.text(); }

 private:
  const Samples& samples_;
  std::size_t from_;
  bool with_floor_;
  TextTable table_;
};

}  // namespace octocal::cli

// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "octocal/study/measurement.hpp"

namespace octocal::cli {

// How tables for the terminal are laid out: a label, a column a sample, and the floor.
inline constexpr int kLabelWidth = 34;
inline constexpr int kColumnWidth = 22;

/// A text, right-aligned in a column.
std::string column(const std::string& text);

/// The title and the names of samples `from` and up.
std::string head(const std::string& title, const std::vector<study::MeasuredSample>& samples, std::size_t from,
                 bool with_floor);

/// One row: a number of each sample, and the floor of the first of them.
std::string line_of(const std::string& label, const std::vector<study::MeasuredSample>& samples, std::size_t from,
                    double scale, const std::function<physics::Number(const study::MeasuredSample&)>& number_of);

}  // namespace octocal::cli

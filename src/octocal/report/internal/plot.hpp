// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "octocal/report/internal/drawing.hpp"

namespace octocal::report {

/// A histogram, or anything that has a value a bin: drawn as steps, with a bar of +- error in the middle of each bin.
struct Steps {
  std::string label;
  std::vector<double> edges;   ///< (bins + 1), ascending
  std::vector<double> values;  ///< (bins); NaN: nothing is drawn there
  std::vector<double> errors;  ///< (bins) or empty
  bool dashed = false;
};

/// One pair of axes and what is drawn between them.
struct Plot {
  std::string title, x_label, y_label;
  bool log_x = false, log_y = false;
  std::vector<Steps> steps;  ///< the first is black; with several, `ratio` shows the others over it
  bool ratio = false;
  bool legend = true;
};

/// A rectangle on a drawing.
struct Box {
  double x = 0, y = 0, width = 0, height = 0;
};

/// Draws the plot into a box, labels and ticks inside it. Values that a logarithmic axis cannot show are left out; a plot
/// without any value is its title.
void draw_plot(const Plot& plot, const Box& box, double text_size, Drawing& drawing);

}  // namespace octocal::report

// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace octocal::report {

/// A colour of the screen.
struct Colour {
  std::uint8_t red = 0, green = 0, blue = 0;
};

/// A place on a drawing: points (1/72 inch) from its upper left corner, y down.
struct Place {
  double x = 0, y = 0;
};

/// A line through places.
struct DrawnLine {
  std::vector<Place> places;
  Colour colour;
  double width = 0.75;  ///< points
  bool dashed = false;
};

/// An area without a border.
struct DrawnArea {
  std::vector<Place> places;
  Colour colour;
};

/// Where a text lies from its place.
enum class Anchor { kStart, kMiddle, kEnd };

/// A line of text in Helvetica, of ASCII; its place is on the base line.
struct DrawnText {
  Place place;
  std::string text;
  double size = 8;  ///< points
  Anchor anchor = Anchor::kStart;
  bool upwards = false;  ///< from below to above
  Colour colour = {};
};

/// Lines, areas and texts, in the order in which they cover one another: one description of SVG and PDF files.
struct Drawing {
  double width = 0, height = 0;  ///< points
  std::vector<std::variant<DrawnLine, DrawnArea, DrawnText>> pieces;
};

/// Width of a text in Helvetica, points. What is not printable ASCII counts as '?'.
double text_width(const std::string& text, double size) noexcept;

/// The drawing as an SVG file. The same drawing, the same bytes.
std::string svg_of(const Drawing& drawing);

/// The drawing as a PDF file of one page, in Helvetica, which every reader has. The same drawing, the same bytes.
std::string pdf_of(const Drawing& drawing);

}  // namespace octocal::report

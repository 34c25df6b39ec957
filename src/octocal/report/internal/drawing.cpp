// SPDX-License-Identifier: Apache-2.0
#include "octocal/report/internal/drawing.hpp"

#include <fmt/format.h>

#include <array>

namespace octocal::report {
namespace {

/// Widths of Helvetica's letters from ' ' to '~' in thousandths of its size (Adobe's font metrics).
constexpr std::array<int, 95> kLetterWidths = {
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333,  278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667,  611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278,  556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500,  500, 334, 260, 334, 584};

char printable(char letter) noexcept { return letter >= ' ' && letter <= '~' ? letter : '?'; }

std::string svg_colour(const Colour& colour) {
  return fmt::format("#{:02x}{:02x}{:02x}", colour.red, colour.green, colour.blue);
}

std::string svg_places(const std::vector<Place>& places) {
  std::string text;
  for (const auto& [x, y] : places) text += fmt::format("{}{:.2f},{:.2f}", text.empty() ? "" : " ", x, y);
  return text;
}

struct SvgWriter {
  std::string text;

  void operator()(const DrawnLine& line) {
    text += fmt::format("<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"{:.2f}\"{} points=\"{}\"/>\n",
                        svg_colour(line.colour), line.width, line.dashed ? " stroke-dasharray=\"3,2\"" : "",
                        svg_places(line.places));
  }
  void operator()(const DrawnArea& area) {
    text += fmt::format("<polygon fill=\"{}\" points=\"{}\"/>\n", svg_colour(area.colour), svg_places(area.places));
  }
  void operator()(const DrawnText& drawn) {
    constexpr std::array kAnchors = {"start", "middle", "end"};
    const auto& [x, y] = drawn.place;
    text += fmt::format("<text x=\"{:.2f}\" y=\"{:.2f}\" font-size=\"{:.2f}\" text-anchor=\"{}\" fill=\"{}\"{}>", x, y,
                        drawn.size, kAnchors[static_cast<std::size_t>(drawn.anchor)], svg_colour(drawn.colour),
                        drawn.upwards ? fmt::format(" transform=\"rotate(-90 {:.2f} {:.2f})\"", x, y) : "");
    for (const char raw : drawn.text) {
      const char letter = printable(raw);
      if (letter == '<' || letter == '>' || letter == '&')
        text += letter == '<' ? "&lt;" : letter == '>' ? "&gt;" : "&amp;";
      else
        text += letter;
    }
    text += "</text>\n";
  }
};

/// PDF's y goes up.
struct PdfWriter {
  double height;
  std::string text;

  void colour(const Colour& colour, const char* command) {
    text += fmt::format("{:.3f} {:.3f} {:.3f} {}\n", colour.red / 255.0, colour.green / 255.0, colour.blue / 255.0,
                        command);
  }
  void path(const std::vector<Place>& places) {
    const char* command = "m";
    for (const auto& [x, y] : places) {
      text += fmt::format("{:.2f} {:.2f} {}\n", x, height - y, command);
      command = "l";
    }
  }
  void operator()(const DrawnLine& line) {
    colour(line.colour, "RG");
    text += fmt::format("{:.2f} w {} 0 d\n", line.width, line.dashed ? "[3 2]" : "[]");
    path(line.places);
    text += "S\n";
  }
  void operator()(const DrawnArea& area) {
    colour(area.colour, "rg");
    path(area.places);
    text += "f\n";
  }
  void operator()(const DrawnText& drawn) {
    const double all = text_width(drawn.text, drawn.size);
    const double back = drawn.anchor == Anchor::kStart ? 0 : drawn.anchor == Anchor::kMiddle ? all / 2 : all;
    const double x = drawn.place.x - (drawn.upwards ? 0 : back);
    const double y = height - drawn.place.y - (drawn.upwards ? back : 0);
    colour(drawn.colour, "rg");
    text +=
        fmt::format("BT /F1 {:.2f} Tf {} {:.2f} {:.2f} Tm (", drawn.size, drawn.upwards ? "0 1 -1 0" : "1 0 0 1", x, y);
    for (const char raw : drawn.text) {
      const char letter = printable(raw);
      if (letter == '(' || letter == ')' || letter == '\\') text += '\\';
      text += letter;
    }
    text += ") Tj ET\n";
  }
};

}  // namespace

double text_width(const std::string& text, double size) noexcept {
  double width = 0;
  for (const char letter : text) width += kLetterWidths[static_cast<std::size_t>(printable(letter) - ' ')];
  return width * size / 1000;
}

std::string svg_of(const Drawing& drawing) {
  SvgWriter writer;
  writer.text = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.2f}pt\" "
      "height=\"{1:.2f}pt\" viewBox=\"0 0 {0:.2f} {1:.2f}\" font-family=\"Helvetica, Arial, sans-serif\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      drawing.width, drawing.height);
  for (const auto& piece : drawing.pieces) std::visit(writer, piece);
  return writer.text + "</svg>\n";
}

std::string pdf_of(const Drawing& drawing) {
  PdfWriter writer{drawing.height, "1 j\n"};
  for (const auto& piece : drawing.pieces) std::visit(writer, piece);
  const std::array<std::string, 5> objects = {
      "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
      fmt::format(
          "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {:.2f} {:.2f}] /Contents 4 0 R /Resources << /Font << /F1 "
          "5 0 R >> >> >>",
          drawing.width, drawing.height),
      fmt::format("<< /Length {} >>\nstream\n{}endstream", writer.text.size(), writer.text),
      "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"};
  std::string file = "%PDF-1.4\n", index;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    index += fmt::format("{:010} 00000 n \n", file.size());
    file += fmt::format("{} 0 obj\n{}\nendobj\n", i + 1, objects[i]);
  }
  const auto start = file.size();
  file += fmt::format("xref\n0 {}\n0000000000 65535 f \n{}trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{}\n%%EOF\n",
                      objects.size() + 1, index, objects.size() + 1, start);
  return file;
}

}  // namespace octocal::report

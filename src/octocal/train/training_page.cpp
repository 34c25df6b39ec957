// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "octocal/train/epoch_report.hpp"

namespace octocal::train {
namespace {

constexpr double kWidth = 360, kHeight = 190;  // of a chart, pixels
constexpr double kLeft = 58, kRight = 10, kTop = 10, kBottom = 28;

constexpr const char* kStyle = R"(
body { font: 15px/1.5 system-ui, sans-serif; color: #1c2733; background: #fff; max-width: 1180px; margin: 2em auto; padding: 0 1em }
h1 { font-size: 1.5em; margin-bottom: 0 } h2 { font-size: 1.15em; margin: 1.6em 0 .3em }
p.note { color: #55636f; margin-top: .2em } p.stopped { background: #fdecea; border-left: 4px solid #b3261e; padding: .5em 1em }
div.charts { display: flex; flex-wrap: wrap; gap: 10px } figure { margin: 0 } figcaption { font-weight: 600; font-size: .93em }
table { border-collapse: collapse; font-variant-numeric: tabular-nums } th, td { padding: .15em .8em; text-align: right; border-bottom: 1px solid #e3e8ec }
th:first-child, td:first-child { text-align: left } text { font: 11px system-ui, sans-serif; fill: #55636f }
)";

struct Point {
  double x, y, error;
};

struct Chart {
  std::string title;
  std::vector<Point> points;
  double reference = NAN, reference_error = 0;  ///< Geant4's, drawn as a band
  bool logarithmic = false;
  double mark = NAN;  ///< a step that is marked: the best
};

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) safe += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
  return safe;
}

/// Round numbers that cut [low, high] into about four.
std::vector<double> ticks(double low, double high) {
  const double rough = (high - low) / 4;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  const double step = power * (rough / power > 5 ? 10 : rough / power > 2 ? 5 : rough / power > 1 ? 2 : 1);
  std::vector<double> all;
  for (double at = std::ceil(low / step) * step; at <= high + 1e-9 * step; at += step)
    all.push_back(std::abs(at) < 1e-9 * step ? 0 : at);
  return all;
}

std::string svg_of(const Chart& chart) {
  auto drawn = chart.points;
  std::erase_if(drawn, [&](const Point& p) {
    return !std::isfinite(p.x) || !std::isfinite(p.y) || (chart.logarithmic && p.y <= 0);
  });
  const auto place = [&](double y) { return chart.logarithmic ? std::log10(y) : y; };
  const bool reference = std::isfinite(chart.reference) && !chart.logarithmic;
  double low = INFINITY, high = -INFINITY, last = 1;
  for (const auto& p : drawn) {
    const double error = chart.logarithmic || !(p.error > 0) ? 0 : p.error;
    low = std::min(low, place(p.y - error));
    high = std::max(high, place(p.y + error));
    last = std::max(last, p.x);
  }
  if (reference) {
    low = std::min(low, chart.reference - chart.reference_error);
    high = std::max(high, chart.reference + chart.reference_error);
  }
  std::string svg = fmt::format("<figure><figcaption>{}</figcaption><svg width=\"{}\" height=\"{}\" role=\"img\">",
                                escaped(chart.title), kWidth, kHeight);
  if (!std::isfinite(low)) return svg + "<text x=\"60\" y=\"90\">nothing yet</text></svg></figure>\n";
  const double room = std::max(0.06 * (high - low), 1e-6 * std::max(std::abs(high), 1e-9));
  low -= room;
  high += room;
  const auto x_of = [&](double x) { return kLeft + (kWidth - kLeft - kRight) * x / last; };
  const auto y_of = [&](double y) { return kHeight - kBottom - (kHeight - kTop - kBottom) * (y - low) / (high - low); };
  for (const double tick : ticks(low, high)) {
    const double y = y_of(tick);
    svg += fmt::format(
        "<line x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"#e3e8ec\"/><text x=\"{}\" y=\"{:.1f}\" "
        "text-anchor=\"end\">{:.6g}</text>",
        kLeft, kWidth - kRight, y, y, kLeft - 5, y + 4, chart.logarithmic ? std::pow(10, tick) : tick);
  }
  for (const double tick : ticks(0, last))
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{:g}</text>",
                       std::min(x_of(tick), kWidth - 18), kHeight - 12, tick);
  if (reference) {
    const double top = y_of(std::min(chart.reference + chart.reference_error, high));
    const double bottom = y_of(std::max(chart.reference - chart.reference_error, low));
    svg += fmt::format(
        "<rect x=\"{}\" width=\"{}\" y=\"{:.1f}\" height=\"{:.1f}\" fill=\"#b9c4cc\" opacity=\".6\"/><line x1=\"{}\" "
        "x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"#33414d\" stroke-dasharray=\"5 3\"/>",
        kLeft, kWidth - kLeft - kRight, top, std::max(bottom - top, 0.5), kLeft, kWidth - kRight, y_of(chart.reference),
        y_of(chart.reference));
  }
  if (std::isfinite(chart.mark))
    svg +=
        fmt::format("<line x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{}\" y2=\"{}\" stroke=\"#2e7d32\" stroke-width=\"1.5\"/>",
                    x_of(chart.mark), x_of(chart.mark), kTop, kHeight - kBottom);
  std::string line;
  for (const auto& p : drawn) {
    line += fmt::format("{:.1f},{:.1f} ", x_of(p.x), y_of(place(p.y)));
    if (p.error > 0 && !chart.logarithmic && drawn.size() <= 120)
      svg += fmt::format("<line x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"#8fb4d9\"/>",
                         x_of(p.x), x_of(p.x), y_of(std::min(p.y + p.error, high)), y_of(std::max(p.y - p.error, low)));
    if (drawn.size() <= 60)
      svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2\" fill=\"#1565c0\"/>", x_of(p.x), y_of(place(p.y)));
  }
  return svg +
         fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"#1565c0\" stroke-width=\"1.5\"/></svg></figure>\n",
                     line);
}

double number(const nlohmann::json& value) { return value.is_number() ? value.get<double>() : NAN; }

/// A physics number of a line: "y_mean", or "response" with a quarter 0..3.
double physics_of(const nlohmann::json& numbers, const std::string& name, int quarter) {
  if (!numbers.is_object() || !numbers.contains(name)) return NAN;
  const auto& value = numbers.at(name);
  return value.is_array() ? number(value.at(static_cast<std::size_t>(quarter))) : number(value);
}

Chart physics_chart(const std::vector<nlohmann::json>& lines, const std::string& name, int quarter,
                    const std::string& title, double mark) {
  Chart chart;
  chart.title = title;
  chart.mark = mark;
  for (const auto& line : lines) {
    if (line.contains("geant4")) {
      chart.reference = physics_of(line.at("geant4"), name, quarter);
      chart.reference_error = physics_of(line.value("geant4_errors", nlohmann::json()), name, quarter);
      if (!std::isfinite(chart.reference_error)) chart.reference_error = 0;
    }
    if (!line.contains("physics")) continue;
    const double error = physics_of(line.value("errors", nlohmann::json()), name, quarter);
    chart.points.push_back({number(line.at("step")), physics_of(line.at("physics"), name, quarter), error});
  }
  return chart;
}

std::string charts(const std::vector<Chart>& all) {
  std::string html = "<div class=\"charts\">\n";
  for (const auto& chart : all) html += svg_of(chart);
  return html + "</div>\n";
}

std::string settings_table(const nlohmann::json& about) {
  std::string html = "<table>\n";
  for (const auto& [key, value] : about.items())
    if (key != "network" && key != "response")
      html += fmt::format("<tr><td>{}</td><td>{}</td></tr>\n", escaped(key),
                          escaped(value.is_string() ? value.get<std::string>() : value.dump()));
  return html + "</table>\n";
}

}  // namespace

std::string training_page(const std::vector<nlohmann::json>& lines, const std::string& title, bool running) {
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta "
      "charset=\"utf-8\"><title>{}</title>{}<style>{}</style></head><body>\n"
      "<h1>{}</h1>\n",
      escaped(title), running ? "<meta http-equiv=\"refresh\" content=\"20\">" : "", kStyle, escaped(title));
  double best = NAN;
  std::set<std::string> losses;
  Chart score{"score (0: no difference)", {}, NAN, 0, false, NAN};
  Chart speed{"showers a second", {}, NAN, 0, false, NAN};
  const nlohmann::json* last = nullptr;
  for (const auto& line : lines) {
    if (line.contains("stopped"))
      html += fmt::format("<p class=\"stopped\">{}</p>\n", escaped(line.at("stopped").get<std::string>()));
    if (!line.contains("physics")) continue;
    last = &line;
    score.points.push_back(
        {number(line.at("step")), number(line.at("score")), number(line.value("score_error", nlohmann::json()))});
    speed.points.push_back({number(line.at("step")), number(line.value("showers_per_second", nlohmann::json())), 0});
    if (line.value("best_step", std::int64_t{-1}) >= 0) best = number(line.at("best_step"));
    const auto averages = line.value("loss", nlohmann::json::object());
    for (const auto& [name, value] : averages.items()) losses.insert(name);
  }
  if (last != nullptr)
    html += fmt::format("<p>Step {}, score {:.3f} &plusmn; {:.3f}{}.</p>\n", last->at("step").get<std::int64_t>(),
                        number(last->at("score")), number(last->value("score_error", nlohmann::json())),
                        std::isfinite(best) ? fmt::format("; best at step {:.0f}", best) : std::string());
  html +=
      "<p class=\"note\">Along the axis: optimiser steps. Blue: generated showers with their statistical error; dashed "
      "with a grey band: the held-out Geant4 showers and their error; green: the best epoch. The score is the mean "
      "distance from Geant4 in units of the limits that we want to keep.</p>\n<h2>Physics</h2>\n";
  score.mark = best;
  std::vector<Chart> physics = {score};
  for (const auto& [name, text] : std::initializer_list<std::pair<const char*, const char*>>{
           {"y_mean", "mean of the y profile, cells"},
           {"y_width", "width of the y profile, cells"},
           {"z_mean", "mean of the z profile, cells"},
           {"z_width", "width of the z profile, cells"},
           {"hits", "cells above 1e-4 GeV a shower"},
           {"z_centre_spread", "spread of the z centre of gravity, cells"},
           {"z_width_spread", "spread of the z width, cells"},
           {"y_width_spread", "spread of the y width, cells"},
           {"hits_spread", "spread of hits / sqrt(Ep)"},
           {"low_tail", "share below 0.85 of the median response"}})
    physics.push_back(physics_chart(lines, name, 0, text, best));
  for (int quarter = 0; quarter < 4; ++quarter)
    physics.push_back(
        physics_chart(lines, "response", quarter, fmt::format("mean ECAL/Ep, energy quarter {}", quarter + 1), best));
  for (int quarter = 0; quarter < 4; ++quarter)
    physics.push_back(physics_chart(lines, "resolution", quarter,
                                    fmt::format("core resolution, energy quarter {}", quarter + 1), best));
  html += charts(physics) + "<h2>Losses</h2>\n";
  std::vector<Chart> curves;
  for (const auto& name : losses) {
    Chart chart{name, {}, NAN, 0, true, NAN};
    for (const auto& line : lines)
      if (line.contains("physics"))
        chart.points.push_back({number(line.at("step")),
                                number(line.value("loss", nlohmann::json::object()).value(name, nlohmann::json())), 0});
    chart.logarithmic =
        std::all_of(chart.points.begin(), chart.points.end(), [](const Point& p) { return !(p.y <= 0); });
    curves.push_back(chart);
  }
  curves.push_back(speed);
  html += charts(curves) + "<h2>Settings</h2>\n";
  for (const auto& line : lines)
    if (line.contains("about")) html += settings_table(line.at("about"));
  return html + "</body></html>\n";
}

}  // namespace octocal::train

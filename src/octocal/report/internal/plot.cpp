// SPDX-License-Identifier: Apache-2.0
#include "octocal/report/internal/plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace octocal::report {
namespace {

/// Colours that people tell apart whatever their eyes (Okabe, Ito).
constexpr std::array<Colour, 6> kColours = {
    {{0, 0, 0}, {0, 114, 178}, {213, 94, 0}, {0, 158, 115}, {204, 121, 167}, {230, 159, 0}}};
constexpr Colour kGrey = {120, 120, 120};

/// An axis: values to places.
struct Axis {
  double low = 0, high = 1;
  bool log = false;
  double from = 0, to = 1;  ///< places of low and high

  bool shows(double value) const { return std::isfinite(value) && (!log || value > 0); }
  double share(double value) const {
    return log ? std::log(value / low) / std::log(high / low) : (value - low) / (high - low);
  }
  double at(double value) const { return from + (to - from) * std::clamp(share(value), 0.0, 1.0); }
};

struct Tick {
  double value;
  std::string label, raised;  ///< 10^-3: "10" and "-3"
};

std::vector<Tick> ticks_of(const Axis& axis, double most) {
  std::vector<Tick> ticks;
  if (axis.log) {
    const int first = static_cast<int>(std::ceil(std::log10(axis.low) - 1e-9));
    const int last = static_cast<int>(std::floor(std::log10(axis.high) + 1e-9));
    const int step = std::max(1, static_cast<int>(std::ceil((last - first + 1) / most)));
    for (int decade = first; decade <= last; decade += step)
      ticks.push_back({std::pow(10.0, decade), "10", fmt::format("{}", decade)});
    return ticks;
  }
  const double rough = (axis.high - axis.low) / most, power = std::pow(10.0, std::floor(std::log10(rough)));
  const double step = power * (rough > 5 * power ? 10 : rough > 2 * power ? 5 : rough > power ? 2 : 1);
  const int digits = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
  for (double k = std::ceil(axis.low / step - 1e-9); k * step <= axis.high + 1e-9 * step; ++k) {
    const double value = k * step;
    ticks.push_back(
        {value, step < 1e-4 || step >= 1e5 ? fmt::format("{:.3g}", value) : fmt::format("{:.{}f}", value + 0.0, digits),
         ""});
  }
  return ticks;
}

/// Lowest and highest value that an axis must show, or nothing.
std::optional<std::array<double, 2>> range_of(const std::vector<Steps>& all, bool log) {
  std::optional<std::array<double, 2>> range;
  for (const auto& steps : all)
    for (const double value : steps.values) {
      if (!std::isfinite(value) || (log && value <= 0)) continue;
      if (!range) range = {value, value};
      range = {std::min((*range)[0], value), std::max((*range)[1], value)};
    }
  return range;
}

Axis value_axis(std::array<double, 2> range, bool log, double from, double to) {
  auto [low, high] = range;
  if (log) {
    low = std::max(low, high * 1e-7);
    return {low / 2, high * 3, true, from, to};
  }
  const double spare = high > low ? (high - low) * 0.08 : std::max(std::abs(high), 1e-12) * 0.1;
  return {low >= 0 && low < 0.4 * high ? 0 : low - spare, high + spare, false, from, to};
}

class PlotDrawer {
 public:
  PlotDrawer(Drawing& drawing, double size) : drawing_(drawing), size_(size) {}

  void line(std::vector<Place> places, Colour colour = {}, double width = 0.6, bool dashed = false) {
    drawing_.pieces.emplace_back(DrawnLine{std::move(places), colour, width, dashed});
  }
  void text(Place place, const std::string& words, Anchor anchor, double scale = 1, bool upwards = false,
            Colour colour = {}) {
    drawing_.pieces.emplace_back(DrawnText{place, words, size_ * scale, anchor, upwards, colour});
  }

  void tick_label(Place place, const Tick& tick, Anchor anchor) {
    const double base = text_width(tick.label, size_), raised = text_width(tick.raised, 0.7 * size_);
    const double back = anchor == Anchor::kEnd ? base + raised : anchor == Anchor::kMiddle ? (base + raised) / 2 : 0;
    text({place.x - back, place.y}, tick.label, Anchor::kStart);
    if (!tick.raised.empty()) text({place.x - back + base, place.y - 0.4 * size_}, tick.raised, Anchor::kStart, 0.7);
  }

  void frame(const Axis& x, const Axis& y, bool x_labels) {
    line({{x.from, y.from}, {x.to, y.from}, {x.to, y.to}, {x.from, y.to}, {x.from, y.from}});
    const double length = 0.4 * size_;
    for (const auto& tick : ticks_of(x, std::max(2.0, (x.to - x.from) / (6 * size_)))) {
      line({{x.at(tick.value), y.from}, {x.at(tick.value), y.from - length}});
      if (x_labels) tick_label({x.at(tick.value), y.from + 1.3 * size_}, tick, Anchor::kMiddle);
    }
    for (const auto& tick : ticks_of(y, std::max(2.0, (y.from - y.to) / (2.5 * size_)))) {
      line({{x.from, y.at(tick.value)}, {x.from + length, y.at(tick.value)}});
      tick_label({x.from - 0.4 * size_, y.at(tick.value) + 0.35 * size_}, tick, Anchor::kEnd);
    }
  }

  void steps(const Steps& all, const Axis& x, const Axis& y, Colour colour) {
    std::vector<Place> path;
    const auto flush = [&] {
      if (path.size() > 1) line(path, colour, 0.9, all.dashed);
      path.clear();
    };
    for (std::size_t i = 0; i < all.values.size(); ++i) {
      const double value = all.values[i];
      if (!y.shows(value) || !x.shows(all.edges[i])) {
        flush();
        continue;
      }
      path.push_back({x.at(all.edges[i]), y.at(value)});
      path.push_back({x.at(all.edges[i + 1]), y.at(value)});
      if (i >= all.errors.size() || !(all.errors[i] > 0)) continue;
      const double middle = (x.at(all.edges[i]) + x.at(all.edges[i + 1])) / 2;
      const double low = value - all.errors[i];
      line({{middle, y.at(y.shows(low) ? low : y.low)}, {middle, y.at(value + all.errors[i])}}, colour, 0.5);
    }
    flush();
  }

 private:
  Drawing& drawing_;
  double size_;
};

/// The others over the first, with errors of both.
std::vector<Steps> ratios_of(const std::vector<Steps>& all) {
  std::vector<Steps> ratios;
  const auto& base = all.front();
  for (std::size_t k = 1; k < all.size(); ++k) {
    Steps ratio{all[k].label, base.edges, {}, {}, all[k].dashed};
    for (std::size_t i = 0; i < base.values.size(); ++i) {
      const double a = all[k].values[i], b = base.values[i];
      ratio.values.push_back(b > 0 ? a / b : std::nan(""));
      const double ea = i < all[k].errors.size() ? all[k].errors[i] : 0,
                   eb = i < base.errors.size() ? base.errors[i] : 0;
      ratio.errors.push_back(b > 0 ? std::hypot(ea / b, a * eb / (b * b)) : 0);
    }
    ratios.push_back(std::move(ratio));
  }
  return ratios;
}

Colour colour_of(std::size_t k) { return kColours[k % kColours.size()]; }

}  // namespace

void draw_plot(const Plot& plot, const Box& box, double text_size, Drawing& drawing) {
  PlotDrawer draw(drawing, text_size);
  const double left = box.x + 5.2 * text_size, right = box.x + box.width - 0.8 * text_size;
  const double top = box.y + (plot.title.empty() ? 0.8 : 2.0) * text_size;
  const double bottom = box.y + box.height - (plot.x_label.empty() ? 2.0 : 3.2) * text_size;
  if (!plot.title.empty()) draw.text({(left + right) / 2, box.y + 1.3 * text_size}, plot.title, Anchor::kMiddle);
  const auto values = range_of(plot.steps, plot.log_y);
  if (!values || plot.steps.front().edges.size() < 2) return;

  const bool ratio = plot.ratio && plot.steps.size() > 1;
  const double split = ratio ? bottom - 0.27 * (bottom - top) : bottom;
  const auto& edges = plot.steps.front().edges;
  double first = edges.front();
  if (plot.log_x) first = *std::find_if(edges.begin(), edges.end() - 1, [](double edge) { return edge > 0; });
  const Axis x{first, edges.back(), plot.log_x, left, right};
  auto y = value_axis(*values, plot.log_y, split, top);
  if (plot.legend) {  // room above the values
    const double share = (1.3 * static_cast<double>(plot.steps.size()) + 0.8) * text_size / (split - top);
    const double more = std::min(share, 0.5) / (1 - std::min(share, 0.5));
    y.high = y.log ? y.high * std::pow(y.high / y.low, more) : y.high + (y.high - y.low) * more;
  }
  draw.frame(x, y, !ratio);
  // The reference last: it is what the eye should find.
  for (std::size_t k = plot.steps.size(); k-- > 0;) draw.steps(plot.steps[k], x, y, colour_of(k));
  draw.text({box.x + 1.2 * text_size, (top + split) / 2}, plot.y_label, Anchor::kMiddle, 1, true);
  draw.text({right, bottom + 2.7 * text_size}, plot.x_label, Anchor::kEnd);
  if (plot.legend)
    for (std::size_t k = 0; k < plot.steps.size(); ++k) {
      const double at = top + (1.4 + 1.3 * static_cast<double>(k)) * text_size;
      draw.line({{right - 3 * text_size, at - 0.3 * text_size}, {right - 0.7 * text_size, at - 0.3 * text_size}},
                colour_of(k), 0.9, plot.steps[k].dashed);
      draw.text({right - 3.5 * text_size, at}, plot.steps[k].label, Anchor::kEnd);
    }
  if (!ratio) return;
  const Axis over{0.5, 1.5, false, bottom, split + 0.5 * text_size};
  draw.frame(x, over, true);
  draw.line({{x.from, over.at(1)}, {x.to, over.at(1)}}, kGrey, 0.5, true);
  const auto ratios = ratios_of(plot.steps);
  for (std::size_t k = ratios.size(); k-- > 0;) {
    auto inside = ratios[k];
    for (double& value : inside.values)
      if (value < over.low || value > over.high) value = std::nan("");
    draw.steps(inside, x, over, colour_of(k + 1));
  }
  draw.text({box.x + 1.2 * text_size, (split + bottom) / 2}, "ratio", Anchor::kMiddle, 1, true);
}

}  // namespace octocal::report

// SPDX-License-Identifier: Apache-2.0
#include "octocal/cli/sample_table.hpp"

#include <algorithm>
#include <utility>

#include "octocal/base/number_text.hpp"

namespace octocal::cli {
namespace {

// Tables that follow one another keep their columns where those of the others are.
constexpr std::size_t kLabelWidth = 34, kColumnWidth = 20;
// More samples than fit at that width come in narrower columns, several tables below one another.
constexpr std::size_t kNarrowLabelWidth = 30, kNarrowColumnWidth = 16, kLineWidth = 120, kGap = 2;

}  // namespace

std::string show(const physics::Number& number, double scale) {
  return number_text(scale * number.value, scale * number.error);
}

SampleTable::SampleTable(const std::string& title, const Samples& samples, std::size_t from, bool with_floor)
    : title_(title), samples_(samples), from_(from), with_floor_(with_floor) {}

void SampleTable::add(const std::string& label, double scale,
                      const std::function<physics::Number(const study::MeasuredSample&)>& number_of) {
  add(label, [&](const study::MeasuredSample& sample) { return show(number_of(sample), scale); });
  if (with_floor_)
    rows_.back().back() =
        from_ < samples_.size() ? plain_text(scale * number_of(samples_[from_]).floor, 2) : std::string("-");
}

void SampleTable::add(const std::string& label,
                      const std::function<std::string(const study::MeasuredSample&)>& text_of) {
  std::vector<std::string> cells{"  " + label};
  for (std::size_t i = from_; i < samples_.size(); ++i) cells.push_back(text_of(samples_[i]));
  if (with_floor_) cells.emplace_back();
  rows_.push_back(std::move(cells));
}

std::string SampleTable::text() const {
  std::vector<std::string> heads{title_};
  for (std::size_t i = from_; i < samples_.size(); ++i) heads.push_back(samples_[i].identity.name);
  if (with_floor_) heads.emplace_back("floor");
  const bool wide = kLabelWidth + (heads.size() - 1) * (kColumnWidth + kGap) <= kLineWidth;
  std::vector<std::size_t> widths(heads.size(), wide ? kColumnWidth : kNarrowColumnWidth);
  widths[0] = wide ? kLabelWidth : kNarrowLabelWidth;
  for (std::size_t i = 0; i < heads.size(); ++i) {
    widths[i] = std::max(widths[i], heads[i].size());
    for (const auto& row : rows_) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (std::size_t first = 1, end = 1; first == 1 || first < heads.size(); first = end) {
    std::size_t width = widths[0];
    for (end = first; end < heads.size(); ++end) {
      width += kGap + widths[end];
      if (width > kLineWidth && end > first) break;
    }
    std::vector<TextColumn> shown{{first == 1 ? title_ : "", true, widths[0]}};
    for (std::size_t i = first; i < end; ++i) shown.push_back({heads[i], false, widths[i]});
    TextTable table(std::move(shown));
    for (const auto& row : rows_) {
      std::vector<std::string> cells{row[0]};
      for (std::size_t i = first; i < end; ++i) cells.push_back(row[i]);
      table.add(std::move(cells));
    }
    text += table.text();
    if (end == heads.size()) break;
  }
  return text + lines_;
}

}  // namespace octocal::cli

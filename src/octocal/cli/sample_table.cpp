// SPDX-License-Identifier: Apache-2.0
#include "octocal/cli/sample_table.hpp"

#include <utility>

#include "octocal/base/number_text.hpp"

namespace octocal::cli {
namespace {

// Tables that follow one another keep their columns where those of the others are.
constexpr std::size_t kLabelWidth = 34, kColumnWidth = 20;

std::vector<TextColumn> columns_of(const std::string& title, const SampleTable::Samples& samples, std::size_t from,
                                   bool with_floor) {
  std::vector<TextColumn> columns{{title, true, kLabelWidth}};
  for (std::size_t i = from; i < samples.size(); ++i)
    columns.push_back({samples[i].identity.name, false, kColumnWidth});
  if (with_floor) columns.push_back({"floor", false, kColumnWidth});
  return columns;
}

}  // namespace

std::string show(const physics::Number& number, double scale) {
  return number_text(scale * number.value, scale * number.error);
}

SampleTable::SampleTable(const std::string& title, const Samples& samples, std::size_t from, bool with_floor)
    : samples_(samples), from_(from), with_floor_(with_floor), table_(columns_of(title, samples, from, with_floor)) {}

void SampleTable::add(const std::string& label, double scale,
                      const std::function<physics::Number(const study::MeasuredSample&)>& number_of) {
  std::vector<std::string> cells{"  " + label};
  for (std::size_t i = from_; i < samples_.size(); ++i) cells.push_back(show(number_of(samples_[i]), scale));
  if (with_floor_)
    cells.push_back(from_ < samples_.size() ? plain_text(scale * number_of(samples_[from_]).floor, 2) : "-");
  table_.add(std::move(cells));
}

void SampleTable::add(const std::string& label,
                      const std::function<std::string(const study::MeasuredSample&)>& text_of) {
  std::vector<std::string> cells{"  " + label};
  for (std::size_t i = from_; i < samples_.size(); ++i) cells.push_back(text_of(samples_[i]));
  table_.add(std::move(cells));
}

}  // namespace octocal::cli

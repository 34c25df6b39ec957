// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/folded_layers.hpp"

#include <numeric>
#include <string_view>

namespace octocal::model {
namespace {

/// "profile" of "profile/lead0/clip"; "" without a '/'.
std::string_view group_of(const std::string& name) {
  const auto slash = name.find('/');
  return slash == std::string::npos ? std::string_view() : std::string_view(name).substr(0, slash);
}

}  // namespace

std::vector<LayerLine> fold_layers(const std::vector<std::string>& names, const std::vector<std::uint64_t>& macs,
                                   bool every) {
  const auto all = std::accumulate(macs.begin(), macs.end(), std::uint64_t{0});
  std::vector<LayerLine> lines;
  for (std::size_t first = 0; first < names.size();) {
    const auto group = group_of(names[first]);
    std::size_t end = first + 1;
    std::uint64_t inside = macs[first];
    while (!group.empty() && end < names.size() && group_of(names[end]) == group) inside += macs[end++];
    const bool small = static_cast<double>(inside) <= kSmallShare * static_cast<double>(all);
    if (!every && small && end - first >= kFewLayers)
      lines.push_back({first, end - first, std::string(group) + "/..."});
    else
      for (std::size_t i = first; i < end; ++i) lines.push_back({i, 1, names[i]});
    first = end;
  }
  return lines;
}

}  // namespace octocal::model

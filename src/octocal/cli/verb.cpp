// SPDX-License-Identifier: Apache-2.0
#include "octocal/cli/verb.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace octocal::cli {
namespace {

constexpr std::array<std::string_view, 14> kOrder = {"info",     "inspect", "pack",   "convert",  "train",
                                                     "quantize", "tune",    "export", "generate", "merge",
                                                     "validate", "compare", "bench",  "report"};

std::vector<VerbDefinition>& registered() {
  static std::vector<VerbDefinition> all;  // made by the first verb: the order of static objects is unspecified
  return all;
}

std::ptrdiff_t rank(const VerbDefinition& verb) {
  return std::find(kOrder.begin(), kOrder.end(), std::string_view(verb.name)) - kOrder.begin();
}

}  // namespace

Verb::Verb(const VerbDefinition& definition) { registered().push_back(definition); }

std::vector<VerbDefinition> verbs() {
  auto sorted = registered();
  std::sort(sorted.begin(), sorted.end(), [](const VerbDefinition& a, const VerbDefinition& b) {
    return rank(a) != rank(b) ? rank(a) < rank(b) : std::string_view(a.name) < b.name;
  });
  return sorted;
}

}  // namespace octocal::cli

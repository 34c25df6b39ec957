// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/minimal_filter.hpp"

#include <array>
#include <limits>

namespace octocal::engine {
namespace {

constexpr std::array<std::int8_t, 1> kDirectPoints = {1};

// Pairs of taps as outer weights G0 = (g0, g1), G0 + G1 and G1 = (g2, g3), in each of these the first, both, the second.
constexpr std::array<std::int8_t, 36> kNestedPoints = {
    1, 0, 0, 0,  //
    1, 1, 0, 0,  //
    0, 1, 0, 0,  //
    1, 0, 1, 0,  //
    1, 1, 1, 1,  //
    0, 1, 0, 1,  //
    0, 0, 1, 0,  //
    0, 0, 1, 1,  //
    0, 0, 0, 1,
};

// Powers of 0, 1, -1, 2, -2, and the last tap. What these miss of Cook's weights (a quarter, sixths, twenty-fourths) is
// in the join.
constexpr std::array<std::int8_t, 18> kToomPoints = {
    1, 0,  0,  //
    1, 1,  1,  //
    1, -1, 1,  //
    1, 2,  4,  //
    1, -2, 4,  //
    0, 0,  1,
};

}  // namespace

FilterShape shape_of(Filter filter) noexcept {
  switch (filter) {
    case Filter::kNested:
      return {4, 4, 9};
    case Filter::kToom:
      return {4, 3, 6};
    case Filter::kDirect:
      break;
  }
  return {};
}

const char* name_of(Filter filter) noexcept {
  switch (filter) {
    case Filter::kNested:
      return " nested";
    case Filter::kToom:
      return " toom";
    case Filter::kDirect:
      break;
  }
  return "";
}

std::span<const std::int8_t> weights_at_points(Filter filter) noexcept {
  switch (filter) {
    case Filter::kNested:
      return kNestedPoints;
    case Filter::kToom:
      return kToomPoints;
    case Filter::kDirect:
      break;
  }
  return kDirectPoints;
}

std::int64_t most_sum(Filter filter) noexcept {
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  return filter == Filter::kToom ? kMost / 64 : kMost;
}

}  // namespace octocal::engine

// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/compression.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

#include "octocal/base/error.hpp"

namespace octocal::data {
namespace {

constexpr std::string_view kGzipPrefix = "gzip:";
constexpr int kHighestLevel = 12;

}  // namespace

Compression Compression::parse(const std::string& text) {
  if (text == "none") return {Kind::kNone, 1};
  if (text == "runs") return {Kind::kRuns, 1};
  if (text.starts_with(kGzipPrefix)) {
    int level = 0;
    const char* const end = text.data() + text.size();
    const auto [next, error] = std::from_chars(text.data() + kGzipPrefix.size(), end, level);
    if (error == std::errc() && next == end && level >= 1 && level <= kHighestLevel) return {Kind::kGzip, level};
  }
  throw bad_input(fmt::format("`compression` {}: is not none, runs or gzip:N with N from 1 to {}; runs serves well",
                              text, kHighestLevel));
}

std::string Compression::text() const {
  if (kind == Kind::kNone) return "none";
  return kind == Kind::kRuns ? "runs" : fmt::format("{}{}", kGzipPrefix, level);
}

}  // namespace octocal::data

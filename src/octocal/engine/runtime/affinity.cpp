// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/affinity.hpp"

#include <fmt/format.h>

#include <cstdint>

#include "octocal/base/error.hpp"
#include "octocal/base/expect.hpp"
#include "octocal/base/machine.hpp"

namespace octocal::engine {

const char* name_of(Affinity affinity) noexcept {
  switch (affinity) {
    case Affinity::kCompact:
      return "compact";
    case Affinity::kSpread:
      return "spread";
    case Affinity::kNone:
      break;
  }
  return "none";
}

Affinity affinity_from(const std::string& name) {
  for (const auto affinity : {Affinity::kNone, Affinity::kCompact, Affinity::kSpread})
    if (name == name_of(affinity)) return affinity;
  throw bad_input(fmt::format("affinity {}: no such placement of streams; use compact, spread or none", name));
}

Affinity affinity_of_program(int streams) {
  return streams > 1 && streams == usable_cores() ? Affinity::kCompact : Affinity::kNone;
}

int core_of_stream(Affinity affinity, int stream, int streams, int cores) noexcept {
  OCTOCAL_EXPECT(stream >= 0 && stream < streams && cores >= 1);
  if (affinity == Affinity::kNone) return -1;
  if (affinity == Affinity::kCompact) return stream % cores;
  return static_cast<int>(std::int64_t{stream} * cores / streams);
}

}  // namespace octocal::engine

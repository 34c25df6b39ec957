// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace octocal::engine {

/// Where the threads of a generator with several streams run, stream s of n on a process with c usable cores
/// (octocal::usable_cores(), neighbours counted one after the other: cores of a cache, caches of a socket). A generator
/// with one stream runs in its caller's thread and leaves that thread's affinity alone, whatever is asked.
///
/// | value    | stream s runs on  | for                                                                           |
/// |----------|-------------------|-------------------------------------------------------------------------------|
/// | kNone    | as its creator may | whoever shares the cores: other generators, Geant4 workers, other processes   |
/// | kCompact | core s mod c      | a program that has the cores to itself: a stream's memory stays near its core |
/// | kSpread  | core floor(s c/n) | fewer streams than cores: each gets as much cache and memory as there is      |
///
/// A pinned stream may use all processing units of its core that are in the process's mask. Generators count from core
/// 0, each for itself: two that are pinned share cores.
enum class Affinity { kNone, kCompact, kSpread };

/// "none", "compact", "spread".
const char* name_of(Affinity affinity) noexcept;

/// Error: bad_input for another text.
Affinity affinity_from(const std::string& name);

/// What suits a program of one generator, as octocal's own verbs are: kCompact if there is one stream a usable core, so
/// that the program takes all that its mask gives it; else kNone, because others may want the rest.
Affinity affinity_of_program(int streams);

/// The core of a stream, 0 .. cores - 1, or -1 for kNone. Precondition: 0 <= stream < streams, cores >= 1.
int core_of_stream(Affinity affinity, int stream, int streams, int cores) noexcept;

}  // namespace octocal::engine

#pragma once
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "octocal/cli/validate_source.hpp"
#include "octocal/physics/limits.hpp"
#include "octocal/physics/pixel_difference.hpp"
#include "octocal/physics/sample_result.hpp"

namespace octocal::cli {

/// One shower to look at: its hits, largest first.
struct EventDisplay {
  struct Hit {
    std::size_t x, y, z;
    float gev;
  };
  std::size_t shower = 0;
  double energy_gev = 0;
  std::vector<Hit> hits;
};

/// A sample and all that was measured on it.
struct MeasuredSample {
  SampleIdentity identity;
  physics::SampleResult result;
  std::optional<physics::Table5> table5;
  std::string table5_against;
  std::optional<ShowerSource::Timing> timing;
  std::size_t peak_memory_bytes = 0;
  EventDisplay display;
  std::vector<physics::Verdict> verdicts;
};

/// Measures samples that stream by together, chunk by chunk. The first is the reference of all others; its energy range
/// and first showers make the frame. `base` is the sample that table 5 sets others against: those of the same energies
/// that were made from the same latents, or any of the same energies with `whatever_latents`.
/// Memory: a chunk and the sums of each sample, whatever their length.
/// Errors: bad_input if geometries differ; Error(kInterrupted); what the sources throw.
std::vector<MeasuredSample> measure(const std::vector<std::unique_ptr<ShowerSource>>& sources,
                                    std::optional<std::size_t> base, const std::string& progress_name,
                                    bool whatever_latents = false);

/// The sample that table 5 is counted from: the first float32 model, or else the first model; nothing without models.
std::optional<std::size_t> table5_base(const std::vector<std::unique_ptr<ShowerSource>>& sources);

}  // namespace octocal::cli

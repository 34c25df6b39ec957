// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "octocal/physics/limits.hpp"
#include "octocal/physics/paired_change.hpp"
#include "octocal/physics/pixel_difference.hpp"
#include "octocal/physics/sample_result.hpp"
#include "octocal/study/sample_source.hpp"

namespace octocal::study {

/// One shower to look at: its hits, largest first.
struct EventDisplay {
  /// A cell with energy.
  struct Hit {
    std::size_t x, y, z;  ///< cell
    float gev;            ///< energy
  };
  std::size_t shower = 0;  ///< its number in the sample
  double energy_gev = 0;   ///< Ep
  std::vector<Hit> hits;   ///< above the threshold of a hit
};

/// How likely a model that draws its cells finds the reference's showers (CellLikelihood).
struct MeasuredLikelihood {
  std::size_t showers = 0;              ///< of the reference, from the first on
  physics::Number nats;                 ///< minus the log likelihood of a shower's cells
  std::optional<physics::Number> lost;  ///< nats less those of `lost_against`, with the error of pairs
  std::string lost_against;             ///< name of the base of table 5, if its likelihood is known
};

/// A sample and all that was measured on it.
struct MeasuredSample {
  SampleIdentity identity;                       ///< who it is
  physics::SampleResult result;                  ///< numbers of the sample
  std::optional<physics::Table5> table5;         ///< against the sample of `table5_against`
  std::string table5_against;                    ///< name of that sample
  std::optional<physics::PairedChange> change;   ///< of tables 3 and 4 from that sample
  std::optional<SampleSource::Timing> timing;    ///< of a model
  std::optional<MeasuredLikelihood> likelihood;  ///< of a model that draws its cells
  std::size_t peak_memory_bytes = 0;             ///< of the process when it was done
  EventDisplay display;                          ///< one of its showers
  std::vector<physics::Verdict> verdicts;        ///< empty for the reference
};

/// What measure() does besides sums.
struct MeasureOptions {
  bool whatever_latents = false;           ///< table 5 of samples of the same energies, whatever their latents
  bool classifier = false;                 ///< the classifiers on profiles and on numbers of cells, and FPD and KPD
  bool neighbours = false;                 ///< nearest neighbours
  std::uint64_t seed = 1;                  ///< of the classifier's folds and trees
  std::vector<std::string> training = {};  ///< files of training showers, for nearest neighbours
};

/// Measures samples that stream by together, chunk by chunk. The first is the reference of all others; its energy range
/// and first showers make the frame. `base` is the sample that table 5 sets others against: those of the same energies
/// that were made from the same latents. A sample that has the reference's energies several times over shares its
/// blocks, shower by shower.
/// Memory: a chunk and the sums of each sample, whatever their length; with classifier and neighbours some 15 kB for
/// each of the first showers (kMostClassified, kMostNeighbours), and for each training shower.
/// Errors: bad_input if geometries differ; Error(kInterrupted); what the sources throw.
std::vector<MeasuredSample> measure(const std::vector<std::unique_ptr<SampleSource>>& sources,
                                    std::optional<std::size_t> base, const std::string& progress_name,
                                    const MeasureOptions& options = {});

/// The sample that table 5 is counted from: the first float32 model, or else the first model; nothing without models.
std::optional<std::size_t> table5_base(const std::vector<std::unique_ptr<SampleSource>>& sources);

}  // namespace octocal::study

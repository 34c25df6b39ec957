// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"

namespace octocal::model {

/// How the generator's input is made from normal numbers z and the primary energy Ep; why there are two is in
/// docs/design.md, "The paper's conditioning, and its bound".
enum class LatentConvention {
  kPaper,   ///< latent = z * Ep/100 GeV
  kSphere,  ///< latent = z * sqrt(L)/|z| * Ep/100 GeV: the norm says Ep exactly
};

/// What octocal must know beyond the graph, kept in metadata_props under "octocal.*":
///
/// | key                  | member           | text                                                   |
/// |----------------------|------------------|--------------------------------------------------------|
/// | octocal.latent       | latent           | "paper" or "sphere"                                    |
/// | octocal.energy_min   | energy_min_gev   | decimal                                                |
/// | octocal.energy_max   | energy_max_gev   | decimal                                                |
/// | octocal.energy_unit  |                  | "GeV", nothing else                                    |
/// | octocal.threshold    | threshold_gev    | decimal; generated cells below are set to zero         |
/// | octocal.geometry     | nx, ny, nz       | "25x25x25"                                             |
/// | octocal.response     | response         | "a0 a1 a2": ECAL = sum_k a_k (Ep/100)^k GeV            |
///
/// and, not parsed here, free text or JSON: octocal.version, octocal.training_data, octocal.training,
/// octocal.precision_plan, octocal.calibration, octocal.scores.
struct GeneratorInfo {
  LatentConvention latent = LatentConvention::kPaper;
  double energy_min_gev = 0;
  double energy_max_gev = 0;
  double threshold_gev = 1e-6;
  std::size_t nx = 25, ny = 25, nz = 25;
  std::vector<double> response;
  // From the graph itself:
  std::size_t latent_size = 0;    ///< L, columns of the input `latent`
  bool has_energy_input = false;  ///< second input `energy (N, 1)`, GeV
  std::size_t noise_size = 0;     ///< numbers a shower of the input `noise` (N, ...), uniform in (0, 1); 0: it has none
  /// What was taken for keys that neither the file nor the caller gave: "octocal.latent=paper", ...; see below.
  std::vector<std::string> assumed;
};

/// Reads the metadata and checks it against the graph's inputs and output. `overrides` holds keys as above (e.g.
/// {"octocal.latent", "paper"}) that stand in for metadata which the file lacks (a model trained elsewhere).
///
/// A graph whose only input is the latent has the convention of the authors' generators where nothing else is said:
/// latent paper, 100 to 500 GeV; `assumed` then tells so. A graph with an input `energy` has one that cannot be
/// guessed. Errors: bad_input naming `origin`, the missing or unreadable key, and the option that supplies it.
GeneratorInfo read_generator_info(const Graph& graph, const std::string& origin,
                                  const std::map<std::string, std::string>& overrides = {});

/// One line on stderr that tells what was assumed, nothing if nothing was.
void warn_of_assumptions(const GeneratorInfo& info, const std::string& origin);

/// Cells along x, y, z of a generator's output: (N, x, y, z), or with an axis of one channel, (N, 1, x, y, z) or
/// (N, x, y, z, 1), which are the same numbers in the same order. Nothing for another shape.
std::optional<std::array<std::int64_t, 3>> cells_of_output(const Shape& shape) noexcept;

/// Writes the octocal.* keys above into graph.metadata.
void write_generator_info(const GeneratorInfo& info, Graph& graph);

const char* name_of(LatentConvention convention) noexcept;  ///< "paper", "sphere"

}  // namespace octocal::model

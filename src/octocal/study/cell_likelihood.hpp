// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "octocal/data/shower_batch.hpp"
#include "octocal/model/graph.hpp"
#include "octocal/physics/number.hpp"

namespace octocal::study {

/// How likely a generator that draws its cells (model/cells_spec.hpp) finds given showers. The engine runs trunk and
/// heads, in the precision that the model has; each head is told the shower's own cells in place of those that it would
/// have drawn before. Not thread-safe.
class CellLikelihood {
 public:
  /// Whether the graph draws cells as model::add_cells_network() has it.
  static bool is_known_of(const model::Graph& graph) noexcept;

  /// `origin` is what errors call the model. Precondition: is_known_of(graph). Errors: bad_input for a graph that does
  /// not run here, or whose draws are others than that network's.
  CellLikelihood(const model::Graph& graph, const std::string& origin);
  ~CellLikelihood();

  /// Minus the logarithm of the likelihood of the cells of showers first .. first + count - 1, in nats, given their
  /// ECAL, profiles and number of hits: for each cell whether it is hit, and for each hit the density in log(E/GeV).
  /// Before the fit of cells to profiles, which has no likelihood. A cell below data::kCellThresholdGev is none.
  /// Errors: bad_input for showers of other cells than the model's; Error(kInterrupted).
  std::vector<double> nats(const data::ShowerBatch& showers, std::size_t first, std::size_t count);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Their mean with its error, NaN for one number.
physics::Number mean_nats(std::span<const double> nats);

}  // namespace octocal::study

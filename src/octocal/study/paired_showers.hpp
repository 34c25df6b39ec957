// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "octocal/data/shower_batch.hpp"
#include "octocal/physics/blocked_sums.hpp"
#include "octocal/physics/number.hpp"
#include "octocal/study/cell_likelihood.hpp"
#include "octocal/study/open_model.hpp"

namespace octocal::study {

/// Float32 showers beside which other models of the same generator are set, fed the same latents: as many as are needed
/// to tell, made when they are first wanted. Holds those that were made: 62 kB a shower of 25 x 25 x 25 cells.
class PairedShowers {
 public:
  /// Showers at these energies, in their order. `source` must outlive it.
  PairedShowers(const OpenModel& source, std::vector<float> energy_gev, const EngineSettings& engine,
                std::uint64_t seed);
  PairedShowers(PairedShowers&&) noexcept;
  ~PairedShowers();

  /// Geant4 showers at the same energies: adds mse_excess, and changes score. Errors: bad_input for other cells.
  void set_reference(const data::ShowerBatch& reference);

  /// Adds nats, where the model's likelihood is known (CellLikelihood): takes about as long as making the showers.
  void tell_nats();

  std::size_t size() const noexcept { return float32_.energy_gev.size(); }  ///< showers at most

  /// The numbers of Criterion's table, ecal and hits with their signs, with errors (jackknife over blocks of pairs).
  using Numbers = std::map<std::string, physics::Number>;
  /// What was compared.
  struct Comparison {
    std::size_t showers = 0;  ///< of each model
    Numbers numbers;          ///< with errors
  };
  /// Runs the graph on the first showers, twice as many each time, until `enough` says so or there are no more.
  /// Errors: bad_input for a graph that does not run here; Error(kInterrupted).
  Comparison compare(const model::Graph& graph, const std::function<bool(const Numbers&)>& enough);
  /// The same on all showers.
  Comparison compare(const model::Graph& graph) {
    return compare(graph, [](const Numbers&) { return false; });
  }

 private:
  class Sums;
  void make_float32(std::size_t count);
  /// Adds each shower's nats by `graph` less those by float32, for those from found.size() to count.
  void find_lost_nats(CellLikelihood& model, std::size_t count, std::vector<double>& found);

  const OpenModel& source_;
  EngineSettings engine_;
  std::uint64_t seed_;
  std::unique_ptr<engine::ShowerGenerator> generator_;
  data::ShowerBatch float32_;  ///< energies of all, cells of those made
  std::vector<std::uint8_t> blocks_;
  data::ShowerBatch reference_;
  std::unique_ptr<CellLikelihood> float32_likelihood_;  ///< if nats are told
  std::vector<double> float32_nats_;                    ///< of the first showers
};

}  // namespace octocal::study

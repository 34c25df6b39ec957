// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "octocal/data/shower_batch.hpp"
#include "octocal/physics/boosted_trees.hpp"
#include "octocal/physics/number.hpp"
#include "octocal/physics/shower_features.hpp"

namespace octocal::physics {

/// Showers of a sample that a classifier sees at most: more would make it stronger, and its result another number.
inline constexpr std::size_t kMostClassified = 5000;
/// Parts of a sample that are scored by what was learnt on the others.
inline constexpr std::size_t kFolds = 5;

/// How the training of a classifier went that need not succeed (a network).
struct Convergence {
  bool converged = false;    ///< its training loss fell in every fold
  double training_loss = 0;  ///< cross entropy, nats a shower, of the fold where it is largest; chance is ln 2
  double held_out_area = 0;  ///< largest AUC of the showers that said when to stop, mean over folds
};

/// How well a classifier tells a sample from the reference. 0.5: not at all, 1: every shower.
struct ClassifierResult {
  Number auc;                                ///< mean over folds, and its error
  std::uint64_t showers = 0;                 ///< of the sample; as many of the reference
  std::size_t folds = kFolds;                ///< parts that were scored
  std::string description;                   ///< what kind of classifier, what it looks at
  std::optional<Convergence> training = {};  ///< none of trees, which always learn
};

/// The numbers of showers that the profile classifier sees, a row a shower:
///
///     P_x[i]/Ep, P_y[j]/Ep, P_z[k]/Ep · centre, width, skewness of x, y, z · ECAL/Ep · hits · Ep
///
/// skewness = sum_k (k - centre)^3 E_k / sum_k E_k / width^3. Stops taking showers when it has `most`.
/// One thread at a time.
class ProfileFeatures {
 public:
  /// No showers yet; add() stops at `most`.
  ProfileFeatures(const data::Geometry& geometry, std::size_t most);

  /// Adds a row for each shower. Precondition: the geometry of the constructor.
  void add(const data::ShowerBatch& batch);
  const FeatureTable& table() const noexcept { return table_; }   ///< (showers, numbers above)
  std::size_t showers() const noexcept { return table_.rows(); }  ///< that were added

 private:
  ShowerView view_;
  ShapeLayout layout_;
  std::size_t most_;
  FeatureTable table_;
};

/// The classifier on profiles and moments: gradient-boosted trees, five-fold. Showers i of sample and reference fall in
/// the same fold (they have the same primary energy, which then says nothing); trees are trained on four folds and
/// scored on the fifth; the AUC is the mean over folds, its error DeLong's (auc.hpp). As many showers of either are
/// used as the smaller has. A pure function of the tables and the seed.
/// auc is undefined for fewer than 10 showers a fold.
ClassifierResult classify_profiles(const FeatureTable& sample, const FeatureTable& reference, std::uint64_t seed);

/// The same on the numbers of cell_numbers.hpp.
ClassifierResult classify_cell_numbers(const FeatureTable& sample, const FeatureTable& reference, std::uint64_t seed);

/// What one of the two gives between halves of the reference, with its error: the mean over two balanced halvings of its blocks. 0.5,
/// but for chance. blocks[i] is the block of row i.
Number classifier_floor(ClassifierResult (*tell)(const FeatureTable&, const FeatureTable&, std::uint64_t),
                        const FeatureTable& reference, std::span<const std::uint8_t> blocks, std::uint64_t seed);

}  // namespace octocal::physics

// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "octocal/physics/feature_distances.hpp"
#include "octocal/physics/neighbour_check.hpp"
#include "octocal/physics/number.hpp"
#include "octocal/physics/observable_sums.hpp"
#include "octocal/physics/profile_classifier.hpp"
#include "octocal/physics/projection_mse.hpp"
#include "octocal/physics/response.hpp"
#include "octocal/physics/sample_sums.hpp"

namespace octocal::physics {

/// A profile or a projection: GeV a shower, pixel by pixel in C order. Errors and floors as in blocked_sums.hpp.
struct Curve {
  std::vector<double> mean;   ///< of the sample, GeV a shower
  std::vector<double> error;  ///< of the mean, one standard deviation
  std::vector<double> floor;  ///< empty unless the sample is the reference
};

/// Mean or width of one profile (table 3 of the paper), in cells:
///     mean = sum_j j P[j] / sum_j P[j],   width = sqrt(sum_j (j - mean)^2 P[j] / sum_j P[j])
struct Table3Row {
  std::string name;                           ///< "y_mean"
  std::string label;                          ///< "mean of y"
  Number number;                              ///< in cells
  std::optional<Number> relative_difference;  ///< from the reference
};

/// One feature of the showers of a sample.
struct Observable {
  Feature feature{};         ///< which
  Number mean, std, spread;  ///< over showers; spread: at fixed energy (observable_sums.hpp)
  Histogram histogram;       ///< the same bins for all samples
};

/// Separation power (shower_histograms.hpp) of a kind of histograms; of kinds that every layer has, the mean over layers.
struct Separation {
  std::string name;                   ///< "layer_energy"
  std::string label;                  ///< "energies of layers over Ep"
  Number number;                      ///< floor: the mean over halvings of that of two halves of the reference
  std::optional<std::size_t> worst;   ///< the layer whose number is largest
  std::optional<Number> worst_layer;  ///< its number
  std::vector<Number> layers = {};    ///< of kinds that every layer has: the numbers of all (nz)
};

/// One pixel or energy bin of a quantity that has several.
struct ComparedPart {
  Number number;      ///< as in Comparison
  std::string where;  ///< "y = 3", "100-140 GeV"
};

/// One quantity set against the reference; number.value is the relative difference (sample - reference) / reference,
/// but for quantities that are compared as they are, see is_absolute() in limits.hpp. NaN where it is undefined in either
/// sample (no shower in the tail of the reference), or has no error (kFewestShowers).
struct Comparison {
  std::string quantity;                  ///< as in data/limits.json: "y_mean"
  std::string label;                     ///< for people: "mean of y"
  Number number;                         ///< the worst part's if there are several
  std::string where;                     ///< the worst pixel or bin, "" if there is but one
  std::vector<ComparedPart> parts = {};  ///< all pixels or bins that have an error, empty if there is but one
  std::size_t unjudged = 0;              ///< pixels or bins besides these: too few showers in either sample
};

/// A pair of layers.
struct LayerPair {
  std::size_t first = 0, second = 0;  ///< indices of layers, first < second
};

/// All that is known of a sample. What each number means: docs/physics.md.
struct SampleResult {
  std::uint64_t showers = 0;                            ///< that were measured
  std::array<Curve, 3> profiles;                        ///< x, y, z
  std::array<Curve, 3> projections;                     ///< xy, xz, yz
  std::array<Table3Row, 6> table3;                      ///< mean and width of x, y, z
  std::optional<Table4> table4;                         ///< against the reference
  ResponseBin response;                                 ///< whole range of energies
  std::vector<ResponseBin> response_bins;               ///< kResponseBins of equal width
  std::vector<ResponseBin> resolution_bins;             ///< kResolutionBins of equal width
  std::vector<Observable> observables;                  ///< one for each Feature
  Curve cell_spectrum;                                  ///< cells a shower in each bin of cell_texture.hpp, and above
  std::array<Number, 3> neighbour_excess;               ///< along x, y, z (cell_texture.hpp)
  std::array<Curve, 3> neighbour_layers;                ///< the same of pairs that begin in each layer
  std::vector<Separation> separation;                   ///< from the reference; empty for the reference
  std::vector<LayerHistogram> layer_histograms;         ///< (kLayerKinds, nz), the same bins for all samples
  std::vector<double> layer_correlation;                ///< (nz, nz)
  std::optional<Number> layer_correlation_difference;   ///< root mean square, pairs of layers
  std::optional<Number> layer_correlation_largest;      ///< signed; floor: the mean largest of two halves
  LayerPair layer_correlation_largest_at;               ///< the pair it is of
  std::optional<ClassifierResult> classifier_profiles;  ///< of the reference: half against half
  std::optional<ClassifierResult> classifier_cell_numbers;  ///< of the reference: half against half
  std::optional<ClassifierResult> classifier_cells;         ///< filled by whoever has such a classifier
  std::optional<FeatureDistances> distances_profiles;       ///< of the reference: half against half
  std::optional<FeatureDistances> distances_cell_numbers;   ///< of the reference: half against half
  std::optional<NeighbourResult> neighbours;                ///< if the check was made
  std::vector<Comparison> comparisons;                      ///< with the reference; empty for the reference
};

/// Axes and planes in the order of the arrays above.
inline constexpr const char* kAxisNames[] = {"x", "y", "z"};
inline constexpr const char* kPlaneNames[] = {"xy", "xz", "yz"};

/// The reference by itself, with floors.
SampleResult describe_reference(const SampleSums& reference);

/// A sample against the reference; floors are the reference's. `described` is describe_reference(reference).
/// Precondition: the same frame.
SampleResult describe_sample(const SampleSums& sample, const SampleSums& reference, const SampleResult& described);

}  // namespace octocal::physics

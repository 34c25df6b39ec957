// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"
#include "octocal/model/network_spec.hpp"

namespace octocal::model {

/// The profile network: it draws from the first latents how much energy a shower leaves in each layer, row and column;
/// the convolutional network draws the cells inside (OutputTransform::kProfiles). A normalising flow with affine
/// couplings (Dinh et al. 2017, RealNVP), so that training is plain maximum likelihood and Geant4 showers have latents.
///
/// The D = nz + nx + ny - 1 numbers of a shower ("description"): log(ECAL/Ep); the log shares of the nz layers, nx
/// columns and ny rows, each written in n - 1 numbers along Helmert's axes (a share of e stands for the empty pixel);
/// the log of the number of cells above 1e-4 GeV, which the convolutional network is told but not forced to.
///
/// From latents to description, e = (Ep - centre)/half range:
///   1. `leading_couplings` couplings among the first `leading` numbers,
///   2. one coupling: the others given the leading ones, 3. `mixing_couplings` couplings among all;
///      each coupling: b' = b * exp(tanh(s)) + t with (s, t) = network(clip(a, -4, 4), e), two hidden layers;
///   4. a monotone piecewise linear function of each number ("outer"); this is the code that the dense layer sees,
///      before "outer", in units of one spread;
///   5. code -> principal components -> correlated numbers; 6. piecewise linear again ("inner", holds the units);
///   7. plus a polynomial of degree 4 in e.
struct ProfileSpec {
  std::int64_t leading = 14;           ///< numbers that are coupled among themselves first
  std::int64_t leading_couplings = 6;  ///< among them
  std::int64_t mixing_couplings = 2;   ///< among all numbers
  std::int64_t hidden = 48;            ///< features of each hidden layer
  std::int64_t fitting_rounds = 3;     ///< of the cells to the profiles, each along x, y, z
};

inline constexpr std::int64_t kEnergyTerms = 5;  ///< 1, e, e^2, e^3, e^4
inline constexpr double kEmptyShare = 2e-5;      ///< added to every share before its logarithm
inline constexpr double kProfileSlope = 0.1;     ///< of the couplings' LeakyReLU
inline constexpr double kCouplingReach = 4;      ///< what couplings look at is clipped to this
inline constexpr float kLeastImage = 1e-8F;      ///< added to map * image^2: no slice is empty before the fit
inline constexpr float kFitFloor = 1e-20F;       ///< of a slice's sum; reached where its profile is zero
/// Where the piecewise linear functions bend: normal quantiles of 1, 3, 8, 16, 30, 50, ... 99 %.
const std::vector<float>& profile_knots();

/// Numbers that describe a shower, D.
std::int64_t description_size(const AxisSizes& image);

/// The couplings in the order from latents to description; indices into the D numbers.
struct Coupling {
  std::string name;                          ///< "profile.lead0", ".rest", ".mix1"
  std::vector<std::int64_t> given, changed;  ///< numbers that a, b above are
};
/// All of a flow over so many numbers.
std::vector<Coupling> couplings(const ProfileSpec& spec, std::int64_t numbers);

/// Orthonormal axes (n - 1, n) of numbers that add up to zero.
std::vector<float> helmert_axes(std::int64_t n);

/// Names and shapes of the profile network's parameters:
///
///     profile.centre (1) .half_range (1)        of Ep, GeV
///     <coupling>.hidden1.weight (hidden, given + 1) .bias, .hidden2.weight (hidden, hidden) .bias,
///     <coupling>.output.weight (2 changed, hidden) .bias                               rows: s, then t
///     profile.outer.offset (D) .slope (D) .bends (D, knots); profile.inner the same
///     profile.axes (D, D) .mean (D)             numbers = code-like numbers (1, D) * axes + mean
///     profile.trend (kEnergyTerms, D)
///     output.lift (1)                           raises what is small in the image: map * image * (image + lift)
///     output.map (nz, nx, ny)                   factor of each cell before the fit to the profiles
std::vector<std::pair<std::string, Shape>> profile_parameters(const ProfileSpec& spec, const AxisSizes& image);

}  // namespace octocal::model

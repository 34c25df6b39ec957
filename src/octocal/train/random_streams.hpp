// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace octocal::train {

/// Who draws from Draw::kTraining. Each has a region of Philox's counter of showers to itself, from this number on; a
/// new one goes where nobody draws. Changing a number changes every training.
enum class Region : std::uint64_t {
  kLatents = 0,                                                   ///< step * 2^20 + shower of the batch
  kClassifierChoices = std::uint64_t{1} << 58,                    ///< of cell_classifier: fold, epoch
  kProfileNumbers = std::uint64_t{1} << 60,                       ///< normal numbers of the profile network's fit
  kChoices = std::uint64_t{1} << 61,                              ///< BatchDraw::uniforms: step
  kWindowOrders = std::uint64_t{3} << 60,                         ///< of ShowerWindow: pass
  kGeneratorWeights = std::uint64_t{1} << 62,                     ///< one a tensor, and so are all below
  kCriticWeights = kGeneratorWeights + (std::uint64_t{1} << 20),  ///< of recipe best
  kDiscriminatorWeights = kGeneratorWeights + (std::uint64_t{1} << 21),  ///< of recipe paper
  kClassifierWeights = kGeneratorWeights + (std::uint64_t{1} << 23),     ///< 16 a fold
};
constexpr std::uint64_t first_of(Region region) noexcept { return static_cast<std::uint64_t>(region); }

/// What a choice within a step is for (BatchDraw): different purposes draw independent numbers.
enum class Purpose : std::uint32_t {
  kProfileRows = 0,  ///< fit_profile_network: showers of the batch
  kEnergies = 0,     ///< BatchDraw::energies, whose steps (kJudgeSteps on) are not the profile network's
  kPairRows = 6,     ///< recipe best: showers of the batch, and how they are turned
  kPairTurn = 7,
  kPaperRows = 8,  ///< recipe paper: showers of the batch, how they are turned, ...
  kPaperTurn = 9,
  kFakeEnergies = 10,  ///< ... energies of the generated ones, labels that are flipped, ...
  kRealFlips = 11,
  kFakeFlips = 12,
  kGeneratorEnergies = 13,  ///< ... energies of the generator's own step
  kCellRows = 14,           ///< recipe cells: showers of the batch, and how they are turned
  kCellTurn = 15,
};

/// Steps that are no training steps, beyond the most that --steps takes.
inline constexpr std::int64_t kPaperGeneratorSteps = std::int64_t{1} << 39;  ///< latents of the generator's own step
inline constexpr std::int64_t kJudgeSteps = std::int64_t{1} << 40;           ///< looks at the physics

}  // namespace octocal::train

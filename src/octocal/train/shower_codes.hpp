#pragma once
#include <ATen/ATen.h>

#include <cstdint>

namespace octocal::train {

/// Latents for Geant4 showers: what a shower looks like, written as normal numbers.
///
/// The principal components of the standardised features (features count times `weight`), each mapped to a normal
/// distribution by its rank. Over the sample the codes are uncorrelated normal numbers like a generator's latents; so a
/// generator that learns, shower by shower, to turn a shower's code into that shower's features makes the right spread
/// from free latents, before any critic has learnt anything. The components beyond `count` are left to free numbers.
///
/// features: (n, F) standardised, result (n, count); the same features, the same codes.
at::Tensor shower_codes(const at::Tensor& features, const at::Tensor& weight, std::int64_t count);

}  // namespace octocal::train

// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"
#include "octocal/model/precision_plan.hpp"
#include "octocal/quant/scheme.hpp"
#include "octocal/quant/structure.hpp"

namespace octocal::quant {

/// All that turns a float32 graph into a quantized one.
struct Recipe {
  ActivationScheme activations = ActivationScheme::kU8;   ///< of every site
  WeightScheme weights = WeightScheme::kPerChannel;       ///< of every layer of integers
  std::map<std::string, Range> ranges;                    ///< of each site, by its name
  std::map<std::string, Range> ranges_16_bit;             ///< of 16-bit grids, where they hold another range
  model::PrecisionPlan plan;                              ///< layers that do not stay in float32
  std::map<std::string, std::vector<float>> corrections;  ///< added to a layer's output channels, by its name
  std::map<std::string, std::vector<float>> gains;        ///< factors of a layer's weights: one a channel, or one
  /// A layer's weights in the order of their tensor, where they are not rounded to nearest; by its name.
  std::map<std::string, std::vector<std::int8_t>> learned;

  /// What a site's grid holds.
  const Range& range_of(const std::string& site, model::Precision precision) const {
    const auto found = precision == model::Precision::kInt16x8 ? ranges_16_bit.find(site) : ranges_16_bit.end();
    return found != ranges_16_bit.end() ? found->second : ranges.at(site);
  }
};

/// The value of a layer that a correction shifts: behind its BatchNormalization, else behind the convolution itself.
/// The shift goes into the batch norm's beta or the convolution's bias, so it is exact and costs nothing.
const std::string& corrected_value(const Layer& layer);

/// The precision of a layer under a plan.
model::Precision precision_of(const model::PrecisionPlan& plan, const std::string& layer);

/// A site, and one kind of integers that it is stored in.
struct StoredSite {
  const Site* site = nullptr;                            ///< of the structure
  model::Precision precision = model::Precision::kInt8;  ///< kInt8; kInt16x8: of 16 bits
};
/// In which integers each site is stored under a plan: those of the layers that read it, at most two kinds. What
/// several layers read behind one op that moves cells (a Concat, say) is stored in the finest of their precisions.
/// Sites in graph order.
std::vector<StoredSite> stored_sites(const model::Graph& graph, const Structure& structure,
                                     const model::PrecisionPlan& plan);

/// What a plan comes to: an int8 layer that reads what another layer wants in 16-bit integers runs in int16x8.
model::PrecisionPlan effective_plan(const model::Graph& graph, const Structure& structure,
                                    const model::PrecisionPlan& plan);

/// Writes QuantizeLinear/DequantizeLinear pairs into a float32 graph (ONNX's QDQ form):
///
///     weights      int8 or int16 constant -> DequantizeLinear (scales along the output channels) -> Conv or ConvTranspose
///     activations  value -> QuantizeLinear -> DequantizeLinear -> the readers that want it so
///
/// and of the rungs of 16-bit floats, in the same places,
///
///     weights      float16 or bfloat16 constant -> Cast(float32) -> Conv or ConvTranspose
///     activations  value -> Cast(float16 or bfloat16) -> Cast(float32) -> the readers that want it so
///
/// One pair stands behind a whole block (convolution, activation, batch norm), none inside; biases stay float32; the
/// last layer's output stays float32. A value is stored as the layers want it that read it: a layer in float32 reads
/// float32, whatever wrote it. Values of one site share their scale and zero point constants. Metadata is kept.
/// Preconditions: structure is find_structure(graph); recipe.ranges holds every quantized site.
model::Graph insert_quantization(const model::Graph& graph, const Structure& structure, const Recipe& recipe);

}  // namespace octocal::quant

// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "octocal/engine/compile/lowering.hpp"
#include "octocal/engine/compile/table_chain.hpp"
#include "octocal/engine/kernels/quantize.hpp"

// What takes each u8 number by itself: tables.

namespace octocal::engine {

bool Lowering::table(const model::Node& node) {
  const auto found = views_.find(elementwise_input(graph_, node));
  if (found == views_.end() || found->second.element != Element::kUint8) return false;
  const View source = found->second;
  auto chain = find_table_chain(graph_, values_, node, source.quantization);
  if (!chain) return false;
  View result = source;
  result.quantization = chain->quantization;
  if (!chain->changes_nothing()) {
    result = new_view(source.shape, source.order, Element::kUint8, chain->quantization);
    TableSpec spec;
    spec.channels = static_cast<std::int64_t>(chain->channels);
    spec.inner = chain->channels > 1 ? source.strides()[chain->axis] : source.size();
    spec.outer = source.size() / (spec.channels * spec.inner);
    spec.table = std::move(chain->table);
    spec.source = source.buffer;
    spec.destination = result.buffer;
    const auto report = add_layer({node.name, joined_ops(chain->nodes), "int8", "int8", "", "", 0});
    add_step(std::move(spec), {source.buffer}, {result.buffer}, report);
  }
  for (const auto* fused : chain->nodes) fused_[fused] = true;
  define_quantized(chain->quantize, result);
  return true;
}

View Lowering::requantized(const View& view, const Quantization& to, const std::string& layer) {
  if (view.element == to.element && view.quantization == to) return view;
  // What has more steps than a table: by way of float32.
  const bool table = view.element == Element::kUint8 && to.element == Element::kUint8;
  const View source = table ? view : as_float32(view, layer);
  const View result = new_view(view.shape, view.order, to.element, to);
  const char* precision = precision_of(to.element);
  const auto report = add_layer({layer, "QuantizeLinear", precision, precision, "", "", 0});
  if (!table) {
    add_step(QuantizeSpec{source.size(), to, source.buffer, result.buffer}, {source.buffer}, {result.buffer}, report);
    return result;
  }
  TableSpec spec;
  spec.inner = view.size();
  std::vector<std::uint8_t> bytes(256);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  std::vector<float> numbers(bytes.size());
  dequantize_u8(view.quantization, bytes, numbers.data());
  quantize_u8(to, numbers, bytes.data());
  spec.table = std::move(bytes);
  spec.source = view.buffer;
  spec.destination = result.buffer;
  add_step(std::move(spec), {view.buffer}, {result.buffer}, report);
  return result;
}

void Lowering::define_quantized(const std::vector<const model::Node*>& quantize, const View& view) {
  for (const auto* node : quantize) {
    fused_[node] = true;
    views_[node->outputs.at(0)] = view;
  }
}

}  // namespace octocal::engine

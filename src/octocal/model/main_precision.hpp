// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>

namespace octocal::model {

/// The precision of a model in one word, from the multiply-accumulates (MACs) that its layers do in each:
///
///     the precision of more than nine tenths of all MACs, if there is one
///     "mixed"                                             if there is none
///     "float32"                                           without any MACs
///
/// So an int8 model is "int8" though its dense layer stays in float32. The one definition for all of octocal: of what a
/// graph asks for (model::summarize, octocal inspect) and of what runs on a machine (engine::Program::precision, and
/// with it generated files, octocal generate, validate, bench).
class MainPrecision {
 public:
  /// Another layer: "float32", "float16", "bfloat16", "int16x12", "int16x8", "int8". One without MACs does not matter.
  void add(const std::string& precision, std::uint64_t macs) { macs_[precision] += macs; }

  /// The word for the layers added so far.
  std::string name() const;

 private:
  std::map<std::string, std::uint64_t> macs_;
};

}  // namespace octocal::model

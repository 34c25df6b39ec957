// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "octocal/base/hash.hpp"
#include "octocal/base/in_order.hpp"
#include "octocal/base/progress.hpp"
#include "octocal/data/shower_writer.hpp"
#include "octocal/engine/shower_generator.hpp"
#include "octocal/study/generate_inputs.hpp"

namespace octocal::study {

/// The showers of `generate` on their way: each stream takes the inputs of a block, makes its showers and packs them;
/// whichever finishes the block whose turn it is hashes and writes it, and those behind it that are ready. No thread
/// waits for a disk or for another thread but where it is two blocks a stream ahead, so memory does not grow with the
/// number of showers, and the file's bytes do not depend on the streams.
class GeneratedBlocks final : public engine::BlockWork {
 public:
  /// Showers `first` .. first + showers - 1 of the inputs. `writer` may be null: showers are made and hashed only.
  /// `progress` has counted `before` showers already.
  GeneratedBlocks(const GenerateSettings& settings, std::size_t first, std::size_t showers, GenerateInputs& inputs,
                  const engine::ShowerGenerator& generator, data::ShowerWriter* writer, Progress& progress,
                  std::size_t before);

  /// How many there are.
  std::size_t blocks() const noexcept { return (showers_ + in_block_ - 1) / in_block_; }
  /// Of all showers so far (GenerateResult::showers_hash).
  std::string showers_hash() const { return hasher_.hex(); }

  bool begin(std::size_t block, engine::ShowerBlock& memory) override;
  void finish(std::size_t block) override;
  void stop() noexcept override { order_.stop(); }

 private:
  /// Memory of a block from begin() until it is written.
  struct Place {
    data::ShowerBatch batch;
    std::vector<float> latents;
    data::CellPacker packer;
    std::vector<data::PackedCells> chunks;
  };

  Place& place(std::size_t block) { return places_[block % places_.size()]; }
  void pass(std::size_t block);

  std::string model_;
  std::size_t first_, showers_, in_chunk_, in_block_, latent_columns_;
  bool keep_latents_;
  GenerateInputs& inputs_;
  data::ShowerWriter* writer_;
  InOrder order_;
  std::vector<Place> places_;
  // Of pass(), which runs in one thread at a time.
  Hasher hasher_;
  Progress& progress_;
  std::size_t before_;
};

}  // namespace octocal::study

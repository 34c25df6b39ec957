// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/generated_blocks.hpp"

#include <algorithm>
#include <span>

#include "octocal/base/interrupt.hpp"
#include "octocal/data/shower_check.hpp"

namespace octocal::study {
namespace {

/// One stream hands on what it has made before it goes on; of several, each has a block to make while another waits.
std::size_t blocks_at_once(int streams) { return streams == 1 ? 1 : 2 * static_cast<std::size_t>(streams); }

/// Whole chunks of the file, and whole batches of the engine or nearly.
std::size_t showers_in_block(std::size_t in_chunk, std::size_t batch) {
  return (batch + in_chunk - 1) / in_chunk * in_chunk;
}

}  // namespace

GeneratedBlocks::GeneratedBlocks(const GenerateSettings& settings, std::size_t first, std::size_t showers,
                                 GenerateInputs& inputs, const engine::ShowerGenerator& generator,
                                 data::ShowerWriter* writer, Progress& progress, std::size_t before)
    : model_(settings.model),
      first_(first),
      showers_(showers),
      in_chunk_(data::showers_in_chunk({generator.info().nx, generator.info().ny, generator.info().nz})),
      in_block_(showers_in_block(in_chunk_, settings.engine.batch)),
      latent_columns_(generator.info().latent_size),
      keep_latents_(settings.keep_latents),
      inputs_(inputs),
      writer_(writer),
      order_(blocks_at_once(generator.streams())),
      progress_(progress),
      before_(before) {
  const auto& info = generator.info();
  const data::Geometry geometry{info.nx, info.ny, info.nz};
  for (std::size_t k = 0; k < order_.places(); ++k)
    places_.push_back({{geometry, {}, {}}, {}, data::CellPacker(geometry, settings.compression), {}});
}

bool GeneratedBlocks::begin(std::size_t block, engine::ShowerBlock& memory) {
  if (!order_.begin(block)) return false;
  throw_if_interrupted();
  auto& [batch, latents, packer, chunks] = place(block);
  const std::size_t start = block * in_block_;
  batch.resize(std::min(in_block_, showers_ - start));
  if (keep_latents_ || inputs_.gives_latents()) latents.resize(batch.size() * latent_columns_);
  inputs_.fill(first_ + start, batch.energy_gev, latents);
  memory = {inputs_.number(first_ + start), batch.energy_gev, batch.cells_gev, latents, inputs_.gives_latents()};
  return true;
}

void GeneratedBlocks::finish(std::size_t block) {
  auto& [batch, latents, packer, chunks] = place(block);
  data::drop_small_cells(batch.cells_gev);
  if (writer_ != nullptr) {
    const std::size_t in_shower = batch.geometry.cells(), chunk_cells = in_chunk_ * in_shower;
    chunks.resize((batch.size() + in_chunk_ - 1) / in_chunk_);
    for (std::size_t k = 0; k < chunks.size(); ++k) {
      const auto rest = std::span<const float>(batch.cells_gev).subspan(k * chunk_cells);
      packer.pack(rest.first(std::min(rest.size(), chunk_cells)), chunks[k]);
    }
  }
  order_.finish(block, [this](std::size_t turn) { pass(turn); });
}

void GeneratedBlocks::pass(std::size_t block) {
  const auto& [batch, latents, packer, chunks] = place(block);
  if (block == 0) data::warn_of_model_units(model_, batch);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    hasher_.update(std::span<const float>(&batch.energy_gev[i], 1));
    hasher_.update(batch.shower(i));
  }
  if (writer_ != nullptr) {
    for (std::size_t k = 0; k < chunks.size(); ++k) {
      const std::size_t start = k * in_chunk_, count = std::min(in_chunk_, batch.size() - start);
      writer_->append_packed(std::span(batch.energy_gev).subspan(start, count), chunks[k],
                             keep_latents_
                                 ? std::span(latents).subspan(start * latent_columns_, count * latent_columns_)
                                 : std::span<const float>());
    }
  }
  progress_.update(before_ + block * in_block_ + batch.size());
}

}  // namespace octocal::study

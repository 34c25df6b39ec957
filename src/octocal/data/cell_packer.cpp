// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/cell_packer.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#include "octocal/base/expect.hpp"
#include "octocal/data/internal/run_deflate.hpp"

namespace octocal::data {
namespace {

constexpr std::size_t kMostInChunk = 16;
constexpr std::size_t kChunkBytes = std::size_t{1} << 20U;  // the chunk cache of a reader holds one
constexpr std::uint32_t kBothFilters = 3;

/// Bytes of equal significance together, as HDF5's filter of that name has them; behind the cells zeros.
void shuffle(std::span<const float> cells, std::size_t all, std::vector<std::byte>& bytes) {
  constexpr std::size_t kBytes = sizeof(float);
  bytes.assign(kBytes * all, std::byte{0});
  // Plane by plane, because a loop with one place to write to is compiled to vectors.
  for (std::size_t p = 0; p < kBytes; ++p) {
    std::byte* const plane = bytes.data() + p * all;
    for (std::size_t i = 0; i < cells.size(); ++i)
      plane[i] = static_cast<std::byte>(std::bit_cast<std::uint32_t>(cells[i]) >> 8U * p & 0xFFU);
  }
}

}  // namespace

std::size_t showers_in_chunk(const Geometry& geometry) noexcept {
  return std::clamp<std::size_t>(kChunkBytes / (sizeof(float) * geometry.cells()), 1, kMostInChunk);
}

bool drop_small_cells(std::span<float> cells_gev) noexcept {
  constexpr std::uint32_t kExponent = 0x7F800000U;  // all ones: infinite or NaN
  std::uint32_t bad = 0;
  for (float& cell : cells_gev) {
    bad |= (std::bit_cast<std::uint32_t>(cell) & kExponent) == kExponent ? 1U : 0U;
    cell = cell < kCellThresholdGev ? 0.0F : cell;
  }
  return bad == 0;
}

struct CellPacker::Impl {
  struct FreeCompressor {
    void operator()(libdeflate_compressor* compressor) const noexcept { libdeflate_free_compressor(compressor); }
  };

  std::size_t in_shower, all;
  Compression compression;
  RunDeflater runs;
  std::unique_ptr<libdeflate_compressor, FreeCompressor> gzip;
  std::vector<std::byte> shuffled;

  bool pack(std::span<const float> cells, std::vector<std::byte>& bytes) {
    if (compression.kind == Compression::Kind::kRuns) return runs.deflate(cells, all, bytes);
    if (compression.kind == Compression::Kind::kNone) return false;
    shuffle(cells, all, shuffled);
    bytes.resize(shuffled.size() - 1);
    bytes.resize(libdeflate_zlib_compress(gzip.get(), shuffled.data(), shuffled.size(), bytes.data(), bytes.size()));
    return !bytes.empty();
  }
};

CellPacker::CellPacker(const Geometry& geometry, const Compression& compression)
    : impl_(std::make_unique<Impl>(
          Impl{geometry.cells(), geometry.cells() * showers_in_chunk(geometry), compression, {}, {}, {}})) {
  if (compression.kind != Compression::Kind::kGzip) return;
  impl_->gzip.reset(libdeflate_alloc_compressor(compression.level));
  if (!impl_->gzip) throw std::bad_alloc();
}

CellPacker::~CellPacker() = default;
CellPacker::CellPacker(CellPacker&&) noexcept = default;
CellPacker& CellPacker::operator=(CellPacker&&) noexcept = default;

void CellPacker::pack(std::span<const float> cells_gev, PackedCells& packed) {
  OCTOCAL_EXPECT(!cells_gev.empty() && cells_gev.size() <= impl_->all && cells_gev.size() % impl_->in_shower == 0);
  packed.filters_left_out = 0;
  if (impl_->pack(cells_gev, packed.bytes)) return;
  if (impl_->compression.kind != Compression::Kind::kNone) packed.filters_left_out = kBothFilters;
  packed.bytes.assign(sizeof(float) * impl_->all, std::byte{0});
  std::memcpy(packed.bytes.data(), cells_gev.data(), cells_gev.size_bytes());
}

}  // namespace octocal::data

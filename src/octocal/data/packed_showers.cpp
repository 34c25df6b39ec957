// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/packed_showers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>
#include <sstream>
#include <string_view>
#include <utility>

#include "octocal/base/checksum.hpp"
#include "octocal/base/error.hpp"
#include "octocal/base/expect.hpp"
#include "octocal/base/machine.hpp"

namespace octocal::data {
namespace {

static_assert(std::endian::native == std::endian::little, "packed files are written as the numbers lie in memory");

constexpr std::string_view kTitle = "octocal packed showers 1\n";
constexpr std::size_t kHeader = 4096;
constexpr std::size_t kBlockEntry = 16;
constexpr std::size_t kShowerEntry = 8;
constexpr std::string_view kPackedLayout =
    "# little endian; blocks start at byte 4096; a block holds block_showers showers (the last one may hold fewer)\n"
    "# shower: uint32 n, (x*y*z+7)/8 bytes with a bit a cell (C order x,y,z; lowest bit first; 1: above zero), n "
    "float32\n"
    "# index: a block: uint64 offset, uint32 bytes, uint32 crc32; then float32 primary energy a shower, uint32 split "
    "key a shower\n";

Error damaged(const std::string& file, const std::string& why) {
  return bad_input(fmt::format("{}: damaged packed file ({}); write it again with octocal pack", file, why));
}

std::uint32_t crc_of(std::string_view text) { return crc32(std::as_bytes(std::span(text))); }

template <typename T>
void put(std::string& to, T number) {
  to.append(reinterpret_cast<const char*>(&number), sizeof number);
}

template <typename T>
T get(std::string_view from, std::size_t offset) {
  T number;
  std::memcpy(&number, from.data() + offset, sizeof number);
  return number;
}

std::size_t mask_bytes(const Geometry& geometry) { return (geometry.cells() + 7) / 8; }

/// "key value" lines of a header; those that begin with # are for people.
std::map<std::string, std::string> settings_of(const std::string& header) {
  std::map<std::string, std::string> settings;
  std::istringstream lines(header);
  for (std::string line; std::getline(lines, line);)
    if (const auto space = line.find(' '); space != std::string::npos && line[0] != '#')
      settings[line.substr(0, space)] = line.substr(space + 1);
  return settings;
}

}  // namespace

PackedWriter::PackedWriter(const std::string& file, const Geometry& geometry, std::string sample_hash)
    : geometry_(geometry),
      sample_hash_(std::move(sample_hash)),
      pending_(file),
      out_(pending_.path(), std::ios::binary),
      offset_(kHeader) {
  out_ << std::string(kHeader, ' ');
}

void PackedWriter::append(const ShowerBatch& batch, std::span<const std::uint32_t> split_keys) {
  const auto mask = mask_bytes(geometry_);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto start = block_.size();
    block_.append(sizeof(std::uint32_t) + mask, '\0');
    std::uint32_t above = 0;
    const auto cells = batch.shower(i);
    for (std::size_t c = 0; c < cells.size(); ++c) {
      if (!(cells[c] > 0)) continue;
      auto& byte = block_[start + sizeof above + c / 8];
      byte = static_cast<char>(static_cast<unsigned char>(byte) | 1U << c % 8);
      put(block_, cells[c]);
      ++above;
    }
    std::memcpy(&block_[start], &above, sizeof above);
    energy_.push_back(batch.energy_gev[i]);
    keys_.push_back(split_keys[i]);
    if (++in_block_ == kPackedBlock) write_block();
  }
}

void PackedWriter::write_block() {
  put(index_, offset_);
  put(index_, static_cast<std::uint32_t>(block_.size()));
  put(index_, crc_of(block_));
  out_.write(block_.data(), static_cast<std::streamsize>(block_.size()));
  offset_ += block_.size();
  block_.clear();
  in_block_ = 0;
  if (!out_) throw write_failure(pending_.target());
}

void PackedWriter::finish() {
  if (in_block_ > 0) write_block();
  for (const float energy : energy_) put(index_, energy);
  for (const auto key : keys_) put(index_, key);
  out_.write(index_.data(), static_cast<std::streamsize>(index_.size()));
  auto header = fmt::format(
      "{}showers {}\ncells {} {} {}\nunit GeV\nblock_showers {}\nindex_offset {}\nindex_bytes {}\nindex_crc32 "
      "{:08x}\nsample_hash {}\noctocal_version {}\n{}",
      kTitle, energy_.size(), geometry_.nx, geometry_.ny, geometry_.nz, kPackedBlock, offset_, index_.size(),
      crc_of(index_), sample_hash_, version(), kPackedLayout);
  header += fmt::format("header_crc32 {:08x}\n", crc_of(header));
  header.resize(kHeader, '\n');
  out_.seekp(0);
  out_.write(header.data(), static_cast<std::streamsize>(header.size()));
  out_.close();
  if (!out_) throw write_failure(pending_.target());
  pending_.commit();
}

bool is_packed_file(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw bad_input(fmt::format("{}: cannot be read; check the path", file));
  std::string start(kTitle.size(), '\0');
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  return start == kTitle;
}

PackedReader::PackedReader(std::string file)
    : file_(std::move(file)), check_(file_, false), in_(file_, std::ios::binary) {
  if (!is_packed_file(file_)) throw bad_input(fmt::format("{}: not a packed file; make one with octocal pack", file_));
  std::string header(kHeader, '\0');
  in_.read(header.data(), static_cast<std::streamsize>(header.size()));
  const auto checked = header.find("header_crc32 ");
  if (!in_ || checked == std::string::npos) throw damaged(file_, "truncated header");
  std::size_t showers = 0;
  std::uint64_t index_offset = 0;
  std::string index;
  try {
    auto settings = settings_of(header);
    const auto stored_crc = [&](const char* key) {
      return static_cast<std::uint32_t>(std::stoul(settings[key], nullptr, 16));
    };
    if (!checksums_agree(stored_crc("header_crc32"), crc_of(header.substr(0, checked))))
      throw damaged(file_, "the header's checksum differs");
    std::istringstream(settings["cells"]) >> geometry_.nx >> geometry_.ny >> geometry_.nz;
    showers = std::stoull(settings["showers"]);
    index_offset = std::stoull(settings["index_offset"]);
    const std::uint64_t index_bytes = std::stoull(settings["index_bytes"]);
    sample_hash_ = settings["sample_hash"];
    std::error_code failure;
    const std::uint64_t bytes = std::filesystem::file_size(file_, failure);
    if (failure || index_offset > bytes || index_bytes != bytes - index_offset) throw damaged(file_, "truncated");
    // No number of the header is multiplied or asked for as memory before the file has that many bytes.
    if (settings["block_showers"] != std::to_string(kPackedBlock) || !is_possible(geometry_) ||
        showers > index_bytes / kShowerEntry)
      throw damaged(file_, "sizes that do not fit together");
    const auto blocks = (showers + kPackedBlock - 1) / kPackedBlock;
    if (index_bytes != blocks * kBlockEntry + showers * kShowerEntry)
      throw damaged(file_, "sizes that do not fit together");
    index.resize(index_bytes);
    in_.seekg(static_cast<std::streamoff>(index_offset));
    in_.read(index.data(), static_cast<std::streamsize>(index.size()));
    if (!in_ || !checksums_agree(stored_crc("index_crc32"), crc_of(index)))
      throw damaged(file_, "the index' checksum differs");
    for (std::size_t b = 0; b < blocks; ++b) {
      blocks_.push_back({get<std::uint64_t>(index, b * kBlockEntry), get<std::uint32_t>(index, b * kBlockEntry + 8),
                         get<std::uint32_t>(index, b * kBlockEntry + 12)});
      if (blocks_.back().offset > index_offset || blocks_.back().bytes > index_offset - blocks_.back().offset)
        throw damaged(file_, "a block beyond its end");
    }
  } catch (const std::logic_error&) {  // of stoul
    throw damaged(file_, "a number of the header is unreadable");
  }
  energy_.resize(showers);
  keys_.resize(showers);
  const char* numbers = index.data() + blocks_.size() * kBlockEntry;
  if (showers > 0) {
    std::memcpy(energy_.data(), numbers, showers * sizeof(float));
    const auto bad = std::find_if(energy_.begin(), energy_.end(), [](float e) { return !(e > 0) || std::isinf(e); });
    if (bad != energy_.end())
      throw damaged(file_, fmt::format("shower {}: its primary energy is {}", bad - energy_.begin(), *bad));
    std::memcpy(keys_.data(), numbers + showers * sizeof(float), showers * sizeof(std::uint32_t));
    check_.look(geometry_, showers, [this](std::size_t first, ShowerBatch& batch) {
      std::copy_n(energy_.begin() + static_cast<std::ptrdiff_t>(first), batch.size(), batch.energy_gev.begin());
      unpack(first, batch.size(), batch.cells_gev);
    });
  }
}

void PackedReader::load_block(std::size_t index) {
  if (index == loaded_index_) return;
  loaded_index_ = static_cast<std::size_t>(-1);
  loaded_.resize(blocks_[index].bytes);
  in_.clear();
  in_.seekg(static_cast<std::streamoff>(blocks_[index].offset));
  in_.read(loaded_.data(), static_cast<std::streamsize>(loaded_.size()));
  if (!in_ || !checksums_agree(blocks_[index].crc, crc_of(loaded_)))
    throw damaged(file_, fmt::format("the checksum of showers {} and on differs", index * kPackedBlock));
  loaded_index_ = index;
}

void PackedReader::read(std::size_t first, std::size_t count, std::span<float> cells_gev) {
  OCTOCAL_EXPECT(first + count <= size() && cells_gev.size() == count * geometry_.cells());
  unpack(first, count, cells_gev);
  check_.pass(first, std::span(energy_).subspan(first, count), cells_gev);
}

void PackedReader::unpack(std::size_t first, std::size_t count, std::span<float> cells_gev) {
  const auto cells = geometry_.cells();
  const auto mask = mask_bytes(geometry_);
  std::fill(cells_gev.begin(), cells_gev.end(), 0.0F);
  for (std::size_t block = first / kPackedBlock; block * kPackedBlock < first + count; ++block) {
    load_block(block);
    std::size_t at = 0;
    const auto last = std::min(std::min((block + 1) * kPackedBlock, size()), first + count);
    for (std::size_t shower = block * kPackedBlock; shower < last; ++shower) {
      if (at + sizeof(std::uint32_t) + mask > loaded_.size()) throw damaged(file_, "a shower beyond its block");
      const auto above = get<std::uint32_t>(loaded_, at);
      const auto numbers = at + sizeof above + mask;
      if (above > cells || numbers + above * sizeof(float) > loaded_.size())
        throw damaged(file_, "a shower beyond its block");
      if (shower >= first) {
        float* out = cells_gev.data() + (shower - first) * cells;
        std::size_t taken = 0;
        for (std::size_t byte = 0; byte < mask; ++byte)
          for (auto bits = static_cast<unsigned>(static_cast<unsigned char>(loaded_[at + sizeof above + byte]));
               bits != 0; bits &= bits - 1) {
            const auto cell = byte * 8 + static_cast<std::size_t>(std::countr_zero(bits));
            if (cell >= cells) throw damaged(file_, "a cell outside the calorimeter");
            if (taken == above) throw damaged(file_, fmt::format("more cells than numbers in shower {}", shower));
            out[cell] = get<float>(loaded_, numbers + taken++ * sizeof(float));
            // No writer of octocal puts it there; whatever is trained with it is lost.
            if (!(out[cell] > 0) || std::isinf(out[cell]))
              throw damaged(file_, fmt::format("shower {}: cell {} is {}, expected a finite number above zero", shower,
                                               cell, out[cell]));
          }
        if (taken < above) throw damaged(file_, fmt::format("fewer cells than numbers in shower {}", shower));
      }
      at = numbers + above * sizeof(float);
    }
  }
}

}  // namespace octocal::data

// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/shower_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>

#include "octocal/base/checked_size.hpp"
#include "octocal/base/error.hpp"
#include "octocal/base/expect.hpp"
#include "octocal/base/hash.hpp"
#include "octocal/data/internal/hdf5_attribute.hpp"
#include "octocal/data/internal/shower_file.hpp"

namespace octocal::data {
namespace {

/// Calls visit(file index, first row in the file, rows, showers before them) for each file that the range touches.
template <typename Visit>
void for_each_part(const std::vector<std::size_t>& sizes, std::size_t first, std::size_t count, Visit visit) {
  std::size_t before = 0;
  std::size_t done = 0;
  for (std::size_t file = 0; file < sizes.size() && done < count; before += sizes[file], ++file) {
    if (first + done >= before + sizes[file]) continue;
    const std::size_t row = first + done - before;
    const std::size_t rows = std::min(count - done, sizes[file] - row);
    visit(file, row, rows, done);
    done += rows;
  }
}

/// Makes room; what cannot be had is a sentence, not the end of the program.
template <typename MakeRoom>
void with_memory(MakeRoom make_room, const std::string& file, double bytes) {
  const auto refused = [&] {
    return run_failed(
        fmt::format("{}: its showers need {:.1f} GB of memory at once, which cannot be had; give more "
                    "memory or fewer files",
                    file, bytes / 1e9));
  };
  try {
    make_room();
  } catch (const std::bad_alloc&) {
    throw refused();
  } catch (const std::length_error&) {
    throw refused();
  }
}

}  // namespace

struct ShowerReader::Impl {
  std::vector<std::string> files;
  std::vector<std::size_t> sizes;
  std::vector<std::optional<hdf5::FileState>> states;
  std::size_t size = 0;
  std::size_t position = 0;
  ShowerFile open;  // one file at a time: a sample may have more files than a process may open
  std::size_t open_index = 0;

  const ShowerFile& file(std::size_t index) {
    if (open_index != index) {
      ShowerFile next(files[index]);
      if (next.state() != states[index] || next.size() != sizes[index] || next.geometry() != open.geometry())
        throw bad_input(files[index] + ": has changed since it was opened; start again");
      open = std::move(next);
      open_index = index;
    }
    return open;
  }
};

ShowerReader::ShowerReader(std::vector<std::string> files) : impl_(std::make_unique<Impl>()) {
  if (files.empty()) throw bad_input("no file of showers is given; name at least one HDF5 file");
  impl_->files = std::move(files);
  // Every file is checked now, so that a long job does not fail at its last file; only the first one stays open.
  ShowerFile first(impl_->files.front());
  first.look();
  for (const auto& name : impl_->files) {
    std::size_t showers = first.size();
    auto state = first.state();
    if (&name != &impl_->files.front()) {
      const ShowerFile other(name);
      const auto& [nx, ny, nz] = first.geometry();
      if (other.geometry() != first.geometry())
        throw bad_input(fmt::format("{}: showers of {} x {} x {} cells, but {} has {} x {} x {}; read them apart", name,
                                    other.geometry().nx, other.geometry().ny, other.geometry().nz, first.name(), nx, ny,
                                    nz));
      other.look();
      showers = other.size();
      state = other.state();
    }
    impl_->sizes.push_back(showers);
    impl_->states.push_back(state);
    const auto all = CheckedSize(impl_->size) + showers;
    if (!all.fits(std::numeric_limits<std::int64_t>::max()))
      throw bad_input(name + ": more showers than can be counted (it is damaged); make it again");
    impl_->size = all.value();
  }
  impl_->open = std::move(first);
}

ShowerReader::~ShowerReader() = default;
ShowerReader::ShowerReader(ShowerReader&&) noexcept = default;
ShowerReader& ShowerReader::operator=(ShowerReader&&) noexcept = default;

std::size_t ShowerReader::size() const noexcept { return impl_->size; }
const std::vector<std::string>& ShowerReader::files() const noexcept { return impl_->files; }
const Geometry& ShowerReader::geometry() const noexcept { return impl_->open.geometry(); }
const std::vector<std::size_t>& ShowerReader::sizes() const noexcept { return impl_->sizes; }
void ShowerReader::rewind() noexcept { impl_->position = 0; }

std::string ShowerReader::hash() const {
  std::string hash;
  Hasher together;
  for (std::size_t i = 0; i < impl_->files.size(); ++i) {
    const std::string& name = impl_->files[i];
    const auto state = [&name] {
      const hdf5::Lock lock;
      return hdf5::state_of(name);
    };
    if (state() || !impl_->states[i]) hash = hash_file(name);
    if (impl_->states[i] && state() != impl_->states[i])
      throw bad_input(name + ": has changed since it was opened; start again");
    together.update(std::span<const char>(hash));
  }
  return impl_->files.size() == 1 ? hash : together.hex();
}

std::vector<float> ShowerReader::energies() {
  std::vector<float> energy_gev;
  // A piece at a time: a file that claims more showers than it holds energies of is refused before it gets the memory.
  constexpr std::size_t kAtOnce = std::size_t{1} << 20U;
  for_each_part(impl_->sizes, 0, size(), [&](std::size_t file, std::size_t row, std::size_t rows, std::size_t done) {
    for (std::size_t first = 0; first < rows; first += kAtOnce) {
      const auto count = std::min(kAtOnce, rows - first);
      with_memory([&] { energy_gev.resize(done + first + count); }, impl_->files.front(),
                  static_cast<double>(size()) * sizeof(float));
      impl_->file(file).read_energies(row + first, std::span(energy_gev).subspan(done + first, count));
    }
  });
  return energy_gev;
}

void ShowerReader::read(std::size_t first, std::size_t count, ShowerBatch& batch) {
  OCTOCAL_EXPECT(first + count <= size());
  batch.geometry = geometry();
  const std::size_t cells = batch.geometry.cells();
  with_memory([&] { batch.resize(count); }, impl_->files.front(),
              static_cast<double>(count) * static_cast<double>(cells) * sizeof(float));
  for_each_part(impl_->sizes, first, count, [&](std::size_t file, std::size_t row, std::size_t rows, std::size_t done) {
    impl_->file(file).read(row, std::span(batch.energy_gev).subspan(done, rows),
                           std::span(batch.cells_gev).subspan(done * cells, rows * cells));
  });
}

bool ShowerReader::next(ShowerBatch& batch, std::size_t most) {
  const std::size_t count = std::min(most, size() - impl_->position);
  read(impl_->position, count, batch);
  impl_->position += count;
  return count > 0;
}

std::string ShowerReader::attribute(const std::string& name) {
  const hdf5::Lock lock;
  return hdf5::read_text(impl_->file(0).root(), name);
}

std::vector<std::string> ShowerReader::attribute_names() {
  const hdf5::Lock lock;
  return hdf5::text_names(impl_->file(0).root());
}

struct LatentReader::Impl {
  ShowerFile showers;
  std::size_t columns = 0;
};

LatentReader::LatentReader(const std::string& file) : impl_(std::make_unique<Impl>(Impl{ShowerFile(file), 0})) {
  std::vector<float> none;
  impl_->columns = impl_->showers.read_rows("latent", 0, 0, none);
}

LatentReader::~LatentReader() = default;

std::size_t LatentReader::columns() const noexcept { return impl_->columns; }

Latents LatentReader::read(std::size_t first, std::size_t count) {
  const auto& showers = impl_->showers;
  first = std::min(first, showers.size());
  count = std::min(count, showers.size() - first);
  Latents latents;
  const auto make = [&] {
    latents.columns = showers.read_rows("latent", first, count, latents.values);
    latents.energy_gev.resize(count);
  };
  with_memory(make, showers.name(), static_cast<double>(count) * sizeof(float));
  showers.read_energies(first, latents.energy_gev);
  return latents;
}

Latents read_latents(const std::string& file, std::size_t first, std::size_t count) {
  return LatentReader(file).read(first, count);
}

struct MevRestReader::Impl {
  ShowerFile showers;
  bool has_rests;
  std::vector<float> values;
};

MevRestReader::MevRestReader(const std::string& file)
    : impl_(std::make_unique<Impl>(Impl{ShowerFile(file), false, {}})) {
  impl_->has_rests = impl_->showers.has("mev_rest");
}

MevRestReader::~MevRestReader() = default;

bool MevRestReader::has_rests() const noexcept { return impl_->has_rests; }

void MevRestReader::read(std::size_t first, std::size_t count, std::vector<std::int8_t>& rests) {
  const auto& showers = impl_->showers;
  const std::size_t wanted = 1 + showers.geometry().cells();
  rests.assign(count * wanted, 0);
  if (!impl_->has_rests || count == 0) return;
  auto& values = impl_->values;
  const auto columns = showers.read_rows("mev_rest", first, count, values);
  const bool right = columns == wanted && std::all_of(values.begin(), values.end(),
                                                      [](float rest) { return rest == -1 || rest == 0 || rest == 1; });
  if (!right)
    throw bad_input(
        fmt::format("{}: `mev_rest` must have {} numbers a shower, -1, 0 or 1 (it has {}, or others); make "
                    "the file again",
                    showers.name(), wanted, columns));
  std::transform(values.begin(), values.end(), rests.begin(),
                 [](float rest) { return static_cast<std::int8_t>(rest); });
}

}  // namespace octocal::data

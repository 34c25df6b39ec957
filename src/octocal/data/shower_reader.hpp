// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "octocal/data/shower_batch.hpp"

namespace octocal::data {

/// File names and globs to file names: every pattern with * ? [ must match at least one file; results of one pattern
/// are sorted. A file that is named twice, under whatever names, is taken once, with a warning. A part of a path that is there as it is written is meant literally: the folder
/// "[run 3]" is that folder. Error: bad_input naming the pattern.
std::vector<std::string> expand_shower_files(const std::vector<std::string>& patterns);

/// Reads showers from one or more CLIC HDF5 files as one long sample, a chunk at a time: memory does not grow with the
/// files. The constructor opens and checks every file's layout; read() checks the values it reads.
///
/// Layout: `ECAL (N,nx,ny,nz)` any floating type, GeV; `target (N,>=2)` whose column 1 is Ep in GeV. All files must
/// have the same geometry. Cells below kCellThresholdGev become zero, as do negative ones above -kCellThresholdGev.
///
/// One reader is used by one thread; several readers may be used by several threads (calls into HDF5 are serialised).
/// Errors (all bad_input, naming the file), by the constructor: missing, whatever HDF5 refuses (with its reason: locked,
/// truncated, written by a newer HDF5, ...), dataset absent or of the wrong rank or shape, packed with a filter that is
/// not installed, taken from a file that is missing, no showers or only empty ones, units that cannot be
/// (energy_balance.hpp); by the reading functions: NaN, infinite or negative cells or energies, a shower that leaves far
/// more than it has (naming the shower). kFailed where there is not enough memory.
/// Warns once a process and file of empty showers, of showers that were never written, of doubtful units.
class ShowerReader {
 public:
  /// Opens and checks all files; errors as above.
  explicit ShowerReader(std::vector<std::string> files);
  ~ShowerReader();
  ShowerReader(ShowerReader&&) noexcept;
  ShowerReader& operator=(ShowerReader&&) noexcept;

  /// Showers in all files together; files; geometry.
  std::size_t size() const noexcept;
  const std::vector<std::string>& files() const noexcept;
  const Geometry& geometry() const noexcept;

  /// Hash of the bytes of the one file; of several, of their hashes in order. Errors: bad_input if a file is another one
  /// by now than was read, or is gone.
  std::string hash() const;

  /// Showers in each file, in the order of files().
  const std::vector<std::size_t>& sizes() const noexcept;

  /// Primary energies of the whole sample, GeV (a float a shower is the only thing that is held for all of them).
  std::vector<float> energies();

  /// The next `most` showers into batch (fewer at the end); false when there are none left.
  bool next(ShowerBatch& batch, std::size_t most);

  /// Showers first .. first + count - 1 of the whole sample. Precondition: inside the sample.
  void read(std::size_t first, std::size_t count, ShowerBatch& batch);

  /// Back to the first shower.
  void rewind() noexcept;

  /// A text attribute of the first file's root group, "" if there is none (generated files carry octocal.* ones).
  std::string attribute(const std::string& name);
  /// Names of all text attributes of the first file's root group.
  std::vector<std::string> attribute_names();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The generator's very inputs, as kept in a file of generated showers.
struct Latents {
  std::size_t columns = 0;        ///< numbers a shower, L
  std::vector<float> values;      ///< (N, columns), C order
  std::vector<float> energy_gev;  ///< (N): from `target` of the same file
};

/// One file of generated showers, open for its dataset `latent (N, columns)`. Not thread-safe.
/// Errors: bad_input if that is absent, of the wrong shape, or with values that are not finite.
class LatentReader {
 public:
  /// Opens and checks the file; errors as above.
  explicit LatentReader(const std::string& file);
  ~LatentReader();

  std::size_t columns() const noexcept;  ///< numbers a shower

  /// Latents and Ep of showers first .. first + count - 1, or as many of them as there are.
  Latents read(std::size_t first, std::size_t count);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The same once. Errors: as LatentReader.
Latents read_latents(const std::string& file, std::size_t first = 0, std::size_t count = static_cast<std::size_t>(-1));

/// The rests of MeV (mev_rest.hpp) in one file of showers that were converted from MeV. Not thread-safe.
/// Errors: bad_input if the file cannot be read, or if its `mev_rest` has a wrong shape or values that cannot be.
class MevRestReader {
 public:
  /// Opens and checks the file; errors as above.
  explicit MevRestReader(const std::string& file);
  ~MevRestReader();

  bool has_rests() const noexcept;  ///< else all are 0: what converts it knows no better

  /// Those of showers first .. first + count - 1: (count, 1 + cells), energy first. Precondition: inside the file.
  void read(std::size_t first, std::size_t count, std::vector<std::int8_t>& rests);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace octocal::data

// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "octocal/data/shower_batch.hpp"
#include "octocal/study/cell_likelihood.hpp"
#include "octocal/study/open_model.hpp"

namespace octocal::study {

/// Who a sample of showers is, as it goes into the JSON (docs/validation_json.md, "A sample").
struct SampleIdentity {
  std::string name;                             ///< unique among the samples of a run, see name_samples
  std::string kind;                             ///< "reference", "model" or "file"
  std::string file;                             ///< the first one of several
  std::uintmax_t file_bytes = 0;                ///< on disk
  std::optional<std::string> model_hash;        ///< of a model, or what the file says
  std::optional<std::string> precision;         ///< of a model, or what the file says
  std::optional<std::uint64_t> seed;            ///< of a model, or what the file says
  std::string latents;                          ///< samples with the same text, not "", were made from the same latents
  std::map<std::string, std::string> metadata;  ///< the model's, or the file's attributes
  std::vector<engine::LayerReport> layers;      ///< of a model: what ran
};

/// Showers to be measured, from files or from a model, a chunk at a time.
class SampleSource {
 public:
  virtual ~SampleSource() = default;

  /// Who it is.
  const SampleIdentity& identity() const noexcept { return identity_; }
  /// Another name (see name_samples).
  void rename(std::string name) { identity_.name = std::move(name); }
  /// Primary energies of all showers; their number is the number of showers.
  const std::vector<float>& energies_gev() const noexcept { return energies_gev_; }
  const data::Geometry& geometry() const noexcept { return geometry_; }

  /// Showers first .. first + count - 1. Precondition: inside the sample.
  virtual void read(std::size_t first, std::size_t count, data::ShowerBatch& batch) = 0;

  /// Of files: hash of their bytes (see data::ShowerReader::hash). "" of a model.
  virtual std::string files_hash() const { return {}; }

  /// Of a model: time spent on making showers, streams and batch.
  struct Timing {
    double seconds = 0;         ///< wall clock
    std::uint64_t showers = 0;  ///< made in them
    int streams = 0;            ///< of the generator
    std::size_t batch = 0;      ///< of each stream
  };
  /// Of a model that draws its cells: how likely it finds showers. nullptr for others.
  virtual CellLikelihood* likelihood() { return nullptr; }
  /// Nothing for files.
  virtual std::optional<Timing> timing() const { return std::nullopt; }

 protected:
  /// Filled by the constructor of what derives from it.
  SampleIdentity identity_;
  std::vector<float> energies_gev_;
  data::Geometry geometry_;
};

/// Showers of CLIC HDF5 files (globs allowed), the first `most` of them (0: all). `kind` is "reference", which must
/// have as many, or "file", which may have fewer. Errors: bad_input (see ShowerReader; a reference that is too small).
std::unique_ptr<SampleSource> open_shower_files(const std::vector<std::string>& patterns, const std::string& kind,
                                                std::size_t most);

/// A model that makes one shower for each energy; shower i is shower i of the seed. Errors: bad_input (see
/// open_model, make_generator, check_energy_range).
std::unique_ptr<SampleSource> open_model_source(const OpenModel& model, const EngineSettings& engine,
                                                std::uint64_t seed, std::vector<float> energies_gev);

/// Makes names unique: where two agree, the file's stem; where that agrees too, a number behind it.
void name_samples(const std::vector<std::unique_ptr<SampleSource>>& sources);

}  // namespace octocal::study

// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/hdf5_source.hpp"
#include "octocal/data/sample_identity.hpp"
#include "octocal/data/shower_reader.hpp"

namespace octocal::train {
namespace {

class Hdf5Source final : public ShowerFiles {
 public:
  explicit Hdf5Source(const std::vector<std::string>& files) : reader_(files) {}

  std::size_t size() const override { return reader_.size(); }
  data::Geometry geometry() const override { return reader_.geometry(); }
  const std::vector<std::string>& files() const override { return reader_.files(); }
  void read(std::size_t first, std::size_t count, data::ShowerBatch& batch) override {
    reader_.read(first, count, batch);
  }
  std::vector<std::uint32_t> split_keys(std::size_t /*first*/, const data::ShowerBatch& batch) const override {
    std::vector<std::uint32_t> keys(batch.size());
    for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = data::split_key(batch.shower(i), batch.energy_gev[i]);
    return keys;
  }
  std::string hash() const override { return data::sample_hash(reader_.files()); }

 private:
  data::ShowerReader reader_;
};

}  // namespace

std::unique_ptr<ShowerFiles> open_hdf5_showers(const std::vector<std::string>& files) {
  return std::make_unique<Hdf5Source>(files);
}

}  // namespace octocal::train

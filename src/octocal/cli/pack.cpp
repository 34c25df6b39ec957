// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "octocal/base/interrupt.hpp"
#include "octocal/base/number_text.hpp"
#include "octocal/base/progress.hpp"
#include "octocal/cli/verb.hpp"
#include "octocal/data/packed_showers.hpp"
#include "octocal/data/sample_identity.hpp"
#include "octocal/data/shower_reader.hpp"

namespace octocal::cli {
namespace {

constexpr std::size_t kChunk = 250;
constexpr const char* kPackExamples =
    "  octocal pack --data 'geant4/electrons_*.h5' -o electrons.pack\n"
    "  octocal pack --data data/electrons_000.h5 -o small.pack\n"
    "  octocal train --data electrons.pack -o run1 --device cuda";

struct PackSettings {
  std::vector<std::string> data;
  std::string output;
};

void run(const PackSettings& settings) {
  data::ShowerReader reader(data::expand_shower_files(settings.data));
  data::PackedWriter writer(settings.output, reader.geometry(), data::sample_hash(reader.files()));
  Progress progress("pack", "showers", reader.size());
  data::ShowerBatch batch;
  std::vector<std::uint32_t> keys;
  std::size_t done = 0;
  while (reader.next(batch, kChunk)) {
    throw_if_interrupted();
    keys.clear();
    for (std::size_t i = 0; i < batch.size(); ++i)
      keys.push_back(data::split_key(batch.shower(i), batch.energy_gev[i]));
    writer.append(batch, keys);
    progress.update(done += batch.size());
  }
  writer.finish();
  progress.finish();
  const auto bytes = static_cast<double>(std::filesystem::file_size(settings.output));
  fmt::print("{}: {}, {:.1f} MB ({:.1f} kB a shower)\n", settings.output, count_text(done, "shower"), bytes / 1e6,
             bytes / 1e3 / static_cast<double>(done));
}

std::function<void()> define_pack(App& app) {
  auto settings = std::make_shared<PackSettings>();
  app.add_inputs("--data", settings->data, "HDF5 files of Geant4 showers, or globs")->required();
  app.add_output("-o,--output,--out", settings->output, "The packed file to write")->required();
  return [settings] { run(*settings); };
}

const Verb pack_verb({"pack", "pack showers into one file that octocal train reads without HDF5", kPackExamples,
                      define_pack});

}  // namespace
}  // namespace octocal::cli

// SPDX-License-Identifier: Apache-2.0
#include "octocal/cli/verb_options.hpp"

#include <nlohmann/json.hpp>

#include "octocal/base/pending_file.hpp"
#include "octocal/study/energies.hpp"

namespace octocal::cli {

void add_seed(App& app, std::uint64_t& seed) {
  app.add_option("--seed", seed, "Seed of all random numbers: the same seed, the same result")->type_name("N");
}

CLI::Option* add_energy(App& app, std::string& energy, const std::string& otherwise) {
  auto* option = app.add_option("-e,--energy", energy,
                                "Primary energies in GeV: a range 100:500, a value 250, a list 100,200,300, or a file "
                                "of showers; " +
                                    otherwise)
                     ->type_name("ENERGIES");
  app.declare_files([&energy](RunFiles& files) { files.reads("--energy", study::Energies::files_of(energy)); });
  return option;
}

void add_compression(App& app, std::string& compression) {
  app.add_option("--compression", compression,
                 "How cells are packed; every HDF5 reads all of them. runs: fast, as small as gzip:6; gzip:1 to "
                 "gzip:12: libdeflate; none: six times as large")
      ->type_name("runs|gzip:N|none");
}

void add_json(App& app, std::string& file) {
  app.add_output("--json", file, "Write the numbers to this file, for programs");
}

void write_json(const std::string& file, const nlohmann::json& document) {
  if (file.empty()) return;
  // A file's name may be any bytes, JSON must be UTF-8: what is not stands as the replacement character.
  write_text_file(file, document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace octocal::cli

// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "octocal/engine/shower_generator.hpp"
#include "octocal/model/generator_info.hpp"
#include "octocal/model/graph.hpp"

namespace octocal::study {

/// How models are run.
struct EngineSettings {
  int streams = 0;                                      ///< 0: one a usable core
  std::size_t batch = 8;                                ///< showers a stream computes at once, 1 .. 1024
  std::map<std::string, std::string> model_info;        ///< octocal.* metadata that a model from elsewhere lacks
  bool extrapolate = false;                             ///< accept energies outside a model's range
  engine::Affinity affinity = engine::Affinity::kNone;  ///< where the threads of several streams run
};

/// A model file, read and checked.
struct OpenModel {
  std::string file;           ///< as it was named
  model::Graph graph;         ///< what is in it
  model::GeneratorInfo info;  ///< its metadata, with what was given beside
  std::string hash;           ///< model::graph_hash
  bool info_given = false;    ///< its user added to its metadata (EngineSettings::model_info)
  std::string format = {};    ///< "": as the file has it; else the graph is the file's in this format (formats.hpp)
  std::size_t bytes = 0;      ///< of the graph as a file, with `format`
};

/// Reads a generator; warns of what its metadata leave out. Errors: bad_input (see read_onnx, read_generator_info).
OpenModel open_model(const std::string& file, const std::map<std::string, std::string>& model_info = {});

/// Refuses energies that the model was not made for, unless `extrapolate`; then it warns. Error: bad_input naming the
/// model and both ranges.
void check_energy_range(const OpenModel& model, double low_gev, double high_gev, bool extrapolate);

/// Compiles the model for this machine; warns of what runs otherwise than one may expect (see engine::Program::remarks).
/// Errors: bad_input naming the file.
std::unique_ptr<engine::ShowerGenerator> make_generator(const OpenModel& model, const EngineSettings& settings,
                                                        std::uint64_t seed);

}  // namespace octocal::study

// SPDX-License-Identifier: Apache-2.0
#include "integration/bad_input/bad_input_fixture.hpp"

#include <algorithm>

#include "octocal/data/shower_writer.hpp"
#include "octocal/model/generator_builder.hpp"
#include "octocal/model/generator_info.hpp"
#include "octocal/model/onnx_file.hpp"

namespace octocal::test {

BadInput::BadInput() {
  const model::GeneratorSpec spec;
  auto graph = model::build_generator(spec, model::random_generator_parameters(spec, 1));
  model::GeneratorInfo info;
  info.latent = model::LatentConvention::kSphere;
  info.energy_min_gev = 100;
  info.energy_max_gev = 500;
  model::write_generator_info(info, graph);
  model::write_onnx(graph, model_);

  data::ShowerBatch batch;
  batch.resize(8);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    batch.energy_gev[i] = 110.0F + 50.0F * static_cast<float>(i);
    std::fill(batch.shower(i).begin(), batch.shower(i).end(), 1e-5F * static_cast<float>(i + 10));
  }
  data::ShowerWriter writer(showers_, {});
  writer.append(batch);
  writer.finish();
}

std::map<std::string, std::uintmax_t> BadInput::files() const {
  std::map<std::string, std::uintmax_t> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path()))
    found[entry.path().string()] = entry.is_regular_file() ? entry.file_size() : 0;
  return found;
}

void BadInput::expect_failure(int exit_code, const std::vector<std::string>& arguments,
                              const std::vector<std::string>& parts, const ProgramOptions& options) {
  std::string command = "octocal";
  for (const auto& argument : arguments) command += " " + argument;
  SCOPED_TRACE(command);
  const auto before = files();
  const auto result = run_octocal(arguments, options);
  EXPECT_EQ(result.exit_code, exit_code);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err.rfind("octocal: ", 0), 0U) << result.err;
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  EXPECT_NE(result.err.find("; "), std::string::npos) << "no remedy: " << result.err;
  for (const auto& part : parts) EXPECT_NE(result.err.find(part), std::string::npos) << part << " in " << result.err;
  EXPECT_EQ(files(), before);
}

std::vector<std::vector<std::string>> BadInput::commands_with_showers(const std::string& file) const {
  return {{"info", file, "--json", path("out.json")},
          {"validate", "--reference", file, "--model", model_, "--json", path("out.json")},
          {"compare", file, showers_, "--json", path("out.json")}};
}

std::vector<std::vector<std::string>> BadInput::commands_with_model(const std::string& file) const {
  return {{"inspect", file, "--json", path("out.json")},
          {"generate", "--model", file, "--energy", "100:500", "-o", output_},
          {"quantize", "--model", file, "-o", path("out.onnx")},
          {"validate", "--reference", showers_, "--model", file, "--json", path("out.json")}};
}

}  // namespace octocal::test

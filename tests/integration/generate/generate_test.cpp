// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>

#include "integration/bad_input/bad_input_fixture.hpp"
#include "octocal/base/hash.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/data/shower_reader.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/model/reference/evaluate.hpp"

namespace octocal::test {
namespace {

class Generate : public BadInput {
 protected:
  /// Runs octocal generate into `file`; expects success; returns what was printed.
  ProgramResult generate(const std::string& file, std::vector<std::string> more) {
    std::vector<std::string> command = {"generate", "--model", model_, "-o", file};
    command.insert(command.end(), more.begin(), more.end());
    const auto result = run_octocal(command);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result;
  }

  static data::ShowerBatch read(const std::string& file) {
    data::ShowerReader reader({file});
    data::ShowerBatch batch;
    reader.read(0, reader.size(), batch);
    return batch;
  }
};

TEST_F(Generate, WritesTheSameBytesWhateverStreamsAndBatch) {
  generate(path("a.h5"), {"--showers", "21", "--seed", "7", "--streams", "1", "--batch", "8"});
  generate(path("b.h5"), {"--showers", "21", "--seed", "7", "--streams", "3", "--batch", "2", "--affinity", "spread"});
  generate(path("c.h5"), {"--showers", "21", "--seed", "7", "--streams", "auto", "--batch", "5"});
  EXPECT_EQ(hash_file(path("a.h5")), hash_file(path("b.h5")));
  EXPECT_EQ(hash_file(path("a.h5")), hash_file(path("c.h5")));
  // Parts of it, joined.
  generate(path("p0.h5"), {"--showers", "8", "--seed", "7", "--streams", "2", "--compression", "gzip:1"});
  generate(path("p1.h5"), {"--first-shower", "8", "--showers", "13", "--seed", "7", "--streams", "5", "--batch", "1"});
  const auto merged = run_octocal({"merge", path("m.h5"), path("p?.h5"), "--json", path("m.json")});
  EXPECT_EQ(merged.exit_code, 0) << merged.err;
  EXPECT_EQ(hash_file(path("a.h5")), hash_file(path("m.h5")));
  EXPECT_EQ(nlohmann::json::parse(read_text_file(path("m.json"))).at("showers_hash"),
            data::ShowerReader({path("a.h5")}).attribute("octocal.showers_hash"));
  generate(path("d.h5"), {"--showers", "21", "--seed", "8"});
  EXPECT_NE(read(path("a.h5")).cells_gev, read(path("d.h5")).cells_gev);
}

TEST_F(Generate, ShowersAreThoseOfTheReferenceInterpreterForTheKeptLatents) {
  generate(output_, {"--energy", "100:500", "--showers", "2", "--keep-latents"});
  const auto showers = read(output_);
  const auto latents = data::read_latents(output_);
  ASSERT_EQ(latents.columns, 200U);
  for (std::size_t i = 0; i < 2; ++i) {
    double norm2 = 0;
    for (std::size_t j = 0; j < 200; ++j) norm2 += std::pow(static_cast<double>(latents.values[i * 200 + j]), 2);
    // On the sphere the norm says the energy: |latent| = sqrt(L) * Ep / 100 GeV.
    EXPECT_NEAR(std::sqrt(norm2 / 200) * 100, static_cast<double>(showers.energy_gev[i]), 1e-3);
  }
  const auto graph = model::read_onnx(model_);
  const auto expected = model::reference::evaluate(graph, {{"latent", model::make_tensor({2, 200}, latents.values)},
                                                           {"energy", model::make_tensor({2, 1}, latents.energy_gev)}});
  ASSERT_EQ(expected.size(), 1U);
  const auto cells = expected.begin()->second.as<float>();
  ASSERT_EQ(cells.size(), showers.cells_gev.size());
  const float largest = *std::max_element(cells.begin(), cells.end());
  ASSERT_GT(largest, 0);
  for (std::size_t c = 0; c < cells.size(); ++c)
    ASSERT_NEAR(showers.cells_gev[c], cells[c], 1e-4F * largest + 2e-6F) << "cell " << c;
}

TEST_F(Generate, FromKeptLatentsGivesTheSameShowers) {
  generate(path("a.h5"), {"--showers", "11", "--keep-latents", "--seed", "3"});
  generate(path("b.h5"), {"--latents", path("a.h5"), "--keep-latents"});
  EXPECT_EQ(read(path("a.h5")).cells_gev, read(path("b.h5")).cells_gev);
  EXPECT_EQ(read(path("a.h5")).energy_gev, read(path("b.h5")).energy_gev);
  EXPECT_EQ(data::read_latents(path("a.h5")).values, data::read_latents(path("b.h5")).values);
  EXPECT_EQ(data::ShowerReader({path("a.h5")}).attribute("octocal.latents"), "seed 3, sphere, 200 numbers");
  EXPECT_EQ(data::ShowerReader({path("b.h5")}).attribute("octocal.latents"), "seed 3, sphere, 200 numbers");
}

TEST_F(Generate, AShowerDoesNotDependOnHowManyAreMade) {
  generate(path("few.h5"), {"--showers", "3", "--energy", "100:500"});
  generate(path("many.h5"), {"--showers", "12", "--energy", "100:500"});
  const auto few = read(path("few.h5"));
  const auto many = read(path("many.h5"));
  for (std::size_t i = 0; i < few.size(); ++i) {
    EXPECT_EQ(few.energy_gev[i], many.energy_gev[i]);
    EXPECT_TRUE(std::equal(few.shower(i).begin(), few.shower(i).end(), many.shower(i).begin())) << i;
  }
}

TEST_F(Generate, TakesEnergiesOfAFileInTheirOrder) {
  generate(output_, {"--energy", showers_});
  EXPECT_EQ(data::ShowerReader({output_}).energies(), data::ShowerReader({showers_}).energies());
}

TEST_F(Generate, TellsWhereTheShowersComeFrom) {
  generate(output_, {"--showers", "2", "--energy", "250", "--seed", "5", "--json", path("out.json")});
  data::ShowerReader reader({output_});
  const auto document = nlohmann::json::parse(read_text_file(path("out.json")));
  EXPECT_EQ(reader.attribute("octocal.model_hash"), model::graph_hash(model::read_onnx(model_)));
  EXPECT_EQ(reader.attribute("octocal.seed"), "5");
  EXPECT_EQ(reader.attribute("octocal.precision"), "float32");
  EXPECT_NE(reader.attribute("octocal.version"), "");
  EXPECT_NE(reader.attribute("octocal.settings").find("energy=\"250\"\n"), std::string::npos)
      << reader.attribute("octocal.settings");
  EXPECT_EQ(reader.attribute("octocal.energy"), "250");
  const auto layers = nlohmann::json::parse(reader.attribute("octocal.layers"));
  EXPECT_GT(layers.size(), 20U);
  for (const auto& layer : layers) EXPECT_NE(layer.at("kernel"), "") << layer;
  EXPECT_EQ(document.at("layers"), layers);
  EXPECT_EQ(document.at("showers"), 2);
  EXPECT_EQ(document.at("showers_hash"), reader.attribute("octocal.showers_hash"));

  // The hash that is written is that of energies and cells, shower by shower.
  const auto showers = read(output_);
  Hasher hasher;
  for (std::size_t i = 0; i < showers.size(); ++i) {
    hasher.update(std::span(showers.energy_gev).subspan(i, 1));
    hasher.update(showers.shower(i));
  }
  EXPECT_EQ(hasher.hex(), reader.attribute("octocal.showers_hash"));
}

TEST_F(Generate, TellsOnceWhatItMeansThatThereIsNoVnni) {
  const std::string model = std::string(OCTOCAL_SOURCE_DIR) + "/models/generator-int8.onnx";
  const auto make = [&](const std::string& file) {
    return run_octocal({"generate", "--model", model, "-o", file, "--showers", "2", "--seed", "7"});
  };
  const char* before = std::getenv("OCTOCAL_ISA");
  const std::string isa = before == nullptr ? "" : before;
  const auto here = make(path("here.h5"));
  ::setenv("OCTOCAL_ISA", "avx2", 1);
  const auto capped = make(path("capped.h5"));
  ::setenv("OCTOCAL_ISA", isa.c_str(), 1);
  ASSERT_EQ(here.exit_code, 0) << here.err;
  ASSERT_EQ(capped.exit_code, 0) << capped.err;
  const auto first = capped.err.find("octocal: warning: int8 runs on octocal's own kernels, because OCTOCAL_ISA=avx2 ");
  ASSERT_NE(first, std::string::npos) << capped.err;
  EXPECT_EQ(capped.err.find("warning", capped.err.find('\n', first)), std::string::npos) << capped.err;
  EXPECT_EQ(capped.err.find("int8, not in int8"), std::string::npos) << capped.err;
  EXPECT_EQ(read(path("here.h5")).cells_gev, read(path("capped.h5")).cells_gev);
  EXPECT_EQ(data::ShowerReader({path("here.h5")}).attribute("octocal.precision"), "int8");
  EXPECT_NE(here.out.find(" in int8 by "), std::string::npos) << here.out;
}

TEST_F(Generate, TellsPerLayerWhatRanWhenVerboseAndNothingWhenQuiet) {
  const auto verbose = generate(path("a.h5"), {"--showers", "1", "--verbose"});
  EXPECT_NE(verbose.err.find("kernel"), std::string::npos);
  EXPECT_NE(verbose.err.find("float32"), std::string::npos);
  EXPECT_EQ(generate(path("b.h5"), {"--showers", "1", "--quiet"}).err, "");
}

TEST_F(Generate, WritesTheAttributesThatThePageOfFormatsLists) {
  generate(path("energies.h5"), {"--showers", "1"});
  // With energies of a file, so that their hash is there, too.
  const auto run = run_octocal({"generate", "--model", model_, "-o", output_, "--energy", path("energies.h5")});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto names = data::ShowerReader({output_}).attribute_names();
  const auto page = read_text_file(OCTOCAL_SOURCE_DIR "/docs/formats.md");
  const auto begin = page.find("### Attributes of generated files");
  ASSERT_NE(begin, std::string::npos);
  std::set<std::string> listed;
  std::istringstream lines(page.substr(begin, page.find("\n## ", begin) - begin));
  for (std::string line; std::getline(lines, line);)
    if (line.rfind("| `", 0) == 0) listed.insert(line.substr(3, line.find('`', 3) - 3));
  EXPECT_EQ(listed, std::set<std::string>(names.begin(), names.end()));
}

}  // namespace
}  // namespace octocal::test

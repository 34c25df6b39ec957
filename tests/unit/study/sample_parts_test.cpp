// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

#include "octocal/base/error.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/data/shower_reader.hpp"
#include "octocal/ranks/ranks.hpp"
#include "octocal/study/generate_by_ranks.hpp"
#include "octocal/study/generate_to_file.hpp"
#include "octocal/study/latent_identity.hpp"
#include "octocal/study/merge_samples.hpp"
#include "octocal/study/sample_slice.hpp"
#include "unit/base/temporary_folder.hpp"
#include "unit/study/small_files.hpp"

namespace octocal::study {
namespace {

using octocal::test::TemporaryFolder;

/// A model, the sample of 100 showers that it makes in one go, and parts of it.
class SampleParts : public ::testing::Test {
 protected:
  SampleParts() {
    test::write_tiny_model(path("m.onnx"));
    settings_.model = path("m.onnx");
    settings_.seed = 7;
    settings_.engine.streams = 1;
  }

  std::string path(const std::string& name) const { return folder_.file(name); }

  GenerateResult make(const std::string& name, std::int64_t first, std::int64_t showers) {
    settings_.output = path(name);
    settings_.first_shower = first;
    settings_.showers = showers;
    return generate_to_file(settings_);
  }

  MergeResult merge(const std::vector<std::string>& names) const {
    MergeSettings merged;
    merged.output = path("merged.h5");
    for (const auto& name : names) merged.parts.push_back(path(name));
    return merge_samples(merged);
  }

  void expect_refusal(const std::vector<std::string>& names, const std::vector<std::string>& words) const {
    try {
      merge(names);
      ADD_FAILURE() << "merged; expected a refusal with " << words.front();
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      for (const auto& word : words)
        EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what() << "\nwithout " << word;
    }
    EXPECT_FALSE(std::filesystem::exists(path("merged.h5")));
  }

  TemporaryFolder folder_;
  GenerateSettings settings_;
};

TEST_F(SampleParts, MergedAreTheFileOfTheWholeByteForByte) {
  settings_.keep_latents = true;
  const auto whole = make("whole.h5", 0, 100);
  make("a.h5", 0, 32);
  settings_.engine.batch = 3;
  settings_.engine.streams = 2;
  make("b.h5", 32, 5);  // parts need not fill chunks
  settings_.compression = data::Compression::parse("none");
  make("c.h5", 37, 63);
  const auto merged = merge({"c.h5", "a.h5", "b.h5"});
  EXPECT_EQ(merged.showers_hash, whole.showers_hash);
  EXPECT_EQ(merged.showers, 100U);
  EXPECT_EQ(merged.parts, (std::vector<std::string>{path("a.h5"), path("b.h5"), path("c.h5")}));
  EXPECT_EQ(read_text_file(path("merged.h5")), read_text_file(path("whole.h5")));
}

TEST_F(SampleParts, HaveTheShowersOfTheWholeAtAnyEnergies) {
  test::write_tiny_showers(path("g4.h5"), 90, 1);
  for (const std::string& energy : {std::string("100:500"), std::string("150,200,450"), path("g4.h5")}) {
    settings_.energy = energy;
    make("whole.h5", 0, 90);
    make("part.h5", 41, 30);
    data::ShowerBatch whole, part;
    data::ShowerReader({path("whole.h5")}).read(41, 30, whole);
    data::ShowerReader({path("part.h5")}).read(0, 30, part);
    EXPECT_EQ(part.energy_gev, whole.energy_gev) << energy;
    EXPECT_EQ(part.cells_gev, whole.cells_gev) << energy;
  }
  settings_.showers = std::nullopt;
  settings_.first_shower = 80;
  EXPECT_EQ(generate_to_file(settings_).showers, 10U);  // to the end of the file of energies
  settings_.first_shower = 90;
  EXPECT_THROW(generate_to_file(settings_), Error);
}

TEST_F(SampleParts, FromKeptLatentsAreThoseOfTheWhole) {
  settings_.keep_latents = true;
  make("whole.h5", 0, 60);
  make("part.h5", 20, 40);
  settings_.keep_latents = false;
  settings_.latents = path("part.h5");
  const auto again = make("again.h5", 10, 30);
  settings_.latents.clear();
  EXPECT_EQ(again.showers_hash, make("direct.h5", 30, 30).showers_hash);
  EXPECT_EQ(data::ShowerReader({path("again.h5")}).attribute("octocal.latents"),
            data::ShowerReader({path("direct.h5")}).attribute("octocal.latents"));
}

// Noise is not in the file: it is made again, of the seed and the numbers that the file tells.
TEST_F(SampleParts, FromKeptLatentsHaveTheNoiseOfTheWhole) {
  test::write_tiny_noise_model(path("m.onnx"));
  settings_.keep_latents = true;
  make("part.h5", 20, 40);
  const auto direct = make("direct.h5", 33, 12);
  settings_.seed = std::nullopt;
  settings_.latents = path("part.h5");
  make("again.h5", 10, 30);  // showers 30 to 59
  settings_.latents = path("again.h5");
  const auto slice = make("slice.h5", 3, 12);
  EXPECT_EQ(slice.showers_hash, direct.showers_hash);
  EXPECT_EQ(slice.seed, 7U);
  EXPECT_EQ(slice.first_shower, 33U);
  data::ShowerReader reader({path("slice.h5")});
  EXPECT_EQ(reader.attribute("octocal.seed"), "7");
  EXPECT_EQ(reader.attribute("octocal.first_shower"), "33");
  EXPECT_EQ(reader.attribute("octocal.latents"), data::ShowerReader({path("direct.h5")}).attribute("octocal.latents"));

  // Other noise is another sample of the same latents, and says so; and can be made again, too.
  settings_.seed = 9;
  const auto other = make("other.h5", 3, 12);
  EXPECT_NE(other.showers_hash, direct.showers_hash);
  EXPECT_EQ(data::ShowerReader({path("other.h5")}).attribute("octocal.latents"),
            "seed 7, paper, 6 numbers, noise of seed 9, from shower 33 on");
  settings_.seed = std::nullopt;
  settings_.latents = path("other.h5");
  EXPECT_EQ(make("again.h5", 0, 12).showers_hash, other.showers_hash);
  settings_.seed = 7;
  EXPECT_EQ(make("again.h5", 0, 12).showers_hash, direct.showers_hash);
  EXPECT_EQ(data::ShowerReader({path("again.h5")}).attribute("octocal.latents"),
            "seed 7, paper, 6 numbers, from shower 33 on");
}

TEST_F(SampleParts, OfLatentsThatAreAPartMergeToTheirWhole) {
  settings_.keep_latents = true;
  make("latents.h5", 20, 40);
  settings_.latents = path("latents.h5");
  make("whole.h5", 5, 30);
  make("a.h5", 5, 10);
  make("b.h5", 15, 20);
  make("c.h5", 16, 19);
  EXPECT_EQ(merge({"b.h5", "a.h5"}).first_shower, 25U);
  EXPECT_EQ(read_text_file(path("merged.h5")), read_text_file(path("whole.h5")));
  std::filesystem::remove(path("merged.h5"));
  // The remedy counts as the option does, in the file of latents.
  expect_refusal({"a.h5", "c.h5"}, {"shower 35 of the sample", "--first-shower 15 --showers 1"});
}

TEST_F(SampleParts, OfAFileOfEnergiesAreComparedByItsEnergies) {
  test::write_tiny_showers(path("g4.h5"), 40, 1);
  settings_.energy = path("g4.h5");
  make("whole.h5", 0, 40);
  make("a.h5", 0, 20);
  // The same energies elsewhere are the same sample.
  std::filesystem::copy(path("g4.h5"), path("elsewhere.h5"));
  settings_.energy = path("elsewhere.h5");
  make("b.h5", 20, 20);
  EXPECT_EQ(merge({"a.h5", "b.h5"}).showers, 40U);
  EXPECT_EQ(read_text_file(path("merged.h5")), read_text_file(path("whole.h5")));
  std::filesystem::remove(path("merged.h5"));
  // Others under the same name are not: one more shower, and all steps between energies are others.
  test::write_tiny_showers(path("g4.h5"), 41, 1);
  settings_.energy = path("g4.h5");
  make("b.h5", 20, 20);
  expect_refusal({"a.h5", "b.h5"}, {"b.h5: is not of the same sample as", "octocal.energies_hash"});
  settings_.energy = "250";
  make("b.h5", 20, 20);
  expect_refusal({"a.h5", "b.h5"}, {"octocal.energies_hash: not there"});
}

TEST_F(SampleParts, OfWhichSomeAreMissingOrDoubleAreRefusedByNumber) {
  make("a.h5", 0, 30);
  make("b.h5", 30, 30);
  make("c.h5", 60, 40);
  make("near_b.h5", 29, 3);
  expect_refusal({"a.h5", "c.h5"},
                 {"showers 30 to 59 of the sample are in none", "a.h5", "c.h5", "--first-shower 30 --showers 30"});
  expect_refusal({"a.h5", "near_b.h5"}, {"near_b.h5: has shower 29, and so has", "a.h5"});
  expect_refusal({"a.h5", "b.h5", "near_b.h5"}, {"29", "near_b.h5"});
  expect_refusal({"a.h5", "a.h5"}, {"has showers 0 to 29, and so has"});
  const auto later = merge({"b.h5", "c.h5"});  // a part again
  EXPECT_EQ(later.first_shower, 30U);
  std::filesystem::rename(path("merged.h5"), path("later.h5"));
  const auto whole = merge({"later.h5", "a.h5"});
  EXPECT_EQ(whole.showers_hash, make("whole.h5", 0, 100).showers_hash);
}

TEST_F(SampleParts, OfDifferentSamplesAreRefusedWithWhatDiffers) {
  make("a.h5", 0, 20);
  const auto refuse = [&](const std::function<void()>& change, const std::vector<std::string>& words) {
    const auto before = settings_;
    change();
    make("b.h5", 20, 20);
    settings_ = before;
    expect_refusal({"a.h5", "b.h5"}, words);
  };
  refuse([&] { settings_.seed = 8; }, {"b.h5: is not of the same sample as", "a.h5", "octocal.seed: 8, there 7"});
  refuse([&] { settings_.energy = "100:400"; }, {"octocal.energy: 100:400, there 100:500"});
  refuse([&] { settings_.keep_latents = true; }, {"octocal.settings"});
  refuse(
      [&] {
        test::write_tiny_model(path("other.onnx"), 0.01);
        settings_.model = path("other.onnx");
      },
      {"octocal.model_hash"});
  // The same model elsewhere is the same sample.
  std::filesystem::copy(path("m.onnx"), path("copy.onnx"));
  settings_.model = path("copy.onnx");
  make("b.h5", 20, 20);
  EXPECT_EQ(merge({"a.h5", "b.h5"}).showers, 40U);
}

TEST_F(SampleParts, ThatAreNoPartsOrDamagedAreRefused) {
  make("a.h5", 0, 20);
  make("b.h5", 20, 20);
  test::write_tiny_showers(path("g4.h5"), 30, 1);
  expect_refusal({"a.h5", "g4.h5"}, {"g4.h5: has no attribute octocal.model_hash"});
  // A cell of another value, as a bit that fell over on a disk, in a file that says what b.h5 says.
  data::ShowerReader reader({path("b.h5")});
  data::ShowerBatch batch;
  reader.read(0, 20, batch);
  batch.cells_gev[77] *= 1.0001F;
  data::ShowerWriter writer(path("damaged.h5"), {batch.geometry});
  writer.append(batch);
  for (const auto& name : reader.attribute_names()) writer.set_attribute(name, reader.attribute(name));
  writer.finish();
  expect_refusal({"a.h5", "damaged.h5"}, {"damaged.h5: its showers are not those that were written"});
  // The same showers, but layers that nothing of ours writes.
  reader.read(0, 20, batch);
  data::ShowerWriter other(path("layers.h5"), {batch.geometry});
  other.append(batch);
  for (const auto& name : reader.attribute_names()) other.set_attribute(name, reader.attribute(name));
  other.set_attribute("octocal.layers", R"([{"layer": 12345, "asked": null}, 7])");
  other.finish();
  expect_refusal({"a.h5", "layers.h5"}, {"layers.h5: is not of the same sample as", "octocal.layers"});
}

TEST_F(SampleParts, AreTheSameFileWhateverTheStreams) {
  make("one.h5", 0, 300);
  for (const int streams : {2, 5}) {
    settings_.engine.streams = streams;
    settings_.engine.batch = streams == 5 ? 40 : 8;
    make("more.h5", 0, 300);
    EXPECT_EQ(read_text_file(path("more.h5")), read_text_file(path("one.h5"))) << streams;
  }
  settings_.no_output = true;
  const auto unwritten = make("none.h5", 0, 300);
  EXPECT_FALSE(std::filesystem::exists(path("none.h5")));
  EXPECT_EQ(unwritten.showers_hash, data::ShowerReader({path("one.h5")}).attribute("octocal.showers_hash"));
}

TEST(LatentIdentity, OfAPartSaysWhereItBegins) {
  const std::string whole = "seed 7, paper, 200 numbers";
  EXPECT_EQ(latent_identity_from(whole, 0), whole);
  const auto part = latent_identity_from(whole, 30);
  EXPECT_EQ(part, whole + ", from shower 30 on");
  EXPECT_EQ(latent_identity_from(part, 12), whole + ", from shower 42 on");
  EXPECT_EQ(whole_latent_identity(part), whole);
  EXPECT_EQ(latent_identity_with_noise(part, 7), part);
  EXPECT_EQ(latent_identity_with_noise(part, 70), whole + ", noise of seed 70, from shower 30 on");
  EXPECT_EQ(whole_latent_identity("mine, from shower x on"), "mine, from shower x on");
}

TEST(SampleSlice, WritesTheRecipeOfOtherShowers) {
  const std::string recipe = "model=\"m.onnx\"\nfirst-shower=5\nshowers=10\nseed=1\n";
  EXPECT_EQ(recipe_for(recipe, 40), "model=\"m.onnx\"\nfirst-shower=5\nshowers=40\nseed=1\n");
  EXPECT_EQ(first_input_of(recipe), 5U);
  EXPECT_EQ(first_input_of("showers=10\n"), 0U);
  EXPECT_EQ(recipe_of_sample(recipe, true), "seed=1\n");
  EXPECT_EQ(recipe_of_sample("energy=\"a.h5\"\nshowers=10\nseed=1\n", false), "energy=\"a.h5\"\nseed=1\n");
  EXPECT_EQ(recipe_of_sample("energy=\"a.h5\"\nshowers=10\nlatents=\"b\"\nseed=1\n", true), "seed=1\n");
  EXPECT_EQ(first_shower_of("", "a.h5"), 0U);
  EXPECT_EQ(first_shower_of("12", "a.h5"), 12U);
  EXPECT_THROW(first_shower_of("12x", "a.h5"), Error);
}

/// Rank 0 of two of which the other has gone.
class HalfOfRanks final : public ranks::Ranks {
 public:
  int rank() const noexcept override { return 0; }
  int size() const noexcept override { return 2; }
  void broadcast(std::span<std::byte>) override {}
  double sum(double here) override { return here; }
  void begin_sum(std::span<float>) override {}
  void go_on() override {}
  void finish_sums() override {}
  [[noreturn]] void end_all(int code) override { std::exit(code); }

 protected:
  int lowest(bool here) override { return here ? 0 : -1; }
  void broadcast_of(int, std::span<std::byte>) override {}
};

TEST_F(SampleParts, OfRanksThatWereStoppedAreGoneOnWith) {
  make("whole.h5", 3, 90);
  settings_.output = path("by_ranks.h5");
  const auto folder = parts_folder(settings_.output);
  HalfOfRanks half;
  try {
    generate_by_ranks(settings_, half);
    ADD_FAILURE() << "half of the parts make no sample";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("from_000000000019.h5: no such file"), std::string::npos) << error.what();
  }
  EXPECT_FALSE(std::filesystem::exists(settings_.output));
  const auto count = [&] {
    std::size_t parts = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      parts += entry.path().extension() == ".h5" ? 1 : 0;
    return parts;
  };
  EXPECT_EQ(count(), 3U) << "90 showers in parts of 16, every second one";

  // Another sample does not take them.
  auto other = settings_;
  other.seed = 8;
  try {
    generate_by_ranks(other, ranks::alone());
    ADD_FAILURE() << "parts of another sample were taken";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("(seed=7, and now seed=8)"), std::string::npos) << error.what();
  }

  // Any number of ranks goes on; parts that are there are not made again.
  const auto part = folder + "/from_000000000003.h5";
  const auto then = std::filesystem::last_write_time(part) - std::chrono::hours(1);
  std::filesystem::last_write_time(part, then);
  std::filesystem::remove(folder + "/from_000000000035.h5");
  HalfOfRanks again;
  EXPECT_THROW(generate_by_ranks(settings_, again), Error);
  EXPECT_EQ(std::filesystem::last_write_time(part), then);
  const auto result = generate_by_ranks(settings_, ranks::alone());
  EXPECT_EQ(result.showers, 90U);
  EXPECT_EQ(result.first_shower, 3U);
  EXPECT_EQ(result.showers_hash, make("again.h5", 3, 90).showers_hash);
  EXPECT_EQ(read_text_file(path("by_ranks.h5")), read_text_file(path("whole.h5")));
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST_F(SampleParts, AreNotPutIntoAFolderOfSomethingElse) {
  settings_.output = path("sample.h5");
  settings_.showers = 20;
  std::filesystem::create_directory(parts_folder(settings_.output));
  write_text_file(parts_folder(settings_.output) + "/notes.txt", "mine");
  try {
    generate_by_ranks(settings_, ranks::alone());
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    EXPECT_NE(std::string(error.what()).find("holds something else"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace octocal::study

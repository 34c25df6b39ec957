// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/shower_generator.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cfenv>
#include <cmath>
#include <thread>

#include "octocal/base/error.hpp"
#include "octocal/base/hash.hpp"
#include "octocal/model/latent.hpp"
#include "octocal/model/reference/evaluate.hpp"
#include "unit/engine/graph_making.hpp"

namespace octocal::engine::test {
namespace {

constexpr std::size_t kLatents = 12;
constexpr std::size_t kCells = 6 * 6 * 4;

/// A generator in small: dense, reshape, an int8 convolution, ReLU, times energy.
model::Graph small_generator() {
  GraphMaker make(21);
  const auto latent = make.input("latent", {kLatents});
  const auto energy = make.input("energy", {1});
  auto value =
      make.node("Gemm", {latent, make.constant({5 * 6 * 6, kLatents}, 0, 0.3F)}, {{"transB", std::int64_t{1}}});
  const std::vector<std::int64_t> cube = {-1, 5, 6, 6};
  const std::vector<std::int64_t> scalar = {-1, 1, 1, 1};
  make.graph().constants["cube"] =
      model::make_tensor(model::DataType::kInt64, {4}, std::span<const std::int64_t>(cube));
  make.graph().constants["scalar"] =
      model::make_tensor(model::DataType::kInt64, {4}, std::span<const std::int64_t>(scalar));
  value = make.fake_quantize(make.node("Reshape", {value, "cube"}), 0.02F, 128);
  value = make.node("Relu", {make.int8_convolution(value, {5, 4, 3, 6, 6})});
  value = make.node("Mul", {value, make.node("Reshape", {energy, "scalar"})});
  make.output(make.node("Transpose", {value}, {{"perm", std::vector<std::int64_t>{0, 2, 3, 1}}}));
  return make.graph();
}

model::GeneratorInfo small_info() {
  model::GeneratorInfo info;
  info.latent = model::LatentConvention::kSphere;
  info.energy_min_gev = 100;
  info.energy_max_gev = 500;
  info.nx = info.ny = 6;
  info.nz = 4;
  info.latent_size = kLatents;
  info.has_energy_input = true;
  info.threshold_gev = 5;
  return info;
}

std::vector<float> energies(std::size_t n) {
  std::vector<float> result;
  for (std::size_t i = 0; i < n; ++i) result.push_back(100.0F + 3.0F * static_cast<float>(i));
  return result;
}

std::string hash_of(const std::vector<float>& numbers) {
  Hasher hasher;
  hasher.update(std::span<const float>(numbers));
  return hasher.hex();
}

std::string refusal_of(ShowerGenerator& generator, const std::vector<float>& energy_gev, ErrorCode code) {
  std::vector<float> cells(energy_gev.size() * kCells);
  try {
    generator.generate(7, energy_gev, cells);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    return error.what();
  }
  return "made";
}

TEST(ShowerGenerator, RefusesEnergiesThatTheModelWasNotMadeFor) {
  GeneratorOptions options{1, 8, 5};
  options.origin = "m.onnx";
  ShowerGenerator generator(small_generator(), small_info(), options);
  EXPECT_EQ(refusal_of(generator, {100, 500}, ErrorCode::kBadInput), "made");
  EXPECT_NE(refusal_of(generator, {100, 501}, ErrorCode::kBadInput)
                .find("m.onnx: energies from 100 to 501 GeV are outside the model's range (100 to 500 GeV)"),
            std::string::npos);
  EXPECT_NE(refusal_of(generator, {100, std::nanf("")}, ErrorCode::kBadInput).find("m.onnx: a primary energy of nan"),
            std::string::npos);
  std::vector<float> latents(kLatents), cells(kCells);
  EXPECT_THROW(generator.generate_from(latents, std::vector<float>{600}, cells), Error);
  options.extrapolate = true;
  ShowerGenerator extrapolating(small_generator(), small_info(), options);
  EXPECT_EQ(refusal_of(extrapolating, {100, 501}, ErrorCode::kBadInput), "made");
  EXPECT_NE(refusal_of(extrapolating, {-1}, ErrorCode::kBadInput).find("positive and finite"), std::string::npos);
}

TEST(ShowerGenerator, RefusesShowersThatAreNotFiniteNamingTheFirst) {
  GeneratorOptions options{3, 2, 5};
  options.origin = "m.onnx";
  options.extrapolate = true;
  ShowerGenerator generator(small_generator(), small_info(), options);
  // Cells are proportional to Ep: above 1e38 GeV they overflow.
  std::vector<float> energy(20, 200.0F);
  energy[17] = energy[11] = 3e38F;
  const auto refusal = refusal_of(generator, energy, ErrorCode::kFailed);
  EXPECT_NE(refusal.find("m.onnx: shower 18 at 3e+38 GeV holds inf"), std::string::npos) << refusal;  // 7 + 11
  energy[17] = energy[11] = 200;
  EXPECT_EQ(refusal_of(generator, energy, ErrorCode::kFailed), "made");  // the generator goes on
}

TEST(ShowerGenerator, SameBytesWhateverStreamsBatchAndOrderOfCalls) {
  const auto graph = small_generator();
  const auto energy = energies(70);
  std::vector<float> expected(energy.size() * kCells);
  ShowerGenerator(graph, small_info(), {1, 1, 5}).generate(10, energy, expected);
  for (const int streams : {1, 3, 9})
    for (const std::size_t batch : {1, 7, 64}) {
      ShowerGenerator generator(graph, small_info(), {streams, batch, 5});
      EXPECT_EQ(generator.streams(), streams);
      std::vector<float> cells(energy.size() * kCells);
      // The second part first.
      const std::span<const float> all = energy;
      generator.generate(10 + 33, all.subspan(33), std::span(cells).subspan(33 * kCells));
      generator.generate(10, all.first(33), std::span(cells).first(33 * kCells));
      EXPECT_EQ(hash_of(cells), hash_of(expected)) << streams << " streams, batch " << batch;
    }
}

/// Blocks of `in_block` showers of a sample from shower `first` on, all in memory.
class WholeSample final : public BlockWork {
 public:
  WholeSample(std::size_t showers, std::uint64_t first, std::size_t in_block)
      : energies_(energies(showers)), cells_(showers * kCells), first_(first), in_block_(in_block) {}

  std::size_t blocks() const { return (energies_.size() + in_block_ - 1) / in_block_; }

  bool begin(std::size_t block, ShowerBlock& memory) override {
    const std::size_t start = block * in_block_, count = std::min(in_block_, energies_.size() - start);
    memory.first = first_ + start;
    memory.energy_gev = std::span(energies_).subspan(start, count);
    memory.cells_gev = std::span(cells_).subspan(start * kCells, count * kCells);
    if (latents_.empty()) return block != left_out_;
    memory.latents = std::span(latents_).subspan(start * kLatents, count * kLatents);
    memory.latents_given = given_;
    return true;
  }
  void finish(std::size_t block) override {
    if (block == fails_) throw run_failed("disk full");
    ++finished_;
  }
  void stop() noexcept override { ++stops_; }

  std::vector<float> energies_, cells_, latents_;
  bool given_ = false;
  std::size_t left_out_ = static_cast<std::size_t>(-1), fails_ = static_cast<std::size_t>(-1);
  std::atomic<int> finished_ = 0, stops_ = 0;

 private:
  std::uint64_t first_;
  std::size_t in_block_;
};

TEST(ShowerGenerator, BlocksHaveTheShowersOfOneCall) {
  constexpr std::size_t kShowers = 60;
  std::vector<float> expected(kShowers * kCells), latents(kShowers * kLatents);
  ShowerGenerator(small_generator(), small_info(), {1, 8}).generate(7, energies(kShowers), expected, latents);
  for (const int streams : {1, 3})
    for (const std::size_t batch : {4U, 7U, 16U}) {
      ShowerGenerator generator(small_generator(), small_info(), {streams, batch});
      WholeSample sample(kShowers, 7, 11);
      generator.make_blocks(sample.blocks(), sample);
      EXPECT_EQ(sample.cells_, expected) << streams << " streams, batch " << batch;
      EXPECT_EQ(sample.finished_, 6);
      EXPECT_EQ(sample.stops_, 0);
      WholeSample keeping(kShowers, 7, 16);
      keeping.latents_.resize(kShowers * kLatents);
      generator.make_blocks(keeping.blocks(), keeping);
      EXPECT_EQ(keeping.latents_, latents);
      WholeSample giving(kShowers, 1000, 16);
      giving.latents_ = latents;
      giving.given_ = true;
      generator.make_blocks(giving.blocks(), giving);
      EXPECT_EQ(giving.cells_, expected);
    }
}

TEST(ShowerGenerator, ABlockThatFailsStopsTheOthersAndIsTold) {
  for (const int streams : {1, 3}) {
    ShowerGenerator generator(small_generator(), small_info(), {streams, 8});
    const auto message_of = [&](WholeSample& sample) -> std::string {
      try {
        generator.make_blocks(sample.blocks(), sample);
      } catch (const Error& error) {
        return error.what();
      }
      return "made";
    };
    WholeSample full(300, 0, 3);
    full.fails_ = 4;
    EXPECT_EQ(message_of(full), "disk full");
    EXPECT_GE(full.stops_, 1);
    EXPECT_LT(full.finished_, 90);  // 100 blocks
    WholeSample hot(30, 0, 3);
    hot.energies_[17] = 900;
    EXPECT_NE(message_of(hot).find("outside the model's range"), std::string::npos) << message_of(hot);
    WholeSample skipping(30, 0, 3);
    skipping.left_out_ = 2;
    EXPECT_EQ(message_of(skipping), "made");
    EXPECT_EQ(skipping.finished_, 9);
  }
}

TEST(ShowerGenerator, ManyThreadsMayCallOneGenerator) {
  const auto graph = small_generator();
  const auto energy = energies(24);
  std::vector<float> expected(energy.size() * kCells);
  std::vector<float> latents(energy.size() * kLatents);
  ShowerGenerator(graph, small_info(), {1, 4, 5}).generate(100, energy, expected, latents);
  for (const int streams : {1, 3}) {
    ShowerGenerator generator(graph, small_info(), {streams, 4, 5});
    constexpr std::size_t kThreads = 4;
    std::vector<std::vector<float>> cells(kThreads, std::vector<float>(expected.size()));
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < kThreads; ++t)
      threads.emplace_back([&, t] {
        // Each thread makes all showers, in parts of its own size; odd ones from given latents.
        const std::size_t part = 3 + 2 * t;
        for (int again = 0; again < 5; ++again)
          for (std::size_t first = 0; first < energy.size(); first += part) {
            const std::size_t n = std::min(part, energy.size() - first);
            const auto gev = std::span<const float>(energy).subspan(first, n);
            const auto out = std::span<float>(cells[t]).subspan(first * kCells, n * kCells);
            if (t % 2 == 0)
              generator.generate(100 + first, gev, out);
            else
              generator.generate_from(std::span<const float>(latents).subspan(first * kLatents, n * kLatents), gev,
                                      out);
          }
      });
    for (auto& thread : threads) thread.join();
    for (const auto& own : cells) EXPECT_EQ(hash_of(own), hash_of(expected)) << streams << " streams";
  }
}

TEST(ShowerGenerator, SharedProgramsMakeTheSameShowersInTheirOwnThreads) {
  const auto energy = energies(24);
  std::vector<float> expected(energy.size() * kCells);
  auto first = std::make_unique<ShowerGenerator>(small_generator(), small_info(), GeneratorOptions{3, 4, 5});
  first->generate(100, energy, expected);
  const auto second = first->share();
  const auto third = second.share();
  EXPECT_EQ(&second.program(), &first->program());
  EXPECT_EQ(&third.program(), &first->program());
  EXPECT_EQ(second.streams(), 1);
  first.reset();
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      auto own = third.share();
      std::vector<float> cells(expected.size());
      own.generate(100, energy, cells);
      EXPECT_EQ(hash_of(cells), hash_of(expected));
    });
  for (auto& thread : threads) thread.join();
}

TEST(ShowerGenerator, SameBytesWhateverTheCallersFloatModes) {
  const auto graph = small_generator();
  const auto energy = energies(3);
  ShowerGenerator generator(graph, small_info(), {1, 2, 5});
  std::vector<float> expected(energy.size() * kCells);
  std::vector<float> cells(expected.size());
  generator.generate(0, energy, expected);
  ASSERT_EQ(std::fesetround(FE_UPWARD), 0);
  generator.generate(0, energy, cells);
  EXPECT_EQ(std::fegetround(), FE_UPWARD);
  std::fesetround(FE_TONEAREST);
  EXPECT_EQ(hash_of(cells), hash_of(expected));
}

TEST(ShowerGenerator, LatentsGivenBackMakeTheSameShowers) {
  ShowerGenerator generator(small_generator(), small_info(), {2, 4, 5});
  const auto energy = energies(11);
  std::vector<float> cells(energy.size() * kCells);
  std::vector<float> again(cells.size());
  std::vector<float> latents(energy.size() * kLatents);
  generator.generate(3, energy, cells, latents);
  generator.generate_from(latents, energy, again);
  EXPECT_EQ(cells, again);
  std::vector<float> expected(latents.size());
  model::make_latents(model::LatentConvention::kSphere, 5, Draw::kLatent, 3, energy, expected);
  EXPECT_EQ(latents, expected);
}

TEST(ShowerGenerator, CellsAreTheReferencesWithSmallOnesZero) {
  const auto graph = small_generator();
  ShowerGenerator generator(graph, small_info(), {1, 8, 5});
  const auto energy = energies(5);
  std::vector<float> cells(energy.size() * kCells);
  std::vector<float> latents(energy.size() * kLatents);
  generator.generate(0, energy, cells, latents);
  const auto expected = run_reference(graph, {{"latent", model::make_tensor({5, kLatents}, latents)},
                                              {"energy", model::make_tensor({5, 1}, energy)}})
                            .at(0);
  std::size_t cut = 0;
  std::size_t different = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const float kept = expected[i] < 5 ? 0 : expected[i];
    cut += expected[i] > 0 && kept == 0 ? 1 : 0;
    different += std::abs(cells[i] - kept) > 1e-4F * std::max(1.0F, kept) ? 1 : 0;
  }
  EXPECT_GT(cut, 0U) << "the threshold was not put to the test";
  EXPECT_LE(different, cells.size() / 100);  // a step of the quantized cube that rounds the other way
}

TEST(ShowerGenerator, RefusesAbsurdNumbersAndGraphsThatAreNoGenerators) {
  const auto graph = small_generator();
  EXPECT_THROW(ShowerGenerator(graph, small_info(), {-1, 8, 1}), Error);
  EXPECT_THROW(ShowerGenerator(graph, small_info(), {1025, 8, 1}), Error);
  EXPECT_THROW(ShowerGenerator(graph, small_info(), {1, 0, 1}), Error);
  auto other = small_info();
  other.nz = 5;
  EXPECT_THROW(ShowerGenerator(graph, other, {1, 8, 1}), Error);
  try {
    ShowerGenerator(graph, other, {1, 8, 1, "g.onnx"});
  } catch (const Error& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with("g.onnx: 1 outputs")) << error.what();
  }
  ShowerGenerator generator(graph, small_info(), {1, 8, 1});
  const auto energy = energies(3);
  std::vector<float> too_small(2 * kCells);
  EXPECT_THROW(generator.generate(0, energy, too_small), Error);
  std::vector<float> none;
  generator.generate(0, {}, none);
}

}  // namespace
}  // namespace octocal::engine::test

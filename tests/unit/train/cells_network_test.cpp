// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/cells_network.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/model/generator_info.hpp"
#include "octocal/model/latent.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/model/reference/evaluate.hpp"
#include "octocal/study/cell_likelihood.hpp"
#include "octocal/train/cell_nats.hpp"
#include "octocal/train/checkpoint.hpp"
#include "octocal/train/journal.hpp"
#include "octocal/train/profile_flow.hpp"
#include "octocal/train/seen_cells.hpp"
#include "octocal/train/trained_generator.hpp"
#include "octocal/train/training.hpp"
#include "unit/base/temporary_folder.hpp"
#include "unit/train/capped_isa.hpp"
#include "unit/train/synthetic_showers.hpp"

// Cells by likelihood: the loss against hand-worked numbers, the fit, and a small training up to its exported graph.

namespace octocal::train {
namespace {

model::GeneratorSpec small_cells() {
  model::GeneratorSpec spec;
  spec.architecture = model::Architecture::kCells;
  spec.output = model::OutputTransform::kProfiles;
  spec.network.image = {6, 6, 5};
  spec.latent_size = static_cast<std::size_t>(model::description_size(spec.network.image));
  spec.cells = {.trunk = 8, .trunk_layers = 1, .head = 8, .local = 6, .statistics = 4, .bins = 12};
  return spec;
}

/// Edges at -12, -11, ..., 0 and weights of a network that says nothing: every logit and statistic is 0.
TensorMap silent_network(const model::GeneratorSpec& spec) {
  auto parameters = make_cells_network(spec, 1);
  const at::NoGradGuard no_gradients;
  for (auto& [name, tensor] : parameters)
    if (name.starts_with("head")) tensor.zero_();
  parameters.at("cells.edges").copy_(at::arange(-12, 1, at::kFloat));
  return parameters;
}

CellsCondition condition_for(const model::GeneratorSpec& spec, const at::Tensor& cells) {
  return {profiles_of(cells), at::zeros({cells.size(0), static_cast<std::int64_t>(spec.latent_size) + 1})};
}

at::Tensor synthetic_cells(const model::GeneratorSpec& spec, std::size_t count) {
  const auto& image = spec.network.image;
  const auto batch = make_synthetic_showers(
      count, 5,
      {static_cast<std::size_t>(image.x), static_cast<std::size_t>(image.y), static_cast<std::size_t>(image.z)});
  return at::tensor(batch.cells_gev).view({static_cast<std::int64_t>(count), image.x, image.y, image.z});
}

TEST(CellsLoss, HeadsBehindTheFirstKnowHowFarOutTheyDraw) {
  // A 6 x 6 image: its middle is 2.5, so pixel (1, 1), of head 1, lies sqrt(2) 1.5/2.5 out, (0, 0) nowhere in its plane.
  const auto plane = model::distance_plane(1, {6, 6, 5});
  ASSERT_EQ(plane.size(), 36U);
  EXPECT_FLOAT_EQ(plane[1 * 6 + 1], 0.84852814F);
  EXPECT_FLOAT_EQ(plane[3 * 6 + 5], 1.0198039F);
  EXPECT_EQ(plane[0], 0);
  // A network that says of each pixel its distance alone, as the logit of a hit in each layer.
  auto spec = small_cells();
  auto parameters = silent_network(spec);
  const at::NoGradGuard no_gradients;
  const auto far = spec.cells.trunk + 2 * spec.network.image.z;  // the plane of hits in layer 0
  parameters.at("head1.conv.weight").select(3, 1).select(2, 1).select(1, far).select(0, 0).fill_(1);
  parameters.at("head1.out.weight").narrow(0, 0, spec.network.image.z).select(1, 0).fill_(1);
  const auto cells = at::zeros({1, 6, 6, 5});  // no hit anywhere
  const auto loss = [&] {
    return cells_loss(spec, parameters, condition_for(spec, cells), cells, at::ones_like(cells)).item<double>();
  };
  double wanted = 135 * std::log(2.0);
  for (const float distance : plane)
    if (distance > 0) wanted += 5 * std::log1p(std::exp(static_cast<double>(distance)));
  EXPECT_NEAR(loss(), wanted, 1e-4 * wanted);
  spec.cells.distance = false;
  EXPECT_NEAR(loss(), 180 * std::log(2.0), 1e-3);
}

TEST(CellsLoss, OfANetworkThatSaysNothingIsKnown) {
  const auto spec = small_cells();
  const auto parameters = silent_network(spec);
  const auto cells = synthetic_cells(spec, 3);
  const auto loss = cells_loss(spec, parameters, condition_for(spec, cells), cells, at::ones_like(cells));
  // ln 2 for each of 180 cells, and for each hit the logarithm of 12 equal bins that are one wide.
  const auto hits = (cells > 0).sum({1, 2, 3}).to(at::kFloat);
  const auto wanted = 180 * std::log(2.0) + hits * std::log(12.0);
  EXPECT_LT((loss - wanted).abs().max().item<float>(), 1e-3);
}

TEST(CellsLoss, EveryTrainableParameterGetsAGradient) {
  const auto spec = small_cells();
  auto parameters = make_cells_network(spec, 1);
  const auto cells = synthetic_cells(spec, 4);
  set_bins(spec, cells.masked_select(cells > 0), 1.0, 1, parameters);
  auto condition = condition_for(spec, cells);
  condition.numbers = at::sin(at::arange(condition.numbers.numel(), at::kFloat)).view(condition.numbers.sizes());
  torch::autograd::backward({cells_loss(spec, parameters, condition, cells, at::ones_like(cells)).mean()}, {});
  for (const auto& [name, tensor] : parameters) {
    if (!tensor.requires_grad()) continue;
    ASSERT_TRUE(tensor.grad().defined()) << name;
    EXPECT_GT(tensor.grad().abs().max().item<float>(), 0) << name;
  }
}

TEST(CellNats, AreThoseOfPlainOperationsWithTheirGradients) {
  // 5 layers of 7 x 6 cells, 3 statistics, 21 bins (no multiple of the kernel's lanes); once laid out as a convolution
  // leaves it, once plainly.
  const auto generator = at::detail::createCPUGenerator(5);
  for (const auto isa : usable_isas()) {
    const CappedIsa capped(isa);
    for (const bool channels_last : {true, false}) {
      auto values = 3 * at::randn({4, 20, 7, 6}, generator, at::kFloat);
      if (channels_last) values = values.contiguous(at::MemoryFormat::ChannelsLast);
      const auto cells = at::exp(12 * at::rand({4, 5, 7, 6}, generator, at::kFloat) - 13);
      const auto hit = at::rand({4, 5, 7, 6}, generator, at::kFloat) < 0.4;
      const HeadNats head{values, at::where(hit, cells, at::zeros_like(cells)), at::randn({21}, generator, at::kFloat),
                          at::randn({3, 21}, generator, at::kFloat),
                          std::get<0>(at::rand({22}, generator, at::kFloat).sort()) * 12 - 12.5};
      const auto with_gradients = [&](at::Tensor (*nats)(const HeadNats&)) {
        auto own = head;
        for (auto* tensor : {&own.values, &own.log_density, &own.basis})
          *tensor = tensor->detach().set_requires_grad(true);
        const auto found = nats(own);
        torch::autograd::backward({(found * at::arange(1, 5, at::kFloat)).sum()}, {});
        return std::vector<at::Tensor>{found.detach(), own.values.grad(), own.log_density.grad(), own.basis.grad()};
      };
      const auto ours = with_gradients(cell_nats), plain = with_gradients(plain_cell_nats);
      for (std::size_t i = 0; i < ours.size(); ++i) {
        const auto size = plain[i].abs().max().item<float>();
        EXPECT_GT(size, 0);
        EXPECT_LT((ours[i] - plain[i]).abs().max().item<float>(), 3e-6F * size) << isa_name(isa) << " " << i;
      }
    }
  }
}

TEST(SeenCells, AreThoseOfPlainOperationsWithTheTrunksGradient) {
  // Odd sizes; a column and a layer that are overdrawn.
  const auto generator = at::detail::createCPUGenerator(7);
  const auto random = [&](at::IntArrayRef shape) { return at::rand(shape, generator, at::kFloat); };
  const auto hit = random({3, 7, 6, 5}) < 0.5;
  const auto cells = at::where(hit, at::exp(10 * random({3, 7, 6, 5}) - 12), at::zeros({3, 7, 6, 5}));
  const auto spent = cells * (0.5 + random({3, 7, 6, 5}));
  auto profiles = profiles_of(cells);
  profiles.x = profiles.x * random({3, 7});
  profiles.z = profiles.z * random({3, 5});
  for (std::int64_t k = 0; k < model::kCellPasses; ++k) {
    const auto with_gradient = [&](decltype(seen_cells)& see) {
      const auto trunk = at::sin(at::arange(3 * 4 * 7 * 6, at::kFloat)).view({3, 4, 7, 6}).set_requires_grad(true);
      const auto seen = see(k, trunk, profiles, cells, spent);
      torch::autograd::backward({(seen * at::cos(at::arange(seen.numel(), at::kFloat)).view(seen.sizes())).sum()}, {});
      return std::pair(seen.detach(), trunk.grad());
    };
    const auto ours = with_gradient(seen_cells), plain = with_gradient(plain_seen_cells);
    ASSERT_EQ(ours.first.sizes(), plain.first.sizes()) << k;
    EXPECT_TRUE(ours.first.is_contiguous(at::MemoryFormat::ChannelsLast));
    EXPECT_LT((ours.first - plain.first).abs().max().item<float>(), 1e-5) << k;
    EXPECT_TRUE(at::equal(ours.second, plain.second)) << k;
  }
}

TEST(CellsTrunk, IsBalancedWithoutChangingAShower) {
  const auto spec = small_cells();
  TrainedGenerator generator{spec, model::LatentConvention::kPaper, 0, make_cells_network(spec, 1)};
  const auto sample = synthetic_cells(spec, 40);
  set_bins(spec, sample.masked_select(sample > 0), 1.0, 1, generator.parameters);
  ProfileSample profiles;
  profiles.add(sample, at::linspace(100, 500, 40, at::kFloat));
  ProfileFitSettings fit;
  fit.steps = 5;
  for (auto& [name, tensor] : fit_profile_network(spec, fit, profiles, profiles, 1))
    generator.parameters[name] = tensor;
  for (auto& [name, tensor] : generator.parameters) tensor = tensor.detach();
  scale_trunk(spec, 1.0 / 32, generator.parameters);
  const auto energy = at::linspace(120, 480, 6, at::kFloat);
  const auto wanted = generator.generate(energy, 3, 5);
  auto balanced = generator;
  balance_trunk(balanced, 100, 500, 1);
  EXPECT_TRUE(at::equal(balanced.generate(energy, 3, 5), wanted));
  const auto condition = condition_for(spec, sample);
  const auto before = trunk_reach(spec, generator.parameters, condition);
  const auto after = trunk_reach(spec, balanced.parameters, condition);
  EXPECT_GT(before, 16);
  EXPECT_LT(after, 16);
  EXPECT_GT(after, 0.25);
}

TEST(SpendingDoubt, IsOneOnAverageAndLessWhereACellIsLarge) {
  // Cells of 0.0075 % and of 0.94 % of their shower's energy.
  auto cells = at::full({8, 10, 10, 9}, 1e-4F);
  cells.select(3, 0).fill_(0.1F / 8);
  cells = cells / cells.sum({1, 2, 3}, true);
  const auto doubt = spending_doubt(3, Draw::kTraining, 17, cells);
  ASSERT_EQ(doubt.sizes(), cells.sizes());
  const auto small = doubt.slice(3, 1);
  EXPECT_NEAR(small.mean().item<float>(), 1, 0.03);  // of 6,400 numbers: 0.009 is an error
  EXPECT_NEAR(small.var().item<float>(), 0.5, 0.06);
  const auto large = doubt.select(3, 0);
  EXPECT_NEAR(large.mean().item<float>(), 1, 0.02);
  // 0.94 % of ECAL: 23.5 times 0.04 %; 1 / sqrt(1 + 23.5^2) + 0.1 = 0.1425.
  EXPECT_NEAR(large.var().item<float>(), 0.5F * 0.1425F * 0.1425F, 0.0015F);
  EXPECT_GT(doubt.min().item<float>(), 0);
  EXPECT_TRUE(at::equal(doubt.slice(0, 3), spending_doubt(3, Draw::kTraining, 20, cells.slice(0, 3))));
}

TEST(CellsBins, AscendAndHoldTheSamplesDensity) {
  const auto spec = small_cells();
  auto parameters = make_cells_network(spec, 1);
  const auto hits = at::exp(at::linspace(-12, -1, 5000, at::kFloat));
  set_bins(spec, hits, 1.0, 1, parameters);
  const auto& edges = parameters.at("cells.edges");
  EXPECT_TRUE((edges.slice(0, 1) >= edges.slice(0, 0, -1)).all().item<bool>());
  EXPECT_FLOAT_EQ(edges[-1].item<float>(), 0);
  EXPECT_NEAR(at::exp(parameters.at("cells.log_density")).sum().item<float>(), 1, 1e-5);
}

TEST(CellsFit, HoldsEcalAndLeavesSmallCellsAlone) {
  const auto spec = small_cells();
  const auto wanted = synthetic_cells(spec, 5);
  // Other showers of the same kind, with a cell of a single particle's energy in each.
  auto cells = synthetic_cells(spec, 10).narrow(0, 5, 5).clone();
  cells.select(1, 0).select(1, 0).select(1, 0).fill_(1.8e-4);
  const auto fitted = fit_cells(cells, profiles_of(wanted));
  const auto ecal = fitted.sum({1, 2, 3}) / wanted.sum({1, 2, 3});
  EXPECT_LT((ecal - 1).abs().max().item<float>(), 1e-5);
  const auto small = (cells < model::kFixedGev).to(at::kFloat);
  EXPECT_EQ(((fitted - cells).abs() * small).max().item<float>(), 0);
}

TEST(CellsRecipe, TrainsResumesAndIsExportedAsItself) {
  const octocal::test::TemporaryFolder folder;
  TrainingSettings settings;
  settings.recipe = "cells";
  settings.network.generator = small_cells();
  settings.data = {write_synthetic_showers(folder.file("data"), 90, 3, {6, 6, 5})};
  settings.out = folder.file("run");
  settings.steps = 6;
  settings.steps_per_epoch = 3;
  settings.batch = 8;
  settings.profile_steps = 20;
  settings.judged_showers = 16;
  settings.validation_share = 0.3;
  train(settings);
  const auto log = read_text_file(settings.out / "metrics.jsonl");
  EXPECT_NE(log.find("\"held out\""), std::string::npos);

  // A run in two halves ends with the same weights.
  auto halves = settings;
  halves.out = folder.file("halves");
  halves.schedule_steps = 6;
  halves.steps = 3;
  train(halves);
  halves.steps = 6;
  halves.resume = true;
  train(halves);
  const auto whole = read_checkpoint(settings.out / "last.ckpt").tensors;
  const auto resumed = read_checkpoint(halves.out / "last.ckpt").tensors;
  ASSERT_EQ(whole.size(), resumed.size());
  for (const auto& [name, tensor] : whole) EXPECT_TRUE(at::equal(tensor, resumed.at(name))) << name;

  const auto onnx = folder.file("m.onnx");
  export_checkpoint(settings.out / "last.ckpt", onnx, 0, 1);

  // The exported model is what another training may start from.
  auto started = settings;
  started.out = folder.file("started");
  started.initial = onnx;
  started.seed = settings.seed + 1;  // fresh weights would be others
  started.steps = 3;
  train(started);
  const auto started_weights = read_checkpoint(started.out / "last.ckpt").tensors;
  const auto& exported = whole.at("average.head1.local.weight");
  EXPECT_LT((started_weights.at("average.head1.local.weight") - exported).abs().max().item<float>(), 0.02F);

  // A model that does not know distances has weights for them that never mattered: they start at 0.
  auto without = settings;
  without.out = folder.file("without");
  without.network.generator.cells.distance = false;
  without.steps = 3;
  train(without);
  export_checkpoint(without.out / "last.ckpt", onnx + "3", 0, 1);
  started.out = folder.file("learns");
  started.initial = onnx + "3";
  started.rate = 1e-6;
  train(started);
  const auto learns = read_checkpoint(started.out / "last.ckpt").tensors;
  const auto far = settings.network.generator.cells.trunk + 2 * 5;
  const auto middle = learns.at("average.head1.conv.weight").select(3, 1).select(2, 1);
  EXPECT_LT(middle.narrow(1, far, 5).abs().max().item<float>(), 1e-4F);
  EXPECT_GT(middle.narrow(1, 0, far).abs().max().item<float>(), 1e-2F);
  EXPECT_LT(learns.at("average.head1.local.weight").select(1, 2).select(2, 4).select(1, 2).abs().max().item<float>(),
            1e-4F);

  // Networks of before had no branch of shared weights.
  auto before = read_checkpoint(settings.out / "last.ckpt");
  std::erase_if(before.tensors, [](const auto& tensor) { return tensor.first.find(".local.") != std::string::npos; });
  const auto old_file = settings.out / "old.ckpt";
  write_checkpoint(before, old_file);
  try {
    export_checkpoint(old_file, onnx + "2", 0, 1);
    ADD_FAILURE() << "was exported";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(old_file.string() + ": a network of cells whose heads"), std::string::npos)
        << error.what();
  }
  const auto graph = model::read_onnx(onnx);
  const auto info = model::read_generator_info(graph, onnx);
  EXPECT_EQ(info.noise_size, 2U * 180U);
  EXPECT_EQ(info.latent_size, settings.network.generator.latent_size);

  const auto stored = read_stored_generator(settings.out / "last.ckpt");
  const std::vector<float> energy = {150, 320, 480};
  const auto wanted = stored.generator.generate(at::tensor(energy), 11, 4);
  auto latents =
      model::make_tensor({3, static_cast<std::int64_t>(info.latent_size)}, std::vector<float>(3 * info.latent_size));
  auto noise = model::make_tensor({3, 2, 5, 6, 6}, std::vector<float>(3 * info.noise_size));
  model::make_latents(info.latent, 11, Draw::kPhysics, 4, energy, latents.as<float>());
  model::make_noise(11, Draw::kPhysics, 4, 3, noise.as<float>());
  const auto outputs = model::reference::evaluate(
      graph, {{"latent", latents}, {"energy", model::make_tensor({3, 1}, energy)}, {"noise", noise}});
  const auto cells = outputs.at("cells").as<float>();
  const auto ours = wanted.contiguous();
  ASSERT_EQ(static_cast<std::int64_t>(cells.size()), ours.numel());
  // One roll of the dice may fall on the other side in float32; all others agree.
  int differing = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const double here = ours.data_ptr<float>()[i];
    if (std::abs(here - static_cast<double>(cells[i])) > 1e-3 * here + 1e-9) ++differing;
  }
  EXPECT_LE(differing, 3);
  EXPECT_GT((wanted > 0).sum().item<std::int64_t>(), 50);

  // The engine's likelihood of given showers is the trainer's. Ten: the last batch of the engine is not full.
  const auto showers = make_synthetic_showers(10, 5, {6, 6, 5});
  const auto all = synthetic_cells(stored.generator.spec, 10);
  const auto given = at::where(all < data::kCellThresholdGev, at::zeros_like(all), all).contiguous();
  const auto given_energy = at::tensor(showers.energy_gev);
  ProfileSample sample;
  sample.add(given, given_energy);
  const auto& parameters = stored.generator.parameters;
  const CellsCondition condition{
      sample.profiles, at::cat({describe(sample).to(at::kFloat), relative_energy(parameters, given_energy)}, 1)};
  const auto nats = cells_loss(stored.generator.spec, parameters, condition, given, at::ones_like(given));
  ASSERT_TRUE(study::CellLikelihood::is_known_of(graph));
  study::CellLikelihood likelihood(graph, "m.onnx");
  const auto told = likelihood.nats(showers, 0, 10);
  ASSERT_EQ(told.size(), 10U);
  for (std::size_t i = 0; i < told.size(); ++i)
    EXPECT_NEAR(told[i], static_cast<double>(nats[static_cast<std::int64_t>(i)].item<float>()), 2e-5 * told[i]) << i;
  EXPECT_EQ(likelihood.nats(showers, 3, 4), std::vector<double>(told.begin() + 3, told.begin() + 7));
  try {
    likelihood.nats(make_synthetic_showers(1, 5, {6, 6, 4}), 0, 1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "m.onnx: makes 6 x 6 x 5 cells, the showers have 6 x 6 x 4; give showers of the model's calorimeter");
  }
}

}  // namespace
}  // namespace octocal::train

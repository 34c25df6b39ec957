// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/merge_samples.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string_view>

#include "octocal/base/error.hpp"
#include "octocal/base/hash.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/base/progress.hpp"
#include "octocal/base/run_files.hpp"
#include "octocal/data/shower_reader.hpp"
#include "octocal/data/shower_writer.hpp"
#include "octocal/study/latent_identity.hpp"
#include "octocal/study/sample_slice.hpp"

namespace octocal::study {
namespace {

constexpr std::size_t kMergedAtOnce = 64;
constexpr const char* kHashAttribute = "octocal.showers_hash";
constexpr const char* kLatentsAttribute = "octocal.latents";
constexpr const char* kRecipeAttribute = "octocal.settings";
constexpr const char* kLayersAttribute = "octocal.layers";

/// One file.
struct SamplePart {
  std::string file;
  std::uint64_t first = 0;
  std::size_t showers = 0;
  data::Geometry geometry;
  std::map<std::string, std::string> attributes;

  std::uint64_t end() const noexcept { return first + showers; }
  /// The attribute's text, "" without one.
  std::string text(const std::string& name) const {
    const auto found = attributes.find(name);
    return found == attributes.end() ? std::string() : found->second;
  }
};

SamplePart open_part(const std::string& file) {
  SamplePart part;
  part.file = file;
  data::ShowerReader reader({file});
  part.showers = reader.size();
  part.geometry = reader.geometry();
  for (const auto& name : reader.attribute_names()) part.attributes[name] = reader.attribute(name);
  for (const auto* needed : {"octocal.model_hash", kHashAttribute, kRecipeAttribute})
    if (part.attributes[needed].empty())
      throw bad_input(fmt::format(
          "{}: has no attribute {} (octocal generate did not make it); merge parts of one generated sample, or give "
          "several files to the verb that reads them",
          file, needed));
  part.first = first_shower_of(part.attributes[kFirstShowerAttribute], file);
  return part;
}

/// What ran, without how: another machine has other kernels.
std::string precisions_of(const std::string& layers) {
  const auto rows = nlohmann::json::parse(layers, nullptr, false);
  if (!rows.is_array()) return layers;
  std::string text;
  for (const auto& row : rows) {
    // As it stands, whatever its type: the file may be anybody's.
    const auto told = [&](const char* key) {
      const auto found = row.find(key);
      return found == row.end() ? std::string() : found->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    };
    text += fmt::format("{} {} {}\n", told("layer"), told("asked"), told("ran"));
  }
  return text;
}

/// What an attribute says of the sample, not of the part, nor of where the part's machine has its files.
std::string of_sample(const SamplePart& part, const std::string& name) {
  const auto value = part.text(name);
  const bool hashed = !part.text(kEnergiesHashAttribute).empty();
  if (hashed && name == "octocal.energy") return {};
  if (name == kFirstShowerAttribute || name == kHashAttribute || name == "octocal.model") return {};
  if (name == kLatentsAttribute) return whole_latent_identity(value);
  if (name == kRecipeAttribute) return recipe_of_sample(value, hashed);
  if (name == kLayersAttribute) return precisions_of(value);
  return value;
}

/// A text that may be long, in a sentence.
std::string shortened(const std::string& text) {
  constexpr std::size_t kMost = 60;
  if (text.empty()) return "not there";
  std::string line = text.substr(0, kMost);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return text.size() > kMost ? line + "..." : line;
}

/// Refuses two parts of different samples.
void require_same_sample(const SamplePart& a, const SamplePart& b) {
  std::set<std::string> names;
  for (const auto* part : {&a, &b})
    for (const auto& [name, value] : part->attributes) names.insert(name);
  // What people know first, then the rest.
  std::vector<std::string> ordered = {"octocal.model_hash", "octocal.seed", kEnergiesHashAttribute, "octocal.energy",
                                      "octocal.version"};
  ordered.insert(ordered.end(), names.begin(), names.end());
  for (const auto& name : ordered) {
    const auto of_a = of_sample(a, name), of_b = of_sample(b, name);
    if (of_a != of_b)
      throw bad_input(fmt::format("{}: is not of the same sample as {} ({}: {}, there {}); merge parts of one sample",
                                  b.file, a.file, name, shortened(of_b), shortened(of_a)));
  }
  if (a.geometry != b.geometry)
    throw bad_input(fmt::format("{}: has showers of another shape than {}; merge parts of one sample", b.file, a.file));
}

/// Shower numbers first .. end - 1 in words.
std::string numbers_text(std::uint64_t first, std::uint64_t end) {
  return end - first == 1 ? fmt::format("shower {}", first) : fmt::format("showers {} to {}", first, end - 1);
}

/// All parts, in order. Errors: as merge_samples.
std::vector<SamplePart> open_parts(const std::vector<std::string>& files) {
  if (files.empty()) throw bad_input("no part is given; name the files to merge");
  std::vector<SamplePart> parts;
  for (const auto& file : files) parts.push_back(open_part(file));
  std::stable_sort(parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& part : parts) require_same_sample(parts.front(), part);
  for (std::size_t k = 1; k < parts.size(); ++k) {
    const auto &before = parts[k - 1], &part = parts[k];
    if (part.first < before.end())
      throw bad_input(fmt::format("{}: has {}, and so has {}; leave out one of the two", part.file,
                                  numbers_text(part.first, std::min(part.end(), before.end())), before.file));
    if (part.first > before.end())
      throw bad_input(
          fmt::format("{} of the sample are in none of the files ({} ends before, {} begins behind); make them "
                      "with octocal generate --first-shower {} --showers {}",
                      numbers_text(before.end(), part.first), before.file, part.file,
                      first_input_of(before.text(kRecipeAttribute)) + before.showers, part.first - before.end()));
  }
  return parts;
}

/// Hash of showers, one by one.
class ShowersHash {
 public:
  void add(const data::ShowerBatch& batch, std::size_t i) {
    hasher_.update(std::span<const float>(&batch.energy_gev[i], 1));
    hasher_.update(batch.shower(i));
  }
  std::string hex() const { return hasher_.hex(); }

 private:
  Hasher hasher_;
};

}  // namespace

MergeResult merge_samples(const MergeSettings& settings) {
  RunFiles files;
  files.reads("`parts`", settings.parts);
  files.writes("`output`", settings.output);
  files.claim();
  const auto parts = open_parts(settings.parts);
  const auto& first = parts.front();
  MergeResult result;
  result.first_shower = first.first;
  result.showers = parts.back().end() - first.first;

  data::WriterOptions layout;
  layout.geometry = first.geometry;
  layout.compression = settings.compression;
  const bool keeps_latents = first.attributes.at(kRecipeAttribute).find("keep-latents=true\n") != std::string::npos;
  if (keeps_latents) layout.latent_columns = data::LatentReader(first.file).columns();
  data::ShowerWriter writer(settings.output, layout);

  ShowersHash whole;
  Progress progress("merge", "showers", result.showers);
  data::ShowerBatch batch;
  for (const auto& part : parts) {
    result.parts.push_back(part.file);
    data::ShowerReader reader({part.file});
    std::optional<data::LatentReader> latents;
    if (keeps_latents) latents.emplace(part.file);
    ShowersHash own;
    for (std::size_t done = 0; reader.next(batch, kMergedAtOnce); done += batch.size()) {
      throw_if_interrupted();
      for (std::size_t i = 0; i < batch.size(); ++i) {
        own.add(batch, i);
        whole.add(batch, i);
      }
      writer.append(batch, latents ? latents->read(done, batch.size()).values : std::vector<float>());
      progress.update(part.first - first.first + done + batch.size());
    }
    if (own.hex() != part.attributes.at(kHashAttribute))
      throw bad_input(
          fmt::format("{}: its showers are not those that were written (hash {}, expected {}); copy or "
                      "make it again",
                      part.file, own.hex(), part.attributes.at(kHashAttribute)));
  }
  progress.finish();
  result.showers_hash = whole.hex();

  for (const auto& [name, value] : first.attributes) writer.set_attribute(name, value);
  writer.set_attribute(kFirstShowerAttribute, std::to_string(result.first_shower));
  writer.set_attribute(kRecipeAttribute, recipe_for(first.attributes.at(kRecipeAttribute), result.showers));
  writer.set_attribute(kHashAttribute, result.showers_hash);
  throw_if_interrupted();
  writer.finish();
  return result;
}

}  // namespace octocal::study

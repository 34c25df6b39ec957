// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/generate_by_ranks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <sstream>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/base/number_text.hpp"
#include "octocal/base/output_place.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/study/generate_run.hpp"
#include "octocal/study/merge_samples.hpp"

namespace octocal::study {
namespace {

namespace fs = std::filesystem;

/// What is in the folder beside the parts: of which sample they are.
constexpr const char* kSampleFile = "sample.toml";

/// Showers of a part: enough for every rank to have some, few enough that little is lost with a rank. Not by the number
/// of ranks, which may be another when the run is gone on with.
std::size_t part_size(std::size_t showers) {
  constexpr std::size_t kParts = 256, kLeast = 16, kMost = 10'000;
  return std::clamp((showers + kParts - 1) / kParts, kLeast, kMost);
}

/// All that decides the sample and its parts.
std::string sample_text(const GenerateRun& run, const GenerateSettings& settings) {
  return fmt::format(
      "# Parts of a sample that octocal generate has not finished: the same command goes on.\n{}# model {}, octocal "
      "{}, "
      "compression {}\n",
      run.recipe(), run.model_hash(), version(), settings.compression.text());
}

/// The first line of `here` that `there` lacks, for a sentence.
std::string first_difference(const std::string& there, const std::string& here) {
  std::istringstream a(there), b(here);
  for (std::string of_a, of_b; std::getline(b, of_b);) {
    if (!std::getline(a, of_a)) of_a = "nothing";
    if (of_a != of_b) return fmt::format("{}, and now {}", of_a, of_b);
  }
  return "more than now";
}

struct SamplePartPlace {
  std::size_t first, showers;
  std::string file;
};

std::vector<SamplePartPlace> places_of(const GenerateRun& run, const std::string& folder) {
  std::vector<SamplePartPlace> places;
  const auto size = part_size(run.showers());
  for (std::size_t done = 0; done < run.showers(); done += size)
    places.push_back({run.first() + done, std::min(size, run.showers() - done),
                      (fs::path(folder) / fmt::format("from_{:012}.h5", run.first() + done)).string()});
  return places;
}

/// The folder, with its note of the sample. Rank 0 only. Error: bad_input if it is another sample's.
void prepare_folder(const std::string& folder, const std::string& sample) {
  std::error_code failure;
  fs::create_directory(folder, failure);
  if (failure) throw refused_output(folder, failure.value());
  const auto note = fs::path(folder) / kSampleFile;
  if (!fs::exists(note)) {
    if (!fs::is_empty(folder))
      throw bad_input(fmt::format(
          "{}: is where parts of the sample would lie, and holds something else; write elsewhere with --output",
          folder));
    write_text_file(note, sample);
  } else if (const auto there = read_text_file(note); there != sample) {
    throw bad_input(
        fmt::format("{}: holds parts of another sample ({}); go on with that command, remove the folder or write "
                    "elsewhere with --output",
                    folder, first_difference(there, sample)));
  }
}

/// Other machines must have the folder, too.
void require_folder(const std::string& folder, const std::string& sample) {
  const auto note = fs::path(folder) / kSampleFile;
  if (!fs::exists(note) || read_text_file(note) != sample)
    throw bad_input(
        fmt::format("{}: is not the folder that rank 0 made (each machine has a disk of its own there); write with "
                    "--output to a disk that all machines share",
                    folder));
}

std::vector<std::string> files_of(const std::vector<SamplePartPlace>& places) {
  std::vector<std::string> files;
  for (const auto& place : places) files.push_back(place.file);
  return files;
}

}  // namespace

std::string parts_folder(const std::string& output) { return output + ".parts"; }

GenerateResult generate_by_ranks(GenerateSettings settings, ranks::Ranks& ranks) {
  const auto folder = parts_folder(settings.output);
  if (ranks.alone() && (settings.no_output || !fs::is_directory(folder))) return generate_to_file(settings);
  if (!ranks.alone() && settings.engine.streams == 0) settings.engine.streams = 1;

  std::optional<GenerateRun> run;
  std::string sample;
  ranks.agree([&] {
    if (settings.no_output)
      throw bad_input("--no-output: times one process, so there is nothing to share out; start it without mpirun");
    run.emplace(settings);
    sample = sample_text(*run, settings);
  });
  const auto wanted = ranks.told(sample);
  ranks.agree([&] {
    if (sample != wanted)
      throw bad_input(fmt::format(
          "the ranks are asked for different samples ({}); start all of one mpirun with the same options and files",
          first_difference(wanted, sample)));
  });
  ranks.agree([&] {
    if (ranks.first()) prepare_folder(folder, sample);
  });
  ranks.agree([&] { require_folder(folder, sample); });

  // Which are missing is looked up before any is made, in every rank the same.
  const auto places = places_of(*run, folder);
  std::string missing_text;
  for (const auto& place : places) missing_text += fs::exists(place.file) ? ' ' : 'm';
  missing_text = ranks.told(missing_text);
  std::vector<std::size_t> mine;
  std::size_t turn = 0, my_showers = 0;
  for (std::size_t k = 0; k < places.size(); ++k)
    if (missing_text[k] == 'm' &&
        turn++ % static_cast<std::size_t>(ranks.size()) == static_cast<std::size_t>(ranks.rank())) {
      mine.push_back(k);
      my_showers += places[k].showers;
    }
  if (turn < places.size())
    log_info(fmt::format("{}: {} of {} parts are there, {} are to be made", folder, places.size() - turn, places.size(),
                         turn));
  const auto start = std::chrono::steady_clock::now();
  GenerateResult result;
  ranks.agree([&] {
    result = run->describe(run->first(), run->showers());
    Progress progress(ranks.alone() ? "generate" : "generate (of this rank)", "showers", my_showers);
    for (const auto k : mine) run->make(places[k].first, places[k].showers, places[k].file, progress);
    progress.finish();
  });
  result.streams = static_cast<int>(ranks.sum(result.streams));
  ranks.agree([&] {
    if (!ranks.first()) return;
    const auto merged = merge_samples({files_of(places), settings.output, settings.compression});
    result.showers_hash = merged.showers_hash;
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  });
  result.showers_hash = ranks.told(result.showers_hash);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace octocal::study

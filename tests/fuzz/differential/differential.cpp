// SPDX-License-Identifier: Apache-2.0
// Random small graphs, the engine against the slow reference: every precision, every OCTOCAL_ISA, several batch sizes, and
// behind a way through an ONNX file. What fails is printed with as few steps as fail.
//
// usage: differential FIRST_SEED SEEDS [SECONDS]     SEEDS graphs, or as many as SECONDS allow
//        OCTOCAL_ISA=avx2 differential ...            with oneDNN's kernels of that set, too
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "fuzz/differential/engine_check.hpp"
#include "octocal/base/log.hpp"

namespace {

using octocal::fuzz::check_in_engine;
using octocal::fuzz::random_graph;

constexpr int kMostSteps = 100;  // a graph's own number of steps is below

/// The same seed with the fewest steps that fail.
void tell(std::uint64_t seed) {
  for (int steps = 1; steps <= kMostSteps; ++steps) {
    const auto made = random_graph(seed, steps);
    const auto check = check_in_engine(made);
    if (check.problem.empty()) continue;
    std::printf("seed %llu, %s, %d steps: %s\n%s", static_cast<unsigned long long>(seed),
                made.exact ? "exact numbers" : "real numbers", steps, check.problem.c_str(),
                octocal::fuzz::text_of(made.graph).c_str());
    std::fflush(stdout);
    return;
  }
}

/// A refusal without names and numbers, to be counted.
std::string kind_of(const std::string& refusal) {
  const auto reason = refusal.substr(0, refusal.find(';'));
  std::string kind;
  for (const char letter : reason)
    if (letter < '0' || letter > '9') kind += letter;
  return kind;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) {
    std::fprintf(stderr, "usage: differential FIRST_SEED SEEDS [SECONDS]\n");
    return 2;
  }
  octocal::set_verbosity(octocal::Verbosity::kQuiet);
  const std::uint64_t first = std::strtoull(arguments[1], nullptr, 10),
                      seeds = std::strtoull(arguments[2], nullptr, 10);
  const double seconds = count > 3 ? std::atof(arguments[3]) : 1e9;
  const auto start = std::chrono::steady_clock::now();
  std::uint64_t graphs = 0, wrong = 0, refused = 0, nodes = 0;
  std::map<std::string, std::uint64_t> refusals, kernels;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    if (std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() > seconds) break;
    const auto made = random_graph(seed, kMostSteps);
    const auto check = check_in_engine(made);
    ++graphs;
    nodes += made.graph.nodes.size();
    for (const auto& [kernel, steps] : check.kernels) kernels[kernel] += steps;
    if (!check.refusal.empty()) {
      ++refused;
      ++refusals[kind_of(check.refusal)];
    }
    if (!check.problem.empty()) {
      ++wrong;
      tell(seed);
    }
  }
  std::printf("steps that ran:");
  for (const auto& [kernel, steps] : kernels)
    std::printf(" %s %llu,", kernel.c_str(), static_cast<unsigned long long>(steps));
  std::printf("\n");
  for (const auto& [kind, times] : refusals)
    std::printf("refused %llu times: %s\n", static_cast<unsigned long long>(times), kind.c_str());
  std::printf("%llu graphs of %.1f nodes, %llu refused, %llu wrong\n", static_cast<unsigned long long>(graphs),
              static_cast<double>(nodes) / static_cast<double>(graphs), static_cast<unsigned long long>(refused),
              static_cast<unsigned long long>(wrong));
  // A test that refuses most graphs tests nothing.
  return wrong == 0 && graphs > 0 && refused * 10 <= graphs ? 0 : 1;
}

// SPDX-License-Identifier: Apache-2.0
#include "training/op_profile.hpp"

#include <ATen/ATen.h>
#include <ATen/record_function.h>

#include <array>
#include <chrono>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace octocal::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Open {
  std::string name;
  const char* kind;  // nullptr: as the operation around it
  Clock::time_point start;
  double inner = 0;
};

// One training thread calls operations; what its worker threads do inside one is part of it.
std::thread::id training_thread;
std::vector<Open> open_operations;
std::map<std::string, double> seconds_by_name;
std::map<std::string, double> seconds_by_kind;

/// The first entry whose text is in the name decides.
constexpr std::array<std::pair<std::string_view, const char*>, 24> kKinds = {{{"optimiser", "optimiser"},
                                                                              {"Optimizer", "optimiser"},
                                                                              {"constant_pad", "copies, layouts"},
                                                                              {"ConstantPad", "copies, layouts"},
                                                                              {"aten::copy_", "copies, layouts"},
                                                                              {"aten::contiguous", "copies, layouts"},
                                                                              {"aten::clone", "copies, layouts"},
                                                                              {"aten::fill_", "copies, layouts"},
                                                                              {"aten::zero", "copies, layouts"},
                                                                              {"aten::cat", "copies, layouts"},
                                                                              {"CatBackward", "copies, layouts"},
                                                                              {"aten::reshape", "copies, layouts"},
                                                                              {"aten::index_select", "copies, layouts"},
                                                                              {"copies", "copies, layouts"},
                                                                              {"onvolution", "convolution"},
                                                                              {"conv", "convolution"},
                                                                              {"octocal::fourier", "convolution"},
                                                                              {"norm", "activation, norm"},
                                                                              {"Norm", "activation, norm"},
                                                                              {"leaky_relu", "activation, norm"},
                                                                              {"LeakyRelu", "activation, norm"},
                                                                              {"pilogue", "activation, norm"},
                                                                              {"mm", "dense"},
                                                                              {"linear", "dense"}}};

const char* kind_of(std::string_view name) {
  for (const auto& [part, kind] : kKinds)
    if (name.find(part) != std::string_view::npos) return kind;
  return nullptr;
}

const char* kind_here() {
  const char* kind = nullptr;
  for (const auto& open : open_operations) {
    if (open.kind == nullptr) continue;
    const bool fixed = kind != nullptr && std::string_view(kind) == "optimiser";
    if (!fixed) kind = open.kind;
  }
  return kind == nullptr ? "other" : kind;
}

std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction& function) {
  if (std::this_thread::get_id() != training_thread) return nullptr;
  std::string name = function.name();
  const char* kind = kind_of(name);
  open_operations.push_back({std::move(name), kind, Clock::now()});
  return nullptr;
}

void end(const at::RecordFunction&, at::ObserverContext*) {
  if (std::this_thread::get_id() != training_thread || open_operations.empty()) return;
  const auto& open = open_operations.back();
  const double all = std::chrono::duration<double>(Clock::now() - open.start).count();
  seconds_by_name[open.name] += all - open.inner;
  seconds_by_kind[kind_here()] += all - open.inner;
  open_operations.pop_back();
  if (!open_operations.empty()) open_operations.back().inner += all;
}

}  // namespace

OpProfile::OpProfile() {
  training_thread = std::this_thread::get_id();
  open_operations.clear();
  seconds_by_name.clear();
  seconds_by_kind.clear();
  handle_ = at::addGlobalCallback(at::RecordFunctionCallback(begin, end));
}

OpProfile::~OpProfile() { at::removeCallback(handle_); }

std::map<std::string, double> OpProfile::kinds(double wall) const {
  auto kinds = seconds_by_kind;
  for (const auto& [kind, seconds] : seconds_by_kind) wall -= seconds;
  kinds["other"] += wall > 0 ? wall : 0;
  return kinds;
}

const std::map<std::string, double>& OpProfile::operations() const { return seconds_by_name; }

}  // namespace octocal::bench

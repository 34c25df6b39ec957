// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/together/shared_gradients.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "octocal/base/error.hpp"

namespace octocal::train {

struct SharedGradients::Impl {
  struct Place {
    std::size_t bucket = 0, offset = 0, count = 0;
  };
  struct Bucket {
    std::vector<float> numbers;
    std::size_t awaited = 0, there = 0;  // gradients
  };

  Impl(ranks::Ranks& all, std::size_t numbers) : group(all), bucket_numbers(numbers) {}

  /// A gradient is there, in the middle of the backward pass.
  void take(const std::string& name, const at::Tensor& gradient) {
    if (places.empty()) {
      order.push_back(name);
      return;
    }
    put(name, gradient);
    begin_full();
    group.go_on();
  }

  void put(const std::string& name, const at::Tensor& gradient) {
    const auto found = places.find(name);
    if (found == places.end())
      throw run_failed(
          "training: a parameter has a gradient now that had none in the first step; start again in one "
          "process");
    const auto& [bucket, offset, count] = found->second;
    auto& into = buckets[bucket];
    const auto plain = gradient.detach().to(at::kCPU, at::kFloat).contiguous();
    std::copy_n(plain.data_ptr<float>(), count, into.numbers.begin() + static_cast<std::ptrdiff_t>(offset));
    ++into.there;
  }

  /// Buckets begin in their order, which is that of all ranks.
  void begin_full() {
    for (; begun < buckets.size() && buckets[begun].there == buckets[begun].awaited; ++begun)
      group.begin_sum(buckets[begun].numbers);
  }

  void make_buckets(const TensorMap& parameters) {
    std::string text;
    for (const auto& name : order) text += name + "\n";
    std::istringstream lines(group.told(text));
    for (std::string name; std::getline(lines, name);) {
      const auto count = static_cast<std::size_t>(parameters.at(name).numel());
      if (buckets.empty() || buckets.back().numbers.size() + count > bucket_numbers) buckets.emplace_back();
      auto& bucket = buckets.back();
      places[name] = {buckets.size() - 1, bucket.numbers.size(), count};
      bucket.numbers.resize(bucket.numbers.size() + count);
      ++bucket.awaited;
    }
  }

  ranks::Ranks& group;
  std::size_t bucket_numbers;
  std::vector<std::string> order;  // of the first pass
  std::map<std::string, Place> places;
  std::vector<Bucket> buckets;
  std::size_t begun = 0, early = 0;
  std::vector<std::pair<at::Tensor, unsigned>> hooks;
};

SharedGradients::SharedGradients(ranks::Ranks& ranks, const TensorMap& parameters, std::size_t bucket_numbers)
    : impl_(std::make_unique<Impl>(ranks, bucket_numbers)) {
  for (const auto& [name, tensor] : parameters) {
    if (!tensor.requires_grad()) continue;
    const auto hook = tensor.register_hook([impl = impl_.get(), name = name](const at::Tensor& gradient) {
      const at::NoGradGuard no_gradients;
      impl->take(name, gradient);
    });
    impl_->hooks.emplace_back(tensor, hook);
  }
}

SharedGradients::~SharedGradients() {
  for (auto& [tensor, hook] : impl_->hooks) tensor.remove_hook(hook);
}

void SharedGradients::finish(TensorMap& parameters) {
  const at::NoGradGuard no_gradients;
  auto& all = *impl_;
  all.early = all.begun;
  if (all.places.empty()) {
    all.make_buckets(parameters);
    for (const auto& [name, place] : all.places) all.put(name, parameters.at(name).grad());
  }
  all.begin_full();
  if (all.begun != all.buckets.size())
    throw run_failed(
        "training: a parameter has no gradient that had one in the first step; start again in one process");
  all.group.finish_sums();
  for (const auto& [name, place] : all.places) {
    const auto& numbers = all.buckets[place.bucket].numbers;
    auto& gradient = parameters.at(name).mutable_grad();
    gradient.copy_(at::from_blob(const_cast<float*>(numbers.data()) + place.offset, gradient.sizes(), at::kFloat));
  }
  for (auto& bucket : all.buckets) bucket.there = 0;
  all.begun = 0;
}

std::size_t SharedGradients::begun_early() const noexcept { return impl_->early; }

}  // namespace octocal::train

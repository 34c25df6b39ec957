// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/shower_window.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/base/random.hpp"
#include "octocal/train/random_streams.hpp"

namespace octocal::train {
namespace {

std::vector<std::int64_t> order_of_pass(std::uint64_t seed, std::int64_t pass, std::int64_t blocks) {
  std::vector<std::pair<double, std::int64_t>> keyed;
  for (std::int64_t block = 0; block < blocks; ++block)
    keyed.emplace_back(
        uniform01(seed, Draw::kTraining, first_of(Region::kWindowOrders) + static_cast<std::uint64_t>(pass),
                  static_cast<std::uint32_t>(block)),
        block);
  std::sort(keyed.begin(), keyed.end());
  std::vector<std::int64_t> order;
  for (const auto& [key, block] : keyed) order.push_back(block);
  return order;
}

}  // namespace

ShowerWindow::ShowerWindow(std::shared_ptr<SharedSource> source, std::vector<std::uint64_t> places,
                           const StreamSettings& settings)
    : source_(std::move(source)), places_(std::move(places)), settings_(settings) {
  const auto bytes = static_cast<std::size_t>(settings_.block_showers) * source_->source->geometry().cells() *
                     c10::elementSize(source_->type);
  blocks_ = (static_cast<std::int64_t>(places_.size()) + settings_.block_showers - 1) / settings_.block_showers;
  window_ = static_cast<std::int64_t>(settings_.memory_bytes / bytes) - kAhead - kWorking;
  if (window_ < kLeastBlocks)
    throw bad_input(fmt::format("--memory {} MB: too little to shuffle these showers; give at least {} MB",
                                settings_.memory_bytes / 1000000,
                                bytes * (kLeastBlocks + kAhead + kWorking) / 1000000 + 1));
  window_ = std::min(window_, blocks_);
  reader_ = std::thread([this] { read_blocks(); });
}

ShowerWindow::~ShowerWindow() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wanted_.notify_all();
  reader_.join();
}

std::int64_t ShowerWindow::first_turn(std::int64_t step) const {
  return step * settings_.showers_per_step / settings_.block_showers;
}

/// Precondition: mutex_ is held.
std::int64_t ShowerWindow::block_of_turn(std::int64_t turn) const {
  const auto pass = turn / blocks_;
  auto found = orders_.find(pass);
  if (found == orders_.end()) {
    orders_.erase(orders_.begin(), orders_.lower_bound(pass - 2));
    found = orders_.emplace(pass, order_of_pass(settings_.seed, pass, blocks_)).first;
  }
  return found->second[static_cast<std::size_t>(turn % blocks_)];
}

std::int64_t ShowerWindow::rows_of_block(std::int64_t block) const {
  return std::min(settings_.block_showers, static_cast<std::int64_t>(places_.size()) - block * settings_.block_showers);
}

std::vector<std::int64_t> ShowerWindow::rows_at(std::int64_t step) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::int64_t> rows;
  const auto first = first_turn(step);
  for (std::int64_t turn = first; turn < first + window_; ++turn) {
    const auto block = block_of_turn(turn);
    for (std::int64_t row = 0; row < rows_of_block(block); ++row) rows.push_back(block * settings_.block_showers + row);
  }
  return rows;
}

void ShowerWindow::move_to(std::int64_t first) {
  std::unique_lock lock(mutex_);
  if (first != first_) {
    first_ = first;
    std::erase_if(held_,
                  [&](const auto& entry) { return entry.first < first || entry.first >= first + window_ + kAhead; });
    wanted_.notify_all();
  }
  arrived_.wait(lock, [&] {
    if (failure_) return true;
    for (std::int64_t turn = first; turn < first + window_; ++turn)
      if (!held_.contains(turn)) return false;
    return true;
  });
  if (failure_) std::rethrow_exception(failure_);
}

at::Tensor ShowerWindow::rows(std::int64_t step, const at::Tensor& uniforms) {
  move_to(first_turn(step));
  const auto all = rows_at(step);
  const auto share = uniforms.to(at::kDouble).contiguous();
  auto chosen = at::empty({share.numel()}, at::kLong);
  for (std::int64_t i = 0; i < share.numel(); ++i) {
    const auto place = static_cast<std::size_t>(share.data_ptr<double>()[i] * static_cast<double>(all.size()));
    chosen.data_ptr<std::int64_t>()[i] = all[std::min(place, all.size() - 1)];
  }
  return chosen;
}

at::Tensor ShowerWindow::cells(const at::Tensor& rows) {
  const auto numbers = rows.to(at::kLong).contiguous();
  const auto* wanted = numbers.data_ptr<std::int64_t>();
  std::map<std::int64_t, at::Tensor> at_hand;  // by block
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [turn, tensor] : held_) at_hand[block_of_turn(turn)] = tensor;
  }
  std::vector<std::uint64_t> missing;
  for (std::int64_t i = 0; i < numbers.numel(); ++i)
    if (!at_hand.contains(wanted[i] / settings_.block_showers))
      missing.push_back(places_[static_cast<std::size_t>(wanted[i])]);
  const auto read = missing.empty() ? at::Tensor() : read_stored(*source_, missing);
  std::vector<at::Tensor> parts;
  std::int64_t taken = 0;
  for (std::int64_t i = 0; i < numbers.numel(); ++i) {
    const auto found = at_hand.find(wanted[i] / settings_.block_showers);
    parts.push_back(found == at_hand.end() ? read.select(0, taken++)
                                           : found->second.select(0, wanted[i] % settings_.block_showers));
  }
  return at::stack(parts);
}

std::int64_t ShowerWindow::most_blocks_held() const {
  const std::lock_guard lock(mutex_);
  return most_held_;
}

void ShowerWindow::read_blocks() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    std::int64_t turn = first_;
    if (first_ >= 0)
      while (turn < first_ + window_ + kAhead && held_.contains(turn)) ++turn;
    if (first_ < 0 || failure_ || turn >= first_ + window_ + kAhead) {
      wanted_.wait(lock);
      continue;
    }
    const auto block = block_of_turn(turn);
    const auto from = static_cast<std::size_t>(block * settings_.block_showers);
    const std::span<const std::uint64_t> places(places_.data() + from, static_cast<std::size_t>(rows_of_block(block)));
    lock.unlock();
    at::Tensor tensor;
    std::exception_ptr failure;
    try {
      tensor = read_stored(*source_, places);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    failure_ = failure;
    if (turn >= first_ && turn < first_ + window_ + kAhead && !failure) held_[turn] = tensor;
    most_held_ = std::max(most_held_, static_cast<std::int64_t>(held_.size()));
    arrived_.notify_all();
  }
}

}  // namespace octocal::train

// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "octocal/train/stored_cells.hpp"

namespace octocal::train {

/// How a sample that does not fit into memory is streamed.
struct StreamSettings {
  std::size_t memory_bytes = 0;        ///< for cells; 0: everything has to fit
  std::uint64_t seed = 1;              ///< of the order
  std::int64_t showers_per_step = 32;  ///< by which the window moves on
  std::int64_t block_showers = 256;    ///< neighbours in the files that come and go together
};

/// A window that moves over a sample on disk in a shuffled order, filled by a thread of its own.
///
/// The sample's showers are cut into blocks of neighbours; each pass over the sample takes the blocks in a fresh random
/// order. At a step the window holds the blocks whose turn it is: it moves on by showers_per_step showers a step, so
/// that each shower is drawn about once a pass if a step draws as many. What it holds is a function of the seed and the
/// step alone: a resumed run draws the same showers. The next two blocks are read while the training computes.
///
/// Memory: at most memory_bytes for cells, blocks under way included. Call from one thread.
class ShowerWindow {
 public:
  /// places[r]: where the sample's shower r lies in the source. Errors: bad_input if memory_bytes holds less than
  /// kLeastBlocks blocks, saying how much is needed.
  ShowerWindow(std::shared_ptr<SharedSource> source, std::vector<std::uint64_t> places, const StreamSettings& settings);
  ~ShowerWindow();
  ShowerWindow(const ShowerWindow&) = delete;
  ShowerWindow& operator=(const ShowerWindow&) = delete;

  /// Showers of the window at `step` for uniform numbers (n) in (0, 1): row numbers of the sample (n), int64. Waits for
  /// the reading thread. Errors: bad_input from reading.
  at::Tensor rows(std::int64_t step, const at::Tensor& uniforms);

  /// Cells as they are kept (n, x, y, z) of any rows of the sample; those outside the window are read from disk.
  at::Tensor cells(const at::Tensor& rows);

  /// All rows of the window at `step`, in the order that rows() counts them.
  std::vector<std::int64_t> rows_at(std::int64_t step) const;
  std::int64_t window_blocks() const noexcept { return window_; }
  /// Most blocks that were in memory at once so far.
  std::int64_t most_blocks_held() const;

  static constexpr std::int64_t kAhead = 2;        // blocks read in advance
  static constexpr std::int64_t kWorking = 6;      // blocks' worth of memory that reading one takes
  static constexpr std::int64_t kLeastBlocks = 4;  // in the window, or the shuffling is worth nothing

 private:
  std::int64_t first_turn(std::int64_t step) const;
  std::int64_t block_of_turn(std::int64_t turn) const;
  std::int64_t rows_of_block(std::int64_t block) const;
  void move_to(std::int64_t first);
  void read_blocks();

  std::shared_ptr<SharedSource> source_;
  std::vector<std::uint64_t> places_;
  StreamSettings settings_;
  std::int64_t blocks_ = 0, window_ = 0;
  mutable std::map<std::int64_t, std::vector<std::int64_t>> orders_;  // of passes in use; main thread and reader
  mutable std::mutex mutex_;                                          // of all below and orders_
  std::condition_variable wanted_, arrived_;
  std::map<std::int64_t, at::Tensor> held_;  // by turn
  std::int64_t first_ = -1;
  std::int64_t most_held_ = 0;
  std::exception_ptr failure_;
  bool stop_ = false;
  std::thread reader_;
};

}  // namespace octocal::train

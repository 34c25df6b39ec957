// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"

namespace octocal::engine {

/// What was asked, what runs and why, for one step of a program.
struct LayerReport {
  std::string layer;   ///< name of the first node of the step; NODE/reorder, NODE/dequantize: added for it
  std::string ops;     ///< the graph's nodes that it computes, "Conv+LeakyRelu+BatchNormalization"
  std::string asked;   ///< precision in the model, as model::summarize says it: "float32", "int8"
  std::string ran;     ///< precision that runs here, in the same words
  std::string kernel;  ///< e.g. "oneDNN jit:avx512_core_vnni", "own:rotate_u8"
  /// Why ran differs from asked, or why int8 is not computed by the kernel that a processor with VNNI has; else "".
  std::string reason;
  std::uint64_t macs = 0;  ///< multiply-accumulates a shower
};

struct CompileOptions {
  std::size_t max_batch = 8;     ///< showers a run at most; memory is planned for it
  std::string origin = "model";  ///< what errors call the model: the name of its file
};

/// A graph made ready for this machine: constants folded, blocks fused, weights packed, memory planned. Immutable and
/// shared by any number of streams and threads; does not refer to the graph afterwards.
class Program {
 public:
  /// Errors: bad_input that begins with options.origin and names the layer for a graph that cannot run here.
  static std::shared_ptr<const Program> compile(const model::Graph& graph, const CompileOptions& options = {});
  ~Program();

  const std::vector<model::Value>& inputs() const noexcept;
  const std::vector<model::Value>& outputs() const noexcept;
  const std::vector<LayerReport>& layers() const noexcept;

  /// What runs, in one word: model::MainPrecision of `ran` over all layers.
  std::string precision() const;

  /// What a user should know of how this runs, a sentence each: layers that run in another precision than asked (all of
  /// one reason in one sentence, which begins with the origin); int8 on octocal's own kernels for want of VNNI. Empty
  /// where all runs as asked and as fast as can be.
  std::vector<std::string> remarks() const;

  std::size_t max_batch() const noexcept;
  std::size_t weight_bytes() const noexcept;   ///< packed weights, shared by all streams
  std::size_t scratch_bytes() const noexcept;  ///< memory of one stream

  struct Impl;
  const Impl& impl() const noexcept { return *impl_; }

 private:
  explicit Program(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Warns of a program's remarks, on stderr, each sentence once a process.
void warn_of_remarks(const Program& program);

/// One thread's way through a program, with its own scratch memory. Not thread-safe; use one stream a thread.
class Stream {
 public:
  explicit Stream(std::shared_ptr<const Program> program);
  ~Stream();
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;

  /// Runs `batch` showers (1 .. max_batch). inputs[i] and outputs[i] are float32 in C order with the shapes of
  /// program.inputs()[i] and outputs()[i]. Each shower's result does not depend on the others in the batch.
  /// Does not allocate, does not throw.
  void run(std::size_t batch, std::span<const std::span<const float>> inputs,
           std::span<const std::span<float>> outputs) noexcept;

  /// Switches timing of every layer on (from zero) or off; processor seconds of this thread in each layer (order of
  /// Program::layers()) since then.
  void profile(bool on) noexcept;
  std::vector<double> layer_seconds() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace octocal::engine

// What the plug-in libacidsim_torch.so offers: plain functions over plain data, so that it needs nothing of our libraries
// and they nothing of LibTorch. Arrays are of single precision and in row-major order.
#pragma once

#include <cstdint>

namespace acidsim {

// Raised with every change of what stands below.
inline constexpr std::uint32_t torch_interface_version = 1;
// The plug-in's only symbol: const TorchInterface* acidsim_torch_interface().
inline constexpr const char* torch_interface_symbol = "acidsim_torch_interface";

struct TorchModel;      // a network as it was made or read
struct TorchWorkspace;  // a copy of one, for one thread at a time

enum class TorchRole : std::int32_t { weight, bias, norm };

// A trainable parameter; they lie in x one after another, in this order.
struct TorchBlock {
  const char* name;
  const std::int64_t* shape;
  std::int32_t dimensions;
  TorchRole role;
};

enum class TorchPurpose : std::int32_t {
  gradient,    // a training pass, of which backward() takes the derivative
  statistics,  // a training pass whose statistics of batch normalisation are asked for
  evaluation,  // normalised by given statistics
};

// One pass of a batch.
struct TorchPass {
  TorchPurpose purpose;
  const float* parameters;    // x; it must stay where it is until backward() is over
  const float* inputs;        // likewise
  const std::int64_t* shape;  // of the inputs, the batch first
  std::int32_t dimensions;
  bool symbols;              // the inputs are numbers of symbols: the network takes 64-bit integers
  const double* statistics;  // of an evaluation
};

// Of a pass; valid until the next one of the workspace.
struct TorchScores {
  const float* values;
  const std::int64_t* shape;
  std::int32_t dimensions;
};

// Where something fails, functions return null or false, and error() tells this thread why. No function throws.
struct TorchInterface {
  std::uint32_t version;
  const char* (*error)();
  // Lines "name\tvalue": versions, BLAS, and what the processor is taken for.
  const char* (*facts)();

  // preset: "resnet18" (stem 3×3 of stride 1, no max-pool) or "resnet50", as torchvision names their parameters.
  TorchModel* (*make)(const char* preset, std::int64_t channels, std::int64_t classes);
  TorchModel* (*read)(const char* file);  // TorchScript
  void (*free_model)(TorchModel*);
  std::int64_t (*block_count)(const TorchModel*);
  TorchBlock (*block)(const TorchModel*, std::int64_t number);
  // Of batch normalisation: how many numbers, in layers' order each layer's means and then its variances, and of a
  // layer the name of its means and their number.
  std::int64_t (*norm_count)(const TorchModel*);
  const char* (*norm)(const TorchModel*, std::int64_t number, std::int64_t* channels);
  void (*weights)(const TorchModel*, float* x);  // x ← those it was made or read with

  TorchWorkspace* (*make_workspace)(const TorchModel*);
  void (*free_workspace)(TorchWorkspace*);
  bool (*forward)(TorchWorkspace*, const TorchPass*, TorchScores*);
  // After a pass for a gradient: g ← Σ slopes · ∂scores/∂x.
  bool (*backward)(TorchWorkspace*, const float* slopes, float* g);
  // After a training pass: the batch's are added, variances with one less than the number of values.
  bool (*add_statistics)(const TorchWorkspace*, double* sum);
  // A buffer that passes have changed, and that is none of batch normalisation; null: there is none.
  const char* (*changed_buffer)(const TorchWorkspace*);

  // The file that was read, with these weights and, unless null, these statistics.
  bool (*write)(const TorchModel*, const float* x, const double* statistics, const char* file);
};

}  // namespace acidsim

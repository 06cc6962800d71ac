// A training loop of LibTorch as one writes it, from a module of its own: what torch_bench.cpp measures against.
#pragma once

#include <cstdint>

namespace acidsim {

struct PlainLoop;

// Batches of 32 images 1 × 28 × 28, or 8 of 3 × 32 × 32 for "resnet18"; SGD with momentum 0.9 and weight decay 5e-4.
struct PlainLoops {
  PlainLoop* (*make)(const char* network);  // "mlp", "lenet", "resnet18"
  void (*free)(PlainLoop*);
  void (*step)(PlainLoop*);
  bool (*write)(const char* network, const char* file);  // "mlp" or "lenet", as TorchScript
};

}  // namespace acidsim

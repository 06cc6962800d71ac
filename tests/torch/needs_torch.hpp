// Tests of the plug-in for LibTorch, where it is built.
#pragma once

#include <gtest/gtest.h>

#ifdef ACIDSIM_TORCH_BUILT
#define ACIDSIM_NEEDS_TORCH() static_cast<void>(0)
#else
#define ACIDSIM_NEEDS_TORCH() GTEST_SKIP() << "the plug-in for LibTorch is not built: scripts/setup torch"
#endif

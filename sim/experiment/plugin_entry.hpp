// What a plug-in and the program that loads it must agree on, as they pass C++ objects to each other.
#pragma once

#include <fmt/format.h>

#include <Eigen/Core>
#include <string>
#include <string_view>

#include "sim/algorithms/row.hpp"
#include "sim/experiment/extension.hpp"

namespace acidsim {

// Raised with every change of the virtual functions of Objective, Kernel, Schedule, EventSource or OptimizerMemory.
inline constexpr int extension_version = 1;

// Version, compiler, options and sizes, as this source was compiled.
inline std::string abi_stamp(std::string_view version) {
#ifdef ACIDSIM_CHECKS
  constexpr const char* checks = "on";
#else
  constexpr const char* checks = "off";
#endif
#ifdef __clang__
  constexpr const char* compiler = "Clang";
#else
  constexpr const char* compiler = "GNU";
#endif
#ifdef _GLIBCXX_DEBUG
  constexpr const char* containers = ", debug containers";
#else
  constexpr const char* containers = "";
#endif
  return fmt::format(
      "acidsim {} (extensions {}), {} {}, C++ ABI {}/{}, alignment {}, checks {}{}, layout {}-{}-{}-{}-{}",
      version, extension_version, compiler, __VERSION__, __GXX_ABI_VERSION, _GLIBCXX_USE_CXX11_ABI,
      EIGEN_MAX_ALIGN_BYTES, checks, containers, sizeof(AlgorithmRow), sizeof(Dynamics),
      sizeof(ObjectiveSource), sizeof(Graph), sizeof(Extension));
}

}  // namespace acidsim

// Begins the function with which a plug-in adds its rows, in one of its sources:
//     ACIDSIM_EXTENSION(extension) { extension.add(my_method_row()); }
// CMake's acidsim_add_plugin(name sources...), of find_package(acidsim), builds the plug-in.
#define ACIDSIM_EXTENSION(parameter)                                                        \
  extern "C" __attribute__((visibility("default"))) const char* acidsim_extension_stamp() { \
    static const std::string stamp = acidsim::abi_stamp(ACIDSIM_VERSION);                   \
    return stamp.c_str();                                                                   \
  }                                                                                         \
  extern "C" __attribute__((visibility("default"))) void acidsim_extension(acidsim::Extension& parameter)

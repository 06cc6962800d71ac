// acidsim's addressed random numbers as NumPy's generators take them.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>

#include "sim/core/random.hpp"

namespace acidsim::python {

// What numpy.random.Generator asks of a bit generator: `bitgen_t` of numpy/random/bitgen.h, which NumPy documents for those
// who bring their own.
struct NumpyBits {
  void* state;
  std::uint64_t (*next_uint64)(void*);
  std::uint32_t (*next_uint32)(void*);
  double (*next_double)(void*);
  std::uint64_t (*next_raw)(void*);
};

// Draws that begin anew wherever they are put.
class AddressedBits {
 public:
  AddressedBits() : draws_(Stream(0, Purpose::gradient_noise)) {}
  AddressedBits(const AddressedBits&) = delete;
  AddressedBits& operator=(const AddressedBits&) = delete;

  void put(std::uint64_t seed, std::uint32_t entity, std::uint64_t index) {
    draws_ = Draws(Stream(seed, Purpose::gradient_noise, entity), index);
  }
  NumpyBits* numpy() { return &numpy_; }

 private:
  static std::uint64_t bits(void* state) { return static_cast<Draws*>(state)->bits(); }

  Draws draws_;
  NumpyBits numpy_ = {&draws_, bits,
                      [](void* state) { return static_cast<std::uint32_t>(bits(state) >> 32); },
                      [](void* state) { return static_cast<double>(bits(state) >> 11) * 0x1p-53; }, bits};
};

// A numpy.random.Generator of `bits`, which live as long as it. Needs the GIL.
inline pybind11::object make_generator(AddressedBits*& bits) {
  bits = new AddressedBits;
  // NumPy looks for the capsule by its name.
  const pybind11::capsule capsule(bits->numpy(), "BitGenerator", nullptr);
  const pybind11::capsule owner(bits, [](void* memory) { delete static_cast<AddressedBits*>(memory); });
  return pybind11::module_::import("acidsim.randomness").attr("generator_of")(capsule, owner);
}

}  // namespace acidsim::python

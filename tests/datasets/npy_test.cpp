// .npy files: what NumPy writes is read, anything else is refused.
#include "sim/data/npy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/datasets/files.hpp"
#include "tests/datasets/npy_text.hpp"

namespace acidsim {
namespace npy_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Npy : public FileTest {
 protected:
  NpyArray read(const std::string& text) { return read_npy(write("x.npy", text)); }
  std::string refusal(const std::string& text) {
    return message_of([&] { static_cast<void>(read(text)); });
  }
};

// The 128 bytes before the numbers of numpy.save('x.npy', numpy.zeros((2, 3))), of NumPy 1.24.
TEST_F(Npy, TheHeaderIsNumpys) {
  std::string expected("\x93NUMPY\x01\x00v\x00", 10);
  expected += "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }";
  expected.append(58, ' ').append("\n");
  EXPECT_EQ(npy_header({2, 3}, 8), expected);
  EXPECT_THAT(npy_header({7}, 4), HasSubstr("{'descr': '<f4', 'fortran_order': False, 'shape': (7,), }"));
}

TEST_F(Npy, BothPrecisionsAreRead) {
  const NpyArray doubles = read(npy_text("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }",
                                         bytes_of<double>({1, 2, 3, 4, 5, 0.1})));
  EXPECT_THAT(doubles.shape, ElementsAre(2, 3));
  EXPECT_THAT(doubles.values, ElementsAre(1, 2, 3, 4, 5, 0.1));
  const NpyArray floats = read(
      npy_text("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", bytes_of<float>({0.5f, -3})));
  EXPECT_THAT(floats.shape, ElementsAre(2));
  EXPECT_THAT(floats.values, ElementsAre(0.5, -3));
  EXPECT_THAT(read(npy_header({2}, 8) + bytes_of<double>({7, 8})).values, ElementsAre(7, 8));
}

TEST_F(Npy, AnythingElseIsRefused) {
  const std::string two = bytes_of<double>({1, 2});
  const auto with = [&](const char* dictionary) { return refusal(npy_text(dictionary, two)); };
  EXPECT_THAT(message_of([&] { static_cast<void>(read_npy(path("none.npy"))); }),
              HasSubstr("none.npy: cannot be read"));
  EXPECT_THAT(refusal(""), HasSubstr("x.npy: is not a .npy file"));
  EXPECT_THAT(refusal("1.0 2.0\n3.0 4.0\n"), HasSubstr("x.npy: is not a .npy file (1.0 2.0"));
  EXPECT_THAT(with("{'descr': '>f8', 'fortran_order': False, 'shape': (2,), }"),
              HasSubstr("x.npy: holds numbers of another type (>f8)"));
  EXPECT_THAT(with("{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }"),
              HasSubstr("holds numbers of another type (<i8)"));
  EXPECT_THAT(with("{'descr': '<f8', 'fortran_order': True, 'shape': (1, 2), }"),
              HasSubstr("is in Fortran order"));
  EXPECT_THAT(with("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }"),
              HasSubstr("does not hold the 3 numbers of its shape (16 bytes for (3,))"));
  EXPECT_THAT(with("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }"),
              HasSubstr("does not hold the 1 numbers of its shape"));
  EXPECT_THAT(with("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999, 99999999), }"),
              HasSubstr("is too large"));
  EXPECT_THAT(with("{'fortran_order': False, 'shape': (2,), }"), HasSubstr("has no header"));
  EXPECT_THAT(refusal(npy_text("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }",
                               bytes_of<double>({1, std::nan("")}))),
              HasSubstr("number 1 is not finite (nan)"));
  const std::string whole = npy_text("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", two);
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_NE(refusal(whole.substr(0, length)), "") << length;
}

}  // namespace npy_test
}  // namespace acidsim

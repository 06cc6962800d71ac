#include <gmock/gmock.h>

#include <filesystem>

#include "sim/data/fashion_mnist.hpp"
#include "sim/data/readers.hpp"
#include "tests/datasets/files.hpp"

namespace acidsim {
namespace idx_test {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string big_endian(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}
std::string idx(std::vector<std::uint32_t> sizes, const std::string& data, char type = 0x08) {
  std::string bytes = {0, 0, type, static_cast<char>(sizes.size())};
  for (const auto size : sizes) bytes += big_endian(size);
  return bytes + data;
}
const std::string images =
    idx({3, 2, 2}, std::string("\x00\x01\x02\x03\x10\x11\x12\x13\xff\xfe\xfd\xfc", 12));
const std::string labels = idx({3}, std::string("\x02\x00\x01", 3));

class IdxTest : public FileTest {
 protected:
  std::string message(const std::string& image_file, const std::string& label_file) {
    return message_of([&] { read_idx<float>({image_file, label_file}); });
  }
};

TEST_F(IdxTest, ReadsGzipAndPlain) {
  for (const bool gzip : {true, false}) {
    const auto put = [&](const char* name, const std::string& bytes) {
      return gzip ? write_gzip(name, bytes) : write(name, bytes);
    };
    const std::string i = put("images", images), l = put("labels", labels);
    const auto data = read_idx<double>({i, l, i, l});
    ASSERT_EQ(data.train->features.rows(), 4);
    ASSERT_EQ(data.train->samples(), 3);
    EXPECT_EQ(data.train->features(1, 0), 1.0 / 255);
    EXPECT_EQ(data.train->features(0, 2), 1.0);
    EXPECT_EQ(data.train->features(2, 1), 18.0 / 255);
    EXPECT_THAT(data.train->labels, ::testing::ElementsAre(2, 0, 1));
    EXPECT_EQ(data.train->classes, 3);
    EXPECT_EQ(data.test->labels, data.train->labels);
    EXPECT_EQ(read_idx<float>({i, l}).test, nullptr);
  }
}

TEST_F(IdxTest, NamesTheFileAndTheReason) {
  const std::string i = write_gzip("images", images), l = write_gzip("labels", labels);
  EXPECT_THAT(message(path("none"), l),
              AllOf(HasSubstr(path("none")), HasSubstr("cannot be opened"), HasSubstr("No such file")));
  EXPECT_THAT(message(path(""), l), HasSubstr("is a directory"));
  EXPECT_THAT(message(write("garbage", "hello, this is no IDX file"), l),
              AllOf(HasSubstr(path("garbage")), HasSubstr("is not an IDX file")));
  EXPECT_THAT(message(write("empty", ""), l), HasSubstr("too short"));
  EXPECT_THAT(message(write("header", images.substr(0, 9)), l), HasSubstr("ends within its header"));
  EXPECT_THAT(message(write("short", images.substr(0, images.size() - 1)), l),
              HasSubstr("ends too early (11 of 12 bytes"));
  EXPECT_THAT(message(write("long", images + "x"), l), HasSubstr("goes on after its data"));
  EXPECT_THAT(message(write("floats", idx({3, 2, 2}, std::string(48, 'x'), 0x0d)), l),
              HasSubstr("type that is not read (0x0d)"));
  EXPECT_THAT(message(i, i), HasSubstr("wrong number of dimensions (3)"));
  EXPECT_THAT(message(l, l), HasSubstr("wrong number of dimensions (1)"));
  EXPECT_THAT(message(i, write_gzip("two", idx({2}, "ab"))),
              HasSubstr("one label per image (2 labels, 3 images"));
  EXPECT_THAT(message(write("none_left", idx({0, 2, 2}, "")), l), HasSubstr("dimension of size 0"));
}

TEST_F(IdxTest, BelievesTheFileAndNotTheSizeInItsHeader) {
  const std::string l = write("labels", labels);
  EXPECT_THAT(message(write("huge", idx({0xffffffff, 0xffffffff, 2}, "abc")), l),
              HasSubstr("more than 8 GiB"));
  EXPECT_THAT(message(write("large", idx({1u << 20, 32, 32}, "abc")), l),
              HasSubstr("ends too early (3 of 1073741824"));
}

TEST_F(IdxTest, SeesTruncatedAndDamagedGzip) {
  const std::string l = write("labels", labels);
  std::string pixels;  // does not compress well, so that there is something to cut
  for (std::uint32_t k = 0; k < 20000; ++k) pixels += static_cast<char>((k * 2654435761u) >> 13);
  write_gzip("whole", idx({50, 20, 20}, pixels));
  std::ifstream file(path("whole"), std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(file)), {});
  EXPECT_THAT(message(write("cut", bytes.substr(0, bytes.size() / 2)), l),
              HasSubstr("ends before its gzip stream does"));
  EXPECT_THAT(message(write("cut8", bytes.substr(0, bytes.size() - 8)), l), HasSubstr("gzip"));
  for (std::size_t k = bytes.size() / 2; k < bytes.size() / 2 + 40; ++k)
    bytes[k] = static_cast<char>(~bytes[k]);
  EXPECT_THAT(message(write("damaged", bytes), l), AllOf(HasSubstr(path("damaged")), HasSubstr("gzip")));
}

TEST_F(IdxTest, ChecksTheTestSetAgainstTheTrainingSet) {
  const std::string i = write("images", images), l = write("labels", labels);
  const std::string high = write("high", idx({3}, std::string("\x00\x03\x01", 3)));
  EXPECT_THAT(message_of([&] {
                read_idx<float>({i, l, i, high});
              }),
              AllOf(HasSubstr(high), HasSubstr("label 3 of sample 1"), HasSubstr("0 … 2")));
  const std::string wide = write("wide", idx({3, 2, 3}, std::string(18, 'x')));
  EXPECT_THAT(message_of([&] { read_idx<float>({i, l, wide, l}); }), HasSubstr("another size"));
  EXPECT_THAT(message_of([&] { read_idx<float>({i, l, i, ""}); }), HasSubstr("both test files or neither"));
}

TEST(FashionMnist, NamesThePackageWhereItIsMissing) {
  EXPECT_THAT(message_of([] { load_fashion_mnist<float>("/no/such/directory"); }),
              AllOf(HasSubstr("/no/such/directory"), HasSubstr("dataset-fashion-mnist")));
}

TEST(FashionMnist, HasItsPublishedShape) {
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist")) {
    GTEST_SKIP() << "package dataset-fashion-mnist is not installed";
  }
  const auto data = load_fashion_mnist<float>();
  EXPECT_EQ(data.train->features.rows(), 784);
  EXPECT_EQ(data.train->samples(), 60000);
  EXPECT_EQ(data.test->samples(), 10000);
  EXPECT_EQ(data.train->classes, 10);
  EXPECT_EQ(data.train->features.minCoeff(), 0.0f);
  EXPECT_EQ(data.train->features.maxCoeff(), 1.0f);
  for (int c = 0; c < 10; ++c) {
    EXPECT_EQ(std::count(data.train->labels.begin(), data.train->labels.end(), c), 6000);
    EXPECT_EQ(std::count(data.test->labels.begin(), data.test->labels.end(), c), 1000);
  }
}

}  // namespace idx_test
}  // namespace acidsim

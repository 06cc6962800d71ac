// acidsim data: data sets that are made on the spot.
#include <fmt/format.h>

#include <fstream>

#include "sim/app/commands/commands.hpp"
#include "sim/app/output/pending_folder.hpp"
#include "sim/core/error.hpp"
#include "sim/data/colour_fashion.hpp"
#include "sim/data/fashion_mnist.hpp"
#include "sim/system/durable_file.hpp"

namespace acidsim {
namespace {

constexpr const char* colour_fashion_name = "colour_fashion";

int make_colour_fashion(const DataOptions& options) {
  const std::filesystem::path out = options.out.empty() ? colour_fashion_name : options.out;
  const DatasetPair<float> grey = read_idx_bytes<float>(fashion_mnist_files());
  const auto batches = colour_batches(grey, options.rows, options.test_rows);
  PendingFolder folder(out);
  for (const ColourBatch& batch : batches) {
    const std::filesystem::path path = folder.path() / batch.name;
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(batch.bytes.data()),
               static_cast<std::streamsize>(batch.bytes.size()));
    file.close();
    if (!file) refuse_to_write(path);
    sync_to_disk(path);
  }
  folder.commit();
  fmt::print("{} + {} images in {}: \"data\": {{\"dataset\": \"cifar10\", \"directory\": \"{}\"}}\n",
             options.rows, options.test_rows, out.string(), out.string());
  return 0;
}

}  // namespace

int data_command(const DataOptions& options) {
  if (options.name.empty()) {
    fmt::print("{:<16} Fashion-MNIST in colours, 3 × 32 × 32, as files of CIFAR-10's layout\n",
               colour_fashion_name);
    return 0;
  }
  if (options.name != colour_fashion_name) {
    const std::vector<std::string> known = {colour_fashion_name};
    throw InputError("acidsim data", "unknown data set", options.name,
                     unknown_name_hint(options.name, known));
  }
  return make_colour_fashion(options);
}

}  // namespace acidsim

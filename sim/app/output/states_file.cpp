#include "sim/app/output/states_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "sim/core/error.hpp"
#include "sim/data/npy.hpp"
#include "sim/system/durable_file.hpp"

namespace acidsim {
namespace {

std::size_t scalar_bytes(const Plan& plan) {
  return plan.single_precision() ? sizeof(float) : sizeof(double);
}

template <class Scalar>
void write_nan(std::ostream& out, std::uint64_t bytes) {
  const std::vector<Scalar> part(1 << 13, std::numeric_limits<Scalar>::quiet_NaN());
  for (std::uint64_t left = bytes; left > 0;) {
    const std::uint64_t some = std::min<std::uint64_t>(left, part.size() * sizeof(Scalar));
    out.write(reinterpret_cast<const char*>(part.data()), static_cast<std::streamsize>(some));
    left -= some;
  }
}

}  // namespace

std::uint64_t states_bytes(const Plan& plan) {
  return std::uint64_t{plan.nodes()} * static_cast<std::uint64_t>(plan.dynamics.size()) *
         static_cast<std::uint64_t>(plan.expected.dimension) * scalar_bytes(plan);
}

StatesPart::StatesPart(std::filesystem::path file, std::uint64_t states_bytes)
    : file_(std::move(file)), states_bytes_(states_bytes) {
  open();
}

void StatesPart::open() {
  std::error_code failed;
  std::filesystem::create_directories(file_.parent_path(), failed);
  out_.open(file_, std::ios::binary | std::ios::app);
}

void StatesPart::add(std::span<const std::byte> vector) {
  out_.write(reinterpret_cast<const char*>(vector.data()), static_cast<std::streamsize>(vector.size()));
}

void StatesPart::take_up(std::uint64_t records) {
  out_.close();
  const std::uint64_t wanted = records * states_bytes_;
  std::error_code failed;
  const std::uint64_t there = std::filesystem::file_size(file_, failed);
  if (!failed && there < wanted)
    throw InputError(file_.string(), "lacks states that were recorded before the checkpoint",
                     fmt::format("{} bytes of {}", there, wanted),
                     "remove the folder of results to start over; nothing was written");
  if (!failed) std::filesystem::resize_file(file_, wanted, failed);
  if (failed) refuse_to_write(file_);
  out_.clear();
  open();
}

void StatesPart::keep() {
  out_.flush();
  if (!out_) refuse_to_write(file_);
  sync_to_disk(file_);
}

void write_states(const std::filesystem::path& folder, const Plan& plan,
                  const std::vector<RepeatResult>& repeats, const std::vector<std::filesystem::path>& parts) {
  const bool all = plan.experiment.record.states == RecordedStates::all;
  std::vector<std::uint64_t> shape = {repeats.size()};
  std::size_t records = 1;
  if (all) {
    records = 0;
    for (const RepeatResult& repeat : repeats) records = std::max(records, repeat.records.size());
    shape.push_back(records);
  }
  shape.insert(shape.end(), {plan.nodes(), static_cast<std::uint64_t>(plan.dynamics.size()),
                             static_cast<std::uint64_t>(repeats[0].dimension)});
  const std::filesystem::path file = folder / states_file;
  std::ofstream out(file, std::ios::binary);
  out << npy_header(shape, scalar_bytes(plan));
  for (std::size_t r = 0; r < repeats.size(); ++r) {
    std::ifstream part(parts[r], std::ios::binary);
    if (part.peek() != std::ifstream::traits_type::eof()) out << part.rdbuf();
    const std::uint64_t missing = all ? records - repeats[r].records.size() : 0;
    if (plan.single_precision())
      write_nan<float>(out, missing * states_bytes(plan));
    else
      write_nan<double>(out, missing * states_bytes(plan));
  }
  out.close();
  const std::uint64_t expected =
      npy_header(shape, scalar_bytes(plan)).size() + repeats.size() * records * states_bytes(plan);
  if (!out || std::filesystem::file_size(file) != expected) refuse_to_write(file);
}

void check_room_for_states(const std::string& place, const std::filesystem::path& folder, double bytes) {
  std::filesystem::path there = std::filesystem::absolute(folder);
  std::error_code failed;
  while (!std::filesystem::exists(there, failed) && there.has_relative_path()) there = there.parent_path();
  const std::filesystem::space_info space = std::filesystem::space(there, failed);
  if (failed || bytes <= static_cast<double>(space.available)) return;
  throw InputError(place + ": /record/states",
                   fmt::format("the states need {:.3g} GB while they are written, and the disk has {:.3g} GB",
                               1e-9 * bytes, 1e-9 * static_cast<double>(space.available)),
                   folder.string(), "\"final\", a larger record.every, or another --out");
}

}  // namespace acidsim

#include "sim/experiment/ranks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <span>

#include "sim/algorithms/chi_course.hpp"
#include "sim/core/error.hpp"
#include "sim/experiment/pace.hpp"
#include "sim/system/digest.hpp"
#include "topologies/partition.hpp"

namespace acidsim {
namespace {

std::string name_of(const MpiWorld& world) {
  return fmt::format("rank {} on {}", world.rank(), world.host());
}

}  // namespace

Failure current_failure() {
  try {
    throw;
  } catch (const InputError& error) {
    return {2, error.what()};
  } catch (const std::bad_alloc&) {
    return {1, "acidsim: not enough memory for this experiment"};
  } catch (const std::exception& error) {
    return {1, fmt::format("acidsim: {}", error.what())};
  }
}

void collectively(MpiWorld* world, const std::function<void()>& act) {
  if (world == nullptr) return act();
  Failure own;
  try {
    act();
  } catch (...) {
    own = current_failure();
    if (world->rank() != 0) own.message = fmt::format("{}: {}", name_of(*world), own.message);
  }
  std::string code = "0", message;
  for (const std::string& text : world->gather(fmt::format("{}{}", own.code, own.message)))
    if (code == "0" && text[0] != '0') {
      code = text.substr(0, 1);
      message = text.substr(1);
    }
  world->broadcast(code);
  if (code != "0") throw RanksStopped{code[0] - '0', message};
}

std::string from_root(MpiWorld* world, std::string text) {
  if (world != nullptr) world->broadcast(text);
  return text;
}

void expect_common(MpiWorld* world, const std::string& what, const std::string& text) {
  const bool equal = from_root(world, text) == text;
  collectively(world, [&] {
    if (!equal) throw InputError(what, "is not what rank 0 sees", "", "all ranks must see the same files");
  });
}

void agree(MpiWorld* world, Plan& plan, const std::string& description) {
  if (world == nullptr) return;
  Digest edges;
  for (const Edge& edge : plan.network->edges) edges.add(std::as_bytes(std::span(&edge, 1)));
  expect_common(world, plan.place(), description + edges.hexadecimal());
  for (const Parameter& parameter : plan.algorithm().parameters) {
    if (!parameter.automatic) continue;
    const auto own = std::bit_cast<std::uint64_t>(plan.constants.number(parameter.name));
    plan.constants.set(parameter.name,
                       std::bit_cast<double>(std::stoull(from_root(world, std::to_string(own)))));
  }
  plan.dynamics = declared_dynamics(plan);
}

void agree(MpiWorld* world, Values& of_run) {
  if (world == nullptr || !ChiCourse::is_in(of_run)) return;
  for (const char* name : {"chi_1", "chi_2"}) {
    std::vector<double> numbers = of_run.numbers(name);
    const std::size_t size = numbers.size() * sizeof(double);
    std::string bytes(size, '\0');
    std::memcpy(bytes.data(), numbers.data(), size);
    world->broadcast(bytes);
    std::memcpy(numbers.data(), bytes.data(), size);
    of_run.set(name, numbers);
  }
}

double share_here(MpiWorld* world) {
  if (world == nullptr) return 1;
  const std::vector<std::string> hosts = world->gather(world->host());
  std::string list;
  for (const std::string& host : hosts) list += host + "\n";
  world->broadcast(list);
  int here = 0;
  for (std::size_t begin = 0, end; (end = list.find('\n', begin)) != std::string::npos; begin = end + 1)
    here += list.substr(begin, end - begin) == world->host();
  return static_cast<double>(here) / world->size();
}

Ownership assign_workers(const Plan& plan, MpiWorld& world) {
  if (plan.experiment.rank_partition == RankPartition::blocks)
    return own_blocks(plan.nodes(), world.size(), world.rank());
  std::vector<int> parts(plan.workers());
  collectively(&world, [&] {
    if (world.rank() == 0) parts = partition(plan.workers(), plan.network->edges.list(), world.size());
  });
  // From one rank, should the libraries of the hosts differ.
  std::string bytes(reinterpret_cast<const char*>(parts.data()), parts.size() * sizeof(int));
  world.broadcast(bytes);
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(parts.data()));
  if (plan.dynamics.has_server()) parts.push_back(0);
  return own_parts(std::move(parts), world.rank());
}

}  // namespace acidsim

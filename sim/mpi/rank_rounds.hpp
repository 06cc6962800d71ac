// Rounds, as one rank takes part in them. For the .cpp files of this folder.
#pragma once

#include <chrono>
#include <set>
#include <utility>
#include <vector>

#include "sim/engine/mail.hpp"
#include "sim/engine/simulation.hpp"
#include "sim/engine/tree_sum.hpp"
#include "sim/mpi/communicator.hpp"
#include "sim/mpi/ownership.hpp"
#include "sim/mpi/rank_report.hpp"
#include "sim/mpi/world.hpp"

namespace acidsim {

// Made by all ranks together. The own events before a round must be done.
template <class Scalar>
class RankRounds {
 public:
  RankRounds(const Simulation<Scalar>& simulation, const MpiWorld& world, const Ownership& ownership,
             RankReport& report)
      : simulation_(simulation), world_(world), ownership_(ownership), report_(report) {}

  // A round: the ranks of its members meet, each tells what others need, and its own members mix.
  // Calls shown(place) for each own member once it has mixed.
  template <class Shown>
  void mix(const Event& round, const Shown& shown) {
    const Group& group = simulation_.schedule.groups()[round.clock];
    RoundPlan& plan = plan_of(round.clock, group);
    for (const std::uint32_t k : plan.own)
      simulation_.kernel.tell_in_round(ownership_.places[group.members[k]], round.number, round.time,
                                       *plan.told[k]);
    if (group.mean_of_all)
      mix_with_mean(group, plan, round);
    else
      mix_with_neighbours(group, plan, round);
    for (const std::uint32_t k : plan.own) shown(ownership_.places[group.members[k]]);
    if (group.members.size() <= 2) plan = {};  // there may be a group for every edge
  }

 private:
  using Clock = std::chrono::steady_clock;
  using Message = typename Mail<Scalar>::Message;

  bool is_own(Worker worker) const { return ownership_.rank_of[worker] == ownership_.rank; }

  // What this rank has to do in the rounds of a group; members by their positions in it.
  struct RoundPlan {
    std::vector<std::uint32_t> own;  // ascending
    std::vector<std::pair<std::uint32_t, int>>
        sent;                            // own members, and the ranks that wait for what they tell
    std::vector<std::uint32_t> awaited;  // members elsewhere whose messages own ones hear, ascending
    std::vector<Message> told;           // of the two kinds, by position
  };

  RoundPlan& plan_of(std::uint32_t number, const Group& group) {
    if (plans_.size() <= number) plans_.resize(number + 1);
    RoundPlan& plan = plans_[number];
    if (!plan.told.empty()) return plan;
    plan.told.resize(group.members.size());
    std::vector<bool> is_awaited(group.members.size(), false);
    std::set<std::pair<std::uint32_t, int>> sent;
    for (std::uint32_t k = 0; k < group.members.size(); ++k) {
      const bool hears = is_own(group.members[k]);
      if (hears) {
        plan.own.push_back(k);
        plan.told[k] = mail_.post({}, 0);
      }
      const std::uint32_t end = group.mean_of_all ? 0 : group.first[k + 1];
      for (std::uint32_t at = group.mean_of_all ? 0 : group.first[k]; at < end; ++at) {
        const std::uint32_t neighbour = group.neighbours[at];
        const bool tells = is_own(group.members[neighbour]);
        if (hears && !tells) is_awaited[neighbour] = true;
        if (tells && !hears) sent.emplace(neighbour, ownership_.rank_of[group.members[k]]);
      }
    }
    plan.sent.assign(sent.begin(), sent.end());
    for (std::uint32_t k = 0; k < group.members.size(); ++k) {
      if (!is_awaited[k]) continue;
      plan.awaited.push_back(k);
      plan.told[k] = mail_.post({}, 0);
    }
    return plan;
  }

  void mix_with_neighbours(const Group& group, RoundPlan& plan, const Event& round) {
    // Members in ascending order, so that messages between two ranks come in the order in which they are expected.
    std::vector<MPI_Request> requests;
    for (const auto& [k, rank] : plan.sent) send_in_round(*plan.told[k], rank, requests);
    for (const std::uint32_t k : plan.awaited)
      receive_in_round(*plan.told[k], ownership_.rank_of[group.members[k]], requests);
    wait_for(requests);
    std::vector<Letter<Scalar>> letters;
    for (const std::uint32_t k : plan.own) {
      letters.clear();
      for (std::uint32_t at = group.first[k]; at < group.first[k + 1]; ++at)
        letters.push_back({group.weights[at], *plan.told[group.neighbours[at]]});
      simulation_.kernel.mix(ownership_.places[group.members[k]], round.number, round.time,
                             {*plan.told[k], letters, group.own_weight(k)});
    }
  }

  // The rank of the lowest member adds what all members told, in ascending order, and gives the mean to the others.
  void mix_with_mean(const Group& group, RoundPlan& plan, const Event& round) {
    const int root = ownership_.rank_of[group.members.front()];
    if (plan.own.empty()) return;
    const Message mean = mail_.post({}, 0);
    std::vector<MPI_Request> requests;
    if (ownership_.rank == root) {
      add_at_root(group, plan, *mean, requests);
    } else {
      for (const std::uint32_t k : plan.own) send_in_round(*plan.told[k], root, requests);
      receive_in_round(*mean, root, requests);
    }
    wait_for(requests);
    const Letter<Scalar> letter{1.0, *mean};
    for (const std::uint32_t k : plan.own)
      simulation_.kernel.mix(ownership_.places[group.members[k]], round.number, round.time,
                             {*plan.told[k], {&letter, 1}});
  }

  void add_at_root(const Group& group, const RoundPlan& plan, std::vector<Scalar>& mean,
                   std::vector<MPI_Request>& requests) {
    TreeSum<Scalar> sum(size_);
    const Message heard = mail_.post({}, 0);
    std::set<int> others;
    for (std::uint32_t k = 0; k < group.members.size(); ++k) {
      const int rank = ownership_.rank_of[group.members[k]];
      if (rank == ownership_.rank) {
        sum.add(*plan.told[k]);
        continue;
      }
      others.insert(rank);
      std::vector<MPI_Request> one;
      receive_in_round(*heard, rank, one);
      wait_for(one);
      sum.add(*heard);
    }
    sum.mean(mean);
    for (const int rank : others) send_in_round(mean, rank, requests);
  }

  void send_in_round(const std::vector<Scalar>& message, int rank, std::vector<MPI_Request>& requests) {
    MPI_Isend(message.data(), static_cast<int>(size_), mpi_type(Scalar{}), rank, 0, communicator_.get(),
              &requests.emplace_back());
    ++report_.messages;
    report_.bytes += size_ * sizeof(Scalar);
  }
  void receive_in_round(std::vector<Scalar>& message, int rank, std::vector<MPI_Request>& requests) {
    MPI_Irecv(message.data(), static_cast<int>(size_), mpi_type(Scalar{}), rank, 0, communicator_.get(),
              &requests.emplace_back());
  }
  void wait_for(std::vector<MPI_Request>& requests) {
    const auto since = Clock::now();
    world_.wait([&] {
      int there = 0;
      MPI_Testall(static_cast<int>(requests.size()), requests.data(), &there, MPI_STATUSES_IGNORE);
      return there != 0;
    });
    report_.waiting += std::chrono::duration<double>(Clock::now() - since).count();
  }

  const Simulation<Scalar>& simulation_;
  const MpiWorld& world_;
  const Ownership& ownership_;
  RankReport& report_;
  Communicator communicator_;
  std::size_t size_ = simulation_.kernel.message_size();
  std::vector<RoundPlan> plans_;  // by number of the group
  Mail<Scalar> mail_{size_};      // memory for what is told
};

}  // namespace acidsim

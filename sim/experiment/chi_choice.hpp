// Which χ1 and χ2 the constants of a method follow where the graph changes (its parameter `chi`).
#pragma once

#include <optional>
#include <string>

#include "sim/algorithms/chi_course.hpp"
#include "sim/experiment/plan.hpp"

namespace acidsim {

// What those at first follow from; nothing where they are not known. The theory of the plan's method needs χ1 and χ2, and
// its parameters and its network are known.
std::optional<GraphConstants> constants_at_start(const Plan& plan);

// The choice of a plan: the parameter of methods whose theory needs χ1 and χ2, "mean" of the others.
std::string chosen_chi(const Plan& plan);

// Throws InputError where the choice needs what the experiment does not have.
void check_chi(const Plan& plan);

// How they go on, of the run of this schedule; nothing where they stay.
std::optional<ChiCourse> chi_course(const Plan& plan, const Schedule& schedule);

// The plan's constants, with their course where they change, in the run with this seed.
Values constants_of_run(const Plan& plan, std::uint64_t seed);

// --- What these are made of.
// Of the graph in force in each phase, failures on average.
ChiCourse oracle_course(const Network& network);
// From the end of each window on those of the rates counted in it; before, and where the edges counted do not connect all
// workers, those of before. To the time `end`.
ChiCourse re_estimated_course(const Network& network, const Schedule& schedule, double window, double end);

}  // namespace acidsim

// Means over all workers of compressed messages, and what becomes of what compression loses.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/algorithms/linear_forms.hpp"
#include "sim/algorithms/row.hpp"

namespace acidsim {

// A model of which most coordinates are lost is no model, so workers tell of changes. All start a round at the common
// θ, and in it worker i comes to θ − c_i. At its end it sends q_i, and with the mean m of what all have sent the change is
// taken to be Δ:
//
//     none     q_i = Q(c_i)          Δ = m
//     ef14     q_i = Q(c_i + e_i)    Δ = m        e_i ← e_i + c_i − q_i
//     ef21     q_i = Q(c_i − g_i)    Δ = ḡ + m    g_i ← g_i + q_i,  ḡ ← ḡ + m
//
//     θ     the model after the last round, in R^d      e_i   what its messages have lost so far, 0 at first
//     c_i   γ times the gradients of worker i since     g_i   what all others know of its change, 0 at first;
//     Q     the compression                                   in the first round q_i = c_i, sent whole
//
// With one gradient in a round, c_i = γ∇f_i(θ), these with θ ← θ − Δ are compressed SGD, SGD with error feedback
// and EF21. EF21 needs a constant γ, which g_i holds, and ends at the exact limit: what it compresses vanishes.
//
// Sources: Seide et al. 2014 and Stich, Cordonnier, Jaggi 2018, arXiv 1809.07599 (ef14); Richtárik, Sokolov, Fatkhullin
// 2021, arXiv 2106.05203 (ef21); Reisizadeh et al. 2020, arXiv 1909.13014 (none, local steps); Basu et al. 2019, arXiv
// 1906.02367 (ef14, local steps); Thérien et al. 2025, arXiv 2505.23725 (ef14, DiLoCo).
enum class ErrorFeedback { none, ef14, ef21 };

// What a method's own vectors become, given the mean change.
using OnChange = std::function<std::vector<Form>(const LinearForms& symbols, const Form& change)>;

// A method of such rounds, without its program: `vectors` are its own, of which the first two are θ and c.
Dynamics compressed_mean_dynamics(ErrorFeedback feedback, std::vector<std::string> vectors,
                                  const OnChange& become);

// The parameter `error_feedback`, the first choice being the default.
Parameter error_feedback_parameter(const std::vector<std::string>& choices);

// Tells the dynamics whether messages are compressed: a row's `resolve`.
void note_compression(Values& values, const MethodFacts& facts);
// The error feedback of values that note_compression() has seen; nothing where no message is compressed.
std::optional<ErrorFeedback> error_feedback(const Values& values);

// The largest γ for which EF21's theory holds: 1/(L_f + L̃ √(β/θ)), θ = 1 − √(1 − α), β = (1 − α)/θ [theorem 1]. None for a
// compression that is no contraction.
std::optional<StepLimit> ef21_step_limit(const StepFacts& facts);

}  // namespace acidsim

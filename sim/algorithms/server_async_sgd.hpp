// Asynchronous SGD with a parameter server.
#pragma once

#include "sim/algorithms/compressed_mean.hpp"
#include "sim/core/server.hpp"

namespace acidsim {

// Of all rules but ringleader:
//
//     x     the model: the server's, and each worker's copy, which it got when it began its gradient
//     u     a worker's message, −γp; of the server: the sum of messages collected since its last step
//
//     gradient     worker: u ← −γ p(x), at its copy of the model
//     applied      server: x ← x + u + message, u ← 0; the worker gets the new x
//     ignored      the worker gets x
//     collected    server: u ← u + message
//     restarted    the worker gets x, and the gradient that it was computing is lost
//
// When a gradient comes, what becomes of it and by what γ is multiplied follow from the order of arrivals alone, so the
// schedule says it (sim/timing/server_schedule.hpp).
//
// Sources: delay_adaptive: Koloskova, Stich, Jaggi 2022; Mishchenko et al. 2022. rennala: Tyurin, Richtárik 2023.
// ringmaster: Maranjyan, Tyurin, Richtárik 2025. ringleader: Maranjyan, Richtárik 2025.
//
// Where messages to the server are compressed with error feedback, a worker keeps what its messages have lost, e, too:
// its message is u + e, and where the server uses it e ← e + u − (what came through). Stich, Karimireddy, "The
// Error-Feedback Framework", 2020, arXiv 1909.05350. Messages of the server are sent whole.
Dynamics server_async_sgd_dynamics(ErrorFeedback feedback = ErrorFeedback::none);

// Ringleader keeps a table with the average of each worker's gradients:
//
//     u     a worker's message, the change of its entry; of the server: the sum of the table, of the present round
//     a     a worker's entry; of the server: the sum of the table of the next round
//
//     gradient          worker: u ← φ (−γp/n − a), a ← a + u, where it is the 1/φ-th gradient in the entry
//     collected         server: u ← u + message
//     collected_next    server: a ← a + message
//     applied           server: u ← u + message, x ← x + u; worker: it gets the new x, and a ← 0
//     applied_last      the same, then on the server u ← a, a ← 0
Dynamics ringleader_dynamics();

// What the server does, from the values of the row's parameters.
ServerProtocol server_protocol(const Values& resolved);

AlgorithmRow server_async_sgd_row();

}  // namespace acidsim

// A method, declared as data.
#pragma once

#include <string>
#include <vector>

#include "sim/core/event.hpp"
#include "sim/core/types.hpp"

namespace acidsim {

// Each worker holds m vectors in R^d, its state S (m × d, row a = vector a), which starts as initial·x_0ᵀ.
// Between events dS = flow·S dt. Events act as follows, where p is the local optimizer's direction and γ the
// learning rate. The matrices act on the m vectors, each coordinate alike. A method has those of exchange,
// round, send and meet whose `told` is not empty, at most one of them:
//
//     read       S ← before·S, then p is computed at the model, pointᵀS (or at gradient.pointᵀS)
//     step       S ← after·S + landing·γpᵀ                            (a gradient is a read and a step)
//     tell       the message of an exchange or a round is told·S, r × d; the state does not change
//     hear       S ← exchange_kept·S − landing·(own message − message of the other)            in an exchange
//                S ← S − landing·Σ_j w_j (own message − message of j), j ascending             in a round
//                S ← kept·S + landing·M + (own + degree·own_per_neighbour)·(own message), degree = number of messages heard,
//                M = own message − Σ_j w_j (own message − message of j), or w_i·(own message) + Σ_j w_j (message of j)
//                in a group with own weights w_i, where `kept` is not empty    in a round
//                with `own_share`: M = Σ_j w_j (message of j) alone, and own_share·w_i·(own message) lands besides, where
//                w_i is 1 minus the others' weights in a group without own ones
//     send       the message is told·S, then S ← kept·S               (directed: nothing comes back)
//     receive    S ← S + landing·message
//     meet       the message of an exchange with the server is told·S, then S ← kept·S + landing·(message of the
//                other) + own·(own message), with the matrices of its meeting, on each side
//
// A²CiD²: initial (1, 1), flow [[−η, η], [η, −η]], point (1, 0), gradient.landing (−1, −1), exchange.told (1,
// 0), exchange.landing (α, α̃)ᵀ.
struct Dynamics {
  struct Gradient {
    Matrix<double> before = {}, after = {};  // m × m; empty = the identity
    // m × m: where the worker sends an average of its gradients, what a gradient that is no part of it does to S. One
    // that is a part φ: S ← (idle + φ(after − idle))·S + φ·landing·γpᵀ. Empty: all gradients count fully.
    Matrix<double> idle = {};
    Vector<double> landing = {};  // m
    // Before the first event every worker computes a gradient at x_0 (its gradient number 0), and S ← S +
    // at_start·γpᵀ. Empty: it does not.
    Vector<double> at_start = {};
    // m: where gradients are computed, if not at the model (stale ones); empty = at the model.
    Vector<double> point = {};
  };
  struct Mixing {
    Matrix<double> told = {};               // r × m
    Matrix<double> landing = {};            // m × r
    Matrix<double> kept = {};               // m × m; of rounds
    Matrix<double> own = {};                // m × r; of rounds: how the worker's own message lands
    Matrix<double> own_per_neighbour = {};  // m × r; of rounds: how it lands once for each message heard
    Matrix<double> own_share = {};          // m × r; of rounds: how its own weight of it lands, apart from M
    Company company = Company::neighbours;  // of rounds
    bool whole = false;                     // its messages are not compressed, even where others are
  };
  struct Sending {
    Matrix<double> kept = {};     // m × m
    Matrix<double> told = {};     // r × m
    Matrix<double> landing = {};  // m × r
    // A message is the sum of all that its sender ever put on its edge, and what lands is what it adds to the last sum
    // that came along the edge: a lost message is made good by the next one, and a repeated one adds nothing.
    bool running_sums = false;
  };

  // Of a worker and the server, which is one more worker, the last. It computes no gradients.
  struct Encounter {
    Mixing worker = {}, server = {};
    bool worker_tells = true, server_tells = true;  // whose message is sent; the other's does not matter
  };

  std::vector<std::string> vectors = {};  // names of the m vectors, as in results
  Vector<double> initial = {};            // m
  Matrix<double> flow = {};               // m × m; empty = nothing moves between events
  Vector<double> point = {};              // m: where gradients and metrics see the model
  Gradient gradient = {};
  Mixing exchange = {};             // with one neighbour
  std::vector<Mixing> rounds = {};  // in groups, in order of the program
  // What the mixings of the first round are, where they differ from those of the others; empty: they don't.
  std::vector<Mixing> opening = {};
  Sending send = {};
  std::vector<Encounter> meetings =
      {};  // by Meeting; not empty: the method has a server, and all talk to it alone
  // What each worker does in a round, in order: each of `rounds` once, and gradients (or reads and steps)
  // before, after or between them.
  std::vector<Verb> program = {};
  // The first so many vectors have one more coordinate each, a weight that starts as from x_0 = 1 and that gradients leave
  // alone; it takes part in sends, receives and rounds with the first vector of a message, and the model is pointᵀS divided
  // by that of vector 0 (push-sum).
  int weights = 0;
  Matrix<double> exchange_kept = {};  // m × m: what of S an exchange keeps; empty = the identity
  // Dual methods: the state holds gradients, the model is ∇f_i*(pointᵀS), and what an exchange tells is
  // ∇f_i*(told·S), r = 1. An exchange computes one such gradient on each side.
  bool dual = false;
  // Gradients are those of conjugates: p = ∇f_i*(gradient.pointᵀS).
  bool dual_gradients = false;

  int size() const { return static_cast<int>(vectors.size()); }
  bool weighted() const { return weights > 0; }
  // All that a worker holds starts as its model, and is a model: it can begin anew by itself, and be averaged.
  bool holds_models() const {
    return !dual && !dual_gradients && !weighted() && gradient.at_start.size() == 0 &&
           (initial.array() == 1).all();
  }
  bool exchanges() const { return exchange.told.size() > 0; }
  bool mixes_in_rounds() const { return !rounds.empty(); }
  bool sends() const { return send.told.size() > 0; }
  bool has_server() const { return !meetings.empty(); }
  bool communicates() const { return exchanges() || mixes_in_rounds() || sends() || has_server(); }
  // By the number that events of rounds carry: those of the opening follow the others.
  const Mixing& mixing(int number) const {
    const auto at = static_cast<std::size_t>(number);
    return at < rounds.size() ? rounds[at] : opening[at - rounds.size()];
  }
  // r: vectors in a message; in rounds of the mixing with this number.
  int told_vectors(int number = 0) const {
    return static_cast<int>((exchanges()         ? exchange.told
                             : mixes_in_rounds() ? mixing(number).told
                             : has_server()      ? meetings.front().worker.told
                                                 : send.told)
                                .rows());
  }
  // The largest r.
  int most_told_vectors() const;
};

// Throws std::logic_error if the shapes do not fit together.
void check_shapes(const Dynamics& dynamics);

}  // namespace acidsim

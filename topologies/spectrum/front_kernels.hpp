// The dense arithmetic of one front of a sparse Cholesky factorisation of a graph Laplacian.
#pragma once

#include "sim/core/types.hpp"

namespace acidsim {

// front: rows × rows, by columns, lower triangle. The Laplacian of the graph that is left when the columns'
// turn comes, restricted to edges that touch them (and, between later rows, what descendants have added so
// far). Its diagonal is not read: a diagonal entry is the sum of the others of its row, and computing it so,
// every term of the elimination is a sum of numbers of one sign. Each entry of the factor then has a small
// relative error whatever the condition number [Alfa, Xue and Ye, Math. Comp. 71, 2002; O'Cinneide, Numer.
// Math. 65, 1993]. On return the first columns are those of the factor, L, and beyond them is the Laplacian
// that is left (without its diagonal). False where a pivot is 0: a part of the graph has no edge of positive
// rate to the rest.
bool eliminate(double* front, Index rows, Index columns);

// Effective resistances between all rows of a front, from those between the rows beyond the columns (already
// in `resistances`: rows × rows, both triangles) and the columns of the factor (`factor`: rows × columns),
// which are overwritten by those of the resistances. A vertex eliminated with conductances c_k to later ones,
// d = Σ c_k, p = c/d, has
//   R_ij = 1/d + Σ_k p_k R_kj − ½ Σ_kl p_k p_l R_kl
// to every later j: Takahashi's recurrence for R_ij = Z_ii + Z_jj − 2 Z_ij of the inverse Z, without the
// cancellation of that difference.
void find_resistances(double* resistances, double* factor, Index rows, Index columns);

}  // namespace acidsim

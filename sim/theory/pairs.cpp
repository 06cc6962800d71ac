#include "sim/theory/pairs.hpp"

#include <cmath>
#include <optional>
#include <unordered_map>

namespace acidsim {

double Pairs::diagonal_mean(const double* array) const {
  double sum = 0;
  for (const Index at : diagonal_) sum += array[at];
  return sum / static_cast<double>(rows());
}

double Pairs::mean(const double* array) const {
  return Eigen::Map<const Vector<double>>(array, size()).mean();
}

namespace {

class AllPairs final : public Pairs {
 public:
  AllPairs(Worker workers, std::span<const Edge> edges) : laplacian_(workers, workers) {
    const Index n = workers_ = workers;
    degrees_ = Vector<double>::Zero(n);
    for (Index i = 0; i < n; ++i) diagonal_.push_back(i + n * i);
    std::vector<Eigen::Triplet<double>> entries;
    for (const Edge& edge : edges) {
      if (edge.rate == 0) continue;
      for (const auto& [i, j] :
           {std::pair<Index, Index>(edge.i, edge.j), std::pair<Index, Index>(edge.j, edge.i)}) {
        degrees_[i] += edge.rate;
        neighbours_.push_back({i, i + n * i, i + n * j, j + n * i, j + n * j, edge.rate});
        entries.emplace_back(static_cast<int>(i), static_cast<int>(j), -edge.rate);
      }
    }
    for (Index i = 0; i < n; ++i) entries.emplace_back(static_cast<int>(i), static_cast<int>(i), degrees_[i]);
    laplacian_.setFromTriplets(entries.begin(), entries.end());
    constexpr double dense_from = 0.2;  // share of entries from which on dense products are faster
    if (static_cast<double>(entries.size()) > dense_from * static_cast<double>(n * n)) dense_ = laplacian_;
  }

  void laplacian(const double* in, double* out) const override {
    if (dense_.size() > 0)
      matrix(out).noalias() = dense_ * matrix(in);
    else
      matrix(out).noalias() = laplacian_ * matrix(in);
  }
  void transpose(const double* in, double* out) const override { matrix(out) = matrix(in).transpose(); }
  Index transposed(Index place) const override { return place / workers_ + place % workers_ * workers_; }
  Eigen::SparseMatrix<double> laplacian_matrix() const override {
    std::vector<Eigen::Triplet<double>> entries;
    for (Index j = 0; j < workers_; ++j)
      for (Index l = 0; l < workers_; ++l)
        for (Eigen::SparseMatrix<double>::InnerIterator entry(laplacian_, l); entry; ++entry)
          entries.emplace_back(static_cast<int>(entry.row() + workers_ * j),
                               static_cast<int>(l + workers_ * j), entry.value());
    Eigen::SparseMatrix<double> result(size(), size());
    result.setFromTriplets(entries.begin(), entries.end());
    return result;
  }
  void add_product(const Vector<double>& u, const Vector<double>& v, double* array) const override {
    matrix(array) += u * v.transpose();
  }

 private:
  Eigen::Map<Matrix<double>> matrix(double* array) const { return {array, workers_, workers_}; }
  Eigen::Map<const Matrix<double>> matrix(const double* array) const { return {array, workers_, workers_}; }

  Eigen::SparseMatrix<double> laplacian_;
  Matrix<double> dense_;
};

// Numbers 0 … n − 1 as digits of given radices, added digit by digit.
class DigitGroup {
 public:
  explicit DigitGroup(std::vector<Worker> radices) : radices_(std::move(radices)) {}
  std::size_t digits() const { return radices_.size(); }
  Worker add(Worker a, Worker b) const {
    Worker sum = 0, place = 1;
    for (const Worker radix : radices_) {
      sum += (a % radix + b % radix) % radix * place;
      a /= radix;
      b /= radix;
      place *= radix;
    }
    return sum;
  }
  Worker negative(Worker a) const {
    Worker result = 0, place = 1;
    for (const Worker radix : radices_) {
      result += (radix - a % radix) % radix * place;
      a /= radix;
      place *= radix;
    }
    return result;
  }
  Worker unit(std::size_t digit) const {
    Worker place = 1;
    for (std::size_t k = 0; k < digit; ++k) place *= radices_[k];
    return place;
  }

 private:
  std::vector<Worker> radices_;
};

class Differences final : public Pairs {
 public:
  struct Offset {
    Worker by;
    double rate;
  };

  // offsets: of the neighbours of worker 0.
  Differences(Worker workers, const DigitGroup& group, const std::vector<Offset>& offsets) : group_(group) {
    workers_ = workers;
    diagonal_ = {0};
    degrees_ = Vector<double>::Zero(1);
    const auto n = static_cast<std::size_t>(workers);
    negative_.resize(n);
    for (Worker k = 0; k < workers; ++k) negative_[k] = group.negative(k);
    for (const auto& [by, rate] : offsets) {
      degrees_[0] += rate;
      neighbours_.push_back({0, 0, by, negative_[by], 0, rate});
      std::vector<std::uint32_t>& shift = shifts_.emplace_back(n);
      for (Worker k = 0; k < workers; ++k) shift[k] = group.add(k, by);
    }
  }

  void laplacian(const double* in, double* out) const override {
    for (Index k = 0; k < workers_; ++k) out[k] = degrees_[0] * in[k];
    for (std::size_t s = 0; s < shifts_.size(); ++s) {
      const double rate = neighbours_[s].rate;
      const std::uint32_t* const shift = shifts_[s].data();
      for (Index k = 0; k < workers_; ++k) out[k] -= rate * in[shift[k]];
    }
  }
  void transpose(const double* in, double* out) const override {
    for (Index k = 0; k < workers_; ++k) out[k] = in[negative_[static_cast<std::size_t>(k)]];
  }
  Index transposed(Index place) const override { return negative_[static_cast<std::size_t>(place)]; }
  Eigen::SparseMatrix<double> laplacian_matrix() const override {
    std::vector<Eigen::Triplet<double>> entries;
    for (int k = 0; k < static_cast<int>(workers_); ++k) {
      entries.emplace_back(k, k, degrees_[0]);
      for (std::size_t s = 0; s < shifts_.size(); ++s)
        entries.emplace_back(k, static_cast<int>(shifts_[s][static_cast<std::size_t>(k)]),
                             -neighbours_[s].rate);
    }
    Eigen::SparseMatrix<double> result(size(), size());
    result.setFromTriplets(entries.begin(), entries.end());
    return result;
  }
  void add_product(const Vector<double>& u, const Vector<double>& v, double* array) const override {
    for (Worker i = 0; i < static_cast<Worker>(workers_); ++i) {
      const double share = u[i] / static_cast<double>(workers_);
      if (share == 0) continue;
      for (Worker k = 0; k < static_cast<Worker>(workers_); ++k) array[k] += share * v[group_.add(i, k)];
    }
  }

 private:
  DigitGroup group_;
  std::vector<std::uint32_t> negative_;
  std::vector<std::vector<std::uint32_t>> shifts_;
};

class Rates {
 public:
  explicit Rates(std::span<const Edge> edges) {
    for (const Edge& edge : edges)
      if (edge.rate != 0) rates_[pair_key(edge.i, edge.j)] += edge.rate;
  }
  double of(Worker i, Worker j) const {
    const auto found = rates_.find(pair_key(i, j));
    return found == rates_.end() ? 0 : found->second;
  }
  bool stay_under(const DigitGroup& group) const {
    for (std::size_t digit = 0; digit < group.digits(); ++digit) {
      const Worker unit = group.unit(digit);
      for (const auto& [key, rate] : rates_) {
        const auto i = static_cast<Worker>(key >> 32), j = static_cast<Worker>(key & 0xffffffff);
        if (std::abs(of(group.add(i, unit), group.add(j, unit)) - rate) > 1e-12 * rate) return false;
      }
    }
    return true;
  }

 private:
  std::unordered_map<std::uint64_t, double> rates_;
};

// One digit, two, three or four of equal radix, and as many of radix 2 as fit.
std::vector<std::vector<Worker>> radices_for(Worker n) {
  std::vector<std::vector<Worker>> all = {{n}};
  for (Worker r = 2; r <= n / 2; ++r)
    if (n % r == 0) all.push_back({r, n / r});
  for (int power = 3; power <= 4; ++power) {
    const auto root = static_cast<Worker>(std::lround(std::pow(n, 1.0 / power)));
    Worker product = 1;
    for (int k = 0; k < power; ++k) product *= root;
    if (root > 1 && product == n) all.emplace_back(static_cast<std::size_t>(power), root);
  }
  std::vector<Worker> bits;
  for (Worker rest = n; rest > 1 && rest % 2 == 0; rest /= 2) bits.push_back(2);
  if (bits.size() > 2 && (Worker{1} << bits.size()) == n) all.push_back(bits);
  return all;
}

}  // namespace

std::unique_ptr<Pairs> all_pairs(Worker workers, std::span<const Edge> edges) {
  return std::make_unique<AllPairs>(workers, edges);
}

std::unique_ptr<Pairs> pairs_by_difference(Worker workers, std::span<const Edge> edges) {
  const Rates rates(edges);
  for (const std::vector<Worker>& radices : radices_for(workers)) {
    const DigitGroup group(radices);
    if (!rates.stay_under(group)) continue;
    std::vector<Differences::Offset> offsets;
    for (Worker j = 1; j < workers; ++j)
      if (const double rate = rates.of(0, j); rate != 0) offsets.push_back({j, rate});
    return std::make_unique<Differences>(workers, group, offsets);
  }
  return nullptr;
}

}  // namespace acidsim

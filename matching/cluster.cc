#include "matching/cluster.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <unordered_map>
#include <utility>

namespace vigie::matching {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();

// Disjoint sets with a limit on their size.
class Sets {
 public:
  explicit Sets(std::size_t count) : parent_(count), size_(count, 1) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }
  std::size_t Find(std::size_t i) {
    while (parent_[i] != i) {
      parent_[i] = parent_[parent_[i]];
      i = parent_[i];
    }
    return i;
  }
  // False when the union would be larger than `size_max`.
  bool Join(std::size_t i, std::size_t j, std::size_t size_max) {
    i = Find(i);
    j = Find(j);
    if (i == j) return true;
    if (size_[i] + size_[j] > size_max) return false;
    if (j < i) std::swap(i, j);
    parent_[j] = i;
    size_[i] += size_[j];
    return true;
  }

 private:
  std::vector<std::size_t> parent_;
  std::vector<std::size_t> size_;
};

bool ByRecords(const ScoredPair& a, const ScoredPair& b) {
  return std::pair(a.left, a.right) < std::pair(b.left, b.right);
}

// One pair each, left < right, in order. Of two answers for one pair the contradicting one, then
// the lower weight stays: the choice must not depend on the order.
void Tidy(std::vector<ScoredPair>* pairs) {
  for (ScoredPair& pair : *pairs) {
    if (pair.left > pair.right) std::swap(pair.left, pair.right);
  }
  std::sort(pairs->begin(), pairs->end(), [](const ScoredPair& a, const ScoredPair& b) {
    if (a.left != b.left) return a.left < b.left;
    if (a.right != b.right) return a.right < b.right;
    if (a.contradiction != b.contradiction) return a.contradiction;
    return a.weight_bits < b.weight_bits;
  });
  const auto same = [](const ScoredPair& a, const ScoredPair& b) {
    return a.left == b.left && a.right == b.right;
  };
  pairs->erase(std::unique(pairs->begin(), pairs->end(), same), pairs->end());
  pairs->erase(std::remove_if(pairs->begin(), pairs->end(),
                              [](const ScoredPair& p) { return p.left == p.right; }),
               pairs->end());
}

bool Connects(const ScoredPair& pair, const ClusterOptions& options) {
  return !pair.contradiction && pair.weight_bits >= options.threshold_bits;
}

std::vector<std::uint32_t> RecordsOf(const std::vector<ScoredPair>& pairs,
                                     const ClusterOptions& options) {
  std::vector<std::uint32_t> records;
  for (const ScoredPair& pair : pairs) {
    if (!Connects(pair, options)) continue;
    records.push_back(pair.left);
    records.push_back(pair.right);
  }
  std::sort(records.begin(), records.end());
  records.erase(std::unique(records.begin(), records.end()), records.end());
  return records;
}

std::size_t IndexOf(const std::vector<std::uint32_t>& records, std::uint32_t record) {
  return static_cast<std::size_t>(std::lower_bound(records.begin(), records.end(), record) -
                                  records.begin());
}

bool Has(const std::vector<std::uint32_t>& records, std::uint32_t record) {
  return std::binary_search(records.begin(), records.end(), record);
}

// Joins by falling weight, so that a component over the limit falls apart at its weakest pairs.
Sets JoinByWeight(const std::vector<ScoredPair>& pairs, const std::vector<std::uint32_t>& records,
                  const ClusterOptions& options, Components* result) {
  Sets all(records.size());
  Sets limited(records.size());
  std::vector<const ScoredPair*> edges;
  for (const ScoredPair& pair : pairs) {
    if (Connects(pair, options)) edges.push_back(&pair);
  }
  std::stable_sort(edges.begin(), edges.end(), [](const ScoredPair* a, const ScoredPair* b) {
    return a->weight_bits > b->weight_bits;
  });
  for (const ScoredPair* edge : edges) {
    const std::size_t left = IndexOf(records, edge->left);
    const std::size_t right = IndexOf(records, edge->right);
    all.Join(left, right, records.size());
    limited.Join(left, right, std::max<std::size_t>(options.component_records_max, 2));
  }
  std::vector<bool> counted(records.size());
  for (const ScoredPair* edge : edges) {
    const std::size_t left = IndexOf(records, edge->left);
    if (limited.Find(left) == limited.Find(IndexOf(records, edge->right))) continue;
    ++result->cut_pairs;
    const std::size_t whole = all.Find(left);
    if (!counted[whole]) ++result->cut_components;
    counted[whole] = true;
  }
  return limited;
}

// The state of the agglomeration. Cluster i is named by its first record's position; once joined
// into another it is dead.
class Agglomeration {
 public:
  Agglomeration(std::size_t count, const ClusterOptions& options)
      : options_(options),
        count_(count),
        sum_(count * count),
        best_(count * count),
        weight_(count * count),
        barred_(count * count),
        alive_(count, true),
        partner_(count),
        linkage_(count, kNever),
        members_(count) {
    for (std::size_t i = 0; i < count; ++i) members_[i] = {i};
  }

  void Set(std::size_t i, std::size_t j, const ScoredPair& pair) {
    const double capped = std::clamp(pair.weight_bits, -options_.cap_bits, options_.cap_bits);
    for (const std::size_t at : {At(i, j), At(j, i)}) {
      sum_[at] = capped;
      best_[at] = capped;
      weight_[at] = pair.weight_bits;
      barred_[at] = pair.contradiction;
    }
  }

  void Run() {
    for (std::size_t i = 0; i < count_; ++i) FindPartner(i);
    for (;;) {
      std::size_t i = 0;
      for (std::size_t k = 1; k < count_; ++k) {
        if (linkage_[k] > linkage_[i]) i = k;
      }
      if (!(linkage_[i] >= options_.threshold_bits)) return;
      Join(i, partner_[i]);
    }
  }

  std::vector<Cluster> Clusters(const std::vector<std::uint32_t>& records) const {
    std::vector<Cluster> clusters;
    for (std::size_t i = 0; i < count_; ++i) {
      if (alive_[i] && members_[i].size() > 1) clusters.push_back(Describe(members_[i], records));
    }
    return clusters;
  }

 private:
  std::size_t At(std::size_t i, std::size_t j) const { return i * count_ + j; }

  double Linkage(std::size_t i, std::size_t j) const {
    const std::size_t at = At(i, j);
    if (barred_[at]) return kNever;
    const double average = sum_[at] / static_cast<double>(members_[i].size() * members_[j].size());
    return (average + options_.best_share * best_[at]) / (1 + options_.best_share);
  }

  // The nearest live cluster behind `i`; the first of equals.
  void FindPartner(std::size_t i) {
    linkage_[i] = kNever;
    if (!alive_[i]) return;
    for (std::size_t j = i + 1; j < count_; ++j) {
      if (alive_[j]) Offer(i, j);
    }
  }
  void Offer(std::size_t i, std::size_t j) {
    const double linkage = Linkage(i, j);
    if (linkage > linkage_[i] || (linkage == linkage_[i] && linkage > kNever && j < partner_[i])) {
      linkage_[i] = linkage;
      partner_[i] = j;
    }
  }

  // `j` into `i`, i < j.
  void Join(std::size_t i, std::size_t j) {
    alive_[j] = false;
    linkage_[j] = kNever;
    for (std::size_t k = 0; k < count_; ++k) {
      if (!alive_[k] || k == i) continue;
      for (const auto& [to, from] :
           {std::pair(At(i, k), At(j, k)), std::pair(At(k, i), At(k, j))}) {
        sum_[to] += sum_[from];
        best_[to] = std::max(best_[to], best_[from]);
        barred_[to] = barred_[to] || barred_[from];
      }
    }
    members_[i].insert(members_[i].end(), members_[j].begin(), members_[j].end());
    members_[j].clear();
    for (std::size_t k = 0; k < j; ++k) {
      if (!alive_[k] || k == i) continue;
      const bool lost = linkage_[k] > kNever && (partner_[k] == i || partner_[k] == j);
      if (lost) {
        FindPartner(k);
      } else if (k < i) {
        Offer(k, i);
      }
    }
    FindPartner(i);
  }

  Cluster Describe(std::vector<std::size_t> members,
                   const std::vector<std::uint32_t>& records) const {
    std::sort(members.begin(), members.end());
    Cluster cluster;
    cluster.weakest_bits = std::numeric_limits<double>::infinity();
    std::size_t pairs = 0;
    std::size_t linked = 0;
    for (std::size_t a = 0; a < members.size(); ++a) {
      cluster.records.push_back(records[members[a]]);
      for (std::size_t b = a + 1; b < members.size(); ++b) {
        const double weight = weight_[At(members[a], members[b])];
        cluster.weakest_bits = std::min(cluster.weakest_bits, weight);
        ++pairs;
        if (weight >= options_.threshold_bits) ++linked;
      }
    }
    cluster.density = static_cast<double>(linked) / static_cast<double>(pairs);
    cluster.large = members.size() >= options_.large_cluster_records;
    cluster.thin = cluster.density < options_.thin_density_max;
    return cluster;
  }

  const ClusterOptions& options_;
  std::size_t count_;
  std::vector<double> sum_, best_;  // capped, between clusters
  std::vector<double> weight_;      // as scored, between records
  std::vector<char> barred_;
  std::vector<char> alive_;
  std::vector<std::size_t> partner_;
  std::vector<double> linkage_;
  std::vector<std::vector<std::size_t>> members_;
};

}  // namespace

Components SplitComponents(std::vector<ScoredPair> pairs, const ClusterOptions& options) {
  Components result;
  Tidy(&pairs);
  const std::vector<std::uint32_t> records = RecordsOf(pairs, options);
  Sets sets = JoinByWeight(pairs, records, options, &result);
  std::unordered_map<std::size_t, std::size_t> component_of;  // by root
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto [entry, first] = component_of.emplace(sets.Find(i), result.components.size());
    if (first) result.components.emplace_back();
    result.components[entry->second].records.push_back(records[i]);
  }
  for (const ScoredPair& pair : pairs) {
    if (!Has(records, pair.left) || !Has(records, pair.right)) continue;
    const std::size_t root = sets.Find(IndexOf(records, pair.left));
    if (root != sets.Find(IndexOf(records, pair.right))) continue;
    result.components[component_of.at(root)].pairs.push_back(pair);
  }
  // A record all of whose pairs were cut is a component of one.
  auto& list = result.components;
  list.erase(std::remove_if(list.begin(), list.end(),
                            [](const Component& c) { return c.records.size() < 2; }),
             list.end());
  return result;
}

std::vector<Cluster> ClusterComponent(const Component& component, const PairScorer& score,
                                      const ClusterOptions& options) {
  const std::size_t count = component.records.size();
  if (count < 2) return {};
  Agglomeration agglomeration(count, options);
  auto known = component.pairs.begin();
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = i + 1; j < count; ++j) {
      ScoredPair wanted{component.records[i], component.records[j], 0, false};
      while (known != component.pairs.end() && ByRecords(*known, wanted)) ++known;
      const bool found = known != component.pairs.end() && !ByRecords(wanted, *known);
      agglomeration.Set(i, j, found ? *known : score(wanted.left, wanted.right));
    }
  }
  agglomeration.Run();
  return agglomeration.Clusters(component.records);
}

}  // namespace vigie::matching

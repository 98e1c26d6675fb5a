// From scored pairs to clusters: which records are one person.
//
// Connected components are not enough: one wrong pair joins two people, and on noisy data a chain
// of near pairs joins thousands. Here two clusters are joined only when the average weight of ALL
// pairs between them, each capped, with a share of their best pair, is above the threshold
// (agglomerative average linkage); and never when a contradiction stands between any two members.
//
// Pure. The same pairs in any order give the same clusters; ties go to the smaller record numbers.
// Components are independent of each other, so a caller may give them to several threads.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace vigie::matching {

// A scored pair. Records are numbered from 0 by the caller.
struct ScoredPair {
  std::uint32_t left = 0;
  std::uint32_t right = 0;
  double weight_bits = 0;
  bool contradiction = false;  // a veto holds: never in one cluster
  bool operator==(const ScoredPair&) const = default;
};

struct ClusterOptions {
  double threshold_bits = 0;  // join when the linkage is at least this; 0: more likely than not
  // One pair counts for this much at most, either way (10 nats): a single weight of +60 shall not
  // outvote four records that say no.
  double cap_bits = 14.4;
  double best_share = 0.2;  // linkage = (average + best_share * best) / (1 + best_share)
  // A component of more is cut at its weakest pairs first, since its pairs are all scored.
  std::size_t component_records_max = 1000;
  std::size_t large_cluster_records = 8;  // from here a cluster carries the alarm `large`
  double thin_density_max = 0.5;          // below, the alarm `thin`
};

// Records that pairs at or above the threshold connect, directly or not; at least two.
struct Component {
  std::vector<std::uint32_t> records;  // ascending
  std::vector<ScoredPair> pairs;       // known pairs between them, by (left, right)
};

struct Components {
  std::vector<Component> components;  // by their first record
  std::uint64_t cut_components = 0;   // components that were over the limit
  std::uint64_t cut_pairs = 0;        // pairs above the threshold that are in no component
};

struct Cluster {
  std::vector<std::uint32_t> records;  // ascending, at least two
  double density = 1;                  // share of its pairs that are at or above the threshold
  double weakest_bits = 0;             // least weight between two members, not capped
  bool large = false;
  bool thin = false;
  bool operator==(const Cluster&) const = default;
};

// Pairs need no order; left and right may be exchanged; of a pair that is given twice one counts.
Components SplitComponents(std::vector<ScoredPair> pairs, const ClusterOptions& options);

// Scores a pair that was no candidate; left < right.
using PairScorer = std::function<ScoredPair(std::uint32_t left, std::uint32_t right)>;

// Clusters of two and more, by their first record; who is in none stands alone. Calls `score` once
// for each pair of records that `component.pairs` does not have.
std::vector<Cluster> ClusterComponent(const Component& component, const PairScorer& score,
                                      const ClusterOptions& options);

}  // namespace vigie::matching

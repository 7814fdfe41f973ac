#include "segmentation/connection_list.h"

#include <algorithm>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "segmentation/connection_rows.h"

namespace panvault::segmentation {
namespace {

// Bytes that are collected before they are written.
constexpr size_t kBlockBytes = size_t{1} << 16;

void AppendLine(absl::string_view word, absl::string_view source,
                absl::string_view destination, absl::string_view connections,
                std::string& text) {
  absl::StrAppend(&text, word, source, " => ", destination, " : ");
  absl::StrAppend(&text, connections, "\n");
}

// What `more` has and `less` has not; both are sorted.
void AppendDifference(absl::string_view word, absl::string_view source,
                      const ConnectionRow& more, const ConnectionRow& less,
                      std::string& text) {
  auto other = less.begin();
  for (const RowEntry& one : more) {
    while (other != less.end() && *other->destination < *one.destination) {
      ++other;
    }
    const bool is_in_both =
        other != less.end() && *other->destination == *one.destination;
    const ConnectionSet rest =
        is_in_both ? one.connections->Subtract(*other->connections)
                   : *one.connections;
    if (rest.empty()) continue;
    AppendLine(word, source, *one.destination, ToText(rest), text);
  }
}

// The row of `source`, if it is the next of `rows`; and steps over it.
ConnectionRow TakeRow(ConnectionRows& rows, const std::string& source,
                      size_t& next) {
  if (next == rows.size() || rows.NameOf(next) != source) return {};
  return rows.RowOf(next++);
}

void AppendHostNetwork(absl::string_view word, absl::string_view rest,
                       const std::vector<std::string>& more,
                       const std::vector<std::string>& less,
                       std::string& text) {
  for (const std::string& name : more) {
    if (std::binary_search(less.begin(), less.end(), name)) continue;
    absl::StrAppend(&text, word, "host network of ", name, rest, "\n");
  }
}

}  // namespace

std::vector<std::string> OnHostNetwork(const Cluster& cluster,
                                       const ListOptions& options) {
  if (options.host_network_as_pods) return {};
  std::set<std::string> names;
  for (const Workload& pod : cluster.workloads) {
    if (pod.host_network && !pod.is_finished) names.insert(ListedName(pod));
  }
  return {names.begin(), names.end()};
}

void WriteConnections(const Cluster& cluster, const ListOptions& options,
                      std::ostream& out) {
  ConnectionRows rows(cluster, {&cluster}, options.host_network_as_pods);
  std::string text;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (options.watch) options.watch(i, rows.size());
    for (const RowEntry& one : rows.RowOf(i)) {
      AppendLine("", rows.NameOf(i), *one.destination, *one.text, text);
    }
    if (text.size() < kBlockBytes) continue;
    out << text;
    text.clear();
  }
  out << text;
}

std::string ListConnections(const Cluster& cluster,
                            const ListOptions& options) {
  std::ostringstream out;
  WriteConnections(cluster, options, out);
  return std::move(out).str();
}

std::string DiffConnections(const Cluster& before, const Cluster& after,
                            const ListOptions& options) {
  const std::vector<const Cluster*> both = {&before, &after};
  ConnectionRows old_rows(before, both, options.host_network_as_pods);
  ConnectionRows new_rows(after, both, options.host_network_as_pods);
  std::string opened;
  std::string closed;
  size_t i = 0;
  size_t j = 0;
  while (i < old_rows.size() || j < new_rows.size()) {
    if (options.watch) {
      options.watch(i + j, old_rows.size() + new_rows.size());
    }
    const bool old_is_next =
        j == new_rows.size() ||
        (i < old_rows.size() && old_rows.NameOf(i) <= new_rows.NameOf(j));
    const std::string source =
        old_is_next ? old_rows.NameOf(i) : new_rows.NameOf(j);
    const ConnectionRow old_row = TakeRow(old_rows, source, i);
    const ConnectionRow new_row = TakeRow(new_rows, source, j);
    AppendDifference("opened ", source, new_row, old_row, opened);
    AppendDifference("closed ", source, old_row, new_row, closed);
  }
  const std::vector<std::string> old_hosts = OnHostNetwork(before, options);
  const std::vector<std::string> new_hosts = OnHostNetwork(after, options);
  AppendHostNetwork("opened ", ": no policy applies to it", new_hosts,
                    old_hosts, opened);
  AppendHostNetwork("closed ", "", old_hosts, new_hosts, closed);
  return opened + closed;
}

}  // namespace panvault::segmentation

// A report with one of everything, and with text that markup would trip over.

#ifndef PANVAULT_TESTS_SEGMENTATION_SAMPLE_REPORT_H_
#define PANVAULT_TESTS_SEGMENTATION_SAMPLE_REPORT_H_

#include "segmentation/report.h"

namespace panvault::segmentation {

inline constexpr char kNasty[] = "<b>&\"'|\x1b[31m";

inline Report SampleReport() {
  Report report;
  report.verdict = Verdict::kFail;
  Finding leak;
  leak.rule = "leak-ingress";
  leak.subject = "Deployment vault/server";
  leak.message = "admits everybody";
  leak.example = "pod {} in namespace dev reaches it";
  leak.source = {"rendered.yaml", 3, 40};
  report.findings.push_back(leak);
  Finding unknown;
  unknown.severity = Severity::kUnknown;
  unknown.rule = "foreign-policy";
  unknown.subject = kNasty;
  unknown.message = "is not modelled";
  report.findings.push_back(unknown);
  Finding warning;
  warning.severity = Severity::kWarning;
  warning.rule = "review-overdue";
  warning.subject = "flow shop";
  warning.message = "its review was due";
  report.findings.push_back(warning);
  FlowRow shop;
  shop.name = "shop";
  shop.from = "pods of shop";
  shop.to = "the server";
  shop.ports = "TCP 8443";
  shop.identity = "spiffe://pay.example/ns/shop/sa/api";
  shop.justification = kNasty;
  shop.owner = "team";
  shop.approved_by = "board";
  shop.review_by = "2027-01-31";
  shop.pci = {"1.2.5", "1.3.1"};
  report.flows.push_back(shop);
  FlowRow database;
  database.side = FlowRow::Side::kOutOf;
  database.name = "db";
  database.from = "server";
  database.to = "10.0.0.1/32";
  database.ports = "TCP 5432";
  database.is_blocked = true;
  report.flows.push_back(database);
  FlowRow test;
  test.side = FlowRow::Side::kWithin;
  test.name = "test";
  test.from = "test";
  test.to = "server";
  test.ports = "TCP 8443";
  report.flows.push_back(test);
  report.checked = {"Deployment vault/server"};
  report.not_checked = {"ICMP"};
  report.inputs = {{"rendered.yaml", "abc123"}};
  report.tool_version = "1.2.3";
  report.command = "panvault-segcheck verify";
  report.made_at = "2026-12-01T00:00:00Z";
  return report;
}

}  // namespace panvault::segmentation

#endif  // PANVAULT_TESTS_SEGMENTATION_SAMPLE_REPORT_H_

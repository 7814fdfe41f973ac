// A drawing of the declared flows: who calls on the left, the release in the
// middle, what it calls on the right (PCI DSS 1.2.3, 1.2.4).

#ifndef PANVAULT_SEGMENTATION_FLOW_DRAWING_H_
#define PANVAULT_SEGMENTATION_FLOW_DRAWING_H_

#include <string>
#include <vector>

#include "segmentation/report.h"

namespace panvault::segmentation {

// An <svg> element for a page of HTML; its classes are those of report_html.cc.
// Long names are cut; the table beside it has them whole. Thread-safe.
std::string DrawFlows(const std::vector<FlowRow>& flows);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_FLOW_DRAWING_H_

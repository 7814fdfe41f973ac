// Reads what is said about a flow: why, whose, by whose leave, until when.

#ifndef PANVAULT_SEGMENTATION_FLOW_WORDS_H_
#define PANVAULT_SEGMENTATION_FLOW_WORDS_H_

#include "absl/strings/string_view.h"
#include "segmentation/fields.h"
#include "segmentation/flow_matrix.h"

namespace panvault::segmentation {

// justification, owner and approved_by are needed, review_by if asked for; pci
// holds requirements ("1.2.5"). What is wrong is reported. Thread-safe, as
// below.
FlowWords ReadFlowWords(Fields& fields, bool is_review_needed);

// A day that exists, YYYY-MM-DD.
bool IsDay(absl::string_view text);

// "1.2.5", "A1.1.4": a requirement of PCI DSS by its form.
bool IsRequirement(absl::string_view text);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_FLOW_WORDS_H_

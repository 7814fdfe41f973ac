// Reads label selectors (LabelSelector of meta/v1) and labels.

#ifndef PANVAULT_SEGMENTATION_READ_SELECTOR_H_
#define PANVAULT_SEGMENTATION_READ_SELECTOR_H_

#include "absl/strings/string_view.h"
#include "segmentation/fields.h"
#include "segmentation/model.h"

namespace panvault::segmentation {

// matchLabels and matchExpressions, all of which hold. What is wrong is
// reported; the result then matches at least what is left. Thread-safe, as
// below.
Selector ReadSelector(Fields fields);

// A name with an optional DNS prefix, as label keys are.
bool IsLabelKey(absl::string_view key);

// At most 63 of letters, digits and "-_.", beginning and ending with one of the
// first two; or nothing.
bool IsLabelValue(absl::string_view value);

// At most 63 of a-z, 0-9 and "-", beginning and ending with one of the first
// two.
bool IsDnsLabel(absl::string_view name);

// The field `key` as labels; what is no label is reported.
Labels ReadLabels(Fields& fields, absl::string_view key);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_READ_SELECTOR_H_

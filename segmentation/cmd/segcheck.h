// panvault-segcheck without its main: everything that tests can reach.

#ifndef PANVAULT_SEGMENTATION_CMD_SEGCHECK_H_
#define PANVAULT_SEGMENTATION_CMD_SEGCHECK_H_

#include <ostream>
#include <string>
#include <vector>

namespace panvault::segmentation {

// `args` are without the program's name. Returns the exit code: 0 PASS, 1 FAIL,
// 2 UNKNOWN or an error. Reads standard input for the manifests "-".
int RunSegcheck(const std::vector<std::string>& args, std::ostream& out,
                std::ostream& err);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_CMD_SEGCHECK_H_

#include <iostream>
#include <string>
#include <vector>

#include "segmentation/cmd/segcheck.h"

int main(int argc, char** argv) {
  return panvault::segmentation::RunSegcheck(
      std::vector<std::string>(argv + 1, argv + argc), std::cout, std::cerr);
}

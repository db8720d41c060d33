// The test doubles of this program.
#include "tests/support/fake_files.cpp"  // NOLINT(bugprone-suspicious-include)

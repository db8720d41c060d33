// The in-memory files, built into this program.
#include "tests/support/fake_files.cpp"

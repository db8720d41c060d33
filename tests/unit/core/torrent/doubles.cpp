// Brings the double of io::Files into this test program, which is made of the files of its folder.
#include "tests/support/fake_files.cpp"  // NOLINT(bugprone-suspicious-include)

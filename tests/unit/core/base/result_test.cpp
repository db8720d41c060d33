#include "core/base/result.h"

#include <cerrno>
#include <memory>
#include <set>

#include "tests/support/catch.h"

namespace seed {
namespace {

Result<int> half(int value) {
  if (value % 2 != 0) return fail(FaultCode::malformed, "odd");
  return value / 2;
}

Result<int> quarter(int value) {
  SEED_TRY(auto once, half(value));
  SEED_TRY(const int twice, half(once));
  return twice;
}

Result<void> check_even(int value) {
  SEED_TRY_VOID(half(value));
  return {};
}

Result<std::unique_ptr<int>> boxed(int value) {
  SEED_TRY(auto box, Result<std::unique_ptr<int>>(std::make_unique<int>(value)));
  return box;
}

TEST_CASE("SEED_TRY gives the value or returns the fault") {
  CHECK(quarter(8) == 2);
  CHECK(quarter(6).error() == Fault{FaultCode::malformed, 0, "odd"});
  CHECK(check_even(2));
  CHECK(check_even(3).error().code == FaultCode::malformed);
  CHECK(**boxed(5) == 5);
}

TEST_CASE("an errno becomes a kind of fault and a text") {
  const auto fault = fault_from_errno(ENOSPC, "cannot write /srv/a");
  CHECK(fault.code == FaultCode::disk_full);
  CHECK(fault.system_error == ENOSPC);
  CHECK(fault.text == "cannot write /srv/a: No space left on device");
  const std::pair<int, FaultCode> rows[] = {
      {EDQUOT, FaultCode::disk_full},
      {EACCES, FaultCode::permission},
      {EPERM, FaultCode::permission},
      {EROFS, FaultCode::permission},
      {ENOENT, FaultCode::not_found},
      {ENOTDIR, FaultCode::not_found},
      {EEXIST, FaultCode::exists},
      {EMFILE, FaultCode::out_of_resources},
      {ENFILE, FaultCode::out_of_resources},
      {ENOMEM, FaultCode::out_of_resources},
      {ECONNREFUSED, FaultCode::refused},
      {ECONNRESET, FaultCode::closed},
      {EPIPE, FaultCode::closed},
      {ETIMEDOUT, FaultCode::timed_out},
      {EHOSTUNREACH, FaultCode::unreachable},
      {ENETUNREACH, FaultCode::unreachable},
      {EADDRNOTAVAIL, FaultCode::unreachable},
      {EADDRINUSE, FaultCode::exists},
      {EIO, FaultCode::io},
      {12345, FaultCode::io},
  };
  for (const auto& [error, code] : rows) {
    CAPTURE(error);
    CHECK(fault_from_errno(error, "x").code == code);
  }
}

TEST_CASE("every code has a name of its own") {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(FaultCode::out_of_resources); ++code)
    names.insert(name_of(static_cast<FaultCode>(code)));
  CHECK(names.size() == static_cast<std::size_t>(FaultCode::out_of_resources) + 1);
  CHECK_FALSE(names.contains("unknown"));
  CHECK(name_of(FaultCode::disk_full) == "disk_full");
}

}  // namespace
}  // namespace seed

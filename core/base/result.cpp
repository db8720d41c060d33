#include "core/base/result.h"

#include <array>
#include <cerrno>
#include <cstring>

namespace seed {
namespace {

FaultCode code_of(int system_error) {
  switch (system_error) {
    case ENOSPC:
    case EDQUOT:
      return FaultCode::disk_full;
    case EACCES:
    case EPERM:
    case EROFS:
      return FaultCode::permission;
    case ENOENT:
    case ENOTDIR:
      return FaultCode::not_found;
    case EEXIST:
    case EADDRINUSE:
      return FaultCode::exists;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return FaultCode::out_of_resources;
    case ECONNREFUSED:
      return FaultCode::refused;
    case ECONNRESET:
    case EPIPE:
      return FaultCode::closed;
    case ETIMEDOUT:
      return FaultCode::timed_out;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EADDRNOTAVAIL:
      return FaultCode::unreachable;
    default:
      return FaultCode::io;
  }
}

}  // namespace

std::string_view name_of(FaultCode code) {
  switch (code) {
    case FaultCode::malformed:
      return "malformed";
    case FaultCode::too_large:
      return "too_large";
    case FaultCode::unsupported:
      return "unsupported";
    case FaultCode::not_found:
      return "not_found";
    case FaultCode::exists:
      return "exists";
    case FaultCode::permission:
      return "permission";
    case FaultCode::disk_full:
      return "disk_full";
    case FaultCode::root_missing:
      return "root_missing";
    case FaultCode::io:
      return "io";
    case FaultCode::timed_out:
      return "timed_out";
    case FaultCode::refused:
      return "refused";
    case FaultCode::unreachable:
      return "unreachable";
    case FaultCode::closed:
      return "closed";
    case FaultCode::cut_off:
      return "cut_off";
    case FaultCode::cancelled:
      return "cancelled";
    case FaultCode::busy:
      return "busy";
    case FaultCode::doublet:
      return "doublet";
    case FaultCode::out_of_resources:
      return "out_of_resources";
  }
  return "unknown";
}

Fault fault_from_errno(int system_error, std::string_view doing) {
  std::array<char, 256> buffer{};
  const char* why = ::strerror_r(system_error, buffer.data(), buffer.size());
  std::string text(doing);
  text += ": ";
  text += why;
  return {code_of(system_error), system_error, std::move(text)};
}

}  // namespace seed

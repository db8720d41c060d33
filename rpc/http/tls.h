// Tls: HTTPS by the certificate and the key of two files (OpenSSL; TLS 1.2 and 1.3). Whoever speaks
// plain HTTP to it is told so.
//
// load() may be called again: connections that are there go on with what they began with.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "core/base/result.h"
#include "rpc/http/transport.h"

struct ssl_ctx_st;

namespace seed::rpc {

class Tls {
 public:
  struct Files {
    std::string certificate;  ///< PEM, with those that vouch for it after it
    std::string key;          ///< PEM, without a password
  };

  Tls() = default;
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;

  /// Reads the files; new connections use them from now on. When they are no good all is as before,
  /// and the fault says which and why. From any thread.
  Result<void> load(const Files& files);
  /// For a connected socket, which outlives it. load() has succeeded. From any thread. Throws
  /// std::bad_alloc.
  std::unique_ptr<Transport> transport(int socket) const;

 private:
  struct FreeContext {
    void operator()(ssl_ctx_st* context) const;
  };
  using Context = std::unique_ptr<ssl_ctx_st, FreeContext>;

  mutable std::mutex mutex_;  ///< guards what follows
  Context context_;           ///< connections keep theirs by themselves
};

}  // namespace seed::rpc

// LINK: seed::rpc
// Any text as Authorization, Host, peer address and list of patterns: never more than a refusal,
// and a login that was read is written back to the same.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/base/bytes.h"
#include "rpc/access.h"

using namespace seed;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto login = rpc::parse_basic(text)) {
    const std::string plain = login->username + ":" + login->password;
    const auto again = rpc::parse_basic("Basic " + to_base64(as_bytes(plain)));
    if (!again || again->username != login->username || again->password != login->password)
      std::abort();
  }
  config::Settings settings;
  settings.rpc_authentication_required = true;
  settings.rpc_username = "name";
  settings.rpc_password = "password";
  if (rpc::Access(settings).judge_login(text) == rpc::LoginVerdict::good &&
      rpc::parse_basic(text)->password != settings.rpc_password)
    std::abort();
  settings.rpc_authentication_required = false;
  settings.rpc_host_whitelist = text.substr(0, text.find('\n'));
  settings.rpc_whitelist = settings.rpc_host_whitelist;
  const rpc::Access open(settings);
  open.allows_host(text, "127.0.0.1");
  open.allows_peer(text);
  return 0;
}

// hash_password: `seedd --hash-password`, which makes of a password what rpc_password may hold
// instead of it.
#pragma once

namespace seed::daemon {

/// Reads one line of the standard input, unseen when that is a terminal, and prints its hash
/// (config/password.h). The exit status: 2 when there is no password in it.
int hash_password();

}  // namespace seed::daemon

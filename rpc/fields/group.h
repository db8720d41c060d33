// The keys of a bandwidth group in group_get (rpc-contract, section 6.8): its name and its options,
// which come from config/group_options.def.
#pragma once

#include <span>

#include "rpc/fields/field.h"

namespace seed::rpc {

std::span<const Field<session::GroupSnapshot>> group_fields();

}  // namespace seed::rpc

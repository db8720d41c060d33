// krpc::parse: a datagram to a Message (BEP 5, "KRPC Protocol"; krpc_message.h).
//
// As forgiving as the field is: keys that are not known or of the wrong kind are as if they were
// not there, dictionaries may be unsorted, something may follow the message. What has no
// transaction id cannot be answered and is malformed; a query that has one and yet cannot be
// understood is Refused, with the error that says why.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/dht/krpc_message.h"

namespace seed::dht::krpc {

/// A cheap test by the first octet: could this datagram be one of the DHT? uTP (BEP 29) and UDP
/// trackers (BEP 15) begin otherwise.
bool owns_datagram(Bytes datagram);

/// Contacts and values that nothing can be sent to are left out. Fault: malformed.
Result<Message> parse(Bytes datagram);

}  // namespace seed::dht::krpc

#include "core/dht/node_contact.h"

#include "core/base/stand_in.h"

namespace seed::dht {

bool can_be_sent_to(const Endpoint& endpoint) {
  return endpoint.port != 0 && !endpoint.address.is_unspecified() &&
         !endpoint.address.is_multicast();
}

void append_compact(Buffer& out, const NodeContact& contact) {
  out.insert(out.end(), contact.id.octets.begin(), contact.id.octets.end());
  seed::append_compact(out, contact.endpoint);
}

Buffer encode_contacts(std::span<const NodeContact> contacts, Family family) {
  Buffer out;
  out.reserve(contacts.size() * contact_bytes(family));
  for (const auto& contact : contacts)
    if (family_of(contact.endpoint.address) == family) append_compact(out, contact);
  return out;
}

std::optional<NodeContact> contact_from_compact(Bytes octets) {
  if (octets.size() != contact_bytes(Family::v4) && octets.size() != contact_bytes(Family::v6))
    return std::nullopt;
  const auto id = NodeId::from(octets.first(NodeId::size));
  const auto endpoint = from_compact(octets.subspan(NodeId::size));
  if (!id || !endpoint) return std::nullopt;
  return NodeContact{*id, *endpoint};
}

std::vector<NodeContact> parse_contacts(Bytes list, Family family, std::size_t count_max) {
  std::vector<NodeContact> out;
  const std::size_t stride = contact_bytes(family);
  for (; list.size() >= stride && out.size() < count_max; list = list.subspan(stride)) {
    const auto contact = contact_from_compact(list.first(stride));
    if (contact && family_of(contact->endpoint.address) == family &&
        can_be_sent_to(contact->endpoint) && !stands_for_name(contact->endpoint.address))
      out.push_back(*contact);
  }
  return out;
}

}  // namespace seed::dht

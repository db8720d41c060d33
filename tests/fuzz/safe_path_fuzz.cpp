// LINK: seed::base
// Whatever a torrent says becomes one component, and no relative path leaves the root.
#include "core/base/check.h"
#include "core/base/safe_path.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const seed::Bytes input(data, size);
  const auto root = seed::SafePath::root("/srv").value();
  const auto name = seed::sanitize_component(input);
  SEED_CHECK(seed::is_utf8(name) && root.child(name));
  SEED_CHECK(seed::sanitize_component(seed::as_bytes(name)) == name);
  SEED_CHECK(root.child(name)->with_suffix(".part").name().size() <= seed::component_bytes_max);
  if (const auto path = root.descend(seed::as_text(input))) {
    const std::string around = "/" + path->relative() + "/";
    SEED_CHECK(around.find("/../") == around.npos && around.find("/./") == around.npos);
    SEED_CHECK(around.find("//") == around.npos && around.find('\0') == around.npos);
    SEED_CHECK(path->full().size() <= seed::path_bytes_max);
    SEED_CHECK(path->parent().child(path->name()) == path);
  }
  if (const auto other = seed::SafePath::root(seed::as_text(input)))
    SEED_CHECK(seed::SafePath::root(other->full()) == other);
  return 0;
}

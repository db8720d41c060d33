// site_name: the word by which users know a tracker: "example" for tracker.example.co.uk.
#pragma once

#include <string>
#include <string_view>

namespace seed::tracker {

/// The label in front of the public suffix, by a short list of second-level suffixes (the whole
/// list of the web's changes weekly; a wrong guess costs a label in a table). An IP address stays
/// whole.
std::string site_name(std::string_view host);

}  // namespace seed::tracker

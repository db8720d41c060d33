// Commands: the rows of the table; each is defined, with the function that runs it, in the file of
// its name (the orders without answers of their own in control.cpp, blocklist and port-test in
// checks.cpp, group in limits.cpp).
#pragma once

#include "ctl/command.h"

namespace seed::ctl {

extern const Command add_command;
extern const Command blocklist_command;
extern const Command completion_command;
extern const Command create_command;
extern const Command dht_command;
extern const Command events_command;
extern const Command files_command;
extern const Command free_space_command;
extern const Command group_command;
extern const Command health_command;
extern const Command help_command;
extern const Command hosts_command;
extern const Command info_command;
extern const Command label_command;
extern const Command limits_command;
extern const Command list_command;
extern const Command move_command;
extern const Command peers_command;
extern const Command pieces_command;
extern const Command port_test_command;
extern const Command queue_command;
extern const Command raw_command;
extern const Command reannounce_command;
extern const Command remove_command;
extern const Command rename_command;
extern const Command session_command;
extern const Command set_command;
extern const Command settings_command;
extern const Command shutdown_command;
extern const Command start_command;
extern const Command stats_command;
extern const Command stop_command;
extern const Command token_command;
extern const Command top_command;
extern const Command trackers_command;
extern const Command verify_command;
extern const Command watch_command;
extern const Command why_command;

}  // namespace seed::ctl

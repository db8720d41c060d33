#include "core/tracker/site_name.h"

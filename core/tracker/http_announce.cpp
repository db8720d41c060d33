#include "core/tracker/http_announce.h"

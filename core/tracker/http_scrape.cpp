#include "core/tracker/http_scrape.h"

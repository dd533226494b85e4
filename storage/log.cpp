#include "storage/log.hpp"

#include <spdlog/spdlog.h>

namespace ndisk::storage {

void log_debug(std::string_view line) { spdlog::debug("storage: {}", line); }
void log_warning(std::string_view line) { spdlog::warn("storage: {}", line); }

}  // namespace ndisk::storage

#include "storage/log.hpp"

#include <spdlog/spdlog.h>

namespace ndisk::storage {

void log_info(std::string_view line) { spdlog::info("storage: {}", line); }
void log_warning(std::string_view line) { spdlog::warn("storage: {}", line); }

}  // namespace ndisk::storage

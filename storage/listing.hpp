// Pages of a folder's entries, plain or with all below it. Memory is that of one page and one path.
#pragma once

#include "storage/table_users.hpp"

namespace ndisk::storage {

// Errors as those of Drive::list.
[[nodiscard]] Result<ListPage> list_page(Database& database, const UserRow& user, const ListRequest& request);

}  // namespace ndisk::storage

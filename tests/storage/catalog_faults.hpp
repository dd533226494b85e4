// What must never be found in a catalog, at any moment, as questions to SQLite.
#pragma once

namespace ndisk::storage {

struct CatalogFault {
  const char* what;  // how it should be
  const char* sql;   // counts what is wrong
};

inline constexpr CatalogFault kCatalogFaults[] = {
    {"an object's references are the versions that refer to it",
     "SELECT count(*) FROM objects WHERE refs <> (SELECT count(*) FROM versions WHERE object = objects.id)"},
    {"every version has an object", "SELECT count(*) FROM versions WHERE object NOT IN (SELECT id FROM objects)"},
    {"every version has a node", "SELECT count(*) FROM versions WHERE node NOT IN (SELECT id FROM nodes)"},
    {"every file has its current version, the newest of its versions, unless it is doomed",
     "WITH RECURSIVE kept (id) AS (SELECT root FROM users UNION ALL SELECT trash FROM users UNION ALL "
     "SELECT nodes.id FROM nodes JOIN kept ON nodes.parent = kept.id) "
     "SELECT count(*) FROM nodes WHERE kind <> 2 AND id IN kept AND NOT EXISTS "
     "(SELECT 1 FROM versions WHERE versions.id = nodes.version AND node = nodes.id AND versions.id = "
     "(SELECT max(id) FROM versions WHERE node = nodes.id))"},
    {"every node stands somewhere",
     "SELECT count(*) FROM nodes WHERE parent <> 0 AND parent NOT IN (SELECT id FROM nodes) AND parent NOT IN "
     "(SELECT root FROM users UNION SELECT trash FROM users)"},
    {"every item of the trash has a node there",
     "SELECT count(*) FROM trash JOIN users ON users.id = trash.user WHERE NOT EXISTS "
     "(SELECT 1 FROM nodes WHERE nodes.id = trash.node AND parent = users.trash)"},
    {"every node there is an item",
     "SELECT count(*) FROM nodes WHERE parent IN (SELECT trash FROM users) AND id NOT IN (SELECT node FROM trash)"},
    {"a user's space is the sizes of the objects added",
     "SELECT count(*) FROM users WHERE stored <> (SELECT ifnull(sum(size), 0) FROM objects WHERE user = users.id)"},
    {"a user's files are those of the root folder",
     "SELECT count(*) FROM users JOIN folders ON folders.id = root "
     "WHERE users.files <> folders.files OR users.bytes <> folders.bytes"},
    {"totals are those of what is below",
     "WITH RECURSIVE below (folder, files, folders, bytes) AS ("
     "SELECT parent, kind <> 2, kind = 2, iif(kind = 2, 0, size) FROM nodes WHERE parent <> 0 UNION ALL "
     "SELECT nodes.parent, below.files, below.folders, below.bytes FROM below JOIN nodes ON nodes.id = "
     "below.folder), "
     "added (folder, files, folders, bytes) AS "
     "(SELECT folder, sum(files), sum(folders), sum(bytes) FROM below GROUP BY folder), "
     "kept (id) AS (SELECT root FROM users UNION ALL SELECT trash FROM users UNION ALL "
     "SELECT nodes.id FROM nodes JOIN kept ON nodes.parent = kept.id) "
     "SELECT count(*) FROM folders LEFT JOIN added ON added.folder = folders.id WHERE folders.id IN kept AND "
     "(folders.files <> ifnull(added.files, 0) OR folders.folders <> ifnull(added.folders, 0) OR "
     "folders.bytes <> ifnull(added.bytes, 0))"},
    {"every folder has totals",
     "SELECT count(*) FROM nodes WHERE kind = 2 AND id NOT IN (SELECT id FROM folders) "
     "AND id NOT IN (SELECT trash FROM users)"},
    {"only folders have totals",
     "SELECT count(*) FROM folders WHERE id NOT IN (SELECT id FROM nodes WHERE kind = 2) "
     "AND id NOT IN (SELECT root FROM users)"},
    {"uploads, devices and invites are a user's",
     "SELECT count(*) FROM (SELECT user FROM uploads UNION ALL SELECT user FROM devices UNION ALL "
     "SELECT user FROM invites) WHERE user NOT IN (SELECT id FROM users)"},
    {"an upload's device is there", "SELECT count(*) FROM uploads WHERE device NOT IN (SELECT id FROM devices)"},
    {"only files that are there wait for pruning",
     "SELECT count(*) FROM replaced WHERE node NOT IN (SELECT id FROM nodes)"},
};

}  // namespace ndisk::storage

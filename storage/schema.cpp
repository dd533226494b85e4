#include "storage/schema.hpp"

namespace ndisk::storage {
namespace {

constexpr char kFirstSchema[] = R"sql(
CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO counters (name, value) VALUES ('node', 1), ('object', 1), ('tree', 0);

CREATE TABLE users (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  root INTEGER NOT NULL,
  trash INTEGER NOT NULL,
  change INTEGER NOT NULL DEFAULT 0,
  files INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,
  stored INTEGER NOT NULL DEFAULT 0,
  quota INTEGER,
  created INTEGER NOT NULL
);

CREATE TABLE devices (
  id BLOB PRIMARY KEY,
  user INTEGER NOT NULL REFERENCES users,
  name TEXT NOT NULL,
  public_key BLOB UNIQUE,
  created INTEGER NOT NULL,
  revoked INTEGER
) WITHOUT ROWID;
CREATE INDEX devices_user ON devices (user);

CREATE TABLE invites (
  token_hash BLOB PRIMARY KEY,
  user INTEGER NOT NULL REFERENCES users,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  used_key BLOB,
  used_at INTEGER
) WITHOUT ROWID;

CREATE TABLE nodes (
  parent INTEGER NOT NULL,
  name BLOB NOT NULL,
  id INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  size INTEGER NOT NULL,
  mtime INTEGER NOT NULL,
  mode INTEGER NOT NULL,
  version INTEGER NOT NULL,
  sha256 BLOB,
  PRIMARY KEY (parent, name)
) WITHOUT ROWID;
CREATE UNIQUE INDEX nodes_id ON nodes (id);

CREATE TABLE objects (
  id INTEGER PRIMARY KEY,
  user INTEGER NOT NULL REFERENCES users,
  sha256 BLOB NOT NULL,
  size INTEGER NOT NULL,
  disk_mtime INTEGER NOT NULL,
  refs INTEGER NOT NULL,
  state INTEGER NOT NULL
);
CREATE INDEX objects_content ON objects (user, sha256);
CREATE INDEX objects_size ON objects (user, size);
CREATE INDEX objects_unreferenced ON objects (id) WHERE refs = 0;

CREATE TABLE versions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  node INTEGER NOT NULL,
  object INTEGER NOT NULL REFERENCES objects,
  size INTEGER NOT NULL,
  mtime INTEGER NOT NULL,
  mode INTEGER NOT NULL,
  created INTEGER NOT NULL,
  device BLOB NOT NULL,
  change INTEGER NOT NULL
);
CREATE INDEX versions_node ON versions (node);

CREATE TABLE trash (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user INTEGER NOT NULL REFERENCES users,
  node INTEGER NOT NULL,
  path BLOB NOT NULL,
  removed INTEGER NOT NULL,
  device BLOB NOT NULL,
  files INTEGER NOT NULL,
  bytes INTEGER NOT NULL
);
CREATE INDEX trash_user ON trash (user, removed);

CREATE TABLE requests (
  id INTEGER PRIMARY KEY,
  device BLOB NOT NULL,
  request BLOB NOT NULL,
  kind INTEGER NOT NULL,
  version INTEGER NOT NULL,
  size INTEGER NOT NULL,
  sha256 BLOB,
  change INTEGER NOT NULL,
  flags INTEGER NOT NULL,
  created INTEGER NOT NULL
);
CREATE UNIQUE INDEX requests_key ON requests (device, request);

CREATE TABLE uploads (
  id BLOB PRIMARY KEY,
  user INTEGER NOT NULL REFERENCES users,
  device BLOB NOT NULL,
  request BLOB NOT NULL,
  path BLOB NOT NULL,
  size INTEGER,
  mtime INTEGER NOT NULL,
  mode INTEGER NOT NULL,
  created INTEGER NOT NULL,
  touched INTEGER NOT NULL,
  durable INTEGER NOT NULL,
  midstate BLOB NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX uploads_key ON uploads (device, path, ifnull(size, -1), mtime);

CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  user INTEGER NOT NULL,
  op INTEGER NOT NULL,
  path BLOB NOT NULL,
  object INTEGER,
  sha256 BLOB
);
)sql";

// Totals of folders, links, receipts, retention, moves in the tree. A node whose parent is 0 waits for the collector.
constexpr char kSecondSchema[] = R"sql(
INSERT INTO counters (name, value) SELECT 'user', ifnull(max(id), 0) + 1 FROM users;

CREATE TABLE folders (
  id INTEGER PRIMARY KEY,
  files INTEGER NOT NULL,
  folders INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  reach INTEGER NOT NULL DEFAULT 4096
);
INSERT INTO folders (id, files, folders, bytes) SELECT root, 0, 0, 0 FROM users;
INSERT INTO folders (id, files, folders, bytes) SELECT id, 0, 0, 0 FROM nodes WHERE kind = 2;
-- What is in each folder itself, in the order of the table; then, folder by folder, to all that are above it.
INSERT OR REPLACE INTO folders (id, files, folders, bytes)
  SELECT parent, sum(kind <> 2), sum(kind = 2), sum(iif(kind = 2, 0, size)) FROM nodes
  WHERE parent NOT IN (SELECT trash FROM users) GROUP BY parent;
WITH RECURSIVE above (folder, files, folders, bytes) AS (
  SELECT id, files, folders, bytes FROM folders
  UNION ALL
  SELECT nodes.parent, above.files, above.folders, above.bytes FROM above JOIN nodes ON nodes.id = above.folder
)
INSERT OR REPLACE INTO folders (id, files, folders, bytes)
  SELECT folder, sum(files), sum(folders), sum(bytes) FROM above
  WHERE folder NOT IN (SELECT trash FROM users) GROUP BY folder;
CREATE INDEX nodes_folders ON nodes (parent, name) WHERE kind = 2;

ALTER TABLE versions ADD COLUMN kind INTEGER NOT NULL DEFAULT 1;
ALTER TABLE trash ADD COLUMN kind INTEGER NOT NULL DEFAULT 1;
UPDATE trash SET kind = ifnull((SELECT kind FROM nodes WHERE nodes.id = trash.node), 1);
DROP INDEX trash_user;
CREATE INDEX trash_user ON trash (user, id);
CREATE INDEX trash_path ON trash (user, path, id);
CREATE INDEX trash_removed ON trash (removed);

CREATE TABLE replaced (
  node INTEGER PRIMARY KEY,
  due INTEGER NOT NULL
);
CREATE INDEX replaced_due ON replaced (due);
INSERT INTO replaced (node, due) SELECT node, 0 FROM versions GROUP BY node HAVING count(*) > 1;

CREATE TABLE receipts (
  user INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  version INTEGER NOT NULL,
  path BLOB NOT NULL,
  durable INTEGER NOT NULL,
  change INTEGER NOT NULL,
  previous BLOB NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (user, sequence)
) WITHOUT ROWID;

ALTER TABLE requests ADD COLUMN path BLOB;
ALTER TABLE requests ADD COLUMN receipt INTEGER;
ALTER TABLE outbox ADD COLUMN target BLOB;
)sql";

// What is damaged is found without going through what is healthy: by its id, and by its content.
constexpr char kThirdSchema[] = R"sql(
CREATE INDEX objects_damaged ON objects (id) WHERE state > 1;
CREATE INDEX objects_damaged_content ON objects (user, sha256) WHERE state > 1;
)sql";

constexpr const char* kMigrations[] = {kFirstSchema, kSecondSchema, kThirdSchema};
static_assert(std::size(kMigrations) == kSchemaVersion);

std::int64_t pragma(Database& database, const char* sql) {
  auto query = database.query(sql);
  return query.step() ? query.integer(0) : 0;
}

void apply(Database& database, int version) {
  database.run_script(kMigrations[version - 1]);
  const auto stamp = "PRAGMA application_id = " + std::to_string(kApplicationId) +
                     "; PRAGMA user_version = " + std::to_string(version);
  database.run_script(stamp.c_str());
}

// All or none of it: a server as old as the catalog refuses each format in between.
Result<void> upgrade(Database& database, int from, int wanted) {
  database.run_script("BEGIN IMMEDIATE");
  int version = from;
  while (version < wanted && !database.failed()) apply(database, ++version);
  database.run_script("COMMIT");
  if (auto error = database.take_error()) {
    database.roll_back();
    return fail_with_context("migration " + std::to_string(version), std::move(*error));
  }
  return {};
}

}  // namespace

bool is_empty(Database& database) { return pragma(database, "SELECT count(*) FROM sqlite_master") == 0; }

Result<void> migrate(Database& database, int wanted) {
  const auto version = pragma(database, "PRAGMA user_version");
  const auto application = pragma(database, "PRAGMA application_id");
  const bool empty = is_empty(database);
  if (auto error = database.take_error()) return std::unexpected(std::move(*error));
  if (!empty && application != kApplicationId) {
    return fail(ErrorCode::kInvalid, "ndisk.db is not a catalog of ndisk; choose another data directory");
  }
  if (version > kSchemaVersion) {
    return fail(ErrorCode::kUnsupportedVersion, "the catalog has format " + std::to_string(version) +
                                                    ", made by a newer ndiskd; this one knows up to " +
                                                    std::to_string(kSchemaVersion) + ": install that version again");
  }
  return version < wanted ? upgrade(database, static_cast<int>(version), wanted) : Result<void>();
}

}  // namespace ndisk::storage

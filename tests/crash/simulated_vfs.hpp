// SimulatedVfs: SQLite's files on a SimulatedDisk, registered under a name of its own while this lives.
//
// It asks of the disk what SQLite's own "unix" asks of the machine: one write a call, a sync of the folder with the
// first sync of a log or journal that it made. Locks and the shared memory of the log's index are kept here, for
// connections of this process. The disk must outlive it, and it all connections. Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "tests/crash/simulated_disk.hpp"

namespace ndisk::crash {

class SimulatedVfs {
 public:
  explicit SimulatedVfs(SimulatedDisk& disk);
  ~SimulatedVfs();
  SimulatedVfs(const SimulatedVfs&) = delete;
  SimulatedVfs& operator=(const SimulatedVfs&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  struct Registered;
  std::string name_;
  std::unique_ptr<Registered> registered_;
};

}  // namespace ndisk::crash

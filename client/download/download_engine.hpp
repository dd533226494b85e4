// Everything that one get was asked for: looks at each operand, then fetches files and trees, pipelined.
//
// The I/O thread only; disk work runs on the pool. Memory is bounded whatever the number and size of the files.
#pragma once

#include <set>
#include <vector>

#include "client/download/tree_download.hpp"

namespace ndisk::client {

class DownloadEngine {
 public:
  DownloadEngine(Context& context, Progress& progress, DownloadChoices choices);

  // Until everything is through, or nothing more can succeed. What became of each goes to the context's tally.
  net::Task<> run(std::vector<GetSource> sources);

 private:
  using Looked = Result<wire::Entry>;

  net::Task<> fetch_all(std::span<const GetSource> sources);
  net::Task<> look(const GetSource& source, Looked& looked);
  net::Task<> fetch(const GetSource& source, Looked looked);
  net::Task<> fetch_file(const GetSource& source, const wire::Entry& entry);
  net::Task<> fetch_folder(const GetSource& source, const wire::Entry& entry);
  net::Task<> write_through(const GetSource& source, const RemoteFile& file);
  net::Task<> write_to_device(const GetSource& source, const RemoteFile& file);
  [[nodiscard]] std::optional<std::string> local_name(const GetSource& source) const;
  [[nodiscard]] Result<std::optional<Existing>> prepare_file(const std::string& local, const Wanted& wanted);

  Context& context_;
  Progress& progress_;
  DownloadChoices choices_;
  DownloadQueue queue_;
  OpenFolders folders_;
  std::set<std::string> swept_;  // folders that operands land in, cleared of what earlier runs left
};

}  // namespace ndisk::client

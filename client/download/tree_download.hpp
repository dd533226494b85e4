// One remote folder with all that is in it, into a local one: listed, selected, compared with what is there, and handed
// to the queue in the order of the listing. Folders get their attributes when they are full (open_folders.hpp).
//
// The I/O thread only; disk work runs on the pool, in batches. Memory is bounded whatever the size of the tree.
#pragma once

#include "client/download/collision.hpp"
#include "client/download/download_queue.hpp"
#include "client/download/entry_selection.hpp"
#include "client/remote/listing.hpp"
#include "client/transfer/naming.hpp"

namespace ndisk::client {

// What get was asked to do with everything it gets. Outlives what is made of it.
struct DownloadChoices {
  bool recursive = false;
  bool checksum = false;
  bool whole_file = false;  // take nothing from older copies
  bool no_clobber = false;
  bool dry_run = false;
  bool follow = false;  // the operand's own folder may be a link to one
  std::optional<std::uint64_t> version;
  Filter filter;
  std::optional<std::vector<std::string>> names;  // of --files-from
  CollisionPlan collisions;
};

// What stands at a file's or link's target by these choices: nothing if it is a file or link that is to be left alone
// (--no-clobber). Blocks.
[[nodiscard]] Result<std::optional<Existing>> look_by_choices(const std::string& local, const Wanted& wanted,
                                                              const DownloadChoices& choices);

// Whether filters leave out a file that was named itself.
[[nodiscard]] bool is_left_out_file(const DownloadChoices& choices, const RemotePath& path);

class TreeDownload {
 public:
  TreeDownload(Context& context, Progress& progress, DownloadQueue& queue, OpenFolders& folders,
               const DownloadChoices& choices, const GetSource& source)
      : context_(context),
        progress_(progress),
        queue_(queue),
        folders_(folders),
        choices_(choices),
        source_(source),
        listing_(context.link, source.remote, true),
        selection_(choices.filter, choices.names) {}

  // Returns when the listing has ended and everything in it was started. `attributes` are those of the folder itself.
  net::Task<> run(std::optional<Stamp> attributes);

 private:
  struct Item {
    RemotePath path{};
    std::string local{};
    OpenFolders::Hold folder{};  // a folder itself; of all else the one it is in
    std::optional<RemoteFile> file{};
    Result<std::optional<Existing>> existing{};
    bool is_dropped = false;  // its folder could not be made, which was said
  };

  net::Task<> take_entries(std::vector<wire::Entry> entries);
  net::Task<> carry_out(std::vector<Item> items);
  net::Task<> take_file(Item item);
  void select(const wire::Entry& entry, std::vector<Item>& items);
  void take_entry(const wire::Entry& entry, EntrySelection::Verdict verdict, std::vector<Item>& items);
  void want(OpenFolders::Folder& folder, std::vector<Item>& items);
  void prepare(Item& item);
  void prepare_folder(Item& item);
  void prepare_file(Item& item);
  void tell_folder(const Item& item);
  void tell_missing();

  Context& context_;
  Progress& progress_;
  DownloadQueue& queue_;
  OpenFolders& folders_;
  const DownloadChoices& choices_;
  const GetSource& source_;
  Listing listing_;
  EntrySelection selection_;
  std::optional<std::string> left_out_;  // the last folder whose name the disk can't hold
};

// Applies the attributes of the folders that are full.
net::Task<> finish_folders(Context& context, OpenFolders& folders, bool dry_run);

}  // namespace ndisk::client

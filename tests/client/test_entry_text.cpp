#include "client/entry_text.hpp"
#include "tests/catch.hpp"

namespace ndisk::client {
namespace {

wire::Entry file(const std::string& path) {
  wire::Entry entry;
  entry.set_path(path);
  entry.set_kind(wire::FILE);
  entry.set_size(12);
  entry.mutable_attributes()->set_mode(0640);
  entry.mutable_attributes()->set_mtime_ns(981'173'106'123'456'789);
  return entry;
}

wire::Entry folder(const std::string& path) {
  wire::Entry entry;
  entry.set_path(path);
  entry.set_kind(wire::FOLDER);
  return entry;
}

TEST_CASE("entry text: a file is its name, a folder ends in a slash") {
  CHECK(plain_line(file("song.mp3")) == "song.mp3");
  CHECK(plain_line(folder("music")) == "music/");
}

TEST_CASE("entry text: names are escaped") { CHECK(plain_line(file("a\nb\\c\xff")) == R"(a\nb\\c\xFF)"); }

TEST_CASE("entry text: the long line has mode, bytes, UTC time and name") {
  CHECK(long_line(file("song.mp3")) == "-rw-r----- 12 2001-02-03T04:05:06Z song.mp3");
}

TEST_CASE("entry text: the long line of a folder has as many columns") {
  CHECK(long_line(folder("music")) == "drwxr-xr-x - - music/");
}

TEST_CASE("entry text: each permission bit has its letter") {
  CHECK(shown_mode(0, false) == "----------");
  CHECK(shown_mode(0777, false) == "-rwxrwxrwx");
  CHECK(shown_mode(0421, false) == "-r---w---x");
}

TEST_CASE("entry text: times before 1970 are rounded down") {
  CHECK(shown_time(0) == "1970-01-01T00:00:00Z");
  CHECK(shown_time(-1) == "1969-12-31T23:59:59Z");
}

TEST_CASE("entry text: a file's object has what the design names") {
  const auto line = to_json_line(
      file_fields({.path = "a", .size = 5, .mtime = -1, .mode = 0644, .sha256 = Digest{0xAB}, .version = 9}));
  CHECK(line == R"({"type":"file","path":"a","size":5,"mtime":-1,"mode":420,"sha256":"ab)" + std::string(62, '0') +
                    R"(","version":9})");
}

}  // namespace
}  // namespace ndisk::client

// ScratchDirectory: a folder for one test, removed when the test program did not fail.
#pragma once

#include <string>

namespace jetkeep::testing {

class ScratchDirectory {
 public:
  // Below $TMPDIR (or /tmp); `purpose` becomes part of the name.
  explicit ScratchDirectory(const std::string& purpose);
  // Removes the folder, unless a test of this program failed or JETKEEP_KEEP is set: then its path
  // is printed.
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Copies a folder that a running program may change meanwhile: a file that goes before it is copied
// is not in the copy.
void CopyFolder(const std::string& from, const std::string& to);

}  // namespace jetkeep::testing

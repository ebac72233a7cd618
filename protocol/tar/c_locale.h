// CLocale: the calling thread is in the "C" locale while it lives. The archive library converts
// names between the archive's and the locale's character set; in this locale it leaves their bytes
// alone.
#pragma once

#include <clocale>

namespace jetkeep::tar {

class CLocale {
 public:
  CLocale() : previous_(uselocale(Shared())) {}
  ~CLocale() { uselocale(previous_); }
  CLocale(const CLocale&) = delete;
  CLocale& operator=(const CLocale&) = delete;

 private:
  static locale_t Shared() {
    static const locale_t c_locale = newlocale(LC_ALL_MASK, "C", nullptr);
    return c_locale;
  }
  locale_t previous_;
};

}  // namespace jetkeep::tar

// Handlers of the requests that ask about backups and jobs: list, show, delete, status, cancel.
// Thread-safety: belongs to the loop's thread.
#pragma once

#include <functional>
#include <string>

#include "service/control/control_context.h"

namespace jetkeep {

class QueryHandlers {
 public:
  explicit QueryHandlers(ControlContext context) : context_(std::move(context)) {}

  void List(const Request& request, const Document& body);
  void Show(const Request& request, const Document& body);
  void Delete(const Request& request, const Document& body);
  // REQUIRES: the job named in the body, if one is, is known here.
  void Status(const Request& request, const Document& body);
  void Cancel(const Request& request, const Document& body);

 private:
  // Runs the work on a worker and answers with the body that it returns.
  void Answer(const Request& request, std::function<Result<std::string>()> work);

  ControlContext context_;
};

}  // namespace jetkeep

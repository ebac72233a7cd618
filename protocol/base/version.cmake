# Writes version.cc, only if it would change: cmake -DSOURCE=… -DOUTPUT=… -DVERSION=… [-DCOMMIT=…] -P version.cmake
# COMMIT is for sources without their history, as in an image; otherwise git tells it, at each build.
if(NOT COMMIT)
  execute_process(COMMAND git describe --always --dirty --abbrev=40 --exclude=* WORKING_DIRECTORY ${SOURCE}
    OUTPUT_VARIABLE COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE status)
  if(NOT status EQUAL 0 OR NOT COMMIT MATCHES "^[0-9a-f]+(-dirty)?$")
    set(COMMIT unknown)
  endif()
endif()
configure_file(${SOURCE}/protocol/base/version.cc.in ${OUTPUT} @ONLY)

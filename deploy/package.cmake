# What `cmake --install` puts beside the program, and the Debian package that deploy/build-package.sh makes of it.

# The manual page and the completions come from the help of the program that was built.
if(Python3_FOUND AND NOT CMAKE_CROSSCOMPILING AND NOT JETKEEP_SANITIZE)
  set(cli ${CMAKE_CURRENT_BINARY_DIR}/cli)
  set(cli_files ${cli}/jetkeep.1 ${cli}/jetkeep.bash ${cli}/_jetkeep ${cli}/jetkeep.fish)
  add_custom_command(OUTPUT ${cli_files}
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/cli/generate.py $<TARGET_FILE:jetkeep> ${cli}
    DEPENDS jetkeep ${CMAKE_CURRENT_SOURCE_DIR}/cli/generate.py)
  add_custom_target(jetkeep_cli_docs ALL DEPENDS ${cli_files})
  install(FILES ${cli}/jetkeep.1 DESTINATION share/man/man1 COMPONENT cli)
  install(FILES ${cli}/jetkeep.bash DESTINATION share/bash-completion/completions RENAME jetkeep COMPONENT cli)
  install(FILES ${cli}/_jetkeep DESTINATION share/zsh/site-functions COMPONENT local)
  install(FILES ${cli}/_jetkeep DESTINATION share/zsh/vendor-completions COMPONENT debian EXCLUDE_FROM_ALL)
  install(FILES ${cli}/jetkeep.fish DESTINATION share/fish/vendor_completions.d COMPONENT cli)
endif()

# With the folders of the sources, so that the links between the documents work.
set(documents share/doc/jetkeep)
file(GLOB guides CONFIGURE_DEPENDS *.md)
file(GLOB protocols CONFIGURE_DEPENDS ../protocol/*.md)
install(FILES ../README.md ../LICENSE ../CHANGELOG.md ../SECURITY.md DESTINATION ${documents} COMPONENT documents)
install(FILES ${guides} jetkeep.example.yaml DESTINATION ${documents}/deploy COMPONENT documents)
install(FILES ${protocols} DESTINATION ${documents}/protocol COMPONENT documents)
foreach(folder examples grafana prometheus)
  install(DIRECTORY ${folder} DESTINATION ${documents}/deploy COMPONENT documents USE_SOURCE_PERMISSIONS OPTIONAL)
endforeach()
install(FILES systemd/jetkeep.service DESTINATION lib/systemd/system COMPONENT local)

# The package has its program in /usr/bin, so its unit differs. The component `local` is not in the package, and `debian` nowhere else.
set(unit ${CMAKE_CURRENT_SOURCE_DIR}/systemd/jetkeep.service)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${unit})
file(READ ${unit} unit_text)
string(REGEX REPLACE "^(#[^\n]*\n)+" "" unit_text "${unit_text}")
string(REPLACE /usr/local/ /usr/ unit_text "${unit_text}")
file(CONFIGURE OUTPUT debian/jetkeep.service CONTENT "${unit_text}" @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/debian/jetkeep.service DESTINATION lib/systemd/system COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES jetkeep.example.yaml DESTINATION /etc/jetkeep RENAME jetkeep.yaml COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES debian/copyright DESTINATION ${documents} COMPONENT debian EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME jetkeep)
set(CPACK_PACKAGE_VENDOR "the authors of Jetkeep")
set(CPACK_PACKAGE_CONTACT "the authors of Jetkeep <maintainers@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "backup and restore of NATS JetStream")
set(CPACK_PACKAGE_DESCRIPTION "A service that takes requests over NATS, keeps backups of JetStream streams with their
consumers, verifies them, and restores them on any version of nats-server. The same program is its command line.")
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL program cli documents debian)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "ca-certificates, passwd")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS nats-server)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_SOURCE_DIR}/debian/postinst ${CMAKE_CURRENT_SOURCE_DIR}/debian/prerm
  ${CMAKE_CURRENT_SOURCE_DIR}/debian/postrm ${CMAKE_CURRENT_SOURCE_DIR}/debian/conffiles)
include(CPack)

# cpack -G DEB: a package for the Debian it is built on. Needs dpkg-dev for the list of libraries.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME seedd)
set(CPACK_PACKAGE_VENDOR seedd)
set(CPACK_PACKAGE_CONTACT "The seedd authors <seedd@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "BitTorrent daemon with JSON-RPC control")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_PACKAGE_DIRECTORY "${PROJECT_BINARY_DIR}")

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "ca-certificates, adduser")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS systemd)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
  "seedd downloads and seeds torrents in the background. It speaks the RPC of
Transmission, so that the clients made for that work with it, and comes with
seedctl, a command line for people and for scripts.")
set(CPACK_PRE_BUILD_SCRIPTS "${CMAKE_CURRENT_LIST_DIR}/CompressManual.cmake")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  "${PROJECT_SOURCE_DIR}/systemd/debian/postinst"
  "${PROJECT_SOURCE_DIR}/systemd/debian/prerm"
  "${PROJECT_SOURCE_DIR}/systemd/debian/postrm")
include(CPack)

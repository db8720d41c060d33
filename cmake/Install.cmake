# cmake --install: programs, unit, manual pages, completions, example config and papers.
if(TARGET seedd)
  install(TARGETS seedd RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()

# The unit names the program where it is installed, which is known only then: cpack's prefix is /usr
# whatever this build was configured for.
install(CODE "
  file(READ \"${PROJECT_SOURCE_DIR}/systemd/seedd.service\" unit)
  string(REPLACE \"/usr/bin/seedd\" \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/seedd\" unit \"\${unit}\")
  file(WRITE \"${PROJECT_BINARY_DIR}/seedd.service\" \"\${unit}\")")
install(FILES "${PROJECT_BINARY_DIR}/seedd.service" DESTINATION lib/systemd/system)
install(FILES "${PROJECT_SOURCE_DIR}/systemd/seedd.sysusers" DESTINATION lib/sysusers.d RENAME seedd.conf)

install(FILES "${PROJECT_SOURCE_DIR}/docs/man/seedd.1" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
install(FILES "${PROJECT_SOURCE_DIR}/config/seedd.toml.example"
  DESTINATION "${CMAKE_INSTALL_DOCDIR}/examples" RENAME seedd.toml)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}" RENAME copyright)
# In folders as they are here, so that links from one to another lead somewhere. An image is built without
# them (.dockerignore).
install(FILES README.md CHANGELOG.md LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}" OPTIONAL)
install(FILES docs/operating.md docs/settings.md docs/rpc.md docs/rpc-differences.md docs/beps.md
  DESTINATION "${CMAKE_INSTALL_DOCDIR}/docs" OPTIONAL)
install(DIRECTORY docs/adr DESTINATION "${CMAKE_INSTALL_DOCDIR}/docs" OPTIONAL FILES_MATCHING PATTERN "*.md")
install(FILES bench/README.md DESTINATION "${CMAKE_INSTALL_DOCDIR}/bench" OPTIONAL)

# seedctl writes its manual page and completions itself. A build with a sanitizer is not for installing.
if(TARGET seedctl AND NOT SEED_SANITIZE AND NOT SEED_COVERAGE)
  set(written "${PROJECT_BINARY_DIR}/seedctl")
  add_custom_command(
    OUTPUT "${written}/seedctl.1" "${written}/seedctl.bash" "${written}/_seedctl" "${written}/seedctl.fish"
    COMMAND "${CMAKE_COMMAND}" -E make_directory "${written}"
    COMMAND seedctl help --man > "${written}/seedctl.1"
    COMMAND seedctl completion bash > "${written}/seedctl.bash"
    COMMAND seedctl completion zsh > "${written}/_seedctl"
    COMMAND seedctl completion fish > "${written}/seedctl.fish"
    DEPENDS seedctl
    COMMENT "Writing seedctl's manual page and completions"
    VERBATIM)
  add_custom_target(seedctl_papers ALL DEPENDS "${written}/seedctl.1")
  install(FILES "${written}/seedctl.1" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
  install(FILES "${written}/seedctl.bash" RENAME seedctl
    DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions")
  install(FILES "${written}/_seedctl" DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions")
  install(FILES "${written}/seedctl.fish" DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d")
endif()

# What is installed beside the programs and the instruments, and the Debian package: cpack -G DEB --config <build>/CPackConfig.cmake
set(packaging ${PROJECT_SOURCE_DIR}/packaging)
set(LIVEDATA_PACKAGE_CONTACT "the livedata developers <root@localhost>" CACHE STRING "Who looks after the package")

install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION share/doc/livedata)
install(DIRECTORY ${packaging}/examples DESTINATION share/doc/livedata)
install(FILES ${PROJECT_SOURCE_DIR}/CHANGELOG.md DESTINATION share/doc/livedata)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION share/doc/livedata RENAME copyright)

# Completion: bash looks for a file with the name of the program.
get_property(all_programs GLOBAL PROPERTY livedata_programs)
set(COMPLETED_PROGRAMS ${all_programs})
list(REMOVE_ITEM COMPLETED_PROGRAMS livedata)
list(JOIN COMPLETED_PROGRAMS " " COMPLETED_PROGRAMS)
foreach(shell bash zsh)
  configure_file(${packaging}/completion/livedata.${shell} ${PROJECT_BINARY_DIR}/described/livedata.${shell} @ONLY)
endforeach()
foreach(program IN LISTS all_programs)
  install(FILES ${PROJECT_BINARY_DIR}/described/livedata.bash DESTINATION share/bash-completion/completions
    RENAME ${program})
endforeach()
# Debian's zsh looks into the first below /usr, and into the second below /usr/local.
foreach(folder vendor-completions site-functions)
  install(FILES ${PROJECT_BINARY_DIR}/described/livedata.zsh DESTINATION share/zsh/${folder} RENAME _livedata)
endforeach()

# Only in packages: they own /etc and the units of the system, an installation elsewhere does not.
install(FILES ${packaging}/livedata@.service DESTINATION lib/systemd/system COMPONENT system EXCLUDE_FROM_ALL)
install(FILES ${packaging}/examples/dummy.conf DESTINATION /etc/livedata COMPONENT system EXCLUDE_FROM_ALL)
install(FILES ${packaging}/debian/environment DESTINATION /etc/livedata PERMISSIONS OWNER_READ OWNER_WRITE
  COMPONENT system EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME livedata)
set(CPACK_PACKAGE_VENDOR "the livedata developers")
set(CPACK_PACKAGE_CONTACT "${LIVEDATA_PACKAGE_CONTACT}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGE_DESCRIPTION
"Takes the events of neutron pulses from Kafka as they come, runs many jobs
on them at once (images of detectors, spectra of monitors), and gives out
results every second. With instruments of the ESS, tools to record, replay
and simulate, and a unit for systemd.")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
# All parts in one package. "Unspecified" is everything that has no component.
set(CPACK_COMPONENTS_ALL Unspecified system)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
# The libraries, from the programs themselves.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Pictures of results need some font.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "fonts-dejavu-core")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "prometheus")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${packaging}/debian/conffiles ${packaging}/debian/postinst ${packaging}/debian/prerm ${packaging}/debian/postrm)
include(CPack)

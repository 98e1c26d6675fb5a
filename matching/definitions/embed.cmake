# Compiles the definitions of this folder in: one raw string literal a file, in shipped_definitions.inc.
set(shipped "")
foreach(name IN ITEMS qualified-visits qualified-patients insi-identities
    status-provisional status-recovered status-validated status-qualified)  # In the order they are listed.
  set(file ${CMAKE_CURRENT_LIST_DIR}/${name}.toml)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} text)
  string(APPEND shipped "{\"${name}\", R\"definition(${text})definition\"},\n")
endforeach()
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/matching/shipped_definitions.inc CONTENT "@shipped@" @ONLY)
target_include_directories(vigie_matching PRIVATE ${CMAKE_BINARY_DIR}/generated)
target_link_libraries(vigie_matching PRIVATE tomlplusplus::tomlplusplus)

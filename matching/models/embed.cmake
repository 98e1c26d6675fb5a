# Compiles the French hospital model in: one raw string literal, in french_hospital_model.inc.
set(file ${CMAKE_CURRENT_LIST_DIR}/french-hospital.toml)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
file(READ ${file} text)
set(literal "R\"model(${text})model\"")
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/matching/french_hospital_model.inc CONTENT "@literal@" @ONLY)
target_include_directories(vigie_matching PRIVATE ${CMAKE_BINARY_DIR}/generated)
target_link_libraries(vigie_matching PRIVATE tomlplusplus::tomlplusplus)

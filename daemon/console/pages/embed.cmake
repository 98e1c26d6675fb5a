# Compiles the console's pages in: one raw string literal a file, in console_pages.inc.
set(pages "")
function(embed_page path file type)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} text)
  set(pages "${pages}{\"${path}\", \"${type}\", R\"page(${text})page\"},\n" PARENT_SCOPE)
endfunction()
embed_page("" ${CMAKE_CURRENT_LIST_DIR}/index.html "text/html; charset=utf-8")
embed_page(style.css ${CMAKE_CURRENT_LIST_DIR}/style.css "text/css; charset=utf-8")
embed_page(eye.svg ${CMAKE_CURRENT_LIST_DIR}/eye.svg "image/svg+xml")
foreach(name IN ITEMS
    api app candidates case catalogue dashboard decide diff dom format group identity journal keys label
    notes quality queue search session sign_in visits waterfall)
  embed_page(${name}.mjs ${CMAKE_CURRENT_LIST_DIR}/${name}.mjs "text/javascript; charset=utf-8")
endforeach()
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/console/console_pages.inc CONTENT "@pages@" @ONLY)
target_include_directories(vigie_json PRIVATE ${CMAKE_BINARY_DIR}/generated/console)

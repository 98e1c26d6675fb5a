// Nothing: the target of this file exists for its precompiled headers (tests/CMakeLists.txt).

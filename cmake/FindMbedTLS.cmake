# mbedTLS as static libraries: the target mbedtls::static. Static, since allocation inside TLS is replaced when linking
# (platform/tls/library.cpp), and since what is shipped has no library beside it.
find_path(MbedTLS_INCLUDE_DIR mbedtls/ssl.h)
set(mbedtls_parts)
foreach(part mbedtls mbedx509 mbedcrypto)
    find_library(MbedTLS_${part} lib${part}.a)
    list(APPEND mbedtls_parts "${MbedTLS_${part}}")
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(MbedTLS REQUIRED_VARS MbedTLS_INCLUDE_DIR MbedTLS_mbedtls MbedTLS_mbedx509
    MbedTLS_mbedcrypto)
if(MbedTLS_FOUND AND NOT TARGET mbedtls::static)
    add_library(mbedtls::static INTERFACE IMPORTED)
    target_include_directories(mbedtls::static INTERFACE "${MbedTLS_INCLUDE_DIR}")
    target_link_libraries(mbedtls::static INTERFACE ${mbedtls_parts})
endif()

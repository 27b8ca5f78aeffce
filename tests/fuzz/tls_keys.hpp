// Certificates and keys of the TLS fuzz target, made by tools/certs and always the same, so that what was recorded with
// them still fits. They are trusted by nobody else.
#pragma once

namespace noodstop::fuzz {

inline constexpr const char* authority_pem =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBeTCCAR6gAwIBAgIUCyxLu5U2gk/9/hR4tjrUOWxU0EEwCgYIKoZIzj0EAwIw\n"
    "GTEXMBUGA1UEAwwORnV6eiBhdXRob3JpdHkwIBcNMjYxMTIyMjEyMTE5WhgPMjEw\n"
    "OTAxMTEyMjIxMTlaMBkxFzAVBgNVBAMMDkZ1enogYXV0aG9yaXR5MFkwEwYHKoZI\n"
    "zj0CAQYIKoZIzj0DAQcDQgAEtCO2CZ1w9KbJ71Pos390x8QT0+gY9dLRQbJTtUS7\n"
    "e26y8ywDxDUVmpOrAWVEDt2Q3M9ooQBe43jt5R7mO4NmhKNCMEAwDwYDVR0TAQH/\n"
    "BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAQYwHQYDVR0OBBYEFKQ+B7VEBqd/wONQ266Y\n"
    "6b7GOwtYMAoGCCqGSM49BAMCA0kAMEYCIQDSVVBNRBjvqpnkHVAUhI/AF6H2BjGf\n"
    "BiUs61rGwrbQeQIhAIVUhIrhH6ceFegb5DZHfLUXxD7iaQzrM+GvkyYVeUh6\n"
    "-----END CERTIFICATE-----\n";

inline constexpr const char* server_certificate_pem =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBxDCCAWugAwIBAgIULwOM1oSmOgkI/DU1hKS/s5FHVp4wCgYIKoZIzj0EAwIw\n"
    "GTEXMBUGA1UEAwwORnV6eiBhdXRob3JpdHkwIBcNMjYxMTIyMjEyMTE5WhgPMjEw\n"
    "NjA0MTcyMjIxMTlaMBExDzANBgNVBAMMBnNlcnZlcjBZMBMGByqGSM49AgEGCCqG\n"
    "SM49AwEHA0IABApa90U5bhv3xoGXLl72OOsQOnEazn26z3jwhTFF9s+qa1oWajmR\n"
    "4C3koFpr48MoKN8WhkXBE91tVyN9WAYGBmqjgZYwgZMwDAYDVR0TAQH/BAIwADAO\n"
    "BgNVHQ8BAf8EBAMCB4AwHQYDVR0lBBYwFAYIKwYBBQUHAwEGCCsGAQUFBwMCMB0G\n"
    "A1UdDgQWBBQuzJb7qWpgCRPpzdiiBrgQeMILjDAfBgNVHSMEGDAWgBSkPge1RAan\n"
    "f8DjUNuumOm+xjsLWDAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID\n"
    "RwAwRAIgUyV4cDXD7/aWOIg+u+B7LbMBMDnsltmXxtQo2vhrxBYCIHDJpEhpemGq\n"
    "tc/7x4Sw+7+ggQukwR4hKFKTL1Pt98It\n"
    "-----END CERTIFICATE-----\n";

inline constexpr const char* server_key_pem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgM2ABp3Ynr8ivzJWC\n"
    "DMZwlfSZglFFcViGkf8WTjyz9AuhRANCAAQKWvdFOW4b98aBly5e9jjrEDpxGs59\n"
    "us948IUxRfbPqmtaFmo5keAt5KBaa+PDKCjfFoZFwRPdbVcjfVgGBgZq\n"
    "-----END PRIVATE KEY-----\n";

inline constexpr const char* client_certificate_pem =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIB0TCCAXigAwIBAgIUWR3z5CAQ/0rjbhPMxd+Al+aKU1owCgYIKoZIzj0EAwIw\n"
    "GTEXMBUGA1UEAwwORnV6eiBhdXRob3JpdHkwIBcNMjYxMTIyMjEyMTE5WhgPMjEw\n"
    "NjA0MTcyMjIxMTlaMBExDzANBgNVBAMMBmNsaWVudDBZMBMGByqGSM49AgEGCCqG\n"
    "SM49AwEHA0IABC0HlTfewXD+EjH/QgcrVCgsZpReI2Ie8tES7COpnpHVGQXj/+/c\n"
    "yM6niVDVuLfqemvOKS12gWSq3XhyeBnkh5yjgaMwgaAwDAYDVR0TAQH/BAIwADAO\n"
    "BgNVHQ8BAf8EBAMCB4AwHQYDVR0lBBYwFAYIKwYBBQUHAwEGCCsGAQUFBwMCMB0G\n"
    "A1UdDgQWBBTWeJcVKKLUJ53nCiLjzRPjuUIGxzAfBgNVHSMEGDAWgBSkPge1RAan\n"
    "f8DjUNuumOm+xjsLWDAhBgNVHREEGjAYhhZub29kc3RvcDpyb2xlL29wZXJhdG9y\n"
    "MAoGCCqGSM49BAMCA0cAMEQCIAOAoCXI8qmwNIwKJXlU/F63ug4CTM4fa42A9cb9\n"
    "2D7GAiAvFLKdTPZId8f9WG+XvVtpWgEWdawK2Hv9XtZUQMYXtg==\n"
    "-----END CERTIFICATE-----\n";

inline constexpr const char* client_key_pem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgXbqu4d8OAcBzSG+x\n"
    "kDNdBeEjds84mOPN8FoatvIGYL+hRANCAAQtB5U33sFw/hIx/0IHK1QoLGaUXiNi\n"
    "HvLREuwjqZ6R1RkF4//v3MjOp4lQ1bi36nprziktdoFkqt14cngZ5Iec\n"
    "-----END PRIVATE KEY-----\n";

}  // namespace noodstop::fuzz

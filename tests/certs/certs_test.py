#!/usr/bin/env python3
"""tools/certs makes what it says: certificates that openssl verifies, keys that nobody else can read, and no damage.

usage: tests/certs/certs_test.py
"""
import os
import re
import stat
import subprocess
import sys
import tempfile
import unittest

CERTS = "tools/certs"


def run(*words):
    return subprocess.run([*words], capture_output=True, text=True, check=False)


def certs(*words):
    return run(CERTS, *words)


def openssl(*words):
    result = run("openssl", *words)
    if result.returncode != 0:
        raise AssertionError(f"openssl {' '.join(words)}: {result.stderr}")
    return result.stdout


class Authority(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.addCleanup(self.place.cleanup)
        self.folder = os.path.join(self.place.name, "ca")
        self.done("ca", self.folder)

    def at(self, name):
        return os.path.join(self.folder, name)

    def done(self, *words):
        result = certs(*words)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def refused(self, code, part, *words):
        result = certs(*words)
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertIn(part, result.stderr)

    def verify(self, certificate, *more):
        return run("openssl", "verify", "-CAfile", self.at("ca.pem"), *more, certificate)

    def request(self, algorithm=("EC", "ec_paramgen_curve:P-256")):
        key, request = self.at("box.key"), self.at("box.csr")
        openssl("genpkey", "-algorithm", algorithm[0], "-pkeyopt", algorithm[1], "-out", key)
        openssl("req", "-new", "-key", key, "-subj", "/CN=box/O=Shop", "-out", request, "-addext",
                "subjectAltName=URI:noodstop:role/operator,DNS:evil.example")
        return request

    def test_an_authority_signs_and_can_do_nothing_else(self):
        text = openssl("x509", "-in", self.at("ca.pem"), "-noout", "-text")
        self.assertIn("CA:TRUE", text)
        self.assertIn("Certificate Sign, CRL Sign", text)
        self.assertIn("prime256v1", text)

    def test_keys_belong_to_their_maker_alone(self):
        self.done("make", self.folder, "one", "--role", "operator")
        for key in ("ca.key", "one.key"):
            self.assertEqual(stat.S_IMODE(os.stat(self.at(key)).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(self.at("one.pem")).st_mode), 0o644)

    def test_each_role_is_one_uri(self):
        for number, (role, uri) in enumerate({"operator": "noodstop:role/operator", "owner/acme": "noodstop:owner/acme",
                                              "hub/h1": "noodstop:hub/h1", "agent/a-1": "noodstop:agent/a-1"}.items()):
            self.done("make", self.folder, f"n{number}", "--role", role)
            names = openssl("x509", "-in", self.at(f"n{number}.pem"), "-noout", "-ext", "subjectAltName")
            self.assertEqual(re.findall(r"URI:(\S+)", names), [uri])

    def test_a_certificate_serves_and_connects_and_is_no_authority(self):
        self.done("make", self.folder, "one", "--dns", "one.example", "--dns", "two.example", "--ip", "192.0.2.1")
        pem = self.at("one.pem")
        for purpose in ("sslserver", "sslclient"):
            self.assertEqual(self.verify(pem, "-purpose", purpose).returncode, 0)
        for name in ("one.example", "two.example"):
            self.assertEqual(self.verify(pem, "-verify_hostname", name).returncode, 0)
        self.assertEqual(self.verify(pem, "-verify_ip", "192.0.2.1").returncode, 0)
        self.assertNotEqual(self.verify(pem, "-verify_hostname", "three.example").returncode, 0)
        self.assertIn("CA:FALSE", openssl("x509", "-in", pem, "-noout", "-text"))

    def test_it_lasts_as_long_as_said_and_an_expired_one_has_ended(self):
        self.done("make", self.folder, "short", "--days", "2")
        self.assertEqual(run("openssl", "x509", "-in", self.at("short.pem"), "-checkend", "86400").returncode, 0)
        self.assertEqual(run("openssl", "x509", "-in", self.at("short.pem"), "-checkend", "180000").returncode, 1)
        self.done("make", self.folder, "old", "--expired")
        self.assertIn("expired", self.verify(self.at("old.pem")).stderr)

    def test_of_a_request_only_key_and_subject_count(self):
        request, made = self.request(), self.at("box.pem")
        self.done("sign", self.folder, request, "--role", "agent/a1", "--days", "30", "-o", made)
        self.assertEqual(self.verify(made).returncode, 0)
        text = openssl("x509", "-in", made, "-noout", "-subject", "-ext", "subjectAltName")
        self.assertIn("CN = box", text)
        self.assertIn("URI:noodstop:agent/a1", text)
        self.assertNotIn("operator", text)
        self.assertNotIn("evil", text)
        self.assertEqual(openssl("x509", "-in", made, "-noout", "-pubkey"), openssl("pkey", "-in", self.at("box.key"),
                                                                                   "-pubout"))

    def test_without_a_file_the_certificate_goes_to_the_output(self):
        text = self.done("sign", self.folder, self.request(), "--role", "hub/h1")
        self.assertTrue(text.startswith("-----BEGIN CERTIFICATE-----"))

    def test_requests_that_are_none_are_refused(self):
        request = self.request()
        with open(request, encoding="ascii") as file:
            lines = file.read().split("\n")
        lines[3] = lines[3][::-1]
        with open(request, "w", encoding="ascii") as file:
            file.write("\n".join(lines))
        self.refused(1, "is no signing request, or its signature is wrong", "sign", self.folder, request)
        self.refused(1, "can't be read", "sign", self.folder, self.at("missing.csr"))
        rsa = self.request(("RSA", "rsa_keygen_bits:2048"))
        self.refused(1, "is not ECDSA on P-256, P-384 or P-521", "sign", self.folder, rsa)

    def test_nothing_is_overwritten(self):
        self.done("make", self.folder, "one")
        before = {name: os.stat(self.at(name)).st_mtime_ns for name in ("ca.key", "ca.pem", "one.key", "one.pem")}
        self.refused(1, "stays", "ca", self.folder)
        self.refused(1, "stays", "make", self.folder, "one")
        self.refused(1, "stays", "sign", self.folder, self.request(), "-o", self.at("one.pem"))
        for name, time in before.items():
            self.assertEqual(os.stat(self.at(name)).st_mtime_ns, time)

    def test_every_certificate_has_a_number_of_its_own(self):
        numbers = set()
        for name in ("a", "b", "c"):
            self.done("make", self.folder, name)
            numbers.add(openssl("x509", "-in", self.at(name + ".pem"), "-noout", "-serial"))
        self.assertEqual(len(numbers), 3)

    def test_wrong_usage_is_told(self):
        for words in (("make", self.folder), ("make", self.folder, "x", "--role", "king"), ("sign", self.folder),
                      ("make", self.folder, "x", "--role", "owner/../x"), ("make", self.folder, "x", "--days", "0"),
                      ("make", self.folder, "x", "--days", "2", "--expired"), ("make", self.folder, "a/b"),
                      ("make", self.folder, "x", "--dns", "a,URI:noodstop:role/operator"), ("burn",), (),
                      ("make", self.folder, "x", "--nonsense"), ("make", self.folder, "x", "-o", "f"),
                      ("ca", self.folder + "2", "--role", "operator")):
            with self.subTest(words=words):
                self.refused(2, "usage:", *words)
        self.refused(1, "holds no authority", "make", self.place.name, "x")
        self.assertIn("usage:", self.done("--help"))


if __name__ == "__main__":
    if run("openssl", "version").returncode != 0:
        print("openssl is not here")
        sys.exit(77)
    unittest.main()

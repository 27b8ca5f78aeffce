#!/usr/bin/env python3
"""noodstop enroll: the key stays here, the request is one that tools/certs and a real authority (openssl) sign, and
only a certificate about which everything is right is put in.

usage: tests/certs/enroll_test.py --bin FOLDER
"""
import argparse
import os
import pwd
import re
import stat
import subprocess
import sys
import tempfile
import unittest

CERTS = "tools/certs"
ME = pwd.getpwuid(os.getuid()).pw_name
options = argparse.Namespace()

AUTHORITY = """
[ca]
default_ca = here
[here]
dir = {folder}
database = {folder}/index.txt
new_certs_dir = {folder}
serial = {folder}/serial
certificate = {folder}/ca.pem
private_key = {folder}/ca.key
default_md = sha256
policy = any
default_days = 90
copy_extensions = copy
x509_extensions = leaf
[any]
commonName = supplied
[leaf]
basicConstraints = critical, CA:FALSE
"""


def run(*words):
    return subprocess.run([*words], capture_output=True, text=True, check=False)


def done(*words):
    result = run(*words)
    if result.returncode != 0:
        raise AssertionError(f"{' '.join(words)}: {result.stderr}{result.stdout}")
    return result.stdout


def content(path):
    with open(path, "rb") as file:
        return file.read()


class Enrolment(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.place = place.name
        os.chmod(self.place, 0o755)
        self.folder, self.authority = os.path.join(self.place, "tls"), os.path.join(self.place, "ca")
        done(CERTS, "ca", self.authority)
        self.ca_pem = os.path.join(self.authority, "ca.pem")

    def at(self, name):
        return os.path.join(self.folder, name)

    def enroll(self, *words):
        return run(os.path.join(options.bin, "noodstop"), "enroll", "--folder", self.folder, *words)

    def made(self, *words):
        result = self.enroll("--id", "box-7", "--owner", ME, "--dns", "box7.example", "--ip", "192.0.2.7", *words)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def installed(self, certificate, *words):
        result = self.enroll("--install", certificate, *(words or ("--authorities", self.ca_pem)))
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def contents(self):
        names = os.listdir(self.folder) if os.path.isdir(self.folder) else ()
        return {name: content(self.at(name)) for name in names}

    def refused(self, part, *words):
        before = self.contents()
        result = self.enroll(*words)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn(part, result.stderr)
        self.assertEqual(self.contents(), before)

    def sign(self, *words, request="agent.csr", name="signed.pem", authority=None):
        signed = os.path.join(self.place, name)
        if os.path.exists(signed):
            os.remove(signed)
        done(CERTS, "sign", authority or self.authority, self.at(request), *words, "-o", signed)
        return signed

    def test_the_key_is_on_the_right_curve_and_its_owner_alone_reads_it(self):
        self.made()
        state = os.stat(self.at("agent.key"))
        self.assertEqual((stat.S_IMODE(state.st_mode), state.st_uid), (0o400, os.getuid()))
        self.assertIn("prime256v1", done("openssl", "pkey", "-in", self.at("agent.key"), "-noout", "-text"))
        self.assertEqual(sorted(os.listdir(self.folder)), ["agent.csr", "agent.key"])

    @unittest.skipIf(os.getuid() != 0, "gives a file away: root only")
    def test_the_key_is_the_doors_users_unless_told_otherwise(self):
        result = self.enroll("--id", "box-7", "--config", self.written_config(""))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(os.stat(self.at("agent.key")).st_uid, pwd.getpwnam("nobody").pw_uid)
        self.installed(self.sign("--role", "agent/box-7"))
        self.assertEqual(os.stat(self.at("agent.key")).st_uid, pwd.getpwnam("nobody").pw_uid)

    def written_config(self, text):
        path = os.path.join(self.place, "noodstop.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def test_whoever_enrolls_keeps_his_files_close_but_the_agent_can_read_its_own(self):
        before = os.umask(0o077)
        try:
            self.made()
            self.installed(self.sign("--role", "agent/box-7"))
        finally:
            os.umask(before)
        names = (".", "agent.key", "agent.pem", "ca.pem")
        modes = {name: stat.S_IMODE(os.stat(self.at(name)).st_mode) for name in names}
        self.assertEqual(modes, {".": 0o755, "agent.key": 0o400, "agent.pem": 0o644, "ca.pem": 0o644})

    def test_a_configuration_says_who_the_agent_is_and_a_wrong_one_is_refused(self):
        config = self.written_config(f'[agent]\nname = "shop-3"\ndoors_user = "{ME}"\n')
        result = self.enroll("--config", config)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("agent/shop-3", result.stdout)
        self.assertEqual(os.stat(self.at("agent.key")).st_uid, os.getuid())
        with open(config, "a", encoding="utf-8") as file:
            file.write("\n[nonsense]\n")
        self.refused("noodstop config check", "--renew", "--config", config)

    def test_openssl_verifies_the_request_and_reads_role_names_and_usages_in_it(self):
        self.made()
        self.assertEqual(run("openssl", "req", "-in", self.at("agent.csr"), "-noout", "-verify").returncode, 0)
        text = done("openssl", "req", "-in", self.at("agent.csr"), "-noout", "-text")
        for part in ("CN = box-7", "URI:noodstop:agent/box-7, DNS:box7.example, IP Address:192.0.2.7",
                     "TLS Web Server Authentication, TLS Web Client Authentication", "Digital Signature",
                     "ecdsa-with-SHA256"):
            self.assertIn(part, text)
        self.assertEqual(done("openssl", "req", "-in", self.at("agent.csr"), "-noout", "-pubkey"),
                         done("openssl", "pkey", "-in", self.at("agent.key"), "-pubout"))

    def test_long_and_many_names_are_told_right(self):
        names = [f"{'a' * 60}.{number}.example" for number in range(40)]
        words = [word for name in names for word in ("--dns", name)]
        self.assertEqual(self.enroll("--id", "b", "--owner", ME, *words, "--ip", "2001:db8::1").returncode, 0)
        self.assertEqual(run("openssl", "req", "-in", self.at("agent.csr"), "-noout", "-verify").returncode, 0)
        text = done("openssl", "req", "-in", self.at("agent.csr"), "-noout", "-text")
        self.assertEqual(re.findall(r"DNS:([^,\s]+)", text), names)
        self.assertIn("IP Address:2001:DB8:0:0:0:0:0:1", text)

    def test_what_it_says_to_do_next_works_as_it_stands(self):
        lines = [line.strip() for line in self.made().splitlines()]
        sign = next(line for line in lines if line.startswith("tools/certs")).split()
        install = next(line for line in lines if line.startswith("noodstop enroll")).split()
        here = {"CA-FOLDER": self.authority, "agent.csr": self.at("agent.csr"), "ca.pem": self.ca_pem,
                "agent.pem": os.path.join(self.place, "agent.pem"), "noodstop": os.path.join(options.bin, "noodstop")}
        done(*[here.get(word, word) for word in sign])
        told = done(*[here.get(word, word) for word in install])
        for name in ("agent.pem", "agent.key", "ca.pem"):
            self.assertIn(self.at(name), told)
        self.assertEqual(run("openssl", "verify", "-CAfile", self.at("ca.pem"), "-purpose", "sslserver",
                             "-verify_hostname", "box7.example", "-verify_ip", "192.0.2.7",
                             self.at("agent.pem")).returncode, 0)

    def test_a_real_authority_signs_it_with_what_it_asks_for(self):
        self.made()
        folder = os.path.join(self.place, "real")
        os.mkdir(folder)
        for name, text in (("index.txt", ""), ("serial", "1000\n"), ("ca.cnf", AUTHORITY.format(folder=folder))):
            with open(os.path.join(folder, name), "w", encoding="ascii") as file:
                file.write(text)
        ca_pem, ca_key = os.path.join(folder, "ca.pem"), os.path.join(folder, "ca.key")
        done("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-nodes", "-keyout",
             ca_key, "-out", ca_pem, "-subj", "/CN=Real authority", "-days", "30")
        signed = os.path.join(folder, "by-ca.pem")
        done("openssl", "ca", "-batch", "-notext", "-config", os.path.join(folder, "ca.cnf"), "-in",
             self.at("agent.csr"), "-out", signed)
        other = os.path.join(folder, "by-x509.pem")
        done("openssl", "x509", "-req", "-copy_extensions", "copy", "-in", self.at("agent.csr"), "-CA", ca_pem,
             "-CAkey", ca_key, "-CAcreateserial", "-days", "30", "-out", other)
        for certificate in (signed, other):
            self.assertEqual(run("openssl", "verify", "-CAfile", ca_pem, "-purpose", "sslclient",
                                 certificate).returncode, 0)
            self.installed(certificate, "--authorities", ca_pem)
            self.assertEqual(content(self.at("agent.pem")), content(certificate))
            self.assertEqual(content(self.at("ca.pem")), content(ca_pem))

    def test_a_chain_over_an_intermediate_is_put_in_whole(self):
        self.made()
        middle, signed = os.path.join(self.place, "middle"), os.path.join(self.place, "chain.pem")
        done("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
             middle + ".key", "-out", middle + ".csr", "-subj", "/CN=Middle", "-addext",
             "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
        done("openssl", "x509", "-req", "-copy_extensions", "copy", "-in", middle + ".csr", "-CA", self.ca_pem,
             "-CAkey", os.path.join(self.authority, "ca.key"), "-out", middle + ".pem", "-days", "30")
        done("openssl", "x509", "-req", "-copy_extensions", "copy", "-in", self.at("agent.csr"), "-CA",
             middle + ".pem", "-CAkey", middle + ".key", "-out", signed, "-days", "30")
        self.refused("not put in", "--install", signed, "--authorities", self.ca_pem)
        with open(signed, "ab") as file:
            file.write(content(middle + ".pem"))
        self.installed(signed)
        self.assertEqual(content(self.at("agent.pem")), content(signed))

    def test_nothing_is_overwritten_and_a_renewal_is_made_beside(self):
        self.made()
        self.refused("is there already and stays", "--id", "box-7", "--owner", ME)
        self.installed(self.sign("--role", "agent/box-7"))
        before = self.contents()
        self.made("--renew")
        self.assertEqual({name: content(self.at(name)) for name in before}, before)
        self.refused("a renewal is under way", "--renew", "--id", "box-7", "--owner", ME)
        new_key = content(self.at("agent.new.key"))
        signed = self.sign("--role", "agent/box-7", request="agent.new.csr", name="renewed.pem")
        self.installed(signed, "--authorities", self.ca_pem)
        self.assertEqual(content(self.at("agent.key")), new_key)
        self.assertEqual(content(self.at("agent.pem")), content(signed))
        self.assertEqual(sorted(os.listdir(self.folder)), ["agent.csr", "agent.key", "agent.pem", "ca.pem"])

    def test_there_is_nothing_to_renew_before_the_first_key(self):
        self.refused("holds no key to renew", "--renew", "--id", "box-7", "--owner", ME)
        self.refused("holds no key", "--install", self.ca_pem, "--authorities", self.ca_pem)

    def test_an_installation_that_was_cut_off_is_completed_by_doing_it_again(self):
        self.made()
        self.installed(self.sign("--role", "agent/box-7"))
        self.made("--renew")
        signed = self.sign("--role", "agent/box-7", request="agent.new.csr", name="renewed.pem")
        os.rename(self.at("agent.new.key"), self.at("agent.key"))  # as a crash after this step leaves it
        self.installed(signed, "--authorities", self.ca_pem)
        self.assertEqual(content(self.at("agent.pem")), content(signed))

    def test_a_certificate_that_is_not_right_is_refused_and_what_is_in_use_stays(self):
        self.made()
        good = self.sign("--role", "agent/box-7")
        other = os.path.join(self.place, "other")
        done(CERTS, "ca", other)
        trust = ("--authorities", self.ca_pem)
        for name, words in (("roleless", ("--dns", "box7.example")), ("hub", ("--role", "hub/h1")),
                            ("operator", ("--role", "operator"))):
            self.refused("noodstop:agent/ID" if name == "roleless" else "not for an agent", "--install",
                         self.sign(*words, name=name), *trust)
        self.refused("not put in", "--install", self.sign("--role", "agent/box-7", "--expired", name="old"), *trust)
        self.refused("not put in", "--install", self.sign("--role", "agent/box-7", authority=other, name="alien"),
                     *trust)
        done(CERTS, "make", self.authority, "stranger", "--role", "agent/box-7")
        self.refused("is not the certificate of", "--install", os.path.join(self.authority, "stranger.pem"), *trust)
        self.refused("cannot open", "--install", os.path.join(self.place, "missing"), *trust)
        self.refused("--authorities", "--install", good)
        self.refused("is not the certificate of", "--install", self.at("agent.csr"), *trust)
        self.installed(good)
        self.refused("this machine is agent box-7", "--install",
                     self.sign("--role", "agent/box-8", name="eight"), *trust)

    def test_a_certificate_that_may_only_serve_is_refused(self):
        self.made()
        signed, extensions = os.path.join(self.place, "server.pem"), os.path.join(self.place, "extensions")
        with open(extensions, "w", encoding="ascii") as file:
            file.write("extendedKeyUsage=serverAuth\nsubjectAltName=URI:noodstop:agent/box-7\n")
        done("openssl", "x509", "-req", "-in", self.at("agent.csr"), "-CA", self.ca_pem, "-CAkey",
             os.path.join(self.authority, "ca.key"), "-extfile", extensions, "-out", signed)
        self.refused("may not both serve and connect", "--install", signed, "--authorities", self.ca_pem)

    def test_names_that_are_none_are_refused(self):
        for part, words in (("can't be an agent's id", ("--id", "a/b")), ("can't be an agent's id", ("--id", "a,CN=b")),
                            ("is no host name", ("--id", "a", "--dns", "a b")),
                            ("is no address", ("--id", "a", "--ip", "300.1.1.1")),
                            ("no user", ("--id", "a", "--owner", "nobody-of-that-name"))):
            self.refused(part, *(words if "--owner" in words else (*words, "--owner", ME)))

    def test_contradictions_are_wrong_usage(self):
        for words in (("--install", "x", "--renew"), ("--authorities", "x"), ("--install", "x", "--id", "a")):
            self.assertEqual(self.enroll(*words).returncode, 2)

    @unittest.skipIf(os.getuid() == 0, "root may give files away")
    def test_who_may_not_give_the_key_away_leaves_nothing_behind(self):
        self.refused("Cure: as root", "--id", "a", "--owner", "root")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.parse_args(namespace=options)
    if run("openssl", "version").returncode != 0:
        print("openssl is not here")
        sys.exit(77)
    result = unittest.main(argv=sys.argv[:1], exit=False).result
    sys.exit(0 if result.wasSuccessful() else 1)


if __name__ == "__main__":
    main()

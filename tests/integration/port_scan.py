"""What sslscan (Debian's) finds on a TLS port, and what it may find."""
import os
import socket
import ssl
import subprocess
import xml.etree.ElementTree as xml

PAUSE_MILLISECONDS = 260  # the port lets one source begin five handshakes a second
CIPHERS = {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"}
VERSIONS = {("tls", "1.2"), ("tls", "1.3")}
CIPHERS_OF_1_3 = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}
# Names differ between versions of sslscan; what does not stand here is not fine.
GROUPS = {"x25519", "Curve 25519 DHE 253", "25519", "secp256r1", "secp384r1", "secp521r1", "secp256r1 (NIST P-256)",
          "secp384r1 (NIST P-384)", "secp521r1 (NIST P-521)", "P-256", "P-384", "P-521"}
CURVES = {"prime256v1", "secp384r1", "secp521r1"}
SIGNATURES = {"ecdsa-with-SHA256", "ecdsa-with-SHA384", "ecdsa-with-SHA512"}
BITS_MIN = 128


def scan(host, port, folder):
    # sslscan shows the certificate of an honest client: without one no handshake ends.
    result = subprocess.run(
        ["sslscan", "--no-colour", "--xml=-", f"--sleep={PAUSE_MILLISECONDS}", "--show-certificate",
         f"--certs={os.path.join(folder, 'client.pem')}", f"--pk={os.path.join(folder, 'client.key')}",
         f"{host}:{port}"], capture_output=True, text=True, timeout=280, check=False)
    if result.returncode != 0:
        raise AssertionError(f"sslscan: {result.stderr}{result.stdout}")
    return xml.fromstring(result.stdout)


def accepted_ciphers(found):
    return [(cipher.get("sslversion"), cipher.get("cipher")) for cipher in found.iter("cipher")
            if cipher.get("status") in ("accepted", "preferred")]


def faults(found):
    """Sentences on what should not be there; empty: fine."""
    wrong = []
    enabled = {(protocol.get("type"), protocol.get("version")) for protocol in found.iter("protocol")
               if protocol.get("enabled") == "1"}
    wrong += [f"{kind} {version} is spoken" for kind, version in enabled - VERSIONS]
    for version, cipher in accepted_ciphers(found):
        if cipher not in (CIPHERS_OF_1_3 if version == "TLSv1.3" else CIPHERS):
            wrong.append(f"{cipher} is accepted with {version}")
    wrong += [f"{cipher.get('cipher')} has {cipher.get('bits')} bits" for cipher in found.iter("cipher")
              if int(cipher.get("bits")) < BITS_MIN]
    for mark, attribute in (("renegotiation", "supported"), ("compression", "supported"), ("heartbleed", "vulnerable")):
        wrong += [f"{mark}: {entry.attrib}" for entry in found.iter(mark) if entry.get(attribute) != "0"]
    wrong += [f"the group {group.get('name')} is accepted" for group in found.iter("group")
              if group.get("name") not in GROUPS or int(group.get("bits")) < BITS_MIN]
    for certificate in found.iter("certificate"):
        if certificate.get("type") != "short":
            continue
        key = certificate.find("pk")
        if key.get("type") != "EC" or key.get("curve_name") not in CURVES:
            wrong.append(f"a key of {key.attrib}")
        if certificate.findtext("signature-algorithm") not in SIGNATURES:
            wrong.append(f"a certificate is signed with {certificate.findtext('signature-algorithm')}")
    return wrong


def hello_with_compression(folder, methods):
    """A client's first record that offers these methods of compression. OpenSSL as Debian builds it offers none."""
    context = ssl.create_default_context(cafile=os.path.join(folder, "ca.pem"))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    outgoing = ssl.MemoryBIO()
    try:
        context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost").do_handshake()
    except ssl.SSLWantReadError:
        pass
    body = outgoing.read()[9:]  # after the heads of record and handshake message
    at = 2 + 32  # version, random
    at += 1 + body[at]  # session id
    at += 2 + int.from_bytes(body[at:at + 2], "big")  # suites
    body = body[:at] + bytes([len(methods)]) + methods + body[at + 1 + body[at]:]
    message = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + len(message).to_bytes(2, "big") + message


def chosen_compression(host, port, folder, methods):
    """The method that the server's hello names, or None where it refuses."""
    with socket.create_connection((host, port), timeout=30) as connection:
        connection.sendall(hello_with_compression(folder, methods))
        answer = b""
        while len(answer) < 5 + 4 + 2 + 32 + 1 + 32 + 3:
            piece = connection.recv(4096)
            if not piece or (answer + piece)[0] != 0x16:
                return None
            answer += piece
    at = 9 + 2 + 32
    at += 1 + answer[at] + 2  # session id, suite
    return answer[at]

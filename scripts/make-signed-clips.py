"""Makes the clips of tests/fixtures/credentials: small made clips with Content Credentials, signed with a certificate made
on the spot, whose key is thrown away. Needs openssl, ffmpeg and the Python package c2pa-python 0.38.1:

    python3 -m venv .cache/c2pa && .cache/c2pa/bin/pip install c2pa-python==0.38.1
    .cache/c2pa/bin/python scripts/make-signed-clips.py
"""

import json
import subprocess
import tempfile
from pathlib import Path

from c2pa import Builder, C2paSignerInfo, Signer

ROOT = Path(__file__).resolve().parent.parent
CLIPS = ROOT / "tests/fixtures/clips"
OUT = ROOT / "tests/fixtures/credentials"
SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
EXTENSIONS = """
[req]
distinguished_name = dn
[dn]
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, emailProtection
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""
# A hundred years: a test must not fail because time passes.
DAYS = "36500"


def run(*command: str, cwd: Path | None = None) -> None:
    subprocess.run(command, check=True, cwd=cwd, capture_output=True)


def make_signer(folder: Path) -> tuple[Signer, bytes]:
    """A signer whose certificate was issued by a root of its own, and that root in PEM."""
    (folder / "x.cnf").write_text(EXTENSIONS)
    for name in ("root", "leaf"):
        run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", f"{name}.key", cwd=folder)
    run(
        *("openssl", "req", "-x509", "-new", "-key", "root.key", "-days", DAYS, "-config", "x.cnf", "-extensions", "root"),
        *("-subj", "/O=Clearframe tests/CN=Test root", "-out", "root.pem"),
        cwd=folder,
    )
    run(
        *("openssl", "req", "-new", "-key", "leaf.key", "-config", "x.cnf"),
        *("-subj", "/O=Test newsroom/CN=Test signer", "-out", "leaf.csr"),
        cwd=folder,
    )
    run(
        *("openssl", "x509", "-req", "-in", "leaf.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial"),
        *("-days", DAYS, "-extfile", "x.cnf", "-extensions", "leaf", "-out", "leaf.pem"),
        cwd=folder,
    )
    root = (folder / "root.pem").read_bytes()
    chain = (folder / "leaf.pem").read_bytes() + root
    return Signer.from_info(C2paSignerInfo(b"es256", chain, (folder / "leaf.key").read_bytes(), None)), root


def sign(signer: Signer, source: Path, target: Path, mime: str, actions: list[dict], parent: Path | None = None) -> None:
    manifest = {
        # Markup, to see that it stays text on the page.
        "claim_generator_info": [{"name": "<b>Clearframe</b> tests", "version": "1"}],
        "title": target.name,
        "assertions": [{"label": "c2pa.actions", "data": {"actions": actions}}],
    }
    builder = Builder(json.dumps(manifest))
    if parent is not None:
        with parent.open("rb") as stream:
            ingredient = {"title": parent.name, "relationship": "parentOf", "label": "parent"}
            builder.add_ingredient(json.dumps(ingredient), mime, stream)
    with source.open("rb") as original, target.open("w+b") as signed:
        builder.sign(signer, mime, original, signed)


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        signer, root = make_signer(folder)
        (OUT / "root.pem").write_bytes(root)
        # A root that signed none of the clips.
        (OUT / "other-root.pem").write_bytes(make_signer(folder)[1])
        created = {"action": "c2pa.created", "digitalSourceType": SOURCE_TYPES + "trainedAlgorithmicMedia"}
        captured = {"action": "c2pa.created", "digitalSourceType": SOURCE_TYPES + "digitalCapture"}
        clip = CLIPS / "h264-no-colour-info.mp4"
        sign(signer, clip, OUT / "signed.mp4", "video/mp4", [created])
        # Made from the one before: another clip, whose manifest carries the first one's.
        opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["parent"]}}
        steps = [opened, {"action": "c2pa.trimmed"}, {"action": "c2pa.color_adjustments"}, {"action": "c2pa.adjustedColor"}]
        sign(signer, CLIPS / "h264-sar.mp4", OUT / "edited.mp4", "video/mp4", steps, OUT / "signed.mp4")
        avi = folder / "small.avi"
        run("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=96x72:rate=5:duration=1", "-c:v", "mpeg4", str(avi))
        sign(signer, avi, OUT / "signed.avi", "video/avi", [captured])


main()

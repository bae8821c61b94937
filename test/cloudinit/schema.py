"""Reads documents as cloud-init does on a machine: `schema.py DIRECTORY`, of `*.yaml` and `*.encoded`."""

import pathlib
import subprocess
import sys

from cloudinit import helpers, safeyaml, user_data, util

directory = pathlib.Path(sys.argv[1])
paths = helpers.Paths({"cloud_dir": str(directory), "run_dir": str(directory)})


def parts(blob):
    """What cloud-init finds in user data: the type and the text of each part."""
    message = user_data.UserDataProcessor(paths).process(blob)
    return [
        (part.get_content_type(), util.fully_decoded_payload(part))
        for part in message.walk()
        if part.get_content_maintype() != "multipart"
    ]


def text(payload):
    return payload.decode() if isinstance(payload, bytes) else payload


documents = sorted(directory.glob("*.yaml"))
assert documents, "no documents"
for path in documents:
    ((kind, payload),) = parts(path.read_bytes())
    assert (kind, text(payload)) == ("text/cloud-config", path.read_text()), (path, kind)
    script = util.shellify(safeyaml.load(payload)["runcmd"])
    subprocess.run(["bash", "-n"], input=script.encode(), check=True)

encoded = sorted(directory.glob("*.encoded"))
assert encoded, "no encoded documents"
for path in encoded:
    found = parts(path.read_bytes())
    expected = path.with_suffix(".expected").read_text().split("\0")
    assert [item for kind, payload in found for item in (kind, text(payload))] == expected, (path, found)

print(f"cloud-init accepts {len(documents)} documents and {len(encoded)} encoded ones")

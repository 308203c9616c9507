# SPDX-License-Identifier: Apache-2.0
#
# The acceptor's side of a GSS-API context of MIT Kerberos, driven over stdin and stdout: a
# command a line, its bytes in hex, and an answer a line. The argument is the hash of the TLS
# certificate that the channel bindings are for, or nothing.
import sys

import gssapi
from gssapi.raw import ChannelBindings, GSSError


def answer(*words):
    print(*words, flush=True)


def hexed(data):
    return data.hex() if data else "-"


bindings = None
if len(sys.argv) > 1:
    bindings = ChannelBindings(application_data=b"tls-server-end-point:" + bytes.fromhex(sys.argv[1]))

context = gssapi.raw.accept_sec_context
state = {"ctx": None}


def step(data):
    result = context(data, context=state["ctx"], channel_bindings=bindings)
    state["ctx"] = result.context
    state["result"] = result
    answer("more" if result.more_steps else "done", hexed(result.token))


def unwrap(data):
    result = gssapi.raw.unwrap(state["ctx"], data)
    answer("encrypted" if result.encrypted else "plain", hexed(result.message))


def wrap(data):
    answer("ok", hexed(gssapi.raw.wrap(state["ctx"], data, confidential=True).message))


def mic(data):
    answer("ok", hexed(gssapi.raw.get_mic(state["ctx"], data)))


def check(data):
    message, token = data[1 : 1 + data[0]], data[1 + data[0] :]
    gssapi.raw.verify_mic(state["ctx"], message, token)
    answer("ok", "-")


def who(_):
    info = gssapi.raw.inquire_context(state["ctx"])
    name = gssapi.raw.display_name(info.initiator_name).name.decode()
    flags = "|".join(sorted(flag.name for flag in gssapi.RequirementFlag if flag in info.flags))
    answer(name, flags)


for line in sys.stdin:
    command, data = line.split()
    try:
        globals()[command](bytes.fromhex(data) if data != "-" else b"")
    except GSSError as error:
        answer("error", hexed(getattr(error, "token", None)), " ".join(str(error).split()))

"""Every RPC that the .proto files have, with a request for each that a good
caller is served. Whoever adds an RPC adds nothing here, as long as its request
has fields of the names below."""

import importlib
from dataclasses import dataclass

from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor

import daemon

FULL = 3  # REVEAL_LEVEL_FULL.


@dataclass(frozen=True)
class Rpc:
    """`path` is that of gRPC; `request` is the class of its message."""
    path: str
    request: type
    response: type
    server_streaming: bool

    @property
    def name(self):
        return self.path.rsplit("/", 1)[1]


def load(stubs_folder):
    """All RPCs of panvault.v1; makes its Python modules in `stubs_folder`."""
    daemon.load_stubs(stubs_folder)
    factory = message_factory.MessageFactory()
    found = []
    for proto in sorted((daemon.ROOT / "proto/panvault/v1").glob("*.proto")):
        module = importlib.import_module(f"panvault.v1.{proto.stem}_pb2")
        for service in module.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                assert not method.client_streaming, method.full_name
                found.append(Rpc(f"/{service.full_name}/{method.name}",
                                 factory.GetPrototype(method.input_type),
                                 factory.GetPrototype(method.output_type),
                                 method.server_streaming))
    return found


@dataclass
class Values:
    """What requests are filled with."""
    profile: str
    pan: bytes
    token: bytes
    new_profile: str  # For the one that makes a profile.


def good_request(rpc, values):
    """A request that a caller with all grants is served."""
    request = rpc.request()
    _fill(request, values, rpc.name.startswith("Create"))
    return request


def _fill(message, values, create):
    for field in message.DESCRIPTOR.fields:
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            _fill_message(message, field, values, create)
        elif field.name in ("profile", "name"):
            setattr(message, field.name,
                    values.new_profile if create else values.profile)
        elif field.name in ("pan", "token"):
            setattr(message, field.name, getattr(values, field.name))
        elif field.name == "reveal":
            message.reveal = FULL
        elif field.name in ("scheme", "kept"):
            setattr(message, field.name, 1)


def _fill_message(message, field, values, create):
    if field.name == "columns":
        digits = (values.token if "Detokenize" in message.DESCRIPTOR.name
                  else values.pan)
        message.columns.add(width=len(digits), digits=digits)
    elif field.name == "items":
        _fill(message.items.add(), values, create)
    elif field.name == "profile":
        _fill(message.profile, values, create)

"""The two services that every gRPC tool knows, through their published clients."""

from __future__ import annotations

import grpc
import pytest
from google.protobuf import descriptor_pool
from grpc_reflection.v1alpha import proto_reflection_descriptor_database as database
from grpc_reflection.v1alpha import reflection_pb2

import rankwire
from rankwire.v1 import (
    ad_service_pb2,
    admin_service_pb2,
    intent_service_pb2,
    model_service_pb2,
    scoring_service_pb2,
)

SERVICES = [
    "rankwire.v1.AdminService",
    "rankwire.v1.AdService",
    "rankwire.v1.IntentService",
    "rankwire.v1.ModelService",
    "rankwire.v1.ScoringService",
]
FILES = [
    ad_service_pb2, admin_service_pb2, intent_service_pb2, model_service_pb2, scoring_service_pb2]


@pytest.mark.parametrize("service", ["", *SERVICES])
def test_server_and_services_are_healthy(client: rankwire.Client, service: str) -> None:
    assert client.healthy(service)


def test_the_health_of_an_unknown_service_is_not_found(client: rankwire.Client) -> None:
    with pytest.raises(rankwire.NotFound):
        client.healthy("rankwire.v1.Nothing")


class Stub:
    """grpcio's own reflection client speaks v1alpha, whose messages are those of v1 on the wire."""

    def __init__(self, channel: grpc.Channel, version: str) -> None:
        self.ServerReflectionInfo = channel.stream_stream(
            f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
            request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
            response_deserializer=reflection_pb2.ServerReflectionResponse.FromString)


@pytest.fixture(params=["v1", "v1alpha"])
def reflected(
    request: pytest.FixtureRequest, channel: grpc.Channel
) -> database.ProtoReflectionDescriptorDatabase:
    found = database.ProtoReflectionDescriptorDatabase(channel)
    found._stub = Stub(channel, request.param)
    return found


def test_reflection_lists_the_services(
    reflected: database.ProtoReflectionDescriptorDatabase
) -> None:
    listed = set(reflected.get_services())
    assert set(SERVICES) <= listed
    assert {"grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"} <= listed


def test_reflection_describes_every_message_and_method(
    reflected: database.ProtoReflectionDescriptorDatabase
) -> None:
    pool = descriptor_pool.DescriptorPool(reflected)
    for file in FILES:
        for name, message in file.DESCRIPTOR.message_types_by_name.items():
            found = pool.FindMessageTypeByName(f"rankwire.v1.{name}")
            assert [(f.name, f.number) for f in found.fields] == [
                (f.name, f.number) for f in message.fields]
        for name, service in file.DESCRIPTOR.services_by_name.items():
            described = pool.FindServiceByName(f"rankwire.v1.{name}")
            assert list(described.methods_by_name) == list(service.methods_by_name)


def test_reflection_finds_files_and_symbols_inside_messages(
    reflected: database.ProtoReflectionDescriptorDatabase
) -> None:
    file = reflected.FindFileContainingSymbol("google.rpc.BadRequest.FieldViolation")
    assert file.name == "google/rpc/error_details.proto"
    assert reflected.FindFileByName("google/protobuf/timestamp.proto").package == "google.protobuf"


def test_reflection_says_what_it_does_not_know(
    reflected: database.ProtoReflectionDescriptorDatabase
) -> None:
    with pytest.raises(KeyError):
        reflected.FindFileContainingSymbol("rankwire.v1.Nothing")
    with pytest.raises(KeyError):
        reflected.FindFileByName("nothing.proto")


def test_one_stream_of_reflection_answers_in_order(channel: grpc.Channel) -> None:
    questions = [
        reflection_pb2.ServerReflectionRequest(list_services=""),
        reflection_pb2.ServerReflectionRequest(file_containing_symbol="rankwire.v1.Nothing"),
        reflection_pb2.ServerReflectionRequest(file_by_filename="rankwire/v1/common.proto")]
    answers = Stub(channel, "v1").ServerReflectionInfo(iter(questions), timeout=30)
    assert [answer.WhichOneof("message_response") for answer in answers] == [
        "list_services_response", "error_response", "file_descriptor_response"]

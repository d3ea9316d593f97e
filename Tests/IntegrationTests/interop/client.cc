// gRPC's published interop cases with stock gRPC C++ (grpc/doc/interop-test-descriptions.md).
// Usage: interop_client ADDRESS CASE. Exits with 0 when the case holds, else says what does not.

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "interop.grpc.pb.h"

namespace t = grpc::testing;
using grpc::ClientContext;
using grpc::Status;
using grpc::StatusCode;

namespace {

std::shared_ptr<grpc::Channel> channel;
std::unique_ptr<t::TestService::Stub> stub;

void expect(bool holds, const char *what) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::exit(1);
}

#define EXPECT(condition) expect(condition, #condition)

// A context with the deadline that every case has.
struct Context : ClientContext {
    Context() { set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20)); }
};

t::SimpleRequest large() {
    t::SimpleRequest request;
    request.set_response_size(314159);
    request.mutable_payload()->set_body(std::string(271828, '\0'));
    return request;
}

t::StreamingOutputCallRequest asking(std::vector<int> sizes, int payload = 0) {
    t::StreamingOutputCallRequest request;
    for (int size : sizes) request.add_response_parameters()->set_size(size);
    if (payload > 0) request.mutable_payload()->set_body(std::string(payload, '\0'));
    return request;
}

void empty_unary() {
    Context context;
    t::Empty reply;
    EXPECT(stub->EmptyCall(&context, t::Empty(), &reply).ok());
}

void large_unary() {
    Context context;
    t::SimpleResponse reply;
    EXPECT(stub->UnaryCall(&context, large(), &reply).ok());
    EXPECT(reply.payload().body() == std::string(314159, '\0'));
}

void client_compressed_unary() {
    t::SimpleRequest request = large();
    request.mutable_expect_compressed()->set_value(true);
    t::SimpleResponse reply;
    Context probe;
    EXPECT(
        stub->UnaryCall(&probe, request, &reply).error_code() == StatusCode::INVALID_ARGUMENT);
    for (bool packed : {true, false}) {
        Context context;
        if (packed) context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
        request.mutable_expect_compressed()->set_value(packed);
        EXPECT(stub->UnaryCall(&context, request, &reply).ok());
        EXPECT(reply.payload().body().size() == 314159);
    }
}

void server_compressed_unary() {
    for (bool packed : {true, false}) {
        Context context;
        t::SimpleRequest request = large();
        request.mutable_response_compressed()->set_value(packed);
        t::SimpleResponse reply;
        EXPECT(stub->UnaryCall(&context, request, &reply).ok());
        EXPECT(reply.payload().body() == std::string(314159, '\0'));
        auto found = context.GetServerInitialMetadata().find("grpc-encoding");
        EXPECT(found == context.GetServerInitialMetadata().end());
    }
}

void client_streaming() {
    Context context;
    t::StreamingInputCallResponse reply;
    auto writer = stub->StreamingInputCall(&context, &reply);
    for (int size : {27182, 8, 1828, 45904}) {
        t::StreamingInputCallRequest request;
        request.mutable_payload()->set_body(std::string(size, '\0'));
        EXPECT(writer->Write(request));
    }
    EXPECT(writer->WritesDone());
    EXPECT(writer->Finish().ok());
    EXPECT(reply.aggregated_payload_size() == 74922);
}

void client_compressed_streaming() {
    t::StreamingInputCallRequest request;
    t::StreamingInputCallResponse reply;
    request.mutable_expect_compressed()->set_value(true);
    request.mutable_payload()->set_body(std::string(27182, '\0'));
    {
        Context probe;
        auto writer = stub->StreamingInputCall(&probe, &reply);
        writer->Write(request);
        writer->WritesDone();
        EXPECT(writer->Finish().error_code() == StatusCode::INVALID_ARGUMENT);
    }
    Context context;
    context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
    auto writer = stub->StreamingInputCall(&context, &reply);
    EXPECT(writer->Write(request));
    request.mutable_expect_compressed()->set_value(false);
    request.mutable_payload()->set_body(std::string(45904, '\0'));
    EXPECT(writer->Write(request, grpc::WriteOptions().set_no_compression()));
    EXPECT(writer->WritesDone());
    EXPECT(writer->Finish().ok());
    EXPECT(reply.aggregated_payload_size() == 73086);
}

void read_sizes(const t::StreamingOutputCallRequest &request, std::vector<size_t> sizes) {
    Context context;
    auto reader = stub->StreamingOutputCall(&context, request);
    t::StreamingOutputCallResponse reply;
    for (size_t size : sizes) {
        EXPECT(reader->Read(&reply));
        EXPECT(reply.payload().body().size() == size);
    }
    EXPECT(!reader->Read(&reply));
    EXPECT(reader->Finish().ok());
}

void server_streaming() { read_sizes(asking({31415, 9, 2653, 58979}), {31415, 9, 2653, 58979}); }

void server_compressed_streaming() {
    auto request = asking({31415, 92653});
    request.mutable_response_parameters(0)->mutable_compressed()->set_value(true);
    request.mutable_response_parameters(1)->mutable_compressed()->set_value(false);
    read_sizes(request, {31415, 92653});
}

void ping_pong() {
    Context context;
    auto stream = stub->FullDuplexCall(&context);
    const std::pair<int, int> turns[] = {{27182, 31415}, {8, 9}, {1828, 2653}, {45904, 58979}};
    t::StreamingOutputCallResponse reply;
    for (auto [sent, wanted] : turns) {
        EXPECT(stream->Write(asking({wanted}, sent)));
        EXPECT(stream->Read(&reply));
        EXPECT(reply.payload().body().size() == static_cast<size_t>(wanted));
    }
    EXPECT(stream->WritesDone());
    EXPECT(!stream->Read(&reply));
    EXPECT(stream->Finish().ok());
}

void empty_stream() {
    Context context;
    auto stream = stub->FullDuplexCall(&context);
    EXPECT(stream->WritesDone());
    t::StreamingOutputCallResponse reply;
    EXPECT(!stream->Read(&reply));
    EXPECT(stream->Finish().ok());
}

void add_metadata(ClientContext &context) {
    context.AddMetadata("x-grpc-test-echo-initial", "test_initial_metadata_value");
    context.AddMetadata("x-grpc-test-echo-trailing-bin", "\xab\xab\xab");
}

void check_metadata(const ClientContext &context) {
    auto initial = context.GetServerInitialMetadata().find("x-grpc-test-echo-initial");
    EXPECT(initial != context.GetServerInitialMetadata().end());
    EXPECT(initial->second == "test_initial_metadata_value");
    auto trailing = context.GetServerTrailingMetadata().find("x-grpc-test-echo-trailing-bin");
    EXPECT(trailing != context.GetServerTrailingMetadata().end());
    EXPECT(trailing->second == "\xab\xab\xab");
}

void custom_metadata() {
    Context unary;
    add_metadata(unary);
    t::SimpleResponse reply;
    EXPECT(stub->UnaryCall(&unary, large(), &reply).ok());
    check_metadata(unary);
    Context both;
    add_metadata(both);
    auto stream = stub->FullDuplexCall(&both);
    EXPECT(stream->Write(asking({314159}, 271828)));
    EXPECT(stream->WritesDone());
    t::StreamingOutputCallResponse response;
    EXPECT(stream->Read(&response));
    EXPECT(!stream->Read(&response));
    EXPECT(stream->Finish().ok());
    check_metadata(both);
}

void check_status(const std::string &message, bool streams) {
    Context unary;
    t::SimpleRequest request;
    request.mutable_response_status()->set_code(2);
    request.mutable_response_status()->set_message(message);
    t::SimpleResponse reply;
    Status status = stub->UnaryCall(&unary, request, &reply);
    EXPECT(status.error_code() == StatusCode::UNKNOWN);
    EXPECT(status.error_message() == message);
    if (!streams) return;
    Context both;
    auto stream = stub->FullDuplexCall(&both);
    t::StreamingOutputCallRequest asked;
    *asked.mutable_response_status() = request.response_status();
    EXPECT(stream->Write(asked));
    EXPECT(stream->WritesDone());
    t::StreamingOutputCallResponse response;
    EXPECT(!stream->Read(&response));
    status = stream->Finish();
    EXPECT(status.error_code() == StatusCode::UNKNOWN);
    EXPECT(status.error_message() == message);
}

void status_code_and_message() { check_status("test status message", true); }

void special_status_message() {
    check_status("\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n", false);
}

void unimplemented_method() {
    Context context;
    t::Empty reply;
    Status status = stub->UnimplementedCall(&context, t::Empty(), &reply);
    EXPECT(status.error_code() == StatusCode::UNIMPLEMENTED);
}

void unimplemented_service() {
    Context context;
    t::Empty reply;
    auto other = t::UnimplementedService::NewStub(channel);
    Status status = other->UnimplementedCall(&context, t::Empty(), &reply);
    EXPECT(status.error_code() == StatusCode::UNIMPLEMENTED);
}

void cancel_after_begin() {
    Context context;
    t::StreamingInputCallResponse reply;
    auto writer = stub->StreamingInputCall(&context, &reply);
    context.TryCancel();
    EXPECT(writer->Finish().error_code() == StatusCode::CANCELLED);
}

void cancel_after_first_response() {
    Context context;
    auto stream = stub->FullDuplexCall(&context);
    EXPECT(stream->Write(asking({31415}, 27182)));
    t::StreamingOutputCallResponse reply;
    EXPECT(stream->Read(&reply));
    context.TryCancel();
    EXPECT(stream->Finish().error_code() == StatusCode::CANCELLED);
}

void timeout_on_sleeping_server() {
    ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(1));
    auto stream = stub->FullDuplexCall(&context);
    stream->Write(asking({}, 27182));
    t::StreamingOutputCallResponse reply;
    stream->Read(&reply);
    EXPECT(stream->Finish().error_code() == StatusCode::DEADLINE_EXCEEDED);
}

#define CASE(name) {#name, name}

const std::map<std::string, std::function<void()>> cases = {
    CASE(empty_unary), CASE(large_unary), CASE(client_compressed_unary),
    CASE(server_compressed_unary), CASE(client_streaming), CASE(client_compressed_streaming),
    CASE(server_streaming), CASE(server_compressed_streaming), CASE(ping_pong),
    CASE(empty_stream), CASE(custom_metadata), CASE(status_code_and_message),
    CASE(special_status_message), CASE(unimplemented_method), CASE(unimplemented_service),
    CASE(cancel_after_begin), CASE(cancel_after_first_response), CASE(timeout_on_sleeping_server),
};

}  // namespace

int main(int argc, char **argv) {
    auto found = argc == 3 ? cases.find(argv[2]) : cases.end();
    if (found == cases.end()) {
        std::fprintf(stderr, "usage: interop_client ADDRESS CASE\n");
        return 2;
    }
    channel = grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials());
    stub = t::TestService::NewStub(channel);
    found->second();
    return 0;
}

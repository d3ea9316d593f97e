// The echo method on gRPC C++, by both of its server APIs: cpp_echo PORT callback|async
//
// Bytes in, bytes out by the generic services, so that no protobuf work is measured on any side.

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <memory>
#include <string>

namespace {

// The callback API: gRPC's own threads run the reactors.
class EchoReactor : public grpc::ServerGenericBidiReactor {
  public:
    EchoReactor() { StartRead(&message_); }

    void OnReadDone(bool ok) override {
        if (!ok) {
            Finish(grpc::Status::OK);
        } else {
            StartWriteAndFinish(&message_, grpc::WriteOptions(), grpc::Status::OK);
        }
    }
    void OnDone() override { delete this; }

  private:
    grpc::ByteBuffer message_;
};

class EchoService : public grpc::CallbackGenericService {
    grpc::ServerGenericBidiReactor *CreateReactor(grpc::GenericCallbackServerContext *) override {
        return new EchoReactor();
    }
};

// The completion-queue API: one thread, one queue, one state machine a call.
class AsyncCall {
  public:
    AsyncCall(grpc::AsyncGenericService *service, grpc::ServerCompletionQueue *queue)
        : service_(service), queue_(queue), stream_(&context_) {
        service_->RequestCall(&context_, &stream_, queue_, queue_, this);
    }

    void proceed(bool ok) {
        switch (step_) {
        case Step::request:
            if (!ok) return delete this;
            new AsyncCall(service_, queue_);
            step_ = Step::read;
            stream_.Read(&message_, this);
            return;
        case Step::read:
            step_ = Step::finish;
            if (ok) {
                stream_.WriteAndFinish(message_, grpc::WriteOptions(), grpc::Status::OK, this);
            } else {
                stream_.Finish(grpc::Status::CANCELLED, this);
            }
            return;
        case Step::finish:
            delete this;
        }
    }

  private:
    enum class Step { request, read, finish };

    grpc::AsyncGenericService *service_;
    grpc::ServerCompletionQueue *queue_;
    grpc::GenericServerContext context_;
    grpc::GenericServerAsyncReaderWriter stream_;
    grpc::ByteBuffer message_;
    Step step_ = Step::request;
};

void run_callback(const std::string &address) {
    EchoService service;
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address, grpc::InsecureServerCredentials());
    builder.RegisterCallbackGenericService(&service);
    builder.BuildAndStart()->Wait();
}

void run_async(const std::string &address) {
    grpc::AsyncGenericService service;
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address, grpc::InsecureServerCredentials());
    builder.RegisterAsyncGenericService(&service);
    std::unique_ptr<grpc::ServerCompletionQueue> queue = builder.AddCompletionQueue();
    std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
    // As many requests waiting as calls are under way.
    for (int i = 0; i < 256; i++) new AsyncCall(&service, queue.get());
    void *tag;
    bool ok;
    while (queue->Next(&tag, &ok)) static_cast<AsyncCall *>(tag)->proceed(ok);
}

}  // namespace

int main(int argc, char **argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: cpp_echo PORT callback|async\n");
        return 2;
    }
    std::string address = std::string("127.0.0.1:") + argv[1];
    if (std::string(argv[2]) == "async") {
        run_async(address);
    } else {
        run_callback(address);
    }
}

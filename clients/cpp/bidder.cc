// A bidder that asks Rankwire what to bid, with stock gRPC C++.
//
//   bidder ADDRESS --user ID --ad ID [--ad ID ...] [--tmax-ms 10] [--requests 1] [--device phone]
//
// What a bidder does and this shows:
// - One channel for the life of the process. A channel keeps its connection; a new one for each
//   request would cost a handshake each, which is more than the answer.
// - `tmax_ms` and the call's deadline say the same: the server answers by then with what it has, less
//   what it keeps for the network; if even that is late, the call ends by itself.
// - An answer may be partial, and an ad that does not bid has a reason. Neither is an error.
// - When the server has no room it says when to try again. A bidder does not: the auction is over.
//
// Prints a line a request: milliseconds, ads that bid, ads that do not, whether it was partial; and at
// the end the best ad of the last answer. Exits with 1 when a call failed.

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "rankwire/v1/ad_service.grpc.pb.h"

namespace v1 = rankwire::v1;
using Clock = std::chrono::steady_clock;

namespace {

struct Options {
    std::string address, user, device;
    std::vector<std::string> ads;
    int tmax_ms = 10;
    int requests = 1;
};

[[noreturn]] void usage() {
    std::fprintf(stderr,
                 "usage: bidder ADDRESS --user ID --ad ID [--ad ID ...] [--tmax-ms N] "
                 "[--requests N] [--device NAME]\n");
    std::exit(2);
}

int number(const char *text) {
    char *end = nullptr;
    const long value = std::strtol(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value < 1 || value > 1000000) usage();
    return static_cast<int>(value);
}

Options read(int count, char **arguments) {
    if (count < 2) usage();
    Options options;
    options.address = arguments[1];
    for (int i = 2; i + 1 < count; i += 2) {
        const std::string name = arguments[i];
        const char *value = arguments[i + 1];
        if (name == "--user") options.user = value;
        else if (name == "--ad") options.ads.push_back(value);
        else if (name == "--device") options.device = value;
        else if (name == "--tmax-ms") options.tmax_ms = number(value);
        else if (name == "--requests") options.requests = number(value);
        else usage();
    }
    if (count % 2 != 0 || options.user.empty() || options.ads.empty()) usage();
    return options;
}

class Bidder {
  public:
    explicit Bidder(const std::string &address)
        : channel_(grpc::CreateChannel(address, grpc::InsecureChannelCredentials())),
          stub_(v1::AdService::NewStub(channel_)) {}

    // The first request must not pay for the handshake.
    bool connect(std::chrono::milliseconds wait) {
        return channel_->WaitForConnected(std::chrono::system_clock::now() + wait);
    }

    grpc::Status ask(const v1::ScoreAdsRequest &request, v1::ScoreAdsResponse *reply) {
        grpc::ClientContext context;
        context.set_deadline(std::chrono::system_clock::now() +
                             std::chrono::milliseconds(request.tmax_ms()));
        return stub_->ScoreAds(&context, request, reply);
    }

  private:
    std::shared_ptr<grpc::Channel> channel_;
    std::unique_ptr<v1::AdService::Stub> stub_;
};

v1::ScoreAdsRequest request_of(const Options &options) {
    v1::ScoreAdsRequest request;
    request.mutable_user()->set_user_id(options.user);
    for (const std::string &ad : options.ads) request.add_ad_ids(ad);
    request.set_tmax_ms(static_cast<unsigned>(options.tmax_ms));
    request.set_device(options.device);
    request.set_limit(1);
    request.set_explain(1);
    return request;
}

void show_best(const v1::ScoreAdsResponse &reply) {
    if (reply.ads_size() == 0) {
        std::printf("no bid\n");
        return;
    }
    const v1::ScoredAd &best = reply.ads(0);
    std::printf("bid %s %s: eCPM %.6f %s, click %.4f, conversion %.5f\n",
                best.campaign_id().c_str(), best.ad_id().c_str(),
                static_cast<double>(best.ecpm().micros()) / 1e6,
                best.ecpm().currency_code().c_str(), best.click_probability(),
                best.conversion_probability());
    const v1::Explanation &why = reply.explanation();
    for (int i = 0; why.row_count() > 0 && i < why.feature_names_size(); ++i) {
        std::printf("  %-26s %+.3f\n", why.feature_names(i).c_str(), why.contributions(i));
    }
}

}  // namespace

int main(int count, char **arguments) {
    const Options options = read(count, arguments);
    const v1::ScoreAdsRequest request = request_of(options);
    Bidder bidder(options.address);
    if (!bidder.connect(std::chrono::seconds(10))) {
        std::fprintf(stderr, "nobody answers at %s\n", options.address.c_str());
        return 1;
    }
    v1::ScoreAdsResponse reply;
    int failures = 0;
    for (int i = 0; i < options.requests; ++i) {
        reply.Clear();
        const Clock::time_point start = Clock::now();
        const grpc::Status status = bidder.ask(request, &reply);
        const double ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
        if (!status.ok()) {
            ++failures;
            std::printf("%.3f ms failed %d %s\n", ms, status.error_code(),
                        status.error_message().c_str());
            continue;
        }
        std::printf("%.3f ms bids %d no_bids %d partial %d\n", ms, reply.ads_size(),
                    reply.no_bids_size(), reply.partial() ? 1 : 0);
    }
    show_best(reply);
    return failures == 0 ? 0 : 1;
}

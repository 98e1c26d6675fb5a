// Every limit of the gRPC edge, with the reason for its number. What is beyond a limit is refused
// with a reason, never cut silently.
#pragma once

#include <chrono>
#include <cstddef>

namespace vigie::daemon {

// One message of a unary call. The largest honest one (an INSi answer with its traits) is below
// 8 KiB.
inline constexpr std::size_t kUnaryMessageBytesMax = std::size_t{256} * 1024;
// One message of an import stream, which is what gRPC itself enforces: 1000 rows of 1 KiB; rows of
// a real CSV are about 300 bytes.
inline constexpr std::size_t kMessageBytesMax = std::size_t{1024} * 1024;
// Rows of one import message: they share few fsyncs, and the caller hears of progress often enough.
inline constexpr int kImportRowsMax = 1000;
// An import id and "/" and a row number of up to 20 characters make a request id of at most 64.
inline constexpr std::size_t kImportIdCharactersMax = 43;
// Imports at a time: each may hold one message and one worker.
inline constexpr int kImportStreamsMax = 8;

// Exports at a time: each holds a frozen picture of the base, whose space is not given back
// meanwhile, and one message.
inline constexpr int kExportStreamsMax = 4;
// Rows of one export message; with identities of 1 KiB and visits of 200 bytes, about 200 KiB.
inline constexpr std::size_t kExportIdentitiesPerMessage = 200;
inline constexpr std::size_t kExportRowsPerMessage = 1000;

// Watches of cases at a time: each holds no more than the message being written, and wakes a worker
// when something changed.
inline constexpr int kWatchStreamsMax = 16;
inline constexpr std::chrono::seconds kHeartbeatDefault{15};
inline constexpr int kHeartbeatSecondsMax = 300;
// Bridges at a time: one a registry, and a spare for each.
inline constexpr int kProposalStreamsMax = 8;
// Proposals handed out at once; the next ones when a bridge has read them.
inline constexpr std::size_t kProposalsAtOnce = 16;
// How often the outbox is looked at for proposals to be handed out again.
inline constexpr std::chrono::seconds kProposalLookInterval{1};
// How often watches are looked at for heartbeats, and for workers that were not to be had.
inline constexpr std::chrono::milliseconds kWatchTick{200};

// Calls one connection may have open, so that one client cannot occupy the daemon.
inline constexpr int kConcurrentStreamsMax = 100;
// Memory of gRPC's buffers over all connections. The only thing that stops an endless header block
// or a huge announced message in this version of gRPC (measured: 2 GB in 5 s without it).
inline constexpr std::size_t kBufferBytesMax = std::size_t{128} * 1024 * 1024;
inline constexpr int kGrpcThreadsMax = 64;
inline constexpr int kMetadataBytesMax = 8 * 1024;
inline constexpr std::chrono::milliseconds kHandshakeTimeout{5000};
inline constexpr std::chrono::milliseconds kConnectionIdleMax{60'000};
// Connections are renewed, so that no client holds one for ever; calls in progress may end first.
// Together they bound an import stream, which needs no deadline, to 70 minutes.
inline constexpr std::chrono::milliseconds kConnectionAgeMax{600'000};
inline constexpr std::chrono::milliseconds kConnectionAgeGrace{3'600'000};
inline constexpr std::chrono::milliseconds kKeepaliveTime{60'000};
inline constexpr std::chrono::milliseconds kKeepaliveTimeout{10'000};
inline constexpr std::chrono::milliseconds kPingIntervalMin{60'000};
inline constexpr int kPingStrikesMax = 2;

// Workers block on the disk, so there are more of them than processors: each that waits for the
// same fsync makes the group larger.
inline constexpr int kWorkersDefault = 16;
// Calls that wait for a worker. At a commit group of 16 in 5 ms the last one waits 80 ms.
inline constexpr std::size_t kWaitingCallsMax = 256;

// Pages of lists the edge itself cuts.
inline constexpr int kPageSizeDefault = 50;
inline constexpr int kPageSizeMax = 200;

}  // namespace vigie::daemon
